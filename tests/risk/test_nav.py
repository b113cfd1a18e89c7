"""NAV through days, weeks and new scopes."""

from datetime import UTC, datetime

import numpy as np
import pytest

from etrms_core.domain.identifiers import PositionKey, PositionSide, Scope, ScopeKind
from etrms_core.kernels import nav_book
from etrms_core.risk.nav import NavBook, NavStep, advance_nav, align_nav_book, cumulative_results
from etrms_core.risk.scope_layout import ScopeLayout, scope_layout

BTC = PositionKey("main", "BTCUSDT", PositionSide.NET)
BERLIN = "Europe/Berlin"
EMPTY = scope_layout([], {"main": "paper"}, {}, known=())


def with_symbol() -> ScopeLayout:
    return scope_layout([BTC], {"main": "paper"}, {BTC: (("manual", 1.0),)}, known=())


def read(
    book: NavBook, moment: str, equity: float, *, layout: ScopeLayout = EMPTY, flow: float = 0.0
) -> NavStep:
    """Advance by one reading; symbols and strategies have earned nothing."""
    units = layout.has_units
    return advance_nav(
        book,
        layout,
        equity=np.where(units, equity, 0.0),
        flow=np.where(units, flow, 0.0),
        as_of=datetime.fromisoformat(moment).replace(tzinfo=UTC),
        time_zone=BERLIN,
    )


def baselines(book: NavBook) -> list[float]:
    """Return the NAV from which the portfolio's day, week and month are measured."""
    columns = [nav_book.DAY_NAV, nav_book.WEEK_NAV, nav_book.MONTH_NAV]
    return [round(value, 12) for value in book.table[0, columns].tolist()]


def test_the_first_reading_starts_at_one() -> None:
    step = read(NavBook(), "2025-10-10 12:00", 1000.0)
    assert step.restarted.tolist() == [True, True]
    assert step.book.table[0, nav_book.NAV] == 1.0


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        # Berlin's midnight is 22:00 UTC in summer, 23:00 in winter.
        ("2025-10-09 21:59", "2025-10-09 22:01", [1.1, 1.0, 1.0]),
        ("2025-10-09 21:00", "2025-10-09 21:59", [1.0, 1.0, 1.0]),
        ("2025-10-12 21:59", "2025-10-12 22:01", [1.1, 1.1, 1.0]),
        ("2025-10-31 22:59", "2025-10-31 23:01", [1.1, 1.0, 1.1]),
        # The clock goes back on the 26th: Monday begins 25 hours after Sunday.
        ("2025-10-26 21:30", "2025-10-26 22:30", [1.0, 1.0, 1.0]),
        ("2025-10-26 22:30", "2025-10-26 23:30", [1.1, 1.1, 1.0]),
        # A reading exactly at midnight is itself the baseline.
        ("2025-10-09 21:59", "2025-10-09 22:00", [1.2, 1.0, 1.0]),
        # Nobody looked for three days: the last NAV before midnight still counts.
        ("2025-10-09 21:59", "2025-10-12 12:00", [1.1, 1.0, 1.0]),
    ],
)
def test_a_baseline_is_the_last_nav_at_or_before_local_midnight(
    first: str, second: str, expected: list[float]
) -> None:
    day_before = "2025-10-26 01:00" if first.startswith("2025-10-26") else f"{first[:10]} 01:00"
    book = read(NavBook(), day_before, 1000.0).book
    book = read(book, first, 1100.0).book
    book = read(book, second, 1200.0).book
    assert baselines(book) == expected


def test_a_second_reading_of_the_same_day_leaves_the_baseline() -> None:
    book = NavBook()
    for moment, equity in (("08:00", 1000.0), ("09:00", 1100.0), ("10:00", 900.0)):
        book = read(book, f"2025-10-10 {moment}", equity).book
    assert baselines(book) == [1.0, 1.0, 1.0]


def test_a_flow_moves_no_baseline_and_no_nav() -> None:
    book = read(NavBook(), "2025-10-10 08:00", 1000.0).book
    book = read(book, "2025-10-10 09:00", 400.0, flow=-600.0).book
    assert book.table[0, nav_book.NAV] == 1.0
    assert book.table[0, nav_book.RESULT] == 0.0


def test_a_new_symbol_starts_at_one_and_the_others_keep_their_rows() -> None:
    book = read(NavBook(), "2025-10-10 08:00", 1000.0).book
    book = read(book, "2025-10-10 09:00", 1500.0).book
    layout = with_symbol()
    aligned = align_nav_book(book, layout)
    assert aligned.table[0].tolist() == book.table[0].tolist()
    symbol = layout.index[Scope(ScopeKind.SYMBOL, "BTCUSDT")]
    assert (
        aligned.table[symbol, [nav_book.NAV, nav_book.PEAK, nav_book.DAY_NAV]].tolist() == [1.0] * 3
    )
    step = read(book, "2025-10-10 10:00", 1500.0, layout=layout)
    assert not step.restarted.any()


def test_a_step_leaves_the_book_before_it_as_it_was() -> None:
    book = read(NavBook(), "2025-10-10 08:00", 1000.0).book
    before = book.table.copy()
    read(book, "2025-10-11 08:00", 2000.0)
    np.testing.assert_array_equal(book.table, before)


def test_results_are_read_by_scope_and_zero_without_a_row() -> None:
    book = read(NavBook(), "2025-10-10 08:00", 1000.0).book
    book = read(book, "2025-10-10 09:00", 1030.0).book
    unknown = Scope(ScopeKind.SYMBOL, "SOLUSDT")
    assert cumulative_results(book, [unknown, *book.scopes]).tolist() == [0.0, 30.0, 30.0]
