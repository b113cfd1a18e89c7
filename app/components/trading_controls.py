"""Within reach of every page: the kill switch, a pause, and the way back."""

from collections.abc import Callable
from datetime import datetime, timedelta

import streamlit as st

from app import runtime
from app.components.facts import draw
from app.components.markup import cell_markup, joined, tag
from app.components.password_check import password_is_right
from app.page_frame import error_boundary
from app.presenters.halt_preview import (
    PHRASE,
    HaltLine,
    halt_preview,
    halt_progress,
    halt_result,
)
from app.presenters.times import clock_and_date
from app.session import display_zone, instruments_of
from etrms_core.engine.manual_pause import SOURCE as PAUSE
from etrms_core.services.risk_state import RiskState

# The number of the wish that this browser has left, so that a second click leaves no second one.
HALTING = "halt_number"
# The dialog that the next run opens.
ASKED = "trading_dialog"
FOLLOW_EVERY_SECONDS = 0.5
LONGEST_REASON = 500
PAUSES = {
    "15 minutes": timedelta(minutes=15),
    "1 hour": timedelta(hours=1),
    "4 hours": timedelta(hours=4),
    "24 hours": timedelta(hours=24),
}


def trading_controls() -> None:
    """Draw the buttons that fit the trading state; each opens a dialog."""
    state = runtime.desk().state()
    is_halted = state is not None and state.memory.kill_switch is not None
    if st.button(
        "Kill switch",
        icon=":material/emergency_home:",
        type="primary",
        key="kill_switch",
        shortcut="ctrl+shift+k",
    ):
        _open("kill_switch")
    if is_halted:
        if st.button("Resume trading", icon=":material/play_arrow:", key="resume_trading"):
            _open("resume")
    elif is_paused(state):
        if st.button("End the pause", icon=":material/play_arrow:", key="end_pause"):
            _open("end_pause")
    elif st.button("Pause trading", icon=":material/pause:", key="pause_trading"):
        _open("pause")
    asked = st.session_state.pop(ASKED, None)
    if asked is not None:
        _dialogs()[asked]()


def _open(name: str) -> None:
    """Open a dialog in a new run of the whole page.

    What follows a halt refreshes itself, also after its dialog was closed, and would draw over
    the next one; only a whole run ends it.
    """
    st.session_state.pop(HALTING, None)
    st.session_state[ASKED] = name
    st.rerun()


def _dialogs() -> dict[str, Callable[[], None]]:
    return {
        "kill_switch": kill_switch_dialog,
        "pause": pause_dialog,
        "resume": resume_dialog,
        "end_pause": end_pause_dialog,
    }


def is_paused(state: RiskState | None) -> bool:
    """Whether a person's pause stands."""
    return state is not None and any(block.source == PAUSE for block in state.blocks)


@st.dialog("Kill switch", width="medium", icon=":material/emergency_home:")
def kill_switch_dialog() -> None:
    """Throw the kill switch in a dialog."""
    with error_boundary("The kill switch"):
        kill_switch()


def kill_switch() -> None:
    """Say what will happen, ask for the phrase, then show how far it has come."""
    place = st.empty()
    if HALTING not in st.session_state:
        with place.container():
            _ask_for_halt()
    if HALTING in st.session_state:
        place.empty()
        _follow_halt()


def _ask_for_halt() -> None:
    state = runtime.desk().state()
    flatten = st.toggle("Close every position, too", key="halt_flatten")
    st.markdown("**What happens now, as of the newest reading**")
    instruments = {} if state is None else instruments_of(state)
    _lines(halt_preview(state, instruments, flatten=flatten))
    st.markdown(
        "Nothing may add risk on any account until you resume with your password. "
        "Orders that only reduce a position still pass."
    )
    with st.form("halt", border=False):
        phrase = st.text_input(f"Type {PHRASE} to confirm", key="halt_phrase")
        reason = st.text_input(
            "Why (optional, for the record)", max_chars=LONGEST_REASON, key="halt_reason"
        )
        confirmed = st.form_submit_button("Halt trading", type="primary", key="halt_now")
    if confirmed and phrase.strip() == PHRASE:
        st.session_state[HALTING] = runtime.desk().halt(reason.strip(), flatten=flatten)
    elif confirmed:
        st.error(f"Nothing is done: type {PHRASE} to confirm.")


@st.fragment(run_every=FOLLOW_EVERY_SECONDS)
def _follow_halt() -> None:
    state = runtime.desk().state()
    kill = None if state is None else state.memory.kill_switch
    sentence = halt_result(state)
    if kill is not None and kill.is_done:
        st.success(sentence)
    else:
        st.warning(sentence)
    _lines(halt_progress(state))
    st.markdown("The halt goes on by itself: this window may be closed.")


@st.dialog("Pause trading", icon=":material/pause:")
def pause_dialog() -> None:
    """Pause in a dialog."""
    with error_boundary("The pause"):
        pause()


def pause() -> None:
    """Ask for how long, and pause."""
    with st.form("pause", border=False):
        st.markdown("Positions may only shrink until the pause is over; stops stay.")
        chosen = st.selectbox("For how long", list(PAUSES), index=1, key="pause_time")
        reason = st.text_input("Why (for the record)", max_chars=LONGEST_REASON, key="pause_reason")
        if st.form_submit_button("Pause trading", type="primary", key="pause_now"):
            runtime.desk().pause(PAUSES[chosen], reason.strip())
            st.rerun()


@st.dialog("Resume trading", icon=":material/play_arrow:")
def resume_dialog() -> None:
    """End the halt in a dialog."""
    with error_boundary("Resuming"):
        loosen(
            "The halt ends; what breakers restrict stays restricted.",
            "Resume trading",
            runtime.desk().resume,
        )


@st.dialog("End the pause", icon=":material/play_arrow:")
def end_pause_dialog() -> None:
    """End a person's pause before its time in a dialog."""
    with error_boundary("Ending the pause"):
        loosen(
            "New positions may be opened again; what breakers restrict stays restricted.",
            "End the pause",
            runtime.desk().end_pause,
        )


def loosen(consequence: str, label: str, do: Callable[[str], datetime]) -> None:
    """Say what follows, ask for the password, do it, and say when it counts if that is later."""
    with st.form("loosen", border=False):
        st.markdown(consequence)
        password = st.text_input("Password", type="password", key="loosen_password")
        if not st.form_submit_button(label, type="primary", key="loosen_now"):
            return
    if not password_is_right(password):
        return
    desk, zone = runtime.desk(), display_zone()
    due_at, now = do(desk.owner.name or "the owner"), desk.now()
    if due_at <= now:
        st.rerun()
    at = clock_and_date(due_at, zone=zone, now=now)
    st.info(
        f"Real money is at stake, so this waits until {at} {zone.key}. It can be cancelled until "
        "then, on the page Risk limits."
    )


def _lines(lines: tuple[HaltLine, ...]) -> None:
    if not lines:
        st.markdown("No account was read yet.")
    for line in lines:
        st.text(f"{line.account}: {line.text}")
        if line.positions:
            named = (tag("li", cell_markup(position)) for position in line.positions)
            draw(tag("ul", joined(named), aria_label=f"Open positions of {line.account}"))
