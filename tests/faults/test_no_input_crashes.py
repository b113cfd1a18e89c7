"""No input crashes the monitor: whatever a document holds, only our own errors come out (P9).

The wire, limits, journal and backups have tests of their own beside their parsers.
"""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etrms_core.breakers.rule_document import parse_rules_json, parse_rules_toml, rule_mapping
from etrms_core.engine.memory_document import memory_document, memory_from_document
from etrms_core.errors import EtrmsError
from etrms_core.settings import load_settings
from tests.engine.desk import HALVE, Desk, long_account, make_rule

SLOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
HERE = settings(max_examples=2_000, suppress_health_check=SLOW)
LONG = settings(max_examples=100_000, suppress_health_check=SLOW)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["NaN", "Infinity", "1e999", "drawdown", "close_all"])
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)


def lived() -> dict[str, Any]:
    desk = Desk(rules=(make_rule("drawdown", 0.1, HALVE),))
    desk.read(long_account(100.0))
    desk.read(long_account(80.0))
    return memory_document(desk.memory)


MEMORY, RULE = lived(), rule_mapping(make_rule("drawdown", 0.1, HALVE))


def changed(draw: st.DrawFn, document: object) -> object:
    """Replace one part of a document, at any depth, by anything."""
    if isinstance(document, dict) and document and draw(st.booleans()):
        key = draw(st.sampled_from(sorted(document)))
        return {**document, key: changed(draw, document[key])}
    if isinstance(document, list) and document and draw(st.booleans()):
        at = draw(st.integers(0, len(document) - 1))
        return [*document[:at], changed(draw, document[at]), *document[at + 1 :]]
    return draw(values)


@st.composite
def changed_memory(draw: st.DrawFn) -> Any:  # noqa: ANN401 (any JSON)
    return json.loads(json.dumps(changed(draw, MEMORY)))


@st.composite
def changed_rules(draw: st.DrawFn) -> str:
    return json.dumps({"breakers": [changed(draw, RULE)]})


def check_memory(document: Any) -> None:  # noqa: ANN401 (any JSON)
    if isinstance(document, dict):
        with suppress(EtrmsError):
            memory_from_document(document)


def check_rules(text: str) -> None:
    for parse in (parse_rules_json, parse_rules_toml):
        with suppress(EtrmsError):
            parse(text)


def check_settings(folder: Path, text: str) -> None:
    (folder / "etrms.toml").write_text(text, encoding="utf-8", errors="surrogatepass")
    with suppress(EtrmsError):
        load_settings(folder)


toml = st.text(max_size=60) | st.builds(
    "[{}]\n{} = {}".format,
    st.sampled_from(["owner", "web", "monitor", "paper", "limits", "retention", "x"]),
    st.sampled_from(["time_zone", "port", "heartbeat_url", "symbols", "raw_days", "seed", "y"]),
    values.map(lambda value: json.dumps(value)),
)


@HERE
@given(changed_memory())
def test_no_memory_document_crashes(document: Any) -> None:  # noqa: ANN401 (any JSON)
    check_memory(document)


@HERE
@given(changed_rules() | st.text(max_size=60))
def test_no_rule_document_crashes(text: str) -> None:
    check_rules(text)


@HERE
@given(text=toml)
def test_no_settings_file_crashes(tmp_path: Path, text: str) -> None:
    check_settings(tmp_path, text)


@pytest.mark.soak
@LONG
@given(document=changed_memory(), rules=changed_rules(), text=toml)
def test_a_hundred_thousand_documents_crash_nothing(
    tmp_path: Path,
    document: Any,  # noqa: ANN401 (any JSON)
    rules: str,
    text: str,
) -> None:
    check_memory(document)
    check_rules(rules)
    check_settings(tmp_path, text)
