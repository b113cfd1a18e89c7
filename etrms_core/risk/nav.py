"""Unitised NAV with its peaks and period baselines, one row per scope."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np

from etrms_core.domain.identifiers import Scope
from etrms_core.kernels import nav_book as columns
from etrms_core.kernels.arrays import BoolArray, FloatArray
from etrms_core.kernels.nav_book import advance_nav_book
from etrms_core.risk.calendar import PeriodBounds, period_bounds, to_ms
from etrms_core.risk.scope_layout import ScopeLayout

NEVER = PeriodBounds((0, 0, 0), (0, 0, 0))


def _no_rows() -> FloatArray:
    return np.zeros((0, columns.COLUMNS))


@dataclass(frozen=True, slots=True, eq=False)
class NavBook:
    """NAV memory of every scope.

    Attributes
    ----------
    table : ndarray of shape (n_scopes, nav_book.COLUMNS)
        Never changed in place.
    bounds : PeriodBounds
        The running day, week and month.
    """

    scopes: tuple[Scope, ...] = ()
    table: FloatArray = field(default_factory=_no_rows)
    bounds: PeriodBounds = NEVER


@dataclass(frozen=True, slots=True, eq=False)
class NavStep:
    """A NAV book after one reading, and which scopes (re)started at NAV 1."""

    book: NavBook
    restarted: BoolArray


def align_nav_book(book: NavBook, layout: ScopeLayout) -> NavBook:
    """Give every scope of a layout its row; new symbols and strategies start at NAV 1."""
    if book.scopes == layout.scopes:
        return book
    table = np.zeros((len(layout.scopes), columns.COLUMNS))
    fresh = [
        columns.NAV,
        columns.PEAK,
        columns.DAY_NAV,
        columns.WEEK_NAV,
        columns.MONTH_NAV,
    ]
    previous = {scope: row for row, scope in enumerate(book.scopes)}
    for row, scope in enumerate(layout.scopes):
        if scope in previous:
            table[row] = book.table[previous[scope]]
        elif not layout.has_units[row]:
            table[row, fresh] = 1.0
    return replace(book, scopes=layout.scopes, table=table)


def advance_nav(
    book: NavBook,
    layout: ScopeLayout,
    *,
    equity: FloatArray,
    flow: FloatArray,
    as_of: datetime,
    time_zone: str,
) -> NavStep:
    """Revalue every scope at one reading.

    Parameters
    ----------
    equity, flow : ndarray of shape (n_scopes,)
        As `kernels.nav_book.advance_nav_book` takes them.
    """
    aligned = align_nav_book(book, layout)
    table = aligned.table.copy()
    as_of_ms = to_ms(as_of)
    crossed = aligned.bounds.crossed(as_of_ms)
    bounds = period_bounds(as_of, time_zone=time_zone) if crossed.any() else aligned.bounds
    restarted = np.zeros(len(layout.scopes), np.bool_)
    advance_nav_book(
        table, equity, flow, layout.has_units, crossed, bounds.begins(as_of_ms), restarted
    )
    return NavStep(NavBook(layout.scopes, table, bounds), restarted)


def cumulative_results(book: NavBook, scopes: Sequence[Scope]) -> FloatArray:
    """Money result of each scope so far, 0 for scopes without a row."""
    rows = {scope: row for row, scope in enumerate(book.scopes)}
    return np.array(
        [book.table[rows[scope], columns.RESULT] if scope in rows else 0.0 for scope in scopes]
    )
