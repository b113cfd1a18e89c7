"""The events of a run, as its files tell them."""

import numpy as np

from etrms_core.backtest.breaker_events import breaker_events
from etrms_core.backtest.breaker_program import CompiledBreakers
from etrms_core.backtest.simulation_arrays import opening_book, tier_arrays
from etrms_core.backtest.simulation_run import FILL
from etrms_core.backtest.terms import AccountTerms
from etrms_core.breakers.rule_document import parse_rule
from etrms_core.domain.instrument import Instrument
from etrms_core.kernels.simulated_breakers import judge_close
from tests.backtest.simulated_markets import HOUR_MS, START_MS, bar_table, market_of


def kinds_after_a_loss(bars: int, pause_seconds: float) -> list[tuple[int, str]]:
    """Lose 10 % at the second close; returns hour and kind of each event."""
    market = market_of(bar_table(*[(100.0, 100.0, 100.0, 100.0)] * bars))
    instruments, account = [Instrument("S0")], AccountTerms()
    rule = parse_rule(
        {
            "name": "guard",
            "metric": "drawdown",
            "threshold": 0.05,
            "drawdown_peak": "since_rearm",
            "cooldown_seconds": 86_400,
            "actions": [{"kind": "pause_trading", "seconds": pause_seconds}],
        }
    )
    breakers = CompiledBreakers(
        market, [rule], account=account, tiers=tier_arrays(instruments), strategy_name="one"
    )
    book = opening_book(instruments, 1.0)
    for bar in range(bars):
        equity = 10_000.0 if bar < 1 else 9_000.0
        at = START_MS + (bar + 1) * HOUR_MS
        judge_close(breakers.program, breakers.program.risk, book, equity, equity, at)
        if bar == 1:
            breakers.drain()
    events = breaker_events(
        breakers,
        market,
        account=account,
        instruments=instruments,
        fills=np.zeros(0, FILL).view(np.recarray),
    )
    return [
        (round((each.occurred_at.timestamp() * 1000 - START_MS) / HOUR_MS), each.kind.value)
        for each in events
    ]


FIRED = [(2, "triggered"), (2, "cooling_down"), (2, "acted")]


def test_a_pause_is_over_at_the_first_close_that_is_not_before_its_end() -> None:
    assert kinds_after_a_loss(6, 7_200.0) == [*FIRED, (4, "reset")]
    assert kinds_after_a_loss(6, 7_200.5) == [*FIRED, (5, "reset")]


def test_a_pause_that_outlives_the_bars_is_not_told_as_over() -> None:
    assert kinds_after_a_loss(6, 86_400.0) == FIRED
