"""JSON that every program can read, without NaN."""

import json
from math import inf, nan

import pytest
from pydantic import TypeAdapter

from etrms_core.adapters.storage.json_text import json_text, value_text
from etrms_core.domain.account import LedgerTotal
from etrms_core.errors import StorageError


def refuse(constant: str) -> float:
    raise AssertionError(f"{constant} is no JSON")


def test_a_document_is_written_as_it_is() -> None:
    document = {"a": [1, 0.1 + 0.2, None, True, "NaN"], "b": {"c": -1e-300}}
    assert json.loads(json_text(document)) == document


def test_infinities_are_words_in_strict_json() -> None:
    text = json_text({"a": [inf, 1.0, {"b": -inf}]})
    assert json.loads(text, parse_constant=refuse) == {"a": ["Infinity", 1.0, {"b": "-Infinity"}]}


def test_nan_is_refused_by_the_name_of_its_field() -> None:
    with pytest.raises(StorageError, match=r"^document\.a\.1\.b is NaN"):
        json_text({"a": [inf, {"b": nan}]})


def test_a_value_with_infinities_comes_back() -> None:
    adapter = TypeAdapter(LedgerTotal)
    value = LedgerTotal("BTCUSDT", inf, 0.1, -inf)
    assert adapter.validate_json(value_text(adapter, value)) == value
