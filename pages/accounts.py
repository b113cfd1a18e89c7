"""Accounts: how each is connected, what it holds, what it earned, and what moved its money."""

from functools import partial

import streamlit as st

from app.components.account_past import (
    account_choice,
    account_equity_chart,
    known_accounts,
    wait_for_accounts,
)
from app.components.account_sections import account_downloads, account_sections
from app.components.ledger_section import ledger_head, ledger_section
from app.login_gate import require_owner
from app.page_frame import error_boundary, refreshed

LIVE_EVERY_SECONDS = 2.0

require_owner()
st.title("Accounts", anchor=False)
refreshed(account_downloads, what="The downloads")
refreshed(account_sections, what="The accounts", every_seconds=LIVE_EVERY_SECONDS)
accounts: tuple[str, ...] = ()
with error_boundary("The history"):
    accounts = known_accounts()
if accounts:
    account = account_choice(accounts)
    refreshed(partial(account_equity_chart, account), what="The chart")
    refreshed(
        partial(ledger_head, account),
        what="The age of the ledger",
        every_seconds=LIVE_EVERY_SECONDS,
    )
    refreshed(partial(ledger_section, account), what="The ledger")
else:
    refreshed(wait_for_accounts, what="The history", every_seconds=LIVE_EVERY_SECONDS)
