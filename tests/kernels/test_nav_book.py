"""NAV, baselines and money results."""

import numpy as np
import pytest

from etrms_core.kernels import nav_book
from etrms_core.kernels.arrays import BoolArray, FloatArray
from etrms_core.kernels.nav_book import (
    DAY_NAV,
    DAY_RESULT,
    LAST_EQUITY,
    MONTH_NAV,
    NAV,
    PEAK,
    RESULT,
    UNITS,
    WEEK_NAV,
)
from tests.kernels.inputs import agree, generators

NOTHING = np.zeros(3, np.bool_)
EVERYTHING = np.ones(3, np.bool_)
A_DAY = np.array([True, False, False])


def new_book(n_scopes: int = 1) -> FloatArray:
    """Build the rows of scopes: the portfolio, then symbols that start at NAV 1."""
    book = np.zeros((n_scopes, nav_book.COLUMNS))
    book[1:, [NAV, PEAK, DAY_NAV, WEEK_NAV, MONTH_NAV]] = 1.0
    return book


def advance(
    book: FloatArray,
    *equity: float,
    flow: float = 0.0,
    crossed: BoolArray = NOTHING,
    at_boundary: BoolArray = NOTHING,
) -> bool:
    """Advance a book of one portfolio and symbols in place; true when its NAV restarted."""
    n_scopes = book.shape[0]
    flows, has_units = np.zeros(n_scopes), np.zeros(n_scopes, np.bool_)
    flows[0], has_units[0] = flow, True
    restarted = np.zeros(n_scopes, np.bool_)
    nav_book.advance_nav_book(
        book, np.array(equity), flows, has_units, crossed, at_boundary, restarted
    )
    return bool(restarted[0])


def test_nav_kernels_agree_with_their_twins() -> None:
    for generator in generators(100):
        book = generator.uniform(0.0, 2.0, (4, nav_book.COLUMNS))
        book[generator.integers(4), UNITS] = 0.0
        equity, flow = generator.normal(1.0, 1.0, 4), generator.normal(0.0, 1.0, 4)
        equity[generator.integers(4)] = np.nan
        flags = generator.integers(0, 2, (3, 4)).astype(np.bool_)
        has_units, crossed, boundary = flags[0], flags[1, :3], flags[2, :3]
        restarted = np.zeros(4, np.bool_)
        agree(
            nav_book.advance_nav_book, book, equity, flow, has_units, crossed, boundary, restarted
        )
        agree(nav_book.advance_unit_row, book[0], float(flow[0]), float(flow[1]))
        agree(nav_book.advance_result_row, book[0], float(flow[0]), float(flow[1]))
        agree(nav_book.start_period, book[0], int(generator.integers(3)))
        agree(nav_book.start_periods, book[0], crossed)
        agree(nav_book.restart, book[0])


def test_the_first_reading_starts_everything_at_one() -> None:
    book = new_book()
    assert advance(book, 1000.0, crossed=EVERYTHING)
    assert book[0, [NAV, PEAK, DAY_NAV, WEEK_NAV, MONTH_NAV]].tolist() == [1.0] * 5
    assert book[0, RESULT] == 0.0


def test_money_results_leave_flows_out() -> None:
    book = new_book()
    advance(book, 1000.0)
    advance(book, 1100.0)
    advance(book, 600.0, flow=-500.0)
    assert book[0, NAV] == 1.1
    assert book[0, RESULT] == 100.0


def test_a_baseline_is_the_last_nav_before_midnight() -> None:
    book = new_book()
    advance(book, 1000.0)
    advance(book, 1200.0)
    advance(book, 900.0, crossed=A_DAY)
    assert book[0, DAY_NAV] == 1.2
    assert book[0, DAY_RESULT] == 200.0
    assert book[0, WEEK_NAV] == 1.0


def test_a_reading_exactly_at_midnight_is_the_baseline() -> None:
    book = new_book()
    advance(book, 1000.0)
    advance(book, 1200.0)
    advance(book, 900.0, crossed=A_DAY, at_boundary=A_DAY)
    assert book[0, DAY_NAV] == 0.9
    assert book[0, DAY_RESULT] == -100.0


def test_an_unknown_equity_changes_nothing_but_lets_the_day_begin() -> None:
    book = new_book()
    advance(book, 1000.0)
    advance(book, 1200.0)
    before = book.copy()
    advance(book, np.nan)
    np.testing.assert_array_equal(book, before)
    advance(book, np.nan, crossed=A_DAY, at_boundary=A_DAY)
    assert book[0, DAY_NAV] == 1.2


def test_a_peak_never_falls() -> None:
    book = new_book()
    for equity in (1000.0, 1500.0, 1200.0):
        advance(book, equity)
    assert book[0, PEAK] == 1.5


def test_a_symbol_compounds_its_result_over_the_portfolio_equity_before_it() -> None:
    book = new_book(2)
    advance(book, 1000.0, 0.0)
    advance(book, 1100.0, 100.0)
    advance(book, 1045.0, 45.0)
    assert book[1, NAV] == pytest.approx(1.1 * (1.0 - 55.0 / 1100.0), rel=1e-12)
    assert book[1, RESULT] == 45.0


def test_a_ruined_scope_restarts_with_peak_and_baselines() -> None:
    book = new_book()
    advance(book, 1000.0)
    advance(book, 2000.0)
    assert not advance(book, -50.0)
    assert (book[0, NAV], book[0, PEAK]) == (0.0, 2.0)
    assert advance(book, 450.0, flow=500.0)
    assert book[0, [NAV, PEAK, DAY_NAV, WEEK_NAV, MONTH_NAV]].tolist() == [1.0] * 5


def test_money_results_go_on_through_ruin() -> None:
    book = new_book()
    for equity, flow in ((1000.0, 0.0), (-50.0, 0.0), (-80.0, 0.0), (470.0, 500.0)):
        advance(book, equity, flow=flow)
    assert book[0, RESULT] == pytest.approx(470.0 - 500.0 - 1000.0)
    assert book[0, LAST_EQUITY] == 470.0


def test_an_emptied_scope_keeps_its_nav_and_peak() -> None:
    book = new_book()
    advance(book, 1000.0)
    advance(book, 1500.0)
    advance(book, 0.0, flow=-1500.0)
    advance(book, 300.0, flow=300.0)
    assert book[0, [NAV, PEAK, RESULT]].tolist() == [1.5, 1.5, 500.0]


def test_a_ruined_account_restarts_with_new_money_only() -> None:
    book = new_book()
    advance(book, 100.0)
    advance(book, -5.0)
    assert not advance(book, 20.0)
    assert book[0, NAV] == 0.0
    assert advance(book, 70.0, flow=50.0)
    assert (book[0, NAV], book[0, PEAK], book[0, RESULT]) == (1.0, 1.0, -80.0)
