"""From equity to NAV, returns and drawdowns."""

import numpy as np
import pytest

from etrms_core.errors import DomainError
from etrms_core.kernels.drawdown import drawdown_fraction
from etrms_core.performance.equity_path import drawdown_path, nav_path, nav_returns


def test_nav_starts_at_one_and_follows_equity() -> None:
    equity = np.array([200.0, 210.0, 189.0])
    np.testing.assert_allclose(nav_path(equity), [1.0, 1.05, 0.945], rtol=1e-15)
    np.testing.assert_allclose(nav_returns(equity), [0.05, -0.1], rtol=1e-13)


def test_a_ruined_account_stays_at_zero_whatever_equity_does_then() -> None:
    equity = np.array([100.0, 50.0, -10.0, 80.0, -40.0])
    assert nav_path(equity).tolist() == [1.0, 0.5, 0.0, 0.0, 0.0]
    assert nav_returns(equity).tolist() == [-0.5, -1.0, 0.0, 0.0]


def test_equity_of_exactly_zero_is_ruin() -> None:
    assert nav_path(np.array([100.0, 0.0, 100.0])).tolist() == [1.0, 0.0, 0.0]


def test_drawdowns_compound_from_the_running_peak() -> None:
    drawdown = drawdown_path(np.array([1.0, 0.9, 0.81, 2.0, 1.0]))
    np.testing.assert_allclose(drawdown, [0.0, 0.1, 0.19, 0.0, 0.5], rtol=1e-14)


def test_drawdowns_agree_with_the_kernel_that_breakers_use() -> None:
    nav = np.exp(np.cumsum(np.random.default_rng(5).normal(0.0, 0.02, 500)))
    peak, expected = nav[0], []
    for value in nav.tolist():
        peak = max(peak, value)
        expected.append(drawdown_fraction(value, peak))
    assert drawdown_path(nav).tolist() == expected


@pytest.mark.parametrize("equity", [[100.0, np.nan], [100.0, np.inf], [0.0, 1.0], [-1.0, 1.0]])
def test_what_is_no_equity_is_refused(equity: list[float]) -> None:
    with pytest.raises(DomainError):
        nav_path(np.array(equity))
    with pytest.raises(DomainError):
        nav_returns(np.array(equity))


def test_a_table_is_no_equity_path() -> None:
    with pytest.raises(DomainError, match="one dimension"):
        nav_path(np.ones((3, 2)))
