"""All figures of a run together."""

from math import inf, isnan, nan

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etrms_core.errors import DomainError, InsufficientDataError
from etrms_core.performance.metrics import performance_metrics
from tests.performance.test_trade_statistics import EQUITY, TIMES, trades

FROM_EQUITY = {
    "total_return",
    "annual_return",
    "annual_volatility",
    "sharpe",
    "sortino",
    "calmar",
    "omega",
    "max_drawdown",
    "max_drawdown_bars",
    "recovery_bars",
    "ulcer_index",
    "value_at_risk",
    "expected_shortfall",
    "final_equity",
}
FROM_TRADES = {
    "win_rate",
    "profit_factor",
    "average_win",
    "average_loss",
    "risk_reward",
    "expectancy",
    "trades",
    "fees",
    "funding",
    "liquidations",
}
PATHS = st.lists(st.floats(0.5, 2.0), min_size=2, max_size=50)


def test_a_hand_worked_run() -> None:
    measured = performance_metrics([100.0, 110.0, 99.0, 108.9, 130.68], periods_per_year=4.0)
    assert measured["total_return"] == pytest.approx(0.3068, rel=1e-12)
    assert measured["annual_return"] == pytest.approx(0.3068, rel=1e-12)
    assert measured["calmar"] == pytest.approx(3.068, rel=1e-12)
    assert measured["sortino"] == pytest.approx(3.0, rel=1e-12)
    assert measured["omega"] == pytest.approx(4.0, rel=1e-12)
    assert measured["max_drawdown"] == pytest.approx(0.1, rel=1e-12)
    assert measured["final_equity"] == 130.68


def test_what_the_input_cannot_tell_is_absent() -> None:
    by_time = pd.Series(EQUITY, index=TIMES)
    without = performance_metrics(EQUITY, periods_per_year=8760.0)
    assert without.keys() == FROM_EQUITY
    without_times = performance_metrics(EQUITY, trades(), periods_per_year=8760.0)
    assert without_times.keys() == FROM_EQUITY | FROM_TRADES
    complete = performance_metrics(by_time, trades(), periods_per_year=8760.0)
    assert complete.keys() == FROM_EQUITY | FROM_TRADES | {"exposure", "turnover"}


def test_all_figures_are_plain_floats() -> None:
    by_time = pd.Series(EQUITY, index=TIMES)
    measured = performance_metrics(by_time, trades(), periods_per_year=8760.0)
    assert {type(value) for value in measured.values()} == {float}


def test_array_list_and_series_agree() -> None:
    expected = performance_metrics(EQUITY, periods_per_year=365.0)
    assert performance_metrics(EQUITY.tolist(), periods_per_year=365.0) == expected
    by_time = pd.Series(EQUITY, index=TIMES)
    assert performance_metrics(by_time, periods_per_year=365.0) == expected


def test_figures_agree_with_the_formulas_of_pandas_and_numpy() -> None:
    rng = np.random.default_rng(11)
    equity = pd.Series(10_000.0 * np.cumprod(np.append(1.0, 1.0 + rng.normal(1e-4, 0.01, 2000))))
    returns = equity.pct_change().dropna()
    drawdown = 1.0 - equity / equity.cummax()
    annual = (equity.iloc[-1] / equity.iloc[0]) ** (8760.0 / 2000.0) - 1.0
    quantile = returns.quantile(0.05)
    downside = np.sqrt((returns.clip(upper=0.0) ** 2).mean())
    expected = {
        "annual_return": annual,
        "annual_volatility": returns.std() * np.sqrt(8760.0),
        "sharpe": returns.mean() / returns.std() * np.sqrt(8760.0),
        "sortino": returns.mean() / downside * np.sqrt(8760.0),
        "calmar": annual / drawdown.max(),
        "omega": returns.clip(lower=0.0).sum() / -returns.clip(upper=0.0).sum(),
        "max_drawdown": drawdown.max(),
        "ulcer_index": np.sqrt((drawdown**2).mean()),
        "value_at_risk": -quantile,
        "expected_shortfall": -returns[returns <= quantile].mean(),
    }
    measured = performance_metrics(equity, periods_per_year=8760.0)
    assert {name: measured[name] for name in expected} == pytest.approx(expected, rel=1e-12)


def test_a_ruined_account_has_lost_all_and_no_more() -> None:
    measured = performance_metrics([100.0, -50.0, 200.0, -10.0], periods_per_year=365.0)
    assert measured["total_return"] == measured["annual_return"] == -1.0
    assert measured["max_drawdown"] == 1.0
    assert measured["calmar"] == -1.0
    assert isnan(measured["recovery_bars"])
    assert measured["final_equity"] == -10.0


def test_a_flat_account_has_no_ratios() -> None:
    measured = performance_metrics([100.0, 100.0, 100.0], periods_per_year=365.0)
    undefined = {name for name, value in measured.items() if isnan(value)}
    assert undefined == {"sharpe", "sortino", "calmar", "omega"}
    assert measured["annual_volatility"] == measured["max_drawdown"] == 0.0


@pytest.mark.parametrize("equity", [[], [100.0]])
def test_one_point_is_no_run(equity: list[float]) -> None:
    with pytest.raises(InsufficientDataError) as caught:
        performance_metrics(equity, periods_per_year=365.0)
    assert (caught.value.required, caught.value.received) == (2, len(equity))


@pytest.mark.parametrize("equity", [[100.0, nan], [nan, 100.0], [100.0, inf], [0.0, 1.0]])
def test_unknown_or_missing_money_is_refused(equity: list[float]) -> None:
    with pytest.raises(DomainError):
        performance_metrics(equity, periods_per_year=365.0)


@pytest.mark.parametrize("periods", [0.0, -1.0, nan, inf])
def test_a_year_has_a_positive_number_of_bars(periods: float) -> None:
    with pytest.raises(DomainError, match="periods_per_year"):
        performance_metrics([100.0, 101.0], periods_per_year=periods)


@given(PATHS, st.floats(-10.0, 10.0))
def test_ratios_do_not_depend_on_the_size_of_the_account(path: list[float], power: float) -> None:
    small = performance_metrics(path, periods_per_year=365.0)
    large = performance_metrics(np.array(path) * 2.0 ** int(power), periods_per_year=365.0)
    del small["final_equity"], large["final_equity"]
    assert large == pytest.approx(small, rel=1e-9, nan_ok=True)


@given(PATHS)
def test_figures_keep_their_bounds(path: list[float]) -> None:
    measured = performance_metrics(path, periods_per_year=365.0)
    assert 0.0 <= measured["ulcer_index"] <= measured["max_drawdown"] <= 1.0
    assert measured["value_at_risk"] <= measured["expected_shortfall"] + 1e-12
    assert 0.0 <= measured["max_drawdown_bars"] <= len(path) - 1
