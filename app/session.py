"""What a page reads, once per run, so that all its parts show the same reading."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from app import runtime
from app.presenters.steps import Instruments
from etrms_core.errors import ExchangeError
from etrms_core.services.risk_state import RiskState

STATE_KEY = "risk_state"


def read_risk_state() -> RiskState | None:
    """Copy the monitor's newest state into the session and return it; None before the first."""
    state = runtime.desk().state()
    st.session_state[STATE_KEY] = state
    return state


def display_zone() -> ZoneInfo:
    """Return the time zone of the owner's choice, else the browser's, else that of the desk."""
    desk = runtime.desk()
    chosen = desk.preferences.current().time_zone
    try:
        return ZoneInfo(chosen or st.context.timezone or desk.policy.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(desk.policy.time_zone)


def instruments_of(state: RiskState) -> Instruments:
    """Look up the contracts of all open positions; one that a venue does not tell is left out."""
    found = {}
    for account in state.accounts:
        if not account.positions:
            continue
        try:
            contracts = runtime.desk().instruments(account.account)
        except (KeyError, ExchangeError):
            continue
        for position in account.positions:
            if position.symbol in contracts:
                found[account.account, position.symbol] = contracts[position.symbol]
    return found
