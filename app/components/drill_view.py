"""Drill and test-fire: what a breaker would do, and, on paper accounts, what it does."""

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from app import runtime
from app.components.bullet_list import bullets
from app.components.history_tables import story_table
from app.components.literal_text import literally
from app.components.rule_preview import NO_READING, drilled
from app.presenters.history_rows import story_steps
from app.presenters.rule_outlook import distance_line, drill_lines
from app.session import display_zone
from etrms_core.breakers.rules import BreakerRule
from etrms_core.domain.events import BreakerEventKind
from etrms_core.engine.storage_ports import StoredEvent
from etrms_core.services.breaker_history import REFUSED, HistoryQuery
from etrms_core.services.drill import DrillReport

# When this browser has fired by hand; from then on the dialog has no button any more.
FIRED_AT = "breaker_fired_at"
FOLLOW_EVERY_SECONDS = 0.5
MOST_EVENTS = 200


def begin_fire() -> None:
    """Note that a dialog opens; it may fire once."""
    st.session_state.pop(FIRED_AT, None)


def drill_view(rule: BreakerRule) -> None:
    """Show what a rule would do if it fired now; nothing is sent and nothing is stored."""
    report, milliseconds = drilled(rule)
    st.markdown("Nothing is sent and nothing is stored: this is what it would do if it fired now.")
    if report is None:
        st.markdown(NO_READING)
        return
    if rule.shadow:
        st.info("It is in shadow mode: by itself it would only record this.")
    _show(report)
    st.markdown(f"Planned in {milliseconds:.0f} ms, within one reading of the accounts.")


def fire_view(rule: BreakerRule) -> None:
    """Say what will happen, fire on request, then show what came of it and how fast."""
    place = st.empty()
    if FIRED_AT not in st.session_state:
        with place.container():
            _ask(rule)
    fired_at: datetime | None = st.session_state.get(FIRED_AT)
    if fired_at is not None:
        place.empty()
        _follow(rule, fired_at)


def why_not(rule: BreakerRule, report: DrillReport | None) -> str | None:
    """Say why a rule cannot be fired by hand now; None when it can."""
    if report is None:
        return NO_READING
    if not report.is_paper:
        return "Only paper accounts take it, and this desk also watches real money."
    if not rule.enabled:
        return "It is switched off. Enable it first."
    if not report.instances:
        return "It watches nothing now: there is no such scope on the desk."
    if all(each.state != "armed" for each in report.instances):
        return (
            "It is not armed: it rests from its last trigger, waits for its reset, or is latched."
        )
    return None


def _ask(rule: BreakerRule) -> None:
    report, _ = drilled(rule)
    reason = why_not(rule, report)
    if reason is not None or report is None:
        st.info(reason or NO_READING)
        return
    st.markdown("The paper account really trades: orders go to the paper exchange.")
    if rule.shadow:
        st.info("It is in shadow mode: it fires and is recorded, but nothing is carried out.")
    else:
        _show(report)
    if st.button("Fire it now", type="primary", key="fire_now"):
        asked_at = runtime.desk().now()
        runtime.desk().breakers.trigger(rule.rule_id)
        st.session_state[FIRED_AT] = asked_at


@st.fragment(run_every=FOLLOW_EVERY_SECONDS)
def _follow(rule: BreakerRule, fired_at: datetime) -> None:
    query = HistoryQuery(rule_ids=(rule.rule_id,), since=fired_at)
    found = runtime.desk().breaker_history.find(query, limit=MOST_EVENTS)[::-1]
    if not found:
        st.info("Asked for. The desk takes it up at its next reading.")
        return
    if is_over(found):
        st.success("Done. All of this is kept in the history of breakers.")
    else:
        st.warning("Fired. What comes of it appears here.")
    steps = story_steps(found, start=fired_at, zone=display_zone())
    st.markdown(story_table(steps), unsafe_allow_html=True)
    st.markdown("Measured from the moment of your click, by the clock of the desk.")


def is_over(found: Sequence[StoredEvent]) -> bool:
    """Whether nothing more comes of a wish: it was refused, or every order has its answer."""
    for stored in found:
        if stored.event.kind is BreakerEventKind.TRIGGERED:
            story = runtime.desk().breaker_history.story(stored)
            if any(intent.is_open for intent in story.intents):
                return False
    return any(each.event.kind in (BreakerEventKind.TRIGGERED, REFUSED) for each in found)


def _show(report: DrillReport) -> None:
    zone = display_zone()
    if not report.instances:
        st.markdown("It watches nothing now: there is no such scope on the desk.")
    for instance in report.instances:
        st.markdown(f"**{literally(distance_line(report.rule, instance))}**")
        st.markdown(bullets(drill_lines(instance, zone=zone, report=report)))
