"""Which checks an order meets, and in which order; leverage changes."""

from dataclasses import replace
from datetime import datetime, timedelta
from math import inf, nan
from typing import Any

import pytest

from etrms_core.domain.identifiers import PORTFOLIO, Scope, ScopeKind
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.intents import ChangeLeverage
from etrms_core.domain.limits import Limits
from etrms_core.domain.order import OrderType
from etrms_core.engine.gate import Refusal, check_leverage, check_order
from etrms_core.engine.restrictions import Restriction, TradingState
from tests.builders import NOW, make_position
from tests.engine.gates import (
    BUY,
    LONG,
    SELL,
    SHORT,
    answer,
    code,
    leg,
    make_context,
    make_request,
    with_limits,
)


def restriction(state: TradingState, scope: Scope = PORTFOLIO) -> Restriction:
    until: datetime | None = None if state is TradingState.HALTED else NOW + timedelta(hours=1)
    return Restriction(scope, state, NOW, until, "guard", "drawdown 0.12")


HALTED = restriction(TradingState.HALTED)
REDUCING = restriction(TradingState.REDUCING)


def test_an_order_within_all_limits_passes() -> None:
    assert check_order(make_request(), make_context()) is None


def test_a_restriction_refuses_new_risk_with_its_reason() -> None:
    context = make_context(restrictions=(HALTED,))
    assert answer(make_request(), context) == (
        "trading_restricted",
        "portfolio is HALTED until it is reset: drawdown 0.12",
    )
    assert code(make_request(), make_context(restrictions=(REDUCING,))) == "trading_restricted"


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    [
        (ScopeKind.EXCHANGE, "paper", "trading_restricted"),
        (ScopeKind.EXCHANGE, "other", ""),
        (ScopeKind.SYMBOL, "BTCUSDT", "trading_restricted"),
        (ScopeKind.SYMBOL, "ETHUSDT", ""),
        (ScopeKind.STRATEGY, "manual", "trading_restricted"),
        (ScopeKind.STRATEGY, "bot", ""),
    ],
)
def test_a_restriction_holds_where_the_order_would_count(
    kind: ScopeKind, name: str, expected: str
) -> None:
    narrow = restriction(TradingState.REDUCING, Scope(kind, name))
    assert code(make_request(), make_context(restrictions=(narrow,))) == expected


def test_a_restriction_of_a_venue_does_not_hold_for_an_account_that_nobody_knows() -> None:
    narrow = restriction(TradingState.HALTED, Scope(ScopeKind.EXCHANGE, "paper"))
    context = make_context(restrictions=(narrow,), account=None)
    assert code(make_request(), context) == "account_stale"


def test_what_cannot_be_recorded_adds_no_risk() -> None:
    context = make_context(make_position(), storage_trouble="the disk is full")
    assert answer(make_request(), context) == (
        "storage_trouble",
        "buy 1 BTCUSDT cannot be recorded: the disk is full",
    )
    assert code(make_request(1.0, SELL, reduce_only=True), context) == ""


def test_a_symbol_that_the_venue_does_not_list_is_refused() -> None:
    assert answer(make_request(), make_context(instrument=None)) == (
        "unknown_symbol",
        "main lists no BTCUSDT",
    )


def test_only_symbols_on_the_list_may_be_entered() -> None:
    context = with_limits(make_context(make_position()), symbols=("ETHUSDT", "SOLUSDT"))
    assert answer(make_request(), context) == (
        "symbol_not_allowed",
        "BTCUSDT may not be entered, only ETHUSDT, SOLUSDT",
    )
    assert code(make_request(symbol="ETHUSDT"), context) == ""
    assert code(make_request(1.0, SELL, reduce_only=True), context) == ""


def test_an_empty_list_of_symbols_allows_none() -> None:
    assert answer(make_request(), with_limits(make_context(), symbols=())) == (
        "symbol_not_allowed",
        "BTCUSDT may not be entered, only nothing",
    )


@pytest.mark.parametrize("name", ["price", "trigger_price"])
@pytest.mark.parametrize("value", [nan, inf, -inf])
def test_a_number_that_is_none_is_refused_whatever_the_order(name: str, value: float) -> None:
    # A market order does not need the price, so that the request itself takes it.
    fields: dict[str, Any] = {name: value, "order_type": OrderType.MARKET}
    sentence = f"buy 1 BTCUSDT has a {name} that is no number, was {value}"
    assert answer(make_request(**fields), make_context()) == ("not_a_number", sentence)
    closing = make_request(1.0, SELL, reduce_only=True, **fields)
    assert code(closing, make_context(make_position())) == "not_a_number"


@pytest.mark.parametrize("reserved", [nan, inf])
def test_an_unknown_reservation_is_refused(reserved: float) -> None:
    closing = make_request(1.0, SELL, reduce_only=True)
    assert answer(closing, make_context(make_position(), reserved=reserved)) == (
        "not_a_number",
        f"sell 1 BTCUSDT has a reserved quantity that is no number, was {reserved}",
    )


def test_the_first_reason_is_told() -> None:
    worst = with_limits(
        make_context(
            restrictions=(HALTED,),
            storage_trouble="full",
            instrument=None,
            account=None,
            mark_price=None,
        ),
        symbols=(),
    )
    fields = [
        ("restrictions", ()),
        ("storage_trouble", None),
        ("instrument", Instrument("BTCUSDT")),
    ]
    told = [code(make_request(), worst)]
    for name, value in fields:
        worst = replace(worst, **{name: value})
        told.append(code(make_request(), worst))
    worst = with_limits(worst, symbols=None)
    told.append(code(make_request(), worst))
    told.append(code(make_request(), replace(worst, account=make_context().account)))
    assert told == [
        "trading_restricted",
        "storage_trouble",
        "unknown_symbol",
        "symbol_not_allowed",
        "account_stale",
        "no_price",
    ]


@pytest.mark.parametrize("state", TradingState)
def test_a_market_reduction_passes_whatever_else_is_wrong(state: TradingState) -> None:
    context = with_limits(
        make_context(
            make_position(),
            restrictions=(restriction(state),),
            storage_trouble="full",
            instrument=None,
            mark_price=nan,
            equity=None,
            gross_notional=None,
            now=NOW + timedelta(days=1),
        ),
        maximum_order_notional=0.01,
        maximum_position_notional=0.01,
        maximum_leverage=0.01,
        maximum_orders_per_minute=0,
        symbols=(),
    )
    assert code(make_request(1.0, SELL, reduce_only=True), context) == ""
    assert code(make_request(1.0, SELL), context) != ""


def test_in_hedge_mode_the_side_says_that_an_order_reduces() -> None:
    context = make_context(leg(1.0, LONG), leg(-2.0, SHORT), restrictions=(HALTED,))
    assert code(make_request(1.0, SELL, position_side=LONG), context) == ""
    assert code(make_request(2.0, BUY, position_side=SHORT), context) == ""
    assert code(make_request(1.0, BUY, position_side=LONG), context) == "trading_restricted"
    assert code(make_request(1.0, SELL, position_side=SHORT), context) == "trading_restricted"


# Leverage


def leverage_answer(leverage: float, present: float | None = None, **fields: Any) -> str:  # noqa: ANN401
    positions = () if present is None else (make_position(leverage=present),)
    context = replace(make_context(*positions), **fields)
    refused = check_leverage(ChangeLeverage("main", "BTCUSDT", leverage), context)
    return "" if refused is None else f"{refused.code.value}: {refused.sentence}"


def test_leverage_is_raised_up_to_the_lower_of_the_desks_and_the_venues_maximum() -> None:
    limits = Limits(maximum_leverage=10.0)
    assert leverage_answer(10.0, limits=limits) == ""
    assert leverage_answer(10.5, limits=limits) == (
        "leverage: leverage 10.5 of BTCUSDT is above the 10 that is allowed"
    )
    small = Instrument("BTCUSDT", maximum_leverage=5.0)
    assert leverage_answer(5.0, limits=limits, instrument=small) == ""
    assert "the 5 that" in leverage_answer(6.0, limits=limits, instrument=small)
    assert leverage_answer(125.0) == ""
    assert "the 125 that" in leverage_answer(126.0)


def test_leverage_is_lowered_to_whatever_is_lower() -> None:
    limits = Limits(maximum_leverage=10.0)
    assert leverage_answer(20.0, 50.0, limits=limits) == ""
    assert leverage_answer(50.0, 50.0, limits=limits) == ""
    assert leverage_answer(51.0, 50.0, limits=limits).startswith("leverage")
    assert leverage_answer(20.0, 50.0, instrument=None) == ""


def test_the_leverage_of_another_symbol_lowers_nothing() -> None:
    other = make_position("ETHUSDT", leverage=50.0)
    unknown = make_position(leverage=None)
    context = with_limits(make_context(other, unknown), maximum_leverage=10.0)
    refused = check_leverage(ChangeLeverage("main", "BTCUSDT", 20.0), context)
    assert refused is not None
    assert refused.code is Refusal.LEVERAGE


def test_the_lower_leverage_of_two_legs_counts() -> None:
    legs = (replace(leg(1.0, LONG), leverage=50.0), replace(leg(-1.0, SHORT), leverage=20.0))
    context = with_limits(make_context(*legs), maximum_leverage=10.0)
    assert check_leverage(ChangeLeverage("main", "BTCUSDT", 20.0), context) is None
    assert check_leverage(ChangeLeverage("main", "BTCUSDT", 30.0), context) is not None


@pytest.mark.parametrize("leverage", [nan, inf, 0.0, -1.0])
def test_leverage_that_is_no_number_above_zero_is_refused(leverage: float) -> None:
    assert leverage_answer(leverage, 50.0) == (
        f"not_a_number: the leverage of BTCUSDT is a number above 0, was {leverage}"
    )


def test_leverage_of_a_contract_that_is_not_listed_is_not_raised() -> None:
    expected = "unknown_symbol: main lists no BTCUSDT"
    assert leverage_answer(2.0, instrument=None) == expected
    assert leverage_answer(2.0, instrument=None, account=None) == expected
    assert leverage_answer(0.5, account=None) == ""
