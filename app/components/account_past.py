"""Which account's past is shown, and the chart of its equity."""

import streamlit as st

from app import runtime
from app.charts.account_equity import account_equity_figure
from app.components.literal_text import literally
from app.presenters.times import clock_and_date
from app.session import display_zone

WINDOWS = {"24 h": 24.0, "7 days": 168.0, "30 days": 720.0, "1 year": 8_760.0}
FIRST_WINDOW = "24 h"


def known_accounts() -> tuple[str, ...]:
    """Return the names of all accounts of the last reading."""
    state = runtime.desk().state()
    return () if state is None else tuple(account.account for account in state.accounts)


def wait_for_accounts() -> None:
    """Draw the whole page anew as soon as there is an account; call it in a section."""
    if known_accounts():
        st.rerun()


def account_choice(accounts: tuple[str, ...]) -> str:
    """Name the account whose past is shown below; it is asked for only where there are several."""
    if len(accounts) > 1:
        return st.selectbox("History of", accounts, key="past_account")
    return accounts[0]


def account_equity_chart(account: str) -> None:
    """Draw stored equity; it stands still, so that a zoom stays, until somebody asks."""
    st.header(f"History of {literally(account)}", anchor=False)
    with st.container(horizontal=True, vertical_alignment="center"):
        window = st.segmented_control(
            "Window of the chart",
            list(WINDOWS),
            default=FIRST_WINDOW,
            key="account_equity_window",
            label_visibility="collapsed",
        )
        st.button("Refresh chart", icon=":material/refresh:", key="refresh_account_equity")
    window = window or FIRST_WINDOW
    points = runtime.desk().account_records.equity(account, hours=WINDOWS[window])
    if not points:
        st.info("The first reading is stored when the monitor has run; then the chart appears.")
        return
    zone = display_zone()
    st.plotly_chart(
        account_equity_figure(
            points, account=account, zone=zone, hours=WINDOWS[window], window=window
        ),
        key="account_equity",
        config={"displaylogo": False},
        alt=f"Equity of the account over the last {window}",
    )
    until = clock_and_date(points[-1].observed_at, zone=zone, now=runtime.desk().now())
    st.markdown(f"Chart of readings until {until} {zone.key}.")
