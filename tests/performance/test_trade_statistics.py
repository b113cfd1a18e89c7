"""Figures of trades, by hand."""

from math import isnan

import numpy as np
import pandas as pd
import pytest

from etrms_core.errors import DomainError
from etrms_core.performance.trade_statistics import holding_metrics, trade_metrics

TIMES = pd.date_range("2025-01-01", periods=5, freq="h", tz="UTC")
EQUITY = np.array([1000.0, 1010.0, 990.0, 1000.0, 1000.0])


def trades(**columns: object) -> pd.DataFrame:
    """Four closed trades and an open one; name the columns that differ."""
    standard = {
        "entry_time": TIMES[[1, 1, 2, 2, 3]],
        "exit_time": [TIMES[2], TIMES[3], TIMES[3], TIMES[4], pd.NaT],
        "quantity": 1.0,
        "entry_price": 100.0,
        "exit_price": [101.0, 102.0, 103.0, 104.0, np.nan],
        "fees": 0.5,
        "funding": [0.25, -1.0, 0.0, 0.0, 0.0],
        "pnl": [50.0, 10.0, -20.0, 0.0, 5.0],
        "exit_reason": ["signal", "stop_loss", "liquidation", "signal", "open"],
    }
    return pd.DataFrame(standard | columns)


def held(frame: pd.DataFrame) -> dict[str, float]:
    return holding_metrics(frame, EQUITY, times=TIMES)


def test_every_figure_has_its_hand_worked_value() -> None:
    assert trade_metrics(trades()) == {
        "win_rate": 0.5,
        "profit_factor": 3.0,
        "average_win": 30.0,
        "average_loss": 20.0,
        "risk_reward": 1.5,
        "expectancy": 10.0,
        "trades": 5.0,
        "fees": 2.5,
        "funding": -0.75,
        "liquidations": 1.0,
    }


@pytest.mark.parametrize("unknown", [None, np.nan, ""])
def test_an_open_trade_is_known_by_its_missing_exit_time(unknown: object) -> None:
    texts = [moment.isoformat() for moment in TIMES[:4]]
    measured = trade_metrics(trades(exit_time=pd.Series([*texts, unknown], dtype=object)))
    assert measured["win_rate"] == 0.5
    assert measured["expectancy"] == 10.0


def test_no_trade_has_counts_but_no_ratios() -> None:
    measured = trade_metrics(trades().iloc[:0])
    zero = {"trades", "fees", "funding", "liquidations"}
    assert {name for name, value in measured.items() if value == 0.0} == zero
    assert all(isnan(value) for name, value in measured.items() if name not in zero)


def test_without_a_losing_trade_there_is_no_profit_factor() -> None:
    measured = trade_metrics(trades(pnl=[1.0, 2.0, 3.0, 4.0, 0.0]))
    assert isnan(measured["profit_factor"])
    assert isnan(measured["average_loss"])
    assert isnan(measured["risk_reward"])
    assert measured["win_rate"] == 1.0


def test_without_a_winning_trade_the_profit_factor_is_zero() -> None:
    measured = trade_metrics(trades(pnl=[-1.0, -2.0, -3.0, -4.0, 0.0]))
    assert measured["profit_factor"] == 0.0
    assert isnan(measured["average_win"])
    assert isnan(measured["risk_reward"])


def test_unknown_money_is_refused() -> None:
    with pytest.raises(DomainError, match="know their pnl, 1 did not"):
        trade_metrics(trades(pnl=[np.nan, 1.0, 1.0, 1.0, 1.0]))


def test_a_missing_column_is_named() -> None:
    with pytest.raises(DomainError, match="fees, pnl missing"):
        trade_metrics(trades().drop(columns=["fees", "pnl"]))
    with pytest.raises(DomainError, match="quantity missing"):
        held(trades().drop(columns=["quantity"]))


def test_turnover_is_what_was_bought_and_sold_over_mean_equity() -> None:
    assert held(trades())["turnover"] == pytest.approx((500.0 + 410.0) / 1000.0)


def test_turnover_is_absent_when_a_position_was_given_at_the_start() -> None:
    entries = [TIMES[0], *TIMES[[1, 2, 2, 3]]]
    assert held(trades(entry_time=entries)).keys() == {"exposure"}


@pytest.mark.parametrize(
    ("entry", "end", "share"),
    [
        ("01:00", "02:00", 0.25),
        ("01:00", "03:00", 0.5),
        ("00:00", None, 1.0),
        ("03:00", None, 0.25),
        ("02:10", "02:50", 0.25),  # inside one bar
        ("01:30", "02:30", 0.5),  # parts of two bars
        ("04:00", None, 0.0),  # from the last close on
        ("02:00", "02:00", 0.0),  # in and out at once
    ],
)
def test_exposure_counts_the_bars_in_which_a_position_was_open(
    entry: str, end: str | None, share: float
) -> None:
    row = trades().iloc[:1].copy()
    row["entry_time"] = [f"2025-01-01T{entry}:00Z"]
    row["exit_time"] = [None if end is None else f"2025-01-01T{end}:00.250Z".replace(".250", "")]
    assert held(row)["exposure"] == share


def test_overlapping_positions_expose_a_bar_once() -> None:
    assert held(trades())["exposure"] == 0.75


def test_naive_equity_times_are_utc() -> None:
    naive = TIMES.tz_localize(None)
    assert holding_metrics(trades(), EQUITY, times=naive) == held(trades())


def test_equity_times_that_do_not_increase_are_refused() -> None:
    with pytest.raises(DomainError, match="increase"):
        holding_metrics(trades(), EQUITY, times=TIMES[[0, 2, 1, 3, 4]])
