"""Every account with its figures and tables, filled again with every reading."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import streamlit as st

from app import runtime
from app.components.cards import cards_markup
from app.components.facts import draw
from app.components.literal_text import literally
from app.components.markup import badge, classes, tag
from app.components.table import Column, table_markup
from app.presenters.account_cards import NO_ACCOUNT, AccountHead, account_cards, account_head
from app.presenters.account_rows import (
    BalanceRow,
    FlowRow,
    ResultRow,
    balance_rows,
    balances_csv,
    flow_rows,
    flows_csv,
    symbol_rows,
)
from app.presenters.cells import Cell
from app.session import display_zone, read_risk_state
from etrms_core.domain.account import AccountState
from etrms_core.services.risk_state import RiskState

BALANCES: tuple[Column[BalanceRow], ...] = (
    Column("Asset", lambda row: row.asset),
    Column("Amount", lambda row: row.amount, is_number=True),
    Column("Price", lambda row: row.price, is_number=True),
    Column("Value", lambda row: row.value, is_number=True),
    Column("Haircut", lambda row: row.haircut, is_number=True),
)
FLOWS: tuple[Column[FlowRow], ...] = (
    Column("Kind", lambda row: row.kind),
    Column("Amount", lambda row: row.amount, is_number=True),
)
RESULTS: tuple[Column[ResultRow], ...] = (
    Column("Realised P&L", lambda row: row.realized, is_number=True),
    Column("Fees", lambda row: row.fees, is_number=True),
    Column("Funding", lambda row: row.funding, is_number=True),
    Column("Net", lambda row: row.net, is_number=True),
)
Row = TypeVar("Row")
NO_FLOW = "The venue shows no deposit, withdrawal or transfer of late."
NO_RESULT = "No result yet: it appears with the first fill or funding payment."


def account_sections() -> None:
    """Draw every account; call it within a section that refreshes by itself."""
    state = read_risk_state()
    if state is None or not state.snapshot.table.accounts:
        st.markdown(NO_ACCOUNT)
        return
    passed = runtime.desk().health().monitor_age_seconds or 0.0
    for number, account in enumerate(state.snapshot.table.accounts):
        _head(account_head(state, number, passed_seconds=passed))
        draw(cards_markup(account_cards(state, number)))
        _tables(state, account)


def account_downloads() -> None:
    """Offer balances and flows of all accounts as CSV."""
    with st.container(horizontal=True):
        for label, name, make in (
            ("Balances CSV", "balances", lambda: balances_csv(_accounts())),
            ("Flows CSV", "flows", lambda: flows_csv(_accounts())),
        ):
            _download(label, name, make)


def _head(head: AccountHead) -> None:
    st.header(literally(head.name), anchor=False)
    mode = Cell("PAPER" if head.is_paper else "LIVE")
    css = classes("et-mode", "et-paper" if head.is_paper else "et-live")
    badges = (badge(mode, css=css), badge(head.venue), badge(head.reading))
    # On a narrow screen the status bar's badges make room for the menu's button; these need none.
    draw(tag("div", *badges, css="et-badges"))
    if head.trouble:
        text = f"It cannot be read: {head.trouble}. The desk tries again every second."
        draw(tag("div", text, css="et-notice et-bad", role="note"))


def _tables(state: RiskState, account: AccountState) -> None:
    zone, now = display_zone(), state.as_of
    name = account.account
    _subtitle("Balances")
    balances = balance_rows(account, now=now)
    _table(BALANCES, balances, f"Balances of {name}", "No balance was shown yet.")
    _subtitle("Results by symbol", "since the account is watched")
    symbol: Column[ResultRow] = Column("Symbol", lambda row: row.name)
    _table((symbol, *RESULTS), symbol_rows(account), f"Results of {name} by symbol", NO_RESULT)
    _subtitle("Deposits, withdrawals and transfers")
    time: Column[FlowRow] = Column(f"Time ({zone.key})", lambda row: row.time)
    flows = flow_rows(account, zone=zone, now=now)
    _table((time, *FLOWS), flows, f"Flows of {name}", NO_FLOW)


def _table(columns: Sequence[Column[Row]], rows: Sequence[Row], caption: str, empty: str) -> None:
    draw(table_markup(columns, rows, caption=caption) if rows else tag("p", empty, css="et-empty"))


def _subtitle(title: str, note: str = "") -> None:
    st.subheader(title, anchor=False)
    if note:
        draw(tag("div", f"{note[:1].upper()}{note[1:]}.", css="et-footnote"))


def _download(label: str, name: str, make: Callable[[], str]) -> None:
    st.download_button(
        label,
        make,
        file_name=f"{name}.csv",
        mime="text/csv",
        on_click="ignore",
        icon=":material/download:",
        key=f"{name}_csv",
    )


def _accounts() -> tuple[AccountState, ...]:
    state = runtime.desk().state()
    return () if state is None else state.accounts
