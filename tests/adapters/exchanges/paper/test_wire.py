"""What is said on the wire comes out as it went in, and damage is noticed."""

from math import inf

import pytest
from hypothesis import given
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
from etrms_core.domain.order import OrderType
from etrms_core.errors import DataError
from tests.adapters.exchanges.paper.accounts import order
from tests.builders import make_account, make_fill, make_position, make_stop

CALLS: list[Call] = [
    ListInstruments(),
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


@pytest.mark.parametrize("call", CALLS, ids=[call.call for call in CALLS])
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


@given(st.integers(0, 400), st.binary(max_size=40))
def test_a_damaged_line_is_a_data_error_or_the_same_kind_of_message(cut: int, noise: bytes) -> None:
    line = encode_line(Asked(7, CreateOrder(order("a", 1.0))))
    damaged = line[:cut] + noise
    if damaged != line:
        try:
            came = decode_line(damaged, ASKED)
        except DataError:
            return
        assert isinstance(came, Asked)


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
