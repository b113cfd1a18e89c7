"""The page Breaker history: filters, a timeline, the events page by page, and one told whole."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import streamlit as st

from app import runtime
from app.charts.trigger_timeline import trigger_figure
from app.components.history_tables import history_table, order_table, story_table
from app.components.literal_text import literally
from app.presenters.history_rows import (
    KINDS,
    breaker_names,
    chosen_kinds,
    event_label,
    history_csv,
    history_rows,
    order_rows,
    scope_label,
    scopes_of,
    story_steps,
    why_sentence,
)
from app.session import display_zone
from etrms_core.domain.events import BreakerEvent, BreakerEventKind
from etrms_core.engine.storage_ports import StoredEvent
from etrms_core.services.breaker_history import HistoryQuery

PERIODS: dict[str, timedelta | None] = {
    "The last 24 hours": timedelta(days=1),
    "The last 7 days": timedelta(days=7),
    "The last 30 days": timedelta(days=30),
    "Everything": None,
}
FROM_TO = "From one day to another"
FIRST_PERIOD = "The last 7 days"
PER_PAGE, SHOWN, EXPORTED = 25, 2_000, 200_000
ONE_DAY = timedelta(days=1)
# The address of one event, so that other pages can lead to it.
EVENT = "event"
NOTHING = (
    "No breaker did anything of that in this time. Choose a longer time or fewer filters; a "
    "breaker can be tried out on paper on the page Circuit breakers."
)


def history_section() -> None:
    """Draw filters, timeline and events."""
    query = _query()
    found = runtime.desk().breaker_history.find(query, limit=SHOWN)
    if not found:
        st.info(NOTHING)
        return
    _timeline(query, found)
    _page(query, found)


def event_section() -> None:
    """Tell one event whole: why, what was done, when, and which orders went out."""
    number = _asked_number()
    if number is None:
        st.markdown("Choose an event above to read its whole story.")
        return
    history, rules = runtime.desk().breaker_history, runtime.desk().breakers.all()
    stored = history.event(number)
    if stored is None:
        st.info(f"There is no event of a breaker with the number {number}.")
        return
    story, zone, now = history.story(stored), display_zone(), runtime.desk().now()
    st.markdown(f"**{literally(why_sentence(story))}**")
    first = story.trigger or stored
    heads = [first] if story.trigger is None else [story.trigger]
    rows = history_rows(heads, rules, zone=zone, now=now)
    st.markdown(history_table(rows, zone=zone), unsafe_allow_html=True)
    if story.trigger is None:
        return
    st.markdown("**What followed**")
    steps = story_steps(story.steps, start=first.event.occurred_at, zone=zone)
    st.markdown(story_table(steps), unsafe_allow_html=True)
    st.markdown("**Orders of this trigger**")
    orders = order_rows(story.intents, zone=zone, now=now)
    st.markdown(order_table(orders), unsafe_allow_html=True)


def _query() -> HistoryQuery:
    history, rules = runtime.desk().breaker_history, runtime.desk().breakers.all()
    zone, now = display_zone(), runtime.desk().now()
    left, right = st.columns(2)
    with left:
        period = st.selectbox(
            "Time",
            [*PERIODS, FROM_TO],
            index=list(PERIODS).index(FIRST_PERIOD),
            key="history_period",
        )
        since, until = _bounds(period, zone, now)
    known = history.find(HistoryQuery(since=since, until=until), limit=SHOWN)
    names = breaker_names(rules, known)
    scopes = {scope_label(scope): scope for scope in scopes_of(known)}
    with right:
        kinds = st.multiselect("Kind", list(KINDS), placeholder="every kind", key="history_kinds")
    left, right = st.columns(2)
    with left:
        rule_ids = st.multiselect(
            "Breaker",
            list(names),
            format_func=lambda each: names.get(each, each),
            placeholder="every breaker",
            key="history_breakers",
        )
    with right:
        chosen = st.multiselect(
            "Scope", list(scopes), placeholder="every scope", key="history_scopes"
        )
    return HistoryQuery(
        since=since,
        until=until,
        rule_ids=tuple(rule_ids),
        scopes=tuple(scopes[each] for each in chosen if each in scopes),
        kinds=chosen_kinds(kinds),
    )


def _bounds(period: str, zone: ZoneInfo, now: datetime) -> tuple[datetime | None, datetime | None]:
    if period != FROM_TO:
        length = PERIODS[period]
        return (None if length is None else now - length), None
    today = now.astimezone(zone).date()
    days = st.date_input(
        f"Days ({zone.key}), both included",
        value=(today - 7 * ONE_DAY, today),
        max_value=today,
        key="history_days",
    )
    first, last = _two_days(days, today)
    midnight = time(tzinfo=zone)
    return datetime.combine(first, midnight), datetime.combine(last + ONE_DAY, midnight)


def _two_days(days: date | tuple[date, ...] | None, today: date) -> tuple[date, date]:
    """Take both days; while only one is chosen, that day alone."""
    chosen = days if isinstance(days, tuple) else (days,)
    given = [day for day in chosen if day is not None] or [today]
    return given[0], given[-1]


def _timeline(query: HistoryQuery, found: Sequence[StoredEvent]) -> None:
    fired = [
        each.event
        for each in found
        if isinstance(each.event, BreakerEvent) and each.event.kind is BreakerEventKind.TRIGGERED
    ]
    if not fired:
        return
    now = runtime.desk().now()
    since = query.since or min(event.occurred_at for event in fired) - ONE_DAY
    figure = trigger_figure(fired, zone=display_zone(), since=since, until=query.until or now)
    st.plotly_chart(
        figure,
        key="history_timeline",
        config={"displaylogo": False},
        alt=f"{len(fired)} triggers over time, by breaker",
    )


def _page(query: HistoryQuery, found: Sequence[StoredEvent]) -> None:
    desk, zone = runtime.desk(), display_zone()
    pages = -(-len(found) // PER_PAGE)
    page = st.pagination(pages, key="history_page") if pages > 1 else 1
    start = (min(page, pages) - 1) * PER_PAGE
    shown, now = found[start : start + PER_PAGE], desk.now()
    rows = history_rows(shown, desk.breakers.all(), zone=zone, now=now)
    st.markdown(history_table(rows, zone=zone), unsafe_allow_html=True)
    more = "; the file has older ones, too" if len(found) == SHOWN else ""
    st.markdown(f"{start + 1} to {start + len(shown)} of {len(found)} events, newest first{more}.")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        _choice(shown, zone, now)
        st.download_button(
            "Download CSV",
            lambda: history_csv(desk.breaker_history.find(query, limit=EXPORTED)),
            file_name="breaker_history.csv",
            mime="text/csv",
            on_click="ignore",
            icon=":material/download:",
            key="history_csv",
        )


def _choice(shown: Sequence[StoredEvent], zone: ZoneInfo, now: datetime) -> None:
    labels = {each.sequence: event_label(each, zone=zone, now=now) for each in shown}
    chosen = st.selectbox(
        "Tell the whole story of",
        list(labels),
        index=None,
        format_func=lambda number: labels.get(number, str(number)),
        placeholder="an event on this page",
        key=f"history_event_{shown[0].sequence}",
    )
    if chosen is not None and str(chosen) != st.query_params.get(EVENT):
        st.query_params[EVENT] = str(chosen)
        st.rerun()


def _asked_number() -> int | None:
    text = st.query_params.get(EVENT, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None
