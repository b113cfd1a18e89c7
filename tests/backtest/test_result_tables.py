"""Trades and bounds of hand-written runs, where bars, times and symbols are awkward."""

from datetime import timedelta

import numpy as np
import pytest

from etrms_core.backtest.bar_quality import check_bars
from etrms_core.backtest.quality_document import quality_document
from etrms_core.backtest.result_bounds import adverse_drawdown, path_figures
from etrms_core.backtest.result_tables import run_trades, utc_index
from etrms_core.backtest.simulation_run import FillReason
from tests.backtest.bar_frames import sound_bars
from tests.backtest.hand_runs import HOUR_MS, START_MS, hand_result, hand_run
from tests.services.replays import START

SIGNAL, STOP = FillReason.SIGNAL, FillReason.STOP_LOSS


def buy_and_sell(entry: int, exit_: int, *, inside: bool = False) -> tuple[float, float]:
    """Buy 1 at 100 and sell it at 100, some hours after the start; return (mae, mfe)."""
    fills = [
        (entry, START_MS + entry * HOUR_MS, 1.0, 100.0, 0.0, 0.0, SIGNAL, False),
        (exit_ - inside, START_MS + exit_ * HOUR_MS, -1.0, 100.0, 0.0, 0.0, STOP, inside),
    ]
    result = hand_result(hand_run(fills=fills, payments=()))
    trade = run_trades(result.run, result.data.market)[0]
    return trade.mae, trade.mfe


def test_excursions_are_those_of_the_bars_between_entry_and_exit() -> None:
    assert buy_and_sell(1, 2) == pytest.approx((-0.02, 0.12))
    assert buy_and_sell(1, 3) == pytest.approx((-0.10, 0.12))
    assert buy_and_sell(2, 4) == pytest.approx((-0.10, 0.11))


def test_a_bar_counts_up_to_an_exit_inside_it_only() -> None:
    assert buy_and_sell(1, 3, inside=True) == pytest.approx((-0.02, 0.12))
    assert buy_and_sell(2, 3, inside=True) == (0.0, 0.0)


def test_a_settlement_before_a_fill_of_the_same_time_belongs_to_the_old_trade() -> None:
    fills = [
        (1, START_MS + HOUR_MS, 1.0, 100.0, 0.0, 0.0, SIGNAL, False),
        (2, START_MS + 2 * HOUR_MS, -2.0, 110.0, 0.0, 10.0, SIGNAL, False),
    ]
    payments = [(START_MS + 3 * HOUR_MS, 0.25), (START_MS + 2 * HOUR_MS, -0.5)]
    result = hand_result(hand_run(fills=fills, payments=payments))
    first, second = run_trades(result.run, result.data.market)
    assert (first.funding, second.funding) == (-0.5, 0.25)
    assert (first.side, second.side) == ("long", "short")
    assert second.pnl == pytest.approx(-1.0 * (96.0 - 110.0) + 0.25)


def test_fills_are_at_their_very_times() -> None:
    result = hand_result()
    trade = run_trades(result.run, result.data.market)[0]
    assert trade.entry_time == START + timedelta(hours=1)
    assert utc_index(np.array([START_MS]))[0] == START


def test_a_run_that_only_rises_has_no_drawdown_but_that_inside_its_bars() -> None:
    rising = hand_run(equity=(100.0, 110.0, 120.0), adverse=(99.0, 88.0), fills=(), payments=())
    assert path_figures(rising) == {
        "final_equity": 120.0,
        "total_return": pytest.approx(0.2),
        "max_drawdown": 0.0,
    }
    assert adverse_drawdown(rising) == pytest.approx(1.0 - 88.0 / 110.0)


def test_nobody_loses_more_than_everything_inside_a_bar() -> None:
    ruined = hand_run(equity=(100.0, 110.0, 50.0), adverse=(99.0, -30.0), fills=(), payments=())
    assert adverse_drawdown(ruined) == 1.0


def test_a_quality_report_counts_and_tells() -> None:
    frame = sound_bars().drop(sound_bars().index[5])
    document = quality_document(check_bars(frame))
    assert (document["rows"], document["missing_bars"], document["gaps"]) == (47, 1, 1)
    assert document["problems"][0].startswith("1 missing bar in 1 gap")
