"""The ledger of one account: how new it is, results by day, funding, and every entry."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

import streamlit as st

from app import runtime
from app.components.facts import draw
from app.components.literal_text import literally
from app.components.markup import badge, tag
from app.components.table import Column, table_markup
from app.presenters.ledger_rows import (
    KINDS,
    DayRow,
    EntryRow,
    FundingRow,
    day_results,
    day_rows,
    days_csv,
    entries_csv,
    entry_rows,
    funding_csv,
    funding_rows,
    of_kinds,
    running_totals,
    whole_days,
    window_start,
)
from app.presenters.ledger_status import ledger_status
from app.session import display_zone
from etrms_core.domain.ledger import LedgerEntry, LedgerKind
from etrms_core.services.account_records import MOST_ENTRIES

WINDOWS = {"Today": 1, "7 days": 7, "30 days": 30, "90 days": 90}
FIRST_WINDOW = "7 days"
PER_PAGE = 25
DAYS: tuple[Column[DayRow], ...] = (
    Column("Realised P&L", lambda row: row.realized, is_number=True),
    Column("Fees", lambda row: row.fees, is_number=True),
    Column("Funding", lambda row: row.funding, is_number=True),
    Column("Net result", lambda row: row.net, is_number=True),
    Column("Transfers and other", lambda row: row.transfers, is_number=True),
    Column("Wallet change", lambda row: row.total, is_number=True),
)
FUNDING: tuple[Column[FundingRow], ...] = (
    Column("Symbol", lambda row: row.symbol),
    Column("Amount", lambda row: row.amount, is_number=True),
    Column("Total so far", lambda row: row.total, is_number=True),
)
ENTRIES: tuple[Column[EntryRow], ...] = (
    Column("Kind", lambda row: row.kind),
    Column("Symbol", lambda row: row.symbol),
    Column("Amount", lambda row: row.amount, is_number=True),
)
NO_ENTRY = "Nothing moved the money of this account in this time. Choose a longer time."
NO_FUNDING = (
    "No funding was paid or received in this time: it is settled every few hours while a "
    "position is open."
)
Row = TypeVar("Row")
Shown = TypeVar("Shown")


@dataclass(frozen=True, slots=True)
class _View:
    account: str
    zone: ZoneInfo
    now: datetime
    is_stale: bool


def ledger_head(account: str) -> None:
    """Tell how new the ledger is; call it within a section that refreshes by itself."""
    st.header("Ledger", anchor=False)
    status = ledger_status(
        runtime.desk().account_records.reading(account), now=runtime.desk().now()
    )
    draw(tag("div", badge(status.badge), css="et-badges"))
    if status.trouble:
        draw(tag("div", status.trouble, css="et-notice et-warning", role="note"))


def ledger_section(account: str) -> None:
    """Draw results by day, funding payments and all entries of a window."""
    days = _window()
    desk, zone = runtime.desk(), display_zone()
    reading, now = desk.account_records.reading(account), desk.now()
    view = _View(account, zone, now, ledger_status(reading, now=now).is_stale)
    since = window_start(days, zone=zone, now=now)
    entries = desk.account_records.entries(account, since=since)
    if len(entries) == MOST_ENTRIES:
        entries = whole_days(entries, zone=zone)
        st.info(f"Only the newest days are shown: this time has more than {MOST_ENTRIES} entries.")
    if not entries:
        st.info(NO_ENTRY)
        return
    _days(view, entries)
    _funding(view, entries)
    _entries(view, entries)


def _window() -> int:
    with st.container(horizontal=True, vertical_alignment="center"):
        chosen = st.segmented_control(
            "Days of the ledger",
            list(WINDOWS),
            default=FIRST_WINDOW,
            key="ledger_window",
            label_visibility="collapsed",
        )
        st.button("Refresh ledger", icon=":material/refresh:", key="refresh_ledger")
    return WINDOWS[chosen or FIRST_WINDOW]


def _days(view: _View, entries: Sequence[LedgerEntry]) -> None:
    _subtitle(
        "Results by day", f"Days in {view.zone.key}; net result is realised, fees and funding"
    )
    results = day_results(entries, zone=view.zone)
    day: Column[DayRow] = Column("Day", lambda row: row.day)
    caption = f"Results of {view.account} by day"
    shown = _page(results, key="days")
    _table((day, *DAYS), day_rows(shown), caption, view)
    _download("results_by_day", lambda: days_csv(view.account, results, zone=view.zone))


def _funding(view: _View, entries: Sequence[LedgerEntry]) -> None:
    _subtitle("Funding payments", "Positive was received, negative was paid")
    counted = running_totals(entries)
    if not counted:
        draw(tag("p", NO_FUNDING, css="et-empty"))
        return
    time: Column[FundingRow] = Column(f"Time ({view.zone.key})", lambda row: row.time)
    rows = funding_rows(_page(counted, key="funding"), zone=view.zone, now=view.now)
    _table((time, *FUNDING), rows, f"Funding payments of {view.account}", view)
    _download("funding", lambda: funding_csv(view.account, counted))


def _entries(view: _View, entries: Sequence[LedgerEntry]) -> None:
    _subtitle("All entries", "Everything that changed the wallet, newest first")
    words = {word: kind for kind, word in KINDS.items()}
    chosen = st.multiselect("Kind", list(words), placeholder="every kind", key="ledger_kinds")
    kinds: list[LedgerKind] = [words[each] for each in chosen]
    found = of_kinds(entries, kinds)
    if not found:
        draw(tag("p", "No entry of this kind in this time.", css="et-empty"))
        return
    time: Column[EntryRow] = Column(f"Time ({view.zone.key})", lambda row: row.time)
    rows = entry_rows(_page(found, key="entries"), zone=view.zone, now=view.now)
    _table((time, *ENTRIES), rows, f"Ledger of {view.account}", view)
    _download("ledger", lambda: entries_csv(view.account, found))


def _page(items: Sequence[Shown], *, key: str) -> Sequence[Shown]:
    pages = -(-len(items) // PER_PAGE)
    page = st.pagination(pages, key=f"ledger_page_{key}") if pages > 1 else 1
    start = (min(page, pages) - 1) * PER_PAGE
    return items[start : start + PER_PAGE]


def _table(columns: Sequence[Column[Row]], rows: Sequence[Row], caption: str, view: _View) -> None:
    draw(table_markup(columns, rows, caption=caption, is_stale=lambda _row: view.is_stale))


def _subtitle(title: str, note: str) -> None:
    st.subheader(literally(title), anchor=False)
    draw(tag("div", f"{note}.", css="et-footnote"))


def _download(name: str, make: Callable[[], str]) -> None:
    st.download_button(
        "Download CSV",
        make,
        file_name=f"{name}.csv",
        mime="text/csv",
        on_click="ignore",
        icon=":material/download:",
        key=f"{name}_csv",
    )
