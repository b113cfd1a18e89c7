"""Breakers at the closes of a simulation: stretches, calm closes, and their readable twins."""

import numpy as np
import pytest

from etrms_core.kernels import simulated_breaker_calm as calm
from etrms_core.kernels import simulated_breaker_counts as counts
from etrms_core.kernels import simulated_breaker_plan as plan
from etrms_core.kernels import simulated_breaker_readings as readings
from etrms_core.kernels import simulated_breakers as breakers
from etrms_core.kernels.simulated_breaker_counts import note_entry, note_result, note_trade
from etrms_core.kernels.simulated_breaker_program import (
    CLOSE_ALL,
    DAY_START,
    INITIAL,
    PAUSE_TRADING,
    PLACE_GUARD_STOP,
    REDUCE_ONLY_MODE,
    REDUCE_POSITION,
    SET_LEVERAGE,
)
from etrms_core.kernels.simulated_breakers import has_log_room, judge_bars, judge_close
from tests.backtest.simulated_markets import HOUR_MS
from tests.kernels.breaker_programs import OF_NAV, OF_POSITIONS, Closes, closes_of
from tests.kernels.inputs import agree, generators, require_same

SEEDS = range(6)
BARS = 400


def judge_one_by_one(closes: Closes) -> list[int]:
    acted = []
    for bar in range(closes.equity.size):
        closes.book.mark_price = closes.marks[:, 3, bar]
        if judge_close(
            closes.program,
            closes.program.risk,
            closes.book,
            closes.equity[bar],
            closes.wallet,
            closes.open_ms[bar] + HOUR_MS,
        ):
            acted.append(bar)
        forget_when_full(closes)
    return acted


def judge_by_stretches(closes: Closes, generator: np.random.Generator) -> list[int]:
    acted, bar = [], 0
    while bar < closes.equity.size:
        stop = min(bar + int(generator.integers(1, 90)), closes.equity.size)
        bar = judge(closes, bar, stop)
        if closes.program.clock[0].acts:
            acted.append(bar - 1)
        forget_when_full(closes)
    return acted


def judge(closes: Closes, start: int, stop: int) -> int:
    return judge_bars(
        closes.program,
        closes.book,
        closes.wallet,
        closes.marks,
        closes.equity,
        closes.open_ms,
        HOUR_MS,
        start,
        stop,
    )


def forget_when_full(closes: Closes) -> None:
    if not has_log_room(closes.program):
        closes.program.clock.logged = closes.program.clock.seen = 0


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("number", range(len(OF_NAV)))
def test_a_stretch_gives_what_its_closes_give_one_by_one(number: int, seed: int) -> None:
    for rules in ((OF_NAV[number],), (OF_NAV[number], OF_NAV[seed])):
        first = closes_of(rules, seed)
        second = first.copied()
        assert first.program.risk is None
        one_by_one = judge_one_by_one(first)
        assert judge_by_stretches(second, np.random.default_rng(seed)) == one_by_one
        for name in ("state", "peak", "breach_since_ms", "triggered_at_ms"):
            np.testing.assert_array_equal(second.program.memory[name], first.program.memory[name])
        logged = first.program.clock[0].logged
        assert second.program.clock[0].logged == logged
        require_same(second.program.log[:logged], first.program.log[:logged])
        for name in ("paused_until_ms", "is_reduce_only", "is_blocking"):
            require_same(second.program.instances[name], first.program.instances[name])
        require_same(second.book, first.book)


def test_most_closes_of_a_quiet_rule_are_calm() -> None:
    closes = closes_of(({"metric": "drawdown", "threshold": 0.5},), 1)
    judge(closes, 0, 1)
    end = breakers.pass_calm_closes(closes.program, closes.equity, closes.open_ms, HOUR_MS, 1, BARS)
    assert end == BARS


@pytest.mark.parametrize("rules", [OF_NAV, OF_POSITIONS])
@pytest.mark.parametrize("seed", range(2))
def test_whole_stretches_agree_with_their_twin(
    rules: tuple[dict[str, object], ...], seed: int
) -> None:
    closes = closes_of(rules, seed, bars=60)
    agree(
        judge_bars,
        closes.program,
        closes.book,
        closes.wallet,
        closes.marks,
        closes.equity,
        closes.open_ms,
        HOUR_MS,
        0,
        60,
    )


def judged(seed: int = 3) -> Closes:
    closes = closes_of(OF_NAV, seed)
    bar = 0
    while bar < 200:
        bar = judge(closes, bar, 200)
        forget_when_full(closes)
    return closes


def test_closes_agree_with_their_twins() -> None:
    for seed in range(3):
        closes = judged(seed)
        program, book, at = closes.program, closes.book, int(closes.open_ms[200]) + HOUR_MS
        equity, wallet = float(closes.equity[200]), closes.wallet
        agree(judge_close, program, None, book, equity, wallet, at)
        agree(breakers.finish_close, program, None, book, wallet, 1, at)
        agree(has_log_room, program)
        agree(breakers.mark_closes, book, closes.marks, 3)
        series = (closes.equity, closes.open_ms, HOUR_MS, 200, 300)
        agree(breakers.pass_calm_closes, program, *series)
        agree(breakers.judge_on, program, None, book, wallet, closes.marks, *series)
        rows = (program.rules, program.memory)
        agree(breakers.step_instances, *rows, program.readings, program.instances, at)
        agree(breakers.update_blocks, *rows, program.instances, book, at)
        agree(
            readings.read_account, program.instances, program.readings, program.navs[0], 9e3, False
        )


def test_bands_agree_with_their_twins() -> None:
    for seed in range(3):
        program = judged(seed).program
        clock, nav = program.clock[0], program.navs[0]
        for row in range(len(OF_NAV)):
            own = (program.rules[row], program.memory[row], program.instances[row].source)
            agree(calm.row_band, *own, nav)
            agree(calm.nav_level, *own, nav, 0.1)
            if OF_NAV[row]["metric"] not in ("nav", "equity"):
                agree(calm.loss_base, *own, nav)
        agree(calm.set_band, clock, program.rules, program.memory, program.instances, nav, 5)
        agree(calm.raise_peaks, program.rules, program.memory, nav, 1.5)
        equity, times = np.full(5, 9_990.0), np.arange(5) * HOUR_MS
        agree(calm.pass_calm, clock, program.rules, program.memory, nav, equity, times, 1, 0, 5)


def test_counts_agree_with_their_twins() -> None:
    program = closes_of(({"metric": "daily_loss", "threshold": 0.5},), 1).program
    for generator in generators(20):
        at = int(program.days[0] + generator.integers(0, 20 * 24) * HOUR_MS)
        agree(counts.turn_pages, program, at)
        agree(counts.following, program.days, 1, at)
        agree(counts.next_start, program.days, int(generator.integers(0, 30)))
        agree(note_result, program, 1, float(generator.normal()))
        agree(note_trade, program, 0, float(generator.normal()), at)
        agree(note_entry, program, 1, at)
        note_entry(program, 1, at)
        agree(counts.count_fresh, program, bool(generator.random() < 0.5))
        agree(counts.tally_value, program.tallies, program.instances[0])


def test_a_trade_counts_on_the_day_it_was_opened() -> None:
    program = closes_of(({"metric": "daily_loss", "threshold": 0.5},), 1).program
    midnight = int(program.days[1])
    for at in (midnight - 1, midnight, midnight + 1):
        note_entry(program, 0, at)
    counts.turn_pages(program, midnight + HOUR_MS)
    counts.count_fresh(program, True)
    assert program.tallies[0].trades == program.tallies[2].trades == 2
    assert program.tallies[1].trades == 0


def test_a_streak_ends_with_a_trade_that_does_not_lose() -> None:
    program = closes_of(({"metric": "daily_loss", "threshold": 0.5},), 1).program
    for pnl in (-1.0, -2.0):
        note_trade(program, 0, pnl, 0)
    assert program.tallies[2].streak == 2
    note_trade(program, 1, 0.0, 0)
    assert (program.tallies[0].streak, program.tallies[2].streak) == (2, 0)


def test_plans_agree_with_their_twins() -> None:
    for seed in range(3):
        closes = judged(seed)
        program, book = closes.program, closes.book
        program.instances.outcome = 1
        agree(plan.plan_triggers, program, None, book, 5)
        agree(plan.plan_instance, program, None, book, 0, 5)
        agree(plan.plan_orders, program, None, book, 0, program.actions[0])
        agree(plan.log_outcomes, program, book, 5.0, 7)
        agree(plan.clear_wishes, program.wishes)
        agree(plan.block_symbols, program.instances, book)
        for row in range(3):
            own = (program.instances[row], program.rules[row])
            agree(plan.is_blocking, *own, program.memory[row], int(closes.open_ms[199]))
        for kind in (REDUCE_POSITION, CLOSE_ALL, SET_LEVERAGE, PLACE_GUARD_STOP):
            agree(plan.wish_for, program.wishes[0], kind, 0.3, book[1])
            agree(plan.breaches, program.rules[0], program.instances[0], kind, 0.3)
        for kind in (PAUSE_TRADING, REDUCE_ONLY_MODE):
            agree(plan.restrict, program.instances[0], kind, 5_000, 7)
        agree(plan.position_value, None, -1, 0)


def test_metrics_of_the_account_agree_with_their_twins() -> None:
    for generator in generators(20):
        nav = generator.uniform(0.5, 1.5, 11)
        crossed, begins = (int(each) for each in generator.integers(0, 8, 2))
        agree(readings.advance_account, nav, float(generator.uniform(-1.0, 2.0)), crossed, begins)
        for source in (0, 1, 2, 3, 4, 20, DAY_START, INITIAL):
            agree(readings.account_value, nav, source, 9.0)
