"""Leverage, margin mode and money."""

from datetime import timedelta

import pytest

from etrms_core.adapters.exchanges.paper.account_settings import (
    change_leverage,
    change_margin_mode,
    move_money,
)
from etrms_core.adapters.exchanges.paper.order_margin import available_margin
from etrms_core.adapters.exchanges.paper.settlement import Execution, settle_fill
from etrms_core.adapters.exchanges.paper.state import PaperState
from etrms_core.domain.account import FlowKind, MarginMode
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.order import Rejection
from etrms_core.errors import DomainError, OrderRejectedError
from tests.adapters.exchanges.paper.accounts import NET, START, SYMBOL, make_state

INSTRUMENTS = {SYMBOL: Instrument(SYMBOL, maximum_leverage=50.0)}
DEPOSIT, WITHDRAWAL = FlowKind.DEPOSIT, FlowKind.WITHDRAWAL


def holding(
    quantity: float, wallet: float = 1_000.0, mode: MarginMode = MarginMode.CROSS
) -> PaperState:
    state = make_state(wallet, mode=mode)
    opened = Execution(quantity=quantity, price=100.0, fee=0.0, at=START, reason="signal")
    settle_fill(state, NET, opened)
    return state


@pytest.mark.parametrize("leverage", [0.5, 0.0, -1.0, 50.1, float("nan"), float("inf")])
def test_leverage_lies_between_one_and_the_maximum_of_the_contract(leverage: float) -> None:
    with pytest.raises(OrderRejectedError) as refused:
        change_leverage(make_state(), SYMBOL, leverage, INSTRUMENTS)
    assert refused.value.code == Rejection.LEVERAGE_LIMIT


def test_an_unknown_symbol_has_no_settings() -> None:
    with pytest.raises(OrderRejectedError) as refused:
        change_leverage(make_state(), "XRPUSDT", 2.0, INSTRUMENTS)
    assert refused.value.code == Rejection.UNKNOWN_SYMBOL
    with pytest.raises(OrderRejectedError):
        change_margin_mode(make_state(), "XRPUSDT", MarginMode.CROSS, INSTRUMENTS)


def test_leverage_of_an_open_cross_position_changes_the_margin_that_it_binds() -> None:
    state = holding(40.0)
    assert available_margin(state) == pytest.approx(600.0)
    change_leverage(state, SYMBOL, 5.0, INSTRUMENTS)
    assert available_margin(state) == pytest.approx(200.0)
    change_leverage(state, SYMBOL, 20.0, INSTRUMENTS)
    assert available_margin(state) == pytest.approx(800.0)
    assert state.positions[NET].leverage == state.leverage[SYMBOL] == 20.0


def test_leverage_is_not_lowered_beyond_the_margin_and_nothing_is_half_done() -> None:
    state = holding(40.0)
    with pytest.raises(OrderRejectedError) as refused:
        change_leverage(state, SYMBOL, 3.9, INSTRUMENTS)
    assert refused.value.code == Rejection.INSUFFICIENT_MARGIN
    assert state.positions[NET].leverage == state.leverage[SYMBOL] == 10.0


def test_leverage_of_an_isolated_position_only_rises() -> None:
    state = holding(10.0, mode=MarginMode.ISOLATED)
    with pytest.raises(OrderRejectedError) as refused:
        change_leverage(state, SYMBOL, 5.0, INSTRUMENTS)
    assert refused.value.code == Rejection.POSITION_OPEN
    change_leverage(state, SYMBOL, 20.0, INSTRUMENTS)
    assert state.positions[NET].isolated_margin == pytest.approx(100.0)


def test_the_margin_mode_does_not_change_under_an_open_position() -> None:
    with pytest.raises(OrderRejectedError) as refused:
        change_margin_mode(holding(1.0), SYMBOL, MarginMode.ISOLATED, INSTRUMENTS)
    assert refused.value.code == Rejection.POSITION_OPEN
    state = make_state()
    change_margin_mode(state, SYMBOL, MarginMode.ISOLATED, INSTRUMENTS)
    assert state.margin_mode[SYMBOL] is MarginMode.ISOLATED


@pytest.mark.parametrize(
    ("kind", "amount"),
    [
        (DEPOSIT, 0.0),
        (DEPOSIT, float("nan")),
        (DEPOSIT, float("inf")),
        (DEPOSIT, -1.0),
        (WITHDRAWAL, 1.0),
    ],
)
def test_an_amount_has_the_sign_of_its_kind(kind: FlowKind, amount: float) -> None:
    state = make_state()
    with pytest.raises(DomainError):
        move_money(state, kind, amount, at=START)
    assert (state.wallet, state.recent_flows) == (1_000.0, [])


def test_a_withdrawal_leaves_the_margin_of_open_positions() -> None:
    state = holding(40.0)
    with pytest.raises(OrderRejectedError) as refused:
        move_money(state, WITHDRAWAL, -600.01, at=START)
    assert refused.value.code == Rejection.INSUFFICIENT_BALANCE
    move_money(state, WITHDRAWAL, -600.0, at=START)
    assert state.wallet == pytest.approx(400.0)


def test_unrealised_profit_does_not_leave() -> None:
    state = holding(40.0)
    state.marks[SYMBOL] = 150.0
    with pytest.raises(OrderRejectedError):
        move_money(state, WITHDRAWAL, -1_000.01, at=START)


def test_isolated_margin_does_not_leave_against_the_profit_of_a_cross_position() -> None:
    state = holding(50.0, mode=MarginMode.ISOLATED)
    state.margin_mode[SYMBOL] = MarginMode.CROSS
    state.positions[NET].isolated_margin = 500.0
    other = ("ETHUSDT", NET[1])
    state.leverage["ETHUSDT"], state.marks["ETHUSDT"] = 10.0, 200.0
    opened = Execution(quantity=10.0, price=100.0, fee=0.0, at=START, reason="signal")
    settle_fill(state, other, opened)
    with pytest.raises(OrderRejectedError):
        move_money(state, WITHDRAWAL, -500.01, at=START)
    move_money(state, WITHDRAWAL, -500.0, at=START)
    assert state.wallet == pytest.approx(500.0)


def test_a_transfer_goes_both_ways() -> None:
    state = make_state()
    move_money(state, FlowKind.TRANSFER, -100.0, at=START)
    move_money(state, FlowKind.TRANSFER, 50.0, at=START)
    assert state.wallet == 950.0
    assert [flow.amount for flow in state.news_flows] == [-100.0, 50.0]


def test_flows_are_shown_for_two_days() -> None:
    state = make_state()
    for hours in (0, 47, 49):
        move_money(state, DEPOSIT, 1.0, at=START + timedelta(hours=hours))
    assert [flow.flow_id for flow in state.recent_flows] == ["m2", "m3"]
