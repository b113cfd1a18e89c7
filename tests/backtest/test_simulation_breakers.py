"""What breakers do to a simulated account, each case by hand."""

from dataclasses import replace

import numpy as np

from etrms_core.backtest.signals import ENTER_LONG, Signals
from etrms_core.backtest.terms import FillTime, TradingTerms
from tests.backtest.simulated_markets import (
    NO_FEES,
    bar_table,
    coded,
    market_of,
    orders,
    run,
    targeted,
)

FLAT, LOW = (100.0, 100.0, 100.0, 100.0), (90.0, 90.0, 90.0, 90.0)
CLOSE_ALL, PAUSE = {"kind": "close_all"}, {"kind": "pause_trading", "seconds": 7_200.0}
SMALL = replace(NO_FEES, initial_capital=100.0, leverage=1.0)
AT_CLOSE = replace(SMALL, fill=FillTime.CLOSE)


def drawdown(threshold: float, *actions: dict[str, object], **fields: object) -> dict[str, object]:
    return {
        "name": "drawdown",
        "metric": "drawdown",
        "threshold": threshold,
        "actions": list(actions),
        **fields,
    }


def test_a_breaker_closes_at_the_next_open() -> None:
    market = market_of(bar_table(FLAT, FLAT, LOW, (95.0, 95.0, 95.0, 95.0)))
    result = run(market, coded(4, at_0=ENTER_LONG), account=SMALL, rules=[drawdown(0.1, CLOSE_ALL)])
    assert orders(result) == [(1, 1.0, 100.0, "signal"), (3, -1.0, 95.0, "breaker")]


def test_a_breaker_closes_at_its_own_close_where_orders_fill_there() -> None:
    market = market_of(bar_table(FLAT, FLAT, LOW, (95.0, 95.0, 95.0, 95.0)))
    result = run(
        market, coded(4, at_0=ENTER_LONG), account=AT_CLOSE, rules=[drawdown(0.1, CLOSE_ALL)]
    )
    assert orders(result) == [(0, 1.0, 100.0, "signal"), (2, -1.0, 90.0, "breaker")]
    assert result.equity[-2:].tolist() == [90.0, 90.0]


def test_an_entry_in_the_bar_of_a_breaker_order_is_lost() -> None:
    market = market_of(bar_table(FLAT, FLAT, LOW, LOW, LOW))
    result = run(
        market,
        coded(5, at_0=ENTER_LONG, at_2=ENTER_LONG, at_3=ENTER_LONG),
        account=AT_CLOSE,
        rules=[drawdown(0.1, CLOSE_ALL, drawdown_peak="since_rearm")],
    )
    assert [(order[0], order[3]) for order in orders(result)] == [
        (0, "signal"),
        (2, "breaker"),
        (3, "signal"),
    ]


def test_a_pause_blocks_every_close_before_its_end() -> None:
    market = market_of(bar_table(FLAT, FLAT, *(LOW,) * 5))
    result = run(
        market,
        Signals(codes=np.full(7, ENTER_LONG, np.int8)),
        account=AT_CLOSE,
        rules=[
            drawdown(0.1, CLOSE_ALL, PAUSE, drawdown_peak="since_rearm", cooldown_seconds=7_200.0)
        ],
    )
    # Closed at the end of hour 3; the close at the end of hour 5 is free again.
    assert [(order[0], order[3]) for order in orders(result)] == [
        (0, "signal"),
        (2, "breaker"),
        (4, "signal"),
    ]


def test_a_part_is_reduced_to_the_lot() -> None:
    market = market_of(bar_table(FLAT, FLAT, LOW, LOW))
    result = run(
        market,
        coded(4, at_0=ENTER_LONG),
        account=AT_CLOSE,
        rules=[drawdown(0.05, {"kind": "reduce_position", "fraction": 0.25})],
    )
    assert orders(result)[1] == (2, -0.25, 90.0, "breaker")


def test_a_guard_stop_rests_until_it_is_reached() -> None:
    market = market_of(bar_table(FLAT, FLAT, (98, 98, 98, 98), (98, 98, 94, 97), FLAT))
    result = run(
        market,
        coded(5, at_0=ENTER_LONG),
        account=SMALL,
        rules=[drawdown(0.01, {"kind": "place_guard_stop", "distance": 0.025})],
    )
    assert orders(result)[1] == (3, -1.0, 95.55, "stop_loss")


def test_a_breaker_cancels_an_entry_that_waits_for_its_symbol() -> None:
    gap = (np.nan,) * 5
    first, second = bar_table(FLAT, FLAT, LOW, LOW, LOW), bar_table(FLAT, gap, gap, FLAT, FLAT)
    signals = (coded(5, at_0=ENTER_LONG), coded(5, at_0=ENTER_LONG))
    rule = drawdown(0.05, {"kind": "cancel_orders"})
    cancelled = run(market_of(first, second), *signals, account=SMALL, rules=[rule])
    assert [int(fill.symbol) for fill in cancelled.fills] == [0]


def test_a_block_lets_a_target_reduce() -> None:
    market = market_of(bar_table(FLAT, FLAT, LOW, LOW, LOW))
    result = run(
        market,
        targeted(5, at_0=0.8, at_3=0.4),
        account=AT_CLOSE,
        trading=TradingTerms(),
        rules=[drawdown(0.05, {"kind": "reduce_only_mode"})],
    )
    assert orders(result)[0][1] == 0.8
    assert result.fills.quantity[1] < 0.0


def test_breakers_that_never_fire_change_nothing() -> None:
    market = market_of(bar_table(FLAT, FLAT, LOW, FLAT))
    plain = run(market, coded(4, at_0=ENTER_LONG), account=SMALL)
    rules = [
        drawdown(0.9, CLOSE_ALL),
        {"name": "loss", "metric": "position_loss", "threshold": 0.9, "actions": [CLOSE_ALL]},
    ]
    watched = run(market, coded(4, at_0=ENTER_LONG), account=SMALL, rules=rules)
    np.testing.assert_array_equal(watched.equity, plain.equity)
    np.testing.assert_array_equal(watched.fills, plain.fills)
