"""Closing, reducing and protecting a position in a dialog: what it would do, then doing it once."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from app import runtime
from app.components.facts import draw, fact_lines
from app.components.literal_text import literally
from app.components.markup import cell_markup, tag
from app.forms.position_wishes import protect_form, reduce_form
from app.page_frame import error_boundary
from app.presenters.action_text import (
    affected_words,
    left_words,
    outcome_cell,
    planned_facts,
    position_words,
    verdict_cell,
)
from app.presenters.cells import Cell
from app.presenters.position_cards import Fact
from app.presenters.preview_moves import REMEASURED, age_cell, moved_words, sent_words
from app.session import display_zone
from etrms_core.domain.account import Position
from etrms_core.domain.identifiers import PositionKey
from etrms_core.domain.instrument import Instrument
from etrms_core.engine.position_wishes import Close, Wish
from etrms_core.errors import DomainError, LeaseLostError
from etrms_core.services.position_outcomes import OrderOutcome, PositionPreview, Unknown

# Made when a dialog opens: however often its button is pressed, it is one action.
NONCE = "position_nonce"
SHOWN = "position_preview"
DONE = "position_done"
# The buttons; whether one was pressed is known before anything of the run is drawn.
ACT, AGAIN = "act_now", "measure_again"
CHANGED = (
    "Nothing was sent: what you typed changed what would be sent. Look at it, then confirm again."
)
FOLLOW_EVERY_SECONDS = 1.0
Ask = Callable[[Position, Instrument | None], Wish | None]


def open_action() -> None:
    """Note that a dialog opens; what an earlier one showed is forgotten."""
    st.session_state[NONCE] = runtime.desk().position_actions.new_nonce()
    for key in (SHOWN, DONE):
        st.session_state.pop(key, None)


@st.dialog("Close position", width="medium", icon=":material/close:")
def close_dialog(key: PositionKey) -> None:
    """Close a position in a dialog."""
    with error_boundary("Closing"):
        act_on_position(key, lambda _position, _instrument: Close(), label="Close position")


@st.dialog("Reduce position", width="medium", icon=":material/trending_down:")
def reduce_dialog(key: PositionKey) -> None:
    """Reduce a position in a dialog."""
    with error_boundary("Reducing"):
        act_on_position(key, reduce_form, label="Reduce position")


@st.dialog("Protect position", width="medium", icon=":material/shield:")
def protect_dialog(key: PositionKey) -> None:
    """Place stops for a position in a dialog."""
    with error_boundary("Protecting"):
        act_on_position(key, protect_form, label="Place the stops")


def act_on_position(key: PositionKey, ask: Ask, *, label: str) -> None:
    """Ask what is wanted, show what would be sent, send it once, and show what became of it."""
    place = st.empty()
    if DONE not in st.session_state:
        with place.container():
            _ask(key, ask, label=label)
    if DONE in st.session_state:
        place.empty()
        _show_done(st.session_state[DONE])


def _ask(key: PositionKey, ask: Ask, *, label: str) -> None:
    instrument = runtime.desk().instruments(key.account).get(key.symbol)
    position = _position(key)
    if position is None:
        st.info(f"No position is open in {key.symbol} on {key.account} any more.")
        return
    st.text(position_words(key, position, instrument))
    if st.session_state.get(AGAIN):
        st.session_state.pop(SHOWN, None)
    is_confirmed = bool(st.session_state.get(ACT))
    seen: PositionPreview | None = st.session_state.get(SHOWN)
    preview = _guarded(lambda: _preview(key, ask(position, instrument)))
    if is_confirmed and preview is not None and preview is not seen:
        st.warning(CHANGED)
    elif is_confirmed and preview is not None:
        preview = _guarded(partial(_confirm, preview, instrument))
    if DONE in st.session_state:
        return
    if preview is not None:
        _show_preview(preview, instrument, quote_asset=position.quote_asset)
    _buttons(preview, label=label)


def _guarded(measure: Callable[[], PositionPreview | None]) -> PositionPreview | None:
    """Measure; what is refused or not chosen leaves nothing that could be sent."""
    try:
        preview = measure()
    except DomainError as error:
        preview = None
        st.warning(literally(str(error)))
    except LeaseLostError as error:
        preview = None
        st.error(f"{literally(str(error))}. Act in the process that guards the accounts.")
    if preview is None:
        st.session_state.pop(SHOWN, None)
    return preview


def _preview(key: PositionKey, wish: Wish | None) -> PositionPreview | None:
    """Return what was shown for this wish, so that it is what is sent, or measure anew."""
    if wish is None:
        st.markdown("Choose what to do; what would be sent appears here.")
        return None
    shown: PositionPreview | None = st.session_state.get(SHOWN)
    if shown is None or (shown.key, shown.wish) != (key, wish):
        shown = _measured(key, wish)
    return shown


def _measured(key: PositionKey, wish: Wish) -> PositionPreview:
    nonce = st.session_state.get(NONCE)
    measured = runtime.desk().position_actions.preview(key, wish, nonce=nonce)
    st.session_state[SHOWN] = measured
    return measured


def _confirm(shown: PositionPreview, instrument: Instrument | None) -> PositionPreview:
    """Measure again, and send it unless that shows something else than was looked at."""
    measured = _measured(shown.key, shown.wish)
    moved = moved_words(shown, measured, instrument)
    if moved is not None:
        st.warning(literally(f"Nothing was sent: {moved}. Look at it, then confirm again."))
    elif not _is_refused(measured):
        outcomes = runtime.desk().position_actions.carry_out(measured)
        st.session_state[DONE] = (measured, outcomes, sent_words(shown, measured, instrument))
    return measured


def _is_refused(preview: PositionPreview) -> bool:
    return any(verdict is not None for verdict in preview.verdicts)


def _buttons(preview: PositionPreview | None, *, label: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        if preview is not None:
            st.button(label, type="primary", key=ACT, disabled=_is_refused(preview))
            st.button("Measure again", icon=":material/refresh:", key=AGAIN)
        if st.button("Cancel", key="leave_position"):
            st.rerun()


def _show_preview(
    preview: PositionPreview, instrument: Instrument | None, *, quote_asset: str
) -> None:
    for planned in preview.plan.orders:
        draw(fact_lines(planned_facts(planned, instrument, quote_asset=quote_asset)))
    facts = (
        Fact("Stays open", Cell(left_words(preview, instrument))),
        Fact("The desk's gate", verdict_cell(preview)),
    )
    draw(fact_lines(facts))
    for affected in preview.plan.affected:
        draw(tag("div", affected_words(affected, instrument), css="et-warning"))
    for warning in preview.plan.warnings:
        draw(tag("div", f"{warning[:1].upper()}{warning[1:]}.", css="et-warning"))
    _age(preview)
    st.markdown(f"{REMEASURED} It never closes more than is open then.")


@st.fragment(run_every=FOLLOW_EVERY_SECONDS)
def _age(preview: PositionPreview) -> None:
    if st.session_state.get(SHOWN) is preview:
        age = age_cell(preview, now=runtime.desk().now(), zone=display_zone())
        draw(tag("p", cell_markup(age)))


def _show_done(done: tuple[PositionPreview, tuple[OrderOutcome, ...], str | None]) -> None:
    preview, outcomes, sent_at = done
    if any(isinstance(each.outcome, Unknown) for each in outcomes):
        _follow(preview)
    else:
        _outcomes(outcomes)
    if sent_at is not None:
        st.text(sent_at)
    st.markdown("This window may be closed; the outcome stays under Your recent actions.")


@st.fragment(run_every=FOLLOW_EVERY_SECONDS)
def _follow(preview: PositionPreview) -> None:
    with error_boundary("The outcome"):
        _outcomes(runtime.desk().position_actions.outcomes(preview))


def _outcomes(outcomes: tuple[OrderOutcome, ...]) -> None:
    for each in outcomes:
        draw(tag("p", cell_markup(outcome_cell(each.outcome)), role="status"))


def _position(key: PositionKey) -> Position | None:
    state = runtime.desk().state()
    for account in () if state is None else state.accounts:
        for position in account.positions:
            if account.key(position) == key:
                return position
    return None
