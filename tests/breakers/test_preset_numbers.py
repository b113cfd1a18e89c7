"""Every number of every preset, so that none changes unnoticed."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

from etrms_core.breakers import presets
from etrms_core.breakers.rule_document import rule_mappings
from etrms_core.errors import ConfigurationError

PINNED = json.loads(Path(__file__).with_name("presets.json").read_text(encoding="utf-8"))


def read_anew() -> ModuleType:
    """Run the module again: it makes its rules when it is imported, which may be long ago."""
    spec = importlib.util.find_spec(presets.__name__)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_presets_are_those_that_are_written_down() -> None:
    assert {name: rule_mappings(each.rules) for name, each in read_anew().PRESETS.items()} == PINNED


def test_an_unknown_preset_is_refused_in_one_sentence() -> None:
    with pytest.raises(ConfigurationError) as caught:
        presets.preset("reckless")
    assert str(caught.value) == (
        "preset: no preset is called 'reckless'; there are conservative, balanced, prop_firm"
    )
    assert caught.value.field == "preset"
