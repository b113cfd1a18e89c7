"""Orders of several triggers become one each; the strictest wins and no cause is lost."""

import pytest

from etrms_core.domain.commands import (
    CancelOrders,
    Cause,
    ClosePosition,
    PlaceGuardStop,
    ReducePosition,
    SetLeverage,
)
from etrms_core.domain.identifiers import PORTFOLIO, PositionKey, PositionSide
from etrms_core.engine.merging import (
    Plan,
    add_cancellation,
    add_guard,
    add_leverage,
    add_reduction,
)
from tests.builders import NOW

KEY = PositionKey("main", "BTCUSDT", PositionSide.NET)


def because(rule: str) -> tuple[Cause, ...]:
    return (Cause(rule, rule, PORTFOLIO, NOW, 0.1, "action", "reason"),)


def causes(command: object) -> list[str]:
    return [cause.rule_id for cause in getattr(command, "causes", ())]


REDUCE_LITTLE = ReducePosition(KEY, 1.0, because("little"))
REDUCE_MUCH = ReducePosition(KEY, 3.0, because("much"))
CLOSE = ClosePosition(KEY, 10.0, because("close"))


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        (REDUCE_LITTLE, REDUCE_MUCH, 3.0),
        (REDUCE_MUCH, REDUCE_LITTLE, 3.0),
        (REDUCE_MUCH, CLOSE, 10.0),
        (CLOSE, REDUCE_MUCH, 10.0),
    ],
)
def test_close_beats_reduce_and_the_largest_fraction_wins(
    first: ReducePosition | ClosePosition, second: ReducePosition | ClosePosition, kept: float
) -> None:
    plan = Plan()
    add_reduction(plan, first)
    add_reduction(plan, second)
    (command,) = plan.commands
    assert isinstance(command, ReducePosition | ClosePosition)
    assert command.quantity == kept
    assert isinstance(command, ClosePosition) is (CLOSE in (first, second))
    assert causes(command) == causes(first) + causes(second)


def test_positions_are_merged_apart() -> None:
    plan = Plan()
    other = PositionKey("main", "BTCUSDT", PositionSide.LONG)
    add_reduction(plan, REDUCE_LITTLE)
    add_reduction(plan, ReducePosition(other, 2.0, because("other")))
    assert len(plan.commands) == 2


@pytest.mark.parametrize("order", [(5.0, 3.0), (3.0, 5.0)])
def test_the_lowest_leverage_wins_whatever_the_order(order: tuple[float, float]) -> None:
    plan = Plan()
    for leverage in order:
        add_leverage(plan, SetLeverage("main", "BTCUSDT", leverage, because(f"{leverage}")))
    (command,) = plan.commands
    assert isinstance(command, SetLeverage)
    assert command.leverage == 3.0
    assert causes(command) == [f"{leverage}" for leverage in order]


def test_orders_are_cancelled_once_per_account_and_symbol() -> None:
    plan = Plan()
    for rule, symbol in (("a", None), ("b", "BTCUSDT"), ("c", None)):
        add_cancellation(plan, CancelOrders("main", symbol, because(rule)))
    assert [causes(command) for command in plan.commands] == [["a", "c"], ["b"]]


@pytest.mark.parametrize(("side", "nearest"), [(1.0, 95.0), (-1.0, 90.0)])
def test_the_guard_stop_nearest_to_the_mark_wins(side: float, nearest: float) -> None:
    for levels in ((90.0, 95.0), (95.0, 90.0)):
        plan = Plan()
        for level in levels:
            add_guard(plan, PlaceGuardStop(KEY, 1.0, level, because(f"{level}")), side=side)
        (command,) = plan.commands
        assert isinstance(command, PlaceGuardStop)
        assert command.trigger_price == nearest
        assert len(command.causes) == 2


def test_cancellations_come_first_and_no_guard_is_placed_over_what_is_closed() -> None:
    plan = Plan()
    add_guard(plan, PlaceGuardStop(KEY, 1.0, 90.0, because("guard")), side=1.0)
    add_leverage(plan, SetLeverage("main", "BTCUSDT", 2.0, because("leverage")))
    add_reduction(plan, CLOSE)
    add_cancellation(plan, CancelOrders("main", None, because("cancel")))
    assert [type(command) for command in plan.commands] == [
        CancelOrders,
        ClosePosition,
        SetLeverage,
    ]


def test_what_is_only_reduced_keeps_its_guard() -> None:
    plan = Plan()
    add_guard(plan, PlaceGuardStop(KEY, 1.0, 90.0, because("guard")), side=1.0)
    add_reduction(plan, REDUCE_MUCH)
    assert [type(command) for command in plan.commands] == [ReducePosition, PlaceGuardStop]
