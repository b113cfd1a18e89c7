"""The kernels of the simulation agree with their readable twins in the middle of random runs."""

from copy import deepcopy

import numpy as np
import pytest

from etrms_core.backtest import signals as strategy_signals
from etrms_core.backtest.simulation_arrays import SIZE_CODES
from etrms_core.backtest.simulation_run import FillReason
from etrms_core.backtest.terms import SizeKind
from etrms_core.breakers.rule_document import parse_rules
from etrms_core.breakers.rules import BreakerRule
from etrms_core.kernels import simulated_book
from etrms_core.kernels.simulated_book import ABSENT, CLOSE, HAS_TARGET, LOW, OPEN
from etrms_core.kernels.simulated_decisions import (
    allowed_target,
    change_leverage,
    decide,
    entry_of,
    fill_entries,
    fill_entry,
    fill_exit,
    fill_exits,
    fill_waiting,
    grant,
    leaves_now,
    still_waits,
    take_signals,
)
from etrms_core.kernels.simulated_fills import (
    available_quantity,
    bearable_price,
    clear_levels,
    close_part,
    mark_all,
    marked_equity,
    place_levels,
    set_margin_aside,
    settle,
    wait_to_leave,
)
from etrms_core.kernels.simulated_margin import (
    EVERYBODY,
    adverse_equity,
    collateral_of,
    cover,
    excess_at,
    is_backed,
    is_in_pool,
    liquidate,
    next_liquidation,
    notional_of,
    path_end,
    pool_balance,
    pool_point,
)
from etrms_core.kernels.simulated_orders import (
    backed_quantity,
    enter,
    equity_after_close,
    grow_to_target,
    reduce_to_target,
    target_quantity,
    trade_to,
    wanted_quantity,
)
from etrms_core.kernels.simulated_path import (
    AT_OPEN,
    STOPS_AND_MARGIN,
    fill_stop,
    fixed_stop,
    follow_extremes,
    nearest_stop,
    next_stop,
    opens_beyond_profit,
    run_path,
    settle_funding,
    take_profits,
)
from etrms_core.kernels.simulated_quiet import (
    first_code,
    first_inside,
    first_reach,
    first_short_of_margin,
    first_touch,
    first_trailed,
    follow_prices,
    highest,
    isolated_bound,
    look_ahead,
    margin_bound,
    mark_quiet,
)
from etrms_core.kernels.simulated_watch import note_fill, note_money, obey, watch_closes
from etrms_core.kernels.simulated_window import (
    fill_gaps,
    lay_bars,
    lay_prices,
    lay_targets,
    lay_volatility,
)
from etrms_core.kernels.simulation import (
    begin_window,
    close_bar,
    cross_bar,
    open_bar,
    pass_quiet,
    play_bars,
    quiet_stretch,
)
from tests.kernels.inputs import agree, generators
from tests.kernels.simulated_stage import Stage, stage_in_the_middle

SEEDS = range(12)
Rules = tuple[BreakerRule, ...]
RULES = parse_rules(
    (
        {
            "name": "flatten",
            "metric": "drawdown",
            "threshold": 0.05,
            "drawdown_peak": "since_rearm",
            "cooldown_seconds": 7_200.0,
            "actions": [{"kind": "close_all"}, {"kind": "pause_trading", "seconds": 7_200.0}],
        },
        {
            "name": "guard",
            "metric": "position_loss",
            "threshold": 0.01,
            "scope": {"kind": "symbol"},
            "actions": [
                {"kind": "place_guard_stop", "distance": 0.02},
                {"kind": "reduce_position", "fraction": 0.5},
                {"kind": "set_leverage", "leverage": 1.0},
            ],
        },
    )
)


@pytest.fixture(params=SEEDS)
def stage(request: pytest.FixtureRequest) -> Stage:
    return stage_in_the_middle(request.param)


def test_codes_and_reasons_are_those_of_the_backtest() -> None:
    assert [reason.value for reason in FillReason] == [
        getattr(simulated_book, reason.name) for reason in FillReason
    ]
    assert {kind: getattr(simulated_book, kind.name) for kind in SizeKind} == SIZE_CODES
    for name in ("ENTER_LONG", "EXIT_LONG", "ENTER_SHORT", "EXIT_SHORT"):
        assert getattr(simulated_book, name) == getattr(strategy_signals, name)


@pytest.mark.parametrize("seed", range(40))
def test_a_whole_run_agrees_with_its_twin(seed: int) -> None:
    stage = Stage(seed)
    agree(play_bars, *stage.arguments(), 0, stage.stop, None)


def test_a_run_stops_for_more_room_and_goes_on() -> None:
    stage = Stage(3)
    whole = deepcopy(stage)
    whole.play(0, whole.stop)
    bar, fills = 0, stage.fills
    while bar < stage.stop:
        stage.fills = fills[: stage.account.fills + 10 * stage.book.size]
        bar = stage.play(bar, stage.stop)
    assert stage.account.fills == whole.account.fills
    np.testing.assert_array_equal(stage.equity, whole.equity)
    np.testing.assert_array_equal(stage.worst, whole.worst)


def test_fills_agree(stage: Stage) -> None:
    s, position = stage, stage.book[stage.row]
    agree(marked_equity, s.book, s.account.wallet)
    agree(place_levels, position, s.terms)
    agree(clear_levels, position)
    for change in (-2.0, -0.5, 0.5):
        remaining = position.quantity * (1.0 + change)
        agree(set_margin_aside, position, remaining, 101.0)
        agree(settle, s.book, s.row, s.account, s.terms, s.fills, remaining, 99.0, 0.1, 0)
    agree(settle, s.book, s.row, s.account, s.terms, s.fills, -position.quantity, 99.0, 0.1, 4)
    if position.quantity != 0.0:
        for price in (1.0, 90.0, 500.0):
            agree(bearable_price, s.book, s.row, s.account, s.terms, price)
    agree(available_quantity, 5.0, 3.33, position, s.terms)
    agree(wait_to_leave, position, s.account, 3.0, 5, 7)
    for quantity in (0.5, 1e6):
        agree(close_part, s.book, s.row, s.account, s.terms, s.fills, quantity, 95.0, 10.0, 1)


def test_margin_agrees(stage: Stage) -> None:
    s, wallet = stage, stage.account.wallet
    prices = np.full(s.book.size, 60.0)
    for pool in (s.row, EVERYBODY):
        agree(pool_balance, s.book, pool, wallet)
        agree(is_in_pool, s.book, s.row, pool)
        for to_close in (False, True):
            agree(excess_at, s.book, pool, wallet, s.tiers, s.marks, s.bar, False, to_close)
            agree(excess_at, s.book, pool, wallet, s.tiers, s.marks, s.bar, True, to_close)
            for poorer in (wallet, 0.0, -wallet):
                agree(pool_point, s.book, pool, poorer, s.tiers, s.marks, s.bar, to_close)
        agree(cover, s.book, pool, 10.0, prices)
        for longs_only in (False, True):
            agree(notional_of, s.book, pool, prices, longs_only)
        agree(collateral_of, s.book, s.row, pool, wallet, prices)
        agree(
            liquidate,
            s.book,
            pool,
            s.account,
            s.terms,
            s.fills,
            s.marks,
            s.bar,
            0.5,
            False,
        )
    for to_close in (False, True):
        agree(path_end, s.marks, s.row, s.bar, 1.0, to_close)
        agree(path_end, s.marks, s.row, s.bar, -1.0, to_close)
        for isolated in (False, True):
            agree(next_liquidation, s.book, 0.0, isolated, s.tiers, s.marks, s.bar, to_close)
    agree(adverse_equity, s.book, wallet, s.marks, s.bar)
    agree(is_backed, s.book, wallet, s.marks, s.bar)


def test_orders_agree(stage: Stage) -> None:
    s, position = stage, stage.book[stage.row]
    for kind in range(5):
        s.terms.size_kind = kind
        agree(wanted_quantity, position, s.terms, 1_000.0, 97.0)
    for side in (1.0, -1.0):
        agree(backed_quantity, s.book, s.row, s.account, s.terms, side, 97.0)
        agree(equity_after_close, s.book, s.row, s.account, s.terms, side, 97.0)
        agree(trade_to, s.book, s.row, s.account, s.terms, s.fills, side, 4.0, 97.0, 10.0)
        position.entry_side = side
        agree(enter, s.book, s.row, s.account, s.terms, s.fills, 97.0, 10.0)
    for target in (-0.7, 0.0, 0.01, 0.9):
        for may_add in (False, True):
            position.target, position.may_add = target, may_add
            agree(target_quantity, s.book, s.row, s.account, s.terms, 97.0)
            agree(reduce_to_target, s.book, s.row, s.account, s.terms, s.fills, 97.0, 10.0)
            agree(grow_to_target, s.book, s.row, s.account, s.terms, s.fills, 97.0, 10.0)


def test_the_path_agrees(stage: Stage) -> None:
    s, position = stage, stage.book[stage.row]
    position.quiet_until = 0
    agree(fixed_stop, position)
    agree(nearest_stop, position, s.terms)
    agree(next_stop, s.book, s.terms, s.bars, s.codes, s.bar)
    for reached in (0.0, 0.7):
        agree(
            fill_stop,
            s.book,
            s.row,
            s.account,
            s.terms,
            s.fills,
            s.bars,
            s.bar,
            0.5,
            reached,
        )
    for leg in range(AT_OPEN, STOPS_AND_MARGIN + 3):
        agree(
            run_path,
            s.book,
            s.account,
            s.terms,
            s.tiers,
            s.fills,
            s.bars,
            s.marks,
            s.codes,
            s.bar,
            leg,
        )
    agree(take_profits, s.book, s.account, s.terms, s.fills, s.bars, s.codes, s.bar)
    agree(opens_beyond_profit, position, 200.0)
    agree(follow_extremes, s.book, s.bars, s.codes, s.bar)
    for at_open in (False, True):
        agree(
            settle_funding,
            s.book,
            s.account,
            s.terms,
            s.payments,
            s.settled_ms,
            s.rates,
            s.first,
            s.marks,
            s.bar,
            int(s.open_ms[s.bar]) + 4 * 3_600_000,
            at_open,
        )


def test_decisions_agree(stage: Stage) -> None:
    s, position = stage, stage.book[stage.row]
    for code in (*range(16), HAS_TARGET):
        agree(entry_of, code, position.quantity, s.terms)
        agree(decide, position, s.account, s.terms, code, 0.4, 0.9)
    for target in (-0.5, 0.5, np.nan):
        agree(allowed_target, target, s.terms)
    agree(take_signals, s.book, s.account, s.terms, s.bars, s.codes, s.bar)
    position.exit_quantity = 0.5 * abs(position.quantity)
    for at_open in (False, True):
        agree(fill_exit, s.book, s.row, s.account, s.terms, s.fills, 99.0, 50.0, at_open)
    position.entry_side = 1.0
    agree(fill_entry, s.book, s.row, s.account, s.terms, s.fills, 99.0, 50.0)
    agree(still_waits, position)
    agree(leaves_now, position, s.bar)
    s.account.has_waiting = True
    for price_row in (OPEN, CLOSE):
        waiting = (s.book, s.account, s.terms, s.fills, s.bars, s.codes, s.bar, price_row)
        agree(fill_exits, *waiting)
        agree(fill_entries, *waiting)
        agree(
            fill_waiting,
            s.book,
            s.account,
            s.terms,
            s.fills,
            s.bars,
            s.codes,
            s.bar,
            price_row,
        )
    for wish in (0.5, 1.0, 50.0):
        for isolated in (False, True):
            agree(change_leverage, s.book, s.row, s.account.wallet, isolated, wish)
    for fraction, level in ((0.0, 90.0), (0.4, np.nan), (1.0, 95.0)):
        agree(grant, s.book, s.row, s.account, fraction, level, True)


def test_quiet_stretches_agree(stage: Stage) -> None:
    s, position = stage, stage.book[stage.row]
    agree(first_code, s.codes, s.row, s.bar, s.stop)
    for level, direction in ((90.0, -1.0), (110.0, 1.0), (np.nan, 1.0)):
        agree(first_reach, s.bars, s.row, LOW, level, direction, s.bar, s.stop)
    agree(first_trailed, s.bars, s.row, 1.0, 100.0, 0.05, s.bar, s.stop)
    agree(first_trailed, s.bars, s.row, -1.0, 100.0, 0.05, s.bar, s.stop)
    position.highest_mark = agree(highest, s.marks, s.row)
    if position.quantity != 0.0:
        position.margin_bound = agree(margin_bound, position, s.tiers, s.row)
        agree(isolated_bound, position)
        agree(first_touch, position, s.row, s.terms, s.bars, s.marks, s.bar, s.stop)
    position.quiet_until = 0
    agree(look_ahead, s.book, s.terms, s.tiers, s.bars, s.marks, s.codes, s.bar, s.stop)
    moment = int(s.open_ms[s.bar]) + 7_200_001
    agree(first_inside, s.open_ms, s.terms.timeframe_ms, moment, s.bar, s.stop)
    agree(follow_prices, position, s.bars, s.row, s.bar, s.stop)
    agree(mark_quiet, s.book, 100.0, s.marks, s.equity, s.worst, s.bar, s.stop)
    agree(first_short_of_margin, s.book, s.worst, s.bar, s.stop)


def test_the_parts_of_a_bar_agree(stage: Stage) -> None:
    s = stage
    agree(begin_window, s.book)
    agree(mark_all, s.book, s.marks, s.bar, CLOSE)
    market = (s.bars, s.marks, s.codes, s.bar)
    agree(open_bar, s.book, s.account, s.terms, s.tiers, s.fills, *market, True)
    agree(cross_bar, s.book, s.account, s.terms, s.tiers, s.fills, *market)
    agree(pass_quiet, s.book, s.bars, s.marks, s.bar, s.bar + 1)
    agree(
        quiet_stretch,
        s.book,
        s.account,
        s.terms,
        s.tiers,
        s.open_ms,
        s.bars,
        s.marks,
        s.codes,
        s.equity,
        s.worst,
        s.bar,
        s.stop,
    )
    agree(close_bar, s.book, s.account, s.terms, s.fills, s.bars, s.codes, s.bar)


@pytest.mark.parametrize("rules", [RULES[:1], RULES], ids=["nav", "positions"])
@pytest.mark.parametrize("seed", range(6))
def test_a_whole_run_with_breakers_agrees_with_its_twin(seed: int, rules: Rules) -> None:
    stage = Stage(seed, rules)
    agree(play_bars, *stage.arguments(), 0, stage.stop, stage.program)


@pytest.mark.parametrize("rules", [RULES[:1], RULES], ids=["nav", "positions"])
@pytest.mark.parametrize("seed", range(4))
def test_what_breakers_are_told_and_want_agrees(seed: int, rules: Rules) -> None:
    s = stage_in_the_middle(seed, rules)
    assert s.program is not None
    s.equity[s.bar :] = 9_000.0
    s.account.noted = max(0, s.account.fills - 3)
    for fill in s.fills[: s.account.fills]:
        agree(note_fill, s.program, s.book[fill.symbol], fill)
    agree(note_money, s.program, s.book, s.account, s.fills, s.payments)
    agree(
        watch_closes,
        s.program,
        s.book,
        s.account,
        s.terms,
        s.fills,
        s.payments,
        s.open_ms,
        s.marks,
        s.equity,
        s.bar,
        s.stop,
    )
    s.program.wishes.guard_level = s.program.wishes.leverage = np.nan
    for leverage in (np.nan, 2.0):
        s.program.wishes[s.row] = (0.5, 95.0, leverage, True)
        agree(obey, s.program, s.book, s.account, s.terms, s.fills, s.bars, s.codes, s.bar)


def test_windows_agree() -> None:
    for generator in generators(4):
        given = generator.uniform(50.0, 150.0, (5, 30))
        given[:, generator.random(30) < 0.3] = np.nan
        window, codes = np.zeros((2, simulated_book.ROWS, 20)), np.zeros((2, 20), np.int8)
        signals = generator.integers(0, 16, 30).astype(np.int8)
        targets = np.where(generator.random(30) < 0.5, np.nan, 0.5)
        agree(lay_prices, window, 1, given, 4, 18, 4)
        agree(lay_bars, window, codes, 1, given, signals, 4, 18, 5)
        lay_bars(window, codes, 1, given, signals, 4, 18, 5)
        agree(lay_targets, window, codes, 1, targets, 4, 18)
        agree(lay_volatility, window, 1, targets, 4, 18)
        for is_mark in (False, True):
            agree(fill_gaps, window, 1, codes, 77.0, 14, is_mark)
        fill_gaps(window, 1, codes, 77.0, 14, False)
        assert not np.isnan(window[1, :4, :14]).any()
        assert ((codes[1, :14] == ABSENT) == np.isnan(given[0, 4:18])).all()
