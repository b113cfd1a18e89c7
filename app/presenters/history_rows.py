"""The history of breakers as rows, as a story, and as a file."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from app.presenters.breaker_rows import amount_text, scope_in_words
from app.presenters.cells import Cell, Tone, unknown
from app.presenters.csv_export import Value, csv_text
from app.presenters.event_rows import TONES
from app.presenters.event_words import actions_in_words, with_local_times
from app.presenters.numbers import metric_value
from app.presenters.times import clock_and_date
from etrms_core.breakers.rules import BreakerRule
from etrms_core.domain.events import BreakerEvent, BreakerEventKind, DeskEventKind, Event
from etrms_core.domain.identifiers import Scope, ScopeKind
from etrms_core.domain.intents import Intent, IntentState
from etrms_core.engine.intent_events import describe
from etrms_core.engine.storage_ports import StoredEvent
from etrms_core.services.breaker_history import REFUSED, TriggerStory

KINDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "Triggered": (BreakerEventKind.TRIGGERED.value,),
        "Acted": (BreakerEventKind.ACTED.value,),
        "Resolved": (BreakerEventKind.REARMED.value,),
        "Resting or waiting": (
            BreakerEventKind.COOLING_DOWN.value,
            BreakerEventKind.WAITING_RESET.value,
        ),
        "Latched": (BreakerEventKind.LATCHED.value,),
        "Reset": (BreakerEventKind.RESET.value,),
        "Held back": (BreakerEventKind.BLOCKED.value,),
        "Error": (BreakerEventKind.ERROR.value,),
        "Refused": (REFUSED.value,),
    }
)
WORDS: Mapping[str, str] = MappingProxyType(
    {
        **{kinds[0]: label for label, kinds in KINDS.items()},
        BreakerEventKind.COOLING_DOWN.value: "Rests",
        BreakerEventKind.WAITING_RESET.value: "Waits for reset",
    }
)
INTENTS = {
    IntentState.DECIDED: Cell("Decided", "not sent yet", Tone.WARNING),
    IntentState.SENT: Cell("Sent", "no answer yet", Tone.WARNING),
    IntentState.DONE: Cell("Done", tone=Tone.GOOD),
    IntentState.REFUSED: Cell("Refused", tone=Tone.BAD),
    IntentState.ABANDONED: Cell("Given up", tone=Tone.BAD),
}
COLUMNS = (
    "number",
    "time",
    "kind",
    "breaker",
    "breaker_id",
    "scope",
    "value",
    "threshold",
    "action",
    "what_happened",
)


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One event of a breaker."""

    time: Cell
    breaker: Cell
    kind: Cell
    value: Cell
    why: Cell


@dataclass(frozen=True, slots=True)
class StoryStep:
    """Something that followed a trigger, and how long after it."""

    delay: Cell
    kind: Cell
    action: Cell
    text: Cell


@dataclass(frozen=True, slots=True)
class OrderRow:
    """What was decided to be done at a venue, and what came of it."""

    order: Cell
    what: Cell
    state: Cell
    decided: Cell


def chosen_kinds(labels: Iterable[str]) -> tuple[str, ...]:
    """Return the kinds that choices stand for."""
    return tuple(kind for label in labels for kind in KINDS[label])


def breaker_names(
    rules: Sequence[BreakerRule], events: Iterable[StoredEvent] = ()
) -> dict[str, str]:
    """Name breakers by their ids: those that exist, and those of which only events are left."""
    names = {rule.rule_id: rule.name for rule in rules}
    for stored in events:
        if isinstance(stored.event, BreakerEvent):
            names.setdefault(stored.event.rule_id, f"{stored.event.breaker} (deleted)")
    return names


def scopes_of(events: Iterable[StoredEvent]) -> tuple[Scope, ...]:
    """Return the scopes of events, each once, in order."""
    found = {stored.event.scope for stored in events if isinstance(stored.event, BreakerEvent)}
    return tuple(sorted(found))


def scope_label(scope: Scope) -> str:
    """Name a scope where several kinds stand beside each other."""
    if scope.kind is ScopeKind.PORTFOLIO:
        return scope_in_words(scope)
    return f"{scope.kind.value.capitalize()} {scope_in_words(scope)}"


def history_rows(
    events: Sequence[StoredEvent], rules: Sequence[BreakerRule], *, zone: ZoneInfo, now: datetime
) -> tuple[HistoryRow, ...]:
    """Show events in the order given; rules tell the units of their figures."""
    known = {rule.rule_id: rule for rule in rules}
    return tuple(_row(each.event, known, zone, now) for each in events)


def event_label(stored: StoredEvent, *, zone: ZoneInfo, now: datetime) -> str:
    """Write an event on one line, for a choice."""
    event = stored.event
    at = clock_and_date(event.occurred_at, zone=zone, now=now)
    name = event.breaker if isinstance(event, BreakerEvent) else event.subject
    return f"{at}  {name}, {_kind(event).text.lower()} (no. {stored.sequence})"


def story_steps(
    steps: Iterable[StoredEvent], *, start: datetime, zone: ZoneInfo
) -> tuple[StoryStep, ...]:
    """Show what followed, with the seconds since a moment."""
    return tuple(
        StoryStep(
            delay=Cell(f"+{(each.event.occurred_at - start).total_seconds():,.2f} s"),
            kind=_kind(each.event),
            action=Cell(_action(each.event)),
            text=Cell(with_local_times(each.event.detail, zone=zone, now=start)),
        )
        for each in steps
    )


def order_rows(intents: Iterable[Intent], *, zone: ZoneInfo, now: datetime) -> tuple[OrderRow, ...]:
    """Show what went to the venues."""
    return tuple(
        OrderRow(
            order=Cell(intent.intent_id),
            what=Cell(describe(intent.action), intent.detail),
            state=INTENTS[intent.state],
            decided=Cell(clock_and_date(intent.decided_at, zone=zone, now=now)),
        )
        for intent in intents
    )


def why_sentence(story: TriggerStory) -> str:
    """Say in one sentence why a breaker fired, or what an event alone says."""
    event = (story.trigger or story.steps[0]).event
    if story.trigger is None or not isinstance(event, BreakerEvent):
        return event.detail
    return f"{event.breaker} fired because {event.detail}."


def history_csv(events: Iterable[StoredEvent]) -> str:
    """Write events as a file."""
    return csv_text([_record(stored) for stored in events], columns=COLUMNS)


def _row(
    event: Event, known: Mapping[str, BreakerRule], zone: ZoneInfo, now: datetime
) -> HistoryRow:
    time = Cell(clock_and_date(event.occurred_at, zone=zone, now=now))
    if not isinstance(event, BreakerEvent):
        rule = known.get(event.subject)
        name = event.subject if rule is None else rule.name
        return HistoryRow(time, Cell(name), _kind(event), Cell(""), Cell(event.detail))
    return HistoryRow(
        time=time,
        breaker=Cell(event.breaker, scope_label(event.scope)),
        kind=_kind(event),
        value=_value(event, known.get(event.rule_id)),
        why=Cell(with_local_times(event.detail, zone=zone, now=now), _action(event)),
    )


def _value(event: BreakerEvent, rule: BreakerRule | None) -> Cell:
    if event.kind is not BreakerEventKind.TRIGGERED:
        return Cell("")
    if rule is None:
        limit = f"at {event.threshold:g}"
        return unknown("it was unknown") if event.value is None else Cell(f"{event.value:g}", limit)
    limit = f"at {amount_text(rule.metric, event.threshold)}"
    if event.value is None:
        return unknown("its value was unknown, and it fires then")
    return Cell(metric_value(rule.metric, event.value), limit)


def _kind(event: Event) -> Cell:
    tone = TONES.get(event.kind, Tone.PLAIN)
    if event.kind is DeskEventKind.REQUEST_REFUSED:
        tone = Tone.WARNING
    return Cell(WORDS.get(event.kind.value, event.kind.value.replace("_", " ")), tone=tone)


def _action(event: Event) -> str:
    return actions_in_words(event.action) if isinstance(event, BreakerEvent) else ""


def _record(stored: StoredEvent) -> dict[str, Value]:
    event = stored.event
    record: dict[str, Value] = {
        "number": stored.sequence,
        "time": event.occurred_at.isoformat(timespec="milliseconds"),
        "kind": event.kind.value,
        "what_happened": event.detail,
    }
    if not isinstance(event, BreakerEvent):
        return record | {"breaker_id": event.subject}
    return record | {
        "breaker": event.breaker,
        "breaker_id": event.rule_id,
        "scope": str(event.scope),
        "value": event.value,
        "threshold": event.threshold,
        "action": event.action,
    }
