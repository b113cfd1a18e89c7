"""What breakers did: looked up by breaker, scope, kind and time, and told from the trigger on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from etrms_core.domain.events import BreakerEvent, BreakerEventKind, DeskEventKind
from etrms_core.domain.identifiers import Scope
from etrms_core.domain.intents import Intent
from etrms_core.engine.storage_ports import DeskStore, IntentLog, StoredEvent

REFUSED = DeskEventKind.REQUEST_REFUSED
KINDS = (*map(str, BreakerEventKind), REFUSED.value)
CHUNK = 500
# Of one trigger: more than a breaker can do before it fires again.
MOST_STEPS = 10_000
# The times of the store have this step.
TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryQuery:
    """Which events; what is None or empty leaves nothing out.

    Attributes
    ----------
    since, until : datetime or None
        The first moment, and the first moment that is too late.
    kinds : tuple of str
        Of `KINDS`.
    """

    since: datetime | None = None
    until: datetime | None = None
    rule_ids: tuple[str, ...] = ()
    scopes: tuple[Scope, ...] = ()
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerStory:
    """One trigger and what came of it, oldest first, up to the next trigger of the same instance.

    Attributes
    ----------
    trigger : StoredEvent or None
        None when the event belongs to no trigger, such as a metric that became unknown.
    intents : tuple of Intent
        What was decided to be done at venues because of it.
    """

    trigger: StoredEvent | None
    steps: tuple[StoredEvent, ...]
    intents: tuple[Intent, ...]


class BreakerHistory:
    """Reads the events of breakers, and of requests about breakers that were refused."""

    def __init__(self, store: DeskStore, intents: IntentLog) -> None:
        self._store = store
        self._intents = intents

    def find(self, query: HistoryQuery, *, limit: int) -> tuple[StoredEvent, ...]:
        """Return the newest events first, `limit` at most."""
        return tuple(islice(self._matching(query), limit))

    def event(self, number: int) -> StoredEvent | None:
        """Return one event by its number; None when it is none of a breaker."""
        found = self._store.events(before=number + 1, kinds=KINDS, limit=1)
        return found[0] if found and found[0].sequence == number else None

    def story(self, stored: StoredEvent) -> TriggerStory:
        """Tell what the trigger behind an event led to; the event alone if there is none."""
        event = stored.event
        if not isinstance(event, BreakerEvent):
            return TriggerStory(trigger=None, steps=(stored,), intents=())
        trigger = self._trigger_of(stored, event)
        if trigger is None:
            return TriggerStory(trigger=None, steps=(stored,), intents=())
        following = self._after(trigger, event)
        end = _end(following)
        steps = following if end is None else following[:end]
        until = None if end is None else following[end].event.occurred_at
        return TriggerStory(
            trigger=trigger,
            steps=steps,
            intents=self._caused(event, since=trigger.event.occurred_at, until=until),
        )

    def _matching(self, query: HistoryQuery) -> Iterator[StoredEvent]:
        known = {rule.rule_id for rule in self._store.rules()}
        before: int | None = None
        while True:
            found = self._store.events(
                since=query.since,
                until=query.until,
                before=before,
                kinds=query.kinds or KINDS,
                subjects=query.rule_ids,
                limit=CHUNK,
            )
            yield from (each for each in found if _belongs(each, query.scopes, known))
            if len(found) < CHUNK:
                return
            before = found[-1].sequence

    def _trigger_of(self, stored: StoredEvent, event: BreakerEvent) -> StoredEvent | None:
        if event.kind is BreakerEventKind.TRIGGERED:
            return stored
        found = self._store.events(
            until=event.occurred_at + TICK,
            before=stored.sequence,
            kinds=[BreakerEventKind.TRIGGERED],
            subjects=[event.rule_id],
            limit=MOST_STEPS,
        )
        return next((each for each in found if _is_of(each, event)), None)

    def _after(self, trigger: StoredEvent, event: BreakerEvent) -> tuple[StoredEvent, ...]:
        """Return what the same instance did after a trigger, oldest first."""
        found = self._store.events(
            since=trigger.event.occurred_at, subjects=[event.rule_id], limit=MOST_STEPS
        )
        later = (each for each in reversed(found) if each.sequence > trigger.sequence)
        return tuple(each for each in later if _is_of(each, event))

    def _caused(
        self, event: BreakerEvent, *, since: datetime, until: datetime | None
    ) -> tuple[Intent, ...]:
        found = self._intents.recent(since=since, until=until, limit=MOST_STEPS)
        owner = (event.rule_id, event.scope)
        return tuple(
            intent
            for intent in reversed(found)
            if any((cause.rule_id, cause.scope) == owner for cause in intent.causes)
        )


def _belongs(stored: StoredEvent, scopes: Sequence[Scope], known: set[str]) -> bool:
    event = stored.event
    if isinstance(event, BreakerEvent):
        return not scopes or event.scope in scopes
    # Requests of other kinds are refused, too: those about a breaker name it.
    return not scopes and event.subject in known


def _is_of(stored: StoredEvent, event: BreakerEvent) -> bool:
    other = stored.event
    return isinstance(other, BreakerEvent) and (other.rule_id, other.scope) == (
        event.rule_id,
        event.scope,
    )


def _end(following: Sequence[StoredEvent]) -> int | None:
    """Return the place of the next trigger; None without one."""
    kinds = [each.event.kind for each in following]
    trigger = BreakerEventKind.TRIGGERED
    return kinds.index(trigger) if trigger in kinds else None
