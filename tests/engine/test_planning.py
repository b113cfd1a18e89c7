"""From triggers to commands with absolute quantities."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from etrms_core.breakers.rules import BreakerRule
from etrms_core.domain.account import AccountState
from etrms_core.domain.commands import (
    CancelOrders,
    ClosePosition,
    Command,
    PlaceGuardStop,
    ReducePosition,
    SetLeverage,
)
from etrms_core.domain.identifiers import PositionSide
from etrms_core.domain.order import OrderSide
from tests.builders import NOW, make_account, make_fill, make_position, make_stop
from tests.engine.desk import (
    CLOSE_ALL,
    CLOSE_POSITION,
    HALVE,
    Desk,
    breaker_events,
    breaker_kinds,
    long_account,
    make_rule,
)

BTC = make_position("BTCUSDT", 10.0, mark_price=80.0)
ETH = make_position("ETHUSDT", -4.0, mark_price=101.0)
SOL = make_position("SOLUSDT", 2.0, mark_price=70.0)


def commands_of(
    rules: BreakerRule | tuple[BreakerRule, ...], *accounts: AccountState
) -> list[Command]:
    owned = rules if isinstance(rules, tuple) else (rules,)
    return list(Desk(rules=owned).read(*accounts).commands)


def quantities(commands: list[Command]) -> dict[str, float]:
    return {
        command.key.symbol: command.quantity
        for command in commands
        if isinstance(command, ReducePosition | ClosePosition)
    }


def always(*actions: Mapping[str, object], **fields: object) -> BreakerRule:
    return make_rule("gross_exposure", 1.0, *actions, **fields)


@pytest.mark.parametrize("action", [HALVE, CLOSE_POSITION])
def test_position_metrics_act_on_the_positions_that_breach(action: dict[str, object]) -> None:
    rule = make_rule("position_loss", 0.2, action)
    part = 0.5 if action is HALVE else 1.0
    found = quantities(commands_of(rule, make_account(BTC, ETH, SOL)))
    assert found == {"BTCUSDT": 10.0 * part, "SOLUSDT": 2.0 * part}


def test_close_all_acts_on_the_whole_scope_whatever_breaches() -> None:
    rule = make_rule("position_loss", 0.2, CLOSE_ALL)
    found = quantities(commands_of(rule, make_account(BTC, ETH, SOL)))
    assert found == {"BTCUSDT": 10.0, "ETHUSDT": 4.0, "SOLUSDT": 2.0}


def test_other_metrics_act_on_all_positions_in_scope() -> None:
    found = quantities(commands_of(always(HALVE), make_account(BTC, ETH, SOL)))
    assert found == {"BTCUSDT": 5.0, "ETHUSDT": 2.0, "SOLUSDT": 1.0}


@pytest.mark.parametrize(
    ("metric", "threshold", "comparison", "symbol"),
    [
        ("position_notional", 700.0, ">=", "BTCUSDT"),
        ("funding_rate", 0.001, ">=", "ETHUSDT"),
        ("time_in_position_seconds", 3600.0, ">=", "SOLUSDT"),
    ],
)
def test_every_position_metric_finds_its_positions(
    metric: str, threshold: float, comparison: str, symbol: str
) -> None:
    account = make_account(
        BTC,
        replace(ETH, funding_rate=-0.002),
        replace(SOL, opened_at=NOW - timedelta(hours=2)),
    )
    rule = make_rule(metric, threshold, CLOSE_POSITION, comparison=comparison)
    found = quantities(commands_of(rule, account))
    assert set(found) == {symbol}


def test_liquidation_distance_narrows_from_below() -> None:
    near = make_position("BTCUSDT", 10.0, mark_price=100.0, isolated_margin=50.0)
    far = make_position("ETHUSDT", 1.0, mark_price=100.0, isolated_margin=90.0)
    rule = make_rule("liquidation_distance", 0.2, CLOSE_POSITION, comparison="<=")
    assert quantities(commands_of(rule, make_account(near, far))) == {"BTCUSDT": 10.0}


def test_an_unknown_position_is_acted_on_when_unknown_triggers() -> None:
    dark = replace(BTC, mark_price=None)
    rule = make_rule("position_loss", 0.2, CLOSE_POSITION, on_unknown="trigger")
    assert quantities(commands_of(rule, make_account(dark, ETH))) == {"BTCUSDT": 10.0}


def test_a_scope_limits_what_is_closed() -> None:
    a, b = make_account(BTC, account="a"), make_account(ETH, account="b", venue="other")
    rule = always(CLOSE_ALL, scope={"kind": "exchange", "name": "other"})
    assert quantities(commands_of(rule, a, b)) == {"ETHUSDT": 4.0}
    by_symbol = always(CLOSE_ALL, scope={"kind": "symbol", "name": "BTCUSDT"})
    assert quantities(commands_of(by_symbol, a, b)) == {"BTCUSDT": 10.0}


def test_a_strategy_closes_its_own_share_of_a_netted_position() -> None:
    entry = make_fill("f1", 4.0, strategy="trend")
    desk = Desk(rules=(always(CLOSE_ALL, scope={"kind": "strategy", "name": "trend"}),))
    (command,) = desk.read(replace(make_account(BTC), fills=(entry,))).commands
    assert isinstance(command, ReducePosition)
    assert command.quantity == pytest.approx(4.0)


def test_a_strategy_reduces_a_fraction_of_its_own_share() -> None:
    entry = make_fill("f1", 4.0, strategy="trend")
    desk = Desk(rules=(always(HALVE, scope={"kind": "strategy", "name": "trend"}),))
    (command,) = desk.read(replace(make_account(BTC), fills=(entry,))).commands
    assert isinstance(command, ReducePosition)
    assert command.quantity == pytest.approx(2.0)


def test_a_full_reduction_is_a_close() -> None:
    full = {"kind": "reduce_position", "fraction": 1.0}
    (command,) = commands_of(always(full), make_account(BTC))
    assert isinstance(command, ClosePosition)
    assert command.quantity == 10.0


def test_a_ladder_jumped_in_one_reading_acts_once_with_all_causes() -> None:
    ladder = (
        always({"kind": "reduce_position", "fraction": 0.25}, name="first"),
        always(CLOSE_ALL, name="second"),
        always(HALVE, name="third"),
    )
    (command,) = commands_of(ladder, make_account(BTC))
    assert isinstance(command, ClosePosition)
    assert [cause.rule_id for cause in command.causes] == ["first", "second", "third"]
    assert [cause.action for cause in command.causes] == [
        "reduce_position(fraction=0.25)",
        "close_all",
        "reduce_position(fraction=0.5)",
    ]
    assert command.causes[0].reason.startswith("gross_exposure of portfolio is 800.00 USD")


def test_a_ladder_climbed_step_by_step_reduces_at_every_step() -> None:
    ladder = tuple(
        make_rule("drawdown", level, action, name=f"{level}", cooldown_seconds=3600)
        for level, action in ((0.1, HALVE), (0.2, CLOSE_ALL))
    )
    desk = Desk(rules=ladder)
    desk.read(long_account())
    assert [type(each) for each in desk.read(long_account(89.0)).commands] == [ReducePosition]
    assert desk.read(long_account(85.0)).commands == ()
    assert [type(each) for each in desk.read(long_account(79.0)).commands] == [ClosePosition]


def test_leverage_is_only_lowered_and_an_unknown_one_is_left_alone() -> None:
    lower = {"kind": "set_leverage", "leverage": 5}
    account = make_account(
        replace(BTC, leverage=10.0), replace(ETH, leverage=5.0), replace(SOL, leverage=None)
    )
    desk = Desk(rules=(always(lower),))
    result = desk.read(account)
    (command,) = result.commands
    assert isinstance(command, SetLeverage)
    assert (command.symbol, command.leverage) == ("BTCUSDT", 5.0)
    (blocked,) = [event for event in breaker_events(result) if event.kind.value == "blocked"]
    assert "leverage of main:SOLUSDT:net is unknown" in blocked.detail


def test_both_legs_of_a_hedge_share_one_leverage() -> None:
    legs = (
        replace(make_position("BTCUSDT", 1.0), side=PositionSide.LONG),
        replace(make_position("BTCUSDT", -1.0), side=PositionSide.SHORT),
    )
    commands = commands_of(always({"kind": "set_leverage", "leverage": 2}), make_account(*legs))
    assert len(commands) == 1


def test_a_guard_stop_covers_only_what_no_stop_covers() -> None:
    guard = {"kind": "place_guard_stop", "distance": 0.1}
    account = replace(make_account(BTC, ETH), orders=(make_stop(7.0),))
    commands = commands_of(always(guard), account)
    found = {
        command.key.symbol: (command.quantity, command.trigger_price)
        for command in commands
        if isinstance(command, PlaceGuardStop)
    }
    assert found["BTCUSDT"] == pytest.approx((3.0, 72.0))
    assert found["ETHUSDT"] == pytest.approx((4.0, 111.1))


def test_a_guarded_position_gets_no_second_guard() -> None:
    guard = {"kind": "place_guard_stop", "distance": 0.1}
    account = replace(make_account(BTC), orders=(make_stop(10.0),))
    assert commands_of(always(guard), account) == []


def test_a_position_without_a_mark_gets_no_guard_at_a_made_up_price() -> None:
    guard = {"kind": "place_guard_stop", "distance": 0.1}
    rule = make_rule("gross_exposure", 1.0, guard, on_unknown="trigger")
    assert commands_of(rule, make_account(replace(BTC, mark_price=None))) == []


def test_nothing_open_is_told() -> None:
    rule = make_rule("equity", 5000.0, CLOSE_ALL, comparison="<")
    result = Desk(rules=(rule,)).read(make_account())
    assert result.commands == ()
    assert "nothing is open in this scope" in [event.detail for event in breaker_events(result)]


CANCEL = {"kind": "cancel_orders"}


def cancelled(scope: dict[str, str], *accounts: AccountState) -> list[tuple[str, str | None]]:
    rule = make_rule("daily_loss", -1.0, CANCEL, scope=scope)
    return [
        (command.account, command.symbol)
        for command in commands_of(rule, *accounts)
        if isinstance(command, CancelOrders)
    ]


def resting(account: AccountState, symbol: str, order_id: str) -> AccountState:
    order = make_stop(1.0, side=OrderSide.BUY, reduce_only=False)
    request = replace(order.request, symbol=symbol, client_order_id=order_id)
    return replace(account, orders=(*account.orders, replace(order, request=request)))


def test_orders_are_cancelled_by_scope() -> None:
    a = resting(make_account(BTC, account="a"), "BTCUSDT", "web-1")
    b = resting(make_account(account="b", venue="other"), "ETHUSDT", "et-desk-trend-1")
    assert cancelled({"kind": "portfolio"}, a, b) == [("a", None), ("b", None)]
    assert cancelled({"kind": "exchange", "name": "other"}, a, b) == [("b", None)]
    assert cancelled({"kind": "symbol", "name": "BTCUSDT"}, a, b) == [("a", "BTCUSDT")]
    assert cancelled({"kind": "strategy", "name": "trend"}, a, b) == [("b", "ETHUSDT")]
    assert cancelled({"kind": "strategy", "name": "manual"}, a, b) == [("a", "BTCUSDT")]


def test_orders_are_cancelled_on_a_stale_venue_too() -> None:
    desk = Desk(rules=(always(CANCEL),))
    result = desk.read(make_account(BTC), ages={"main": 60.0})
    assert [type(command) for command in result.commands] == [CancelOrders]


def test_commands_cancel_before_they_close() -> None:
    commands = commands_of(always(CLOSE_ALL, CANCEL), make_account(BTC))
    assert [type(command) for command in commands] == [CancelOrders, ClosePosition]


def test_actions_are_told_in_their_order() -> None:
    pause = {"kind": "pause_trading", "seconds": 5}
    result = Desk(rules=(always({"kind": "notify"}, pause),)).read(make_account(BTC))
    acted = [event.action for event in breaker_events(result) if event.kind.value == "acted"]
    assert acted == ["notify", "pause_trading(seconds=5)"]
    assert breaker_kinds(result)[0] == "triggered"
