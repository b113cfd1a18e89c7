"""What is said on the wire comes out as it went in, and damage is noticed."""

import json
from contextlib import suppress
from math import inf
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from etrms_core.adapters.exchanges.paper.wire import (
    ANSWERED,
    ASKED,
    Answered,
    Asked,
    Call,
    CancelOrder,
    CreateOrder,
    FetchAccount,
    FetchOrder,
    FetchOrderBook,
    FetchQuotes,
    ListInstruments,
    MoveMoney,
    SetHedgeMode,
    SetLeverage,
    SetMarginMode,
    decode_body,
    decode_line,
    encode_line,
)
from etrms_core.domain.account import AccountState, MarginMode
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.market_data import OrderBook, Quote
from etrms_core.domain.order import Order, OrderType
from etrms_core.errors import DataError
from tests.adapters.exchanges.paper.accounts import START, order
from tests.builders import make_account, make_fill, make_position, make_stop

CALLS: list[Call] = [
    ListInstruments(),
    CreateOrder(order("b", 1.0), deadline=START),
    FetchAccount(),
    FetchQuotes(),
    FetchOrderBook("BTCUSDT"),
    CreateOrder(order("a", 0.1 + 0.2, kind=OrderType.LIMIT, level=1e-7)),
    FetchOrder("a"),
    CancelOrder("a"),
    SetLeverage("BTCUSDT", 3.5),
    SetMarginMode("BTCUSDT", MarginMode.ISOLATED),
    SetHedgeMode(enabled=True),
    MoveMoney(-12.5),
]


@pytest.mark.parametrize("call", CALLS)
def test_a_call_comes_out_as_it_went_in(call: Call) -> None:
    line = encode_line(Asked(7, call))
    assert line.count(b"\n") == 1
    assert decode_line(line, ASKED) == Asked(7, call)


def test_an_account_comes_out_as_it_went_in() -> None:
    account = make_account(
        make_position(quantity=-0.1 - 0.2, isolated_margin=1 / 3),
        orders=(make_stop(1.0),),
        fills=(make_fill("1", 1e-9, fee=0.1),),
    )
    line = encode_line(Answered(1, "done", account))
    assert decode_body(decode_line(line, ANSWERED).body, TypeAdapter(AccountState)) == account


def test_an_infinite_number_stays_infinite() -> None:
    line = encode_line(Answered(1, "done", Instrument("BTCUSDT")))
    came = decode_body(decode_line(line, ANSWERED).body, TypeAdapter(Instrument))
    assert came.maximum_quantity == inf


NOISE = st.binary(max_size=60)
TOKENS = [
    *(b"{", b"}", b"[", b"]", b'"', b":", b",", b"\n", b"\\ud800", b"\xff", b"\x00"),
    *(b"null", b"true", b"-1", b"NaN", b"Infinity", b"1e999", b"9" * 400, b"[" * 300),
    *(b'"body"', b'"number"', b'"call"', b'"create_order"', b'"9999-12-31T23:59:59+14:00"'),
]
# Pieces of JSON find more than bytes do.
PIECES = st.lists(st.sampled_from(TOKENS), max_size=12).map(b"".join)
ACCOUNT = make_account(make_position(quantity=2.0), orders=(make_stop(1.0),))
LINES = [
    encode_line(Asked(7, CreateOrder(order("a", 1.0), deadline=START))),
    encode_line(Asked(7, SetMarginMode("BTCUSDT", MarginMode.CROSS))),
    encode_line(Answered(7, "done", ACCOUNT)),
    encode_line(Answered(7, "done", {"BTCUSDT": Instrument("BTCUSDT")})),
    encode_line(Answered(7, "rejected", "no", "expired")),
]
KINDS: list[TypeAdapter[Any]] = [
    TypeAdapter(AccountState),
    TypeAdapter(Order | None),
    TypeAdapter(dict[str, Instrument]),
    TypeAdapter(dict[str, Quote]),
    TypeAdapter(OrderBook),
    TypeAdapter(None),
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


@st.composite
def damaged_lines(draw: st.DrawFn) -> bytes:
    """Build noise, or a line in which some stretches were replaced."""
    line = draw(st.sampled_from([b"", *LINES]))
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(line)))
        end = min(len(line), start + draw(st.integers(0, 40)))
        line = line[:start] + draw(NOISE | PIECES) + line[end:]
    return line + draw(st.sampled_from([b"", b"\n"]))


@st.composite
def damaged_bodies(draw: st.DrawFn) -> object:
    """Build any value, or an account with one field replaced by one."""
    if draw(st.booleans()):
        return draw(JSON)
    body = json.loads(LINES[2])["body"]
    inner = body
    for _ in range(draw(st.integers(0, 3))):
        keys = list(inner) if isinstance(inner, dict) else list(range(len(inner)))
        nested = [key for key in keys if isinstance(inner[key], dict | list) and inner[key]]
        if not nested:
            break
        inner = inner[draw(st.sampled_from(nested))]
    keys = list(inner) if isinstance(inner, dict) else list(range(len(inner)))
    inner[draw(st.sampled_from(keys))] = draw(JSON)
    return body


def read_line(line: bytes) -> None:
    with suppress(DataError):
        decode_line(line, ASKED)
    with suppress(DataError):
        read_body(decode_line(line, ANSWERED).body)


def read_body(body: object) -> None:
    for kind in KINDS:
        with suppress(DataError):
            decode_body(body, kind)


@given(damaged_lines())
@settings(max_examples=2_000)
def test_no_line_does_more_than_a_data_error(line: bytes) -> None:
    read_line(line)


@given(damaged_bodies())
@settings(max_examples=2_000)
def test_no_body_does_more_than_a_data_error(body: object) -> None:
    read_body(body)


@pytest.mark.soak
@given(damaged_lines(), damaged_bodies())
@settings(max_examples=100_000)
def test_nothing_of_very_much_does_more_than_a_data_error(line: bytes, body: object) -> None:
    read_line(line)
    read_body(body)


@pytest.mark.parametrize("value", [b"NaN", b'"nan"', b'" -NaN "'])
def test_nan_is_damage_wherever_it_stands(value: bytes) -> None:
    number = b"1.0" if b"1.0" in LINES[0] else b"1"
    with pytest.raises(DataError, match="a number that is not one"):
        decode_line(LINES[2].replace(b":2.0,", b":" + value + b",", 1), ANSWERED)
    with pytest.raises(DataError):
        decode_line(LINES[0].replace(b'"quantity":' + number, b'"quantity":' + value), ASKED)


def test_a_symbol_may_have_the_letters_of_nan() -> None:
    asked = Asked(1, FetchOrderBook("NANOUSDT"))
    assert decode_line(encode_line(asked), ASKED) == asked


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"", "cut off"),
        (b'{"number":1', "cut off"),
        (b"\n", "cannot be read"),
        (b"<html>busy</html>\n", "cannot be read"),
        (b'{"number":1}\n', "body: Field required"),
        (b'{"number":1,"body":{"call":"steal"}}\n', "'steal'"),
        (b'{"number":1,"body":{"call":"set_leverage","symbol":"B"}}\n', "leverage: Field required"),
    ],
)
def test_a_line_that_cannot_be_read_says_why(line: bytes, reason: str) -> None:
    with pytest.raises(DataError, match=reason):
        decode_line(line, ASKED)


def test_a_result_of_the_wrong_kind_names_the_field() -> None:
    with pytest.raises(DataError, match="symbol: Field required"):
        decode_body({"tick_size": 0.1}, TypeAdapter(Instrument))


def test_a_result_that_breaks_a_rule_of_the_domain_is_damage() -> None:
    with pytest.raises(DataError, match="maximum_leverage"):
        decode_body({"symbol": "B", "maximum_leverage": 0.1}, TypeAdapter(Instrument))
