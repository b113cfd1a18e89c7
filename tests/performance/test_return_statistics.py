"""Return, risk and ratios, by hand."""

from math import isinf, isnan, sqrt

import numpy as np
import pytest

from etrms_core.performance.return_statistics import (
    growth_metrics,
    ratio,
    return_metrics,
    standard_deviation,
)

RETURNS = np.array([0.1, -0.1, 0.1, 0.2])


def test_every_figure_has_its_hand_worked_value() -> None:
    measured = return_metrics(RETURNS, periods_per_year=4.0)
    deviation = sqrt((0.025**2 + 0.175**2 + 0.025**2 + 0.125**2) / 3.0)
    assert measured == pytest.approx(
        {
            "annual_volatility": 2.0 * deviation,
            "sharpe": 2.0 * 0.075 / deviation,
            "sortino": 2.0 * 0.075 / sqrt(0.1**2 / 4.0),
            "omega": 0.4 / 0.1,
            "value_at_risk": 0.07,  # 0.15 of the way from -0.1 to 0.1
            "expected_shortfall": 0.1,
        },
        rel=1e-12,
    )


def test_the_annual_return_compounds() -> None:
    measured = growth_metrics(np.array([1.0, 1.05, 1.1]), periods_per_year=4.0)
    assert measured["total_return"] == pytest.approx(0.1, rel=1e-12)
    assert measured["annual_return"] == pytest.approx(1.1**2 - 1.0, rel=1e-12)


def test_a_doubling_bar_annualises_to_infinity_without_an_error() -> None:
    assert isinf(growth_metrics(np.array([1.0, 2.0]), periods_per_year=8760.0)["annual_return"])


def test_annualisation_uses_the_bars_that_a_year_has() -> None:
    # REFERENCES trap 1: one series gives 2.131 at 365 days and 1.771 at 252.
    crypto = return_metrics(RETURNS, periods_per_year=365.0)["sharpe"]
    shares = return_metrics(RETURNS, periods_per_year=252.0)["sharpe"]
    assert crypto / shares == pytest.approx(2.131 / 1.771, rel=1e-3)


def test_gains_alone_have_no_sortino_and_no_omega() -> None:
    measured = return_metrics(np.array([0.01, 0.02, 0.0]), periods_per_year=365.0)
    assert isnan(measured["sortino"])
    assert isnan(measured["omega"])
    assert measured["sharpe"] > 0.0
    assert measured["value_at_risk"] == pytest.approx(-0.001)  # a gain of 0.1 % in the worst 5 %


def test_returns_that_differ_by_rounding_alone_have_no_sharpe() -> None:
    equity = 100.0 * 1.01 ** np.arange(50)
    returns = equity[1:] / equity[:-1] - 1.0
    assert np.std(returns, ddof=1) > 0.0  # what the bare formula would divide by
    measured = return_metrics(returns, periods_per_year=365.0)
    assert measured["annual_volatility"] == 0.0
    assert isnan(measured["sharpe"])


def test_small_real_variance_is_not_taken_for_rounding() -> None:
    assert standard_deviation(np.array([1e-12, 3e-12])) == pytest.approx(sqrt(2.0) * 1e-12)


def test_one_return_has_no_deviation() -> None:
    assert isnan(standard_deviation(np.array([0.1])))
    measured = return_metrics(np.array([-0.1]), periods_per_year=365.0)
    assert isnan(measured["sharpe"])
    assert measured["value_at_risk"] == measured["expected_shortfall"] == 0.1


def test_no_loss_is_written_without_a_minus() -> None:
    measured = return_metrics(np.zeros(3), periods_per_year=365.0)
    assert str(measured["value_at_risk"]) == str(measured["expected_shortfall"]) == "0.0"


def test_a_ratio_needs_a_positive_denominator() -> None:
    assert ratio(1.0, 4.0) == 0.25
    assert isnan(ratio(1.0, 0.0))
    assert isnan(ratio(0.0, 0.0))
