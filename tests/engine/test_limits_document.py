"""Limits as documents: defaults, every mistake named, nothing but ConfigurationError."""

import json
from typing import Any

import pytest
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st

from etrms_core.domain.limits import DEFAULT_LIMITS, Limits
from etrms_core.engine.limits_document import (
    limits_mapping,
    parse_limits,
    parse_limits_json,
    parse_limits_toml,
)
from etrms_core.errors import ConfigurationError

COMPLETE = Limits(
    price_collar=0.02,
    maximum_order_notional=1000.0,
    maximum_position_notional=5000.0,
    maximum_leverage=3.0,
    maximum_orders_per_minute=10,
    duplicate_window_seconds=2.5,
    symbols=("BTCUSDT", "ETHUSDT"),
)


def test_what_is_left_out_has_its_default() -> None:
    assert parse_limits({}) == DEFAULT_LIMITS
    assert parse_limits({"maximum_leverage": 5}) == Limits(maximum_leverage=5.0)


def test_every_field_is_read() -> None:
    assert parse_limits(limits_mapping(COMPLETE)) == COMPLETE


@pytest.mark.parametrize("word", ["none", None])
def test_a_bound_is_taken_away_by_a_word(word: str | None) -> None:
    names = [
        "maximum_order_notional",
        "maximum_position_notional",
        "maximum_leverage",
        "maximum_orders_per_minute",
        "symbols",
    ]
    assert parse_limits(dict.fromkeys(names, word)) == Limits(maximum_orders_per_minute=None)


def test_an_empty_list_of_symbols_stays_empty() -> None:
    assert parse_limits_toml("symbols = []").symbols == ()


def test_a_section_may_have_its_header() -> None:
    expected = Limits(maximum_leverage=2.0)
    assert parse_limits_toml("[limits]\nmaximum_leverage = 2") == expected
    assert parse_limits_json('{"limits": {"maximum_leverage": 2}}') == expected


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({"colour": 1}, "colour"),
        ({"limits": {}, "price_collar": 0.1}, "limits"),
        ({"price_collar": 0}, "price_collar"),
        ({"price_collar": 1.1}, "price_collar"),
        ({"price_collar": None}, "price_collar"),
        ({"price_collar": "none"}, "price_collar"),
        ({"price_collar": float("nan")}, "price_collar"),
        ({"maximum_order_notional": 0}, "maximum_order_notional"),
        ({"maximum_order_notional": -1}, "maximum_order_notional"),
        ({"maximum_order_notional": "5"}, "maximum_order_notional"),
        ({"maximum_order_notional": float("inf")}, "maximum_order_notional"),
        ({"maximum_order_notional": 10**400}, "maximum_order_notional"),
        ({"maximum_position_notional": True}, "maximum_position_notional"),
        ({"maximum_position_notional": 0}, "maximum_position_notional"),
        ({"maximum_leverage": 0}, "maximum_leverage"),
        ({"maximum_leverage": [1]}, "maximum_leverage"),
        ({"maximum_orders_per_minute": 0}, "maximum_orders_per_minute"),
        ({"maximum_orders_per_minute": 2.0}, "maximum_orders_per_minute"),
        ({"maximum_orders_per_minute": True}, "maximum_orders_per_minute"),
        ({"maximum_orders_per_minute": 10**9}, "maximum_orders_per_minute"),
        ({"duplicate_window_seconds": -1}, "duplicate_window_seconds"),
        ({"duplicate_window_seconds": 61}, "duplicate_window_seconds"),
        ({"duplicate_window_seconds": None}, "duplicate_window_seconds"),
        ({"symbols": "BTCUSDT"}, "symbols"),
        ({"symbols": {"BTCUSDT": 1}}, "symbols"),
        ({"symbols": ["BTCUSDT", 1]}, "symbols.1"),
        ({"symbols": [""]}, "symbols.0"),
    ],
)
def test_nonsense_is_refused_with_its_key(document: dict[str, Any], field: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_limits(document)
    assert caught.value.field == f"limits.{field}"


def test_an_unknown_key_is_answered_with_those_that_exist() -> None:
    with pytest.raises(ConfigurationError, match=r"there are price_collar, .*, symbols"):
        parse_limits({"colour": 1})


def test_a_wrong_value_is_repeated() -> None:
    with pytest.raises(ConfigurationError, match=r"^limits.maximum_leverage: .*, was -3$"):
        parse_limits({"maximum_leverage": -3})


@pytest.mark.parametrize("text", ["", "# no limit", "[limits]", "{}", '{"limits": {}}'])
def test_a_file_without_a_limit_is_refused_with_what_it_may_hold(text: str) -> None:
    parse = parse_limits_json if text.startswith("{") else parse_limits_toml
    with pytest.raises(ConfigurationError, match=r"nothing is changed; .* price_collar, .*reset"):
        parse(text)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("symbols = 'BTC'", 'symbols: must be a list in square brackets, was "BTC"'),
        ("symbols = [true]", "symbols.0: must be text in quotes, was true"),
        ("maximum_leverage = -1", "maximum_leverage: must be above 0, was -1"),
    ],
)
def test_a_wrong_value_is_told_in_plain_words(text: str, sentence: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_limits_toml(text)
    assert str(caught.value) == f"limits.{sentence}"


@pytest.mark.parametrize("text", ["[[", "a = ", "limits = 3", "limits = []", "x = 1\nx = 2"])
def test_a_damaged_toml_is_named(text: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_limits_toml(text)
    assert caught.value.field == "limits"


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("{", "limits"),
        ("", "limits"),
        ("[]", "limits"),
        ("3", "limits"),
        ('{"limits": 3}', "limits"),
        ("[" * 100_000, "limits"),
        ('{"maximum_leverage": ' + "9" * 5000 + "}", "limits"),
        ('{"maximum_leverage": 1e999}', "limits.maximum_leverage"),
        ('{"maximum_leverage": NaN}', "limits.maximum_leverage"),
        ('{"maximum_leverage": 2, "maximum_leverage": 9}', "limits.maximum_leverage"),
    ],
)
def test_a_damaged_json_is_named(text: str, field: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_limits_json(text)
    assert caught.value.field == field


@given(
    st.builds(
        Limits,
        price_collar=st.floats(0.0, 1.0, exclude_min=True),
        maximum_order_notional=st.none() | st.floats(0.01, 1e12),
        maximum_position_notional=st.none() | st.floats(0.01, 1e12),
        maximum_leverage=st.none() | st.floats(0.01, 1000.0),
        maximum_orders_per_minute=st.none() | st.integers(1, 1000),
        duplicate_window_seconds=st.floats(0.0, 60.0),
        symbols=st.none() | st.lists(st.text(min_size=1, max_size=5), max_size=3).map(tuple),
    )
)
def test_limits_survive_json_and_toml(limits: Limits) -> None:
    document = limits_mapping(limits)
    assert parse_limits_json(json.dumps(document)) == limits
    words = {name: "none" if value is None else value for name, value in document.items()}
    assert parse_limits_toml(tomli_w.dumps({"limits": words})) == limits


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=5,
)
keys = st.sampled_from(["limits", *Limits.__slots__]) | st.text(max_size=12)
documents = st.dictionaries(keys, json_values, max_size=6)
fragments = st.sampled_from(
    [
        *Limits.__slots__,
        "limits",
        "[",
        "]",
        "{",
        "}",
        "=",
        ":",
        ",",
        '"',
        "\n",
        "1",
        "-",
        ".5",
        "e9",
    ]
)
texts = st.text(max_size=40) | st.lists(fragments, max_size=20).map("".join)


def check_that_nothing_else_comes_out(document: dict[str, Any], text: str) -> None:
    for parse in (
        lambda: parse_limits(document),
        lambda: parse_limits_json(json.dumps(document)),
        lambda: parse_limits_json(text),
        lambda: parse_limits_toml(text),
    ):
        try:
            limits = parse()
        except ConfigurationError as error:
            assert (error.field or "").startswith("limits")  # noqa: PT017  any answer but a crash
        else:
            assert parse_limits(limits_mapping(limits)) == limits


@settings(max_examples=2_000)
@given(documents, texts)
def test_no_document_crashes_the_parsers(document: dict[str, Any], text: str) -> None:
    check_that_nothing_else_comes_out(document, text)


@pytest.mark.soak
@settings(max_examples=100_000)
@given(documents, texts)
def test_none_of_very_many_documents_crashes_the_parsers(
    document: dict[str, Any], text: str
) -> None:
    check_that_nothing_else_comes_out(document, text)
