"""NAV figures and ratios by scope."""

from math import inf, isnan, nan

import numpy as np

from etrms_core.kernels import nav_book, scope_ratios, scope_sums
from etrms_core.kernels.arrays import FloatArray
from etrms_core.kernels.scope_ratios import over_equity
from tests.kernels.inputs import agree, generators


def ratios_of(
    gross: float, initial: float, largest: float, equity: float, *, nav: float = 0.9
) -> FloatArray:
    """Compute the ratios of one portfolio with a peak of 1.2 and baselines of 1."""
    sums = np.zeros((1, scope_sums.COLUMNS))
    columns = [scope_sums.GROSS, scope_sums.INITIAL_MARGIN, scope_sums.LARGEST_SYMBOL]
    sums[0, columns] = gross, initial, largest
    book = np.ones((1, nav_book.COLUMNS))
    book[0, [nav_book.NAV, nav_book.PEAK]] = nav, 1.2
    ratios = np.empty((1, scope_ratios.COLUMNS))
    scope_ratios.scope_ratios(sums, book, np.array([equity]), np.zeros(1, np.bool_), ratios)
    row: FloatArray = ratios[0]
    return row


def test_ratio_kernels_agree_with_their_twins() -> None:
    for generator in generators(100):
        sums = generator.uniform(0.0, 1e4, (4, scope_sums.COLUMNS))
        sums[generator.integers(4), generator.integers(4)] = nan
        sums[3, scope_sums.GROSS] = 0.0
        book = generator.uniform(0.0, 2.0, (4, nav_book.COLUMNS))
        equity = np.array([1000.0, nan, -5.0, float(generator.uniform())])
        of_portfolio = generator.integers(0, 2, 4).astype(np.bool_)
        ratios = np.empty((4, scope_ratios.COLUMNS))
        agree(scope_ratios.scope_ratios, sums, book, equity, of_portfolio, ratios)
        for amount in (0.0, 5.0, nan):
            agree(over_equity, amount, float(generator.choice([1.0, 0.0, nan])))


def test_ratios_by_hand() -> None:
    ratios = ratios_of(2000.0, 100.0, 1500.0, 500.0)
    expected = [0.9, 1.0 - 0.9 / 1.2, 0.1, 0.1, 0.1, 4.0, 0.2, 0.75]
    np.testing.assert_allclose(ratios, expected, rtol=1e-12)


def test_an_unknown_equity_makes_everything_but_concentration_unknown() -> None:
    ratios = ratios_of(2000.0, 100.0, 1500.0, nan)
    assert np.isnan(ratios[:-1]).all()
    assert ratios[scope_ratios.CONCENTRATION] == 0.75


def test_exposure_without_equity_is_infinite_leverage() -> None:
    assert over_equity(5.0, 0.0) == inf
    assert over_equity(5.0, -1.0) == inf
    assert over_equity(0.0, -1.0) == 0.0


def test_an_unknown_amount_is_an_unknown_ratio() -> None:
    assert isnan(over_equity(nan, 100.0))
    assert isnan(over_equity(0.0, nan))


def test_an_unknown_exposure_is_an_unknown_concentration() -> None:
    assert isnan(ratios_of(nan, 1.0, nan, 500.0)[scope_ratios.CONCENTRATION])
    assert ratios_of(0.0, 0.0, 0.0, 500.0)[scope_ratios.CONCENTRATION] == 0.0


def test_a_symbol_is_compared_with_the_whole_portfolio() -> None:
    sums = np.zeros((2, scope_sums.COLUMNS))
    sums[:, scope_sums.GROSS] = 1000.0, 250.0
    sums[:, scope_sums.LARGEST_SYMBOL] = 750.0, 250.0
    ratios = np.empty((2, scope_ratios.COLUMNS))
    book = np.ones((2, nav_book.COLUMNS))
    is_symbol = np.array([False, True])
    scope_ratios.scope_ratios(sums, book, np.array([100.0, 100.0]), is_symbol, ratios)
    assert ratios[:, scope_ratios.CONCENTRATION].tolist() == [0.75, 0.25]
