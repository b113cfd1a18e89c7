"""Asking for a change that the commitment lock weighs: at once, or after its wait."""

import secrets
from dataclasses import replace

import streamlit as st

from app import runtime
from app.components.literal_text import literally
from app.components.password_check import password_is_right
from app.presenters.times import clock_and_date, duration
from app.session import display_zone
from etrms_core.engine.changes import Change
from etrms_core.errors import ConfigurationError
from etrms_core.services.commitment import Outcome, Weighing

# Minted when a dialog opens and gone once it has asked: however often it is clicked, one change.
OPEN = "open_change"
# What became of the last change, until the page has told it.
OUTCOME = "change_outcome"


def open_change() -> None:
    """Note that a dialog opens; it may ask once."""
    st.session_state.pop(OUTCOME, None)
    st.session_state[OPEN] = secrets.token_hex(8)


def has_asked() -> bool:
    """Whether the dialog has asked for its change."""
    return OUTCOME in st.session_state


def tell_outcome() -> None:
    """Tell in the dialog what became of its change."""
    _tell(st.session_state[OUTCOME])


def leave_button() -> None:
    """Draw the button that leaves the dialog, which nothing else may close.

    A dialog that vanished, or shrank, under a second click would hand that one to what lies below.
    """
    label = "Close" if has_asked() else "Leave it as it is"
    if st.button(label, key="leave_change"):
        st.rerun()


def confirm_change(change: Change, *, label: str, told: str = "", stays_open: bool = False) -> None:
    """Say how a change is weighed, ask for the password where it loosens, and ask for it once.

    Parameters
    ----------
    told : str
        What it changes in the words of the page; empty takes those of the core.
    stays_open : bool
        Whether the dialog tells the outcome itself instead of closing; see `leave_button`.
    """
    commitment = runtime.desk().commitment
    weighing = commitment.weigh(change)
    if not weighing.sentence:
        st.info("Nothing changes.")
        return
    if any(each.change == change for each in commitment.pending()):
        st.info("Exactly this change waits already; it is listed under Pending changes.")
        return
    st.markdown(consequence(weighing))
    with st.form("confirm_change", border=False):
        password = (
            st.text_input("Password", type="password", key="change_password")
            if weighing.loosens
            else ""
        )
        is_sent = st.form_submit_button(label, type="primary", key="change_now")
    if is_sent and (not weighing.loosens or password_is_right(password)):
        _ask_once(change, told or weighing.sentence, is_confirmed=weighing.loosens)
        if has_asked() and not stays_open:
            st.rerun()


def consequence(weighing: Weighing) -> str:
    """Say when a change takes effect and why."""
    if not weighing.loosens:
        return "This only tightens, so it takes effect **at once** and needs no password."
    loosens = "This loosens what protects you, so it needs your password"
    seconds = weighing.delay.total_seconds()
    if seconds <= 0.0:
        return (
            f"{loosens}. Every account is a paper account, or no wait is set: it takes effect "
            "**at once**."
        )
    return (
        f"{loosens} and then waits **{duration(seconds)}**, all of it: what tightens with it "
        "waits too. Until then it can be cancelled."
    )


def show_outcome() -> None:
    """Tell once on the page what became of the last change, as the database has it."""
    outcome: Outcome | None = st.session_state.pop(OUTCOME, None)
    if outcome is not None:
        _tell(outcome)


def _tell(outcome: Outcome) -> None:
    if outcome.pending is None:
        st.success(f"In effect now: {literally(outcome.sentence)}", icon=":material/check:")
        return
    desk, zone = runtime.desk(), display_zone()
    waiting = {each.number for each in desk.commitment.pending()}
    at = clock_and_date(outcome.pending.due_at, zone=zone, now=desk.now())
    if outcome.pending.number in waiting:
        st.info(
            f"Not yet in effect: change {outcome.pending.number} waits until {at} {zone.key}: "
            f"{literally(outcome.sentence)}.",
            icon=":material/hourglass:",
        )


def _ask_once(change: Change, told: str, *, is_confirmed: bool) -> None:
    if st.session_state.pop(OPEN, None) is None:
        return
    desk = runtime.desk()
    try:
        outcome = desk.commitment.ask(
            change, by=desk.owner.name or "the owner", is_confirmed=is_confirmed
        )
    except ConfigurationError as error:
        st.error(f"Nothing is changed: {literally(str(error))}")
        return
    st.session_state[OUTCOME] = replace(outcome, sentence=told)
