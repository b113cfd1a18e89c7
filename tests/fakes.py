"""Hand-written stand-ins for what lies outside the core."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from math import isnan

from etrms_core.breakers.rules import BreakerRule
from etrms_core.domain.account import AccountState
from etrms_core.domain.events import Event
from etrms_core.engine.memory import CycleMemory
from etrms_core.engine.ports import DeskRequest, HistoryPoint, StoredEvent
from etrms_core.errors import StorageError

MOST_POINTS = 2_000


class InMemoryDeskStore:
    """A `DeskStore` that forgets everything with its process.

    `trouble`, when set, is raised by every method that stores something.
    """

    def __init__(self) -> None:
        self.trouble: StorageError | None = None
        self._memory = CycleMemory()
        self._accounts: tuple[AccountState, ...] = ()
        self._events: list[StoredEvent] = []
        self._rules: tuple[BreakerRule, ...] = ()
        self._requests: list[DeskRequest] = []
        self._history: dict[datetime, HistoryPoint] = {}

    def load_memory(self) -> CycleMemory:
        return self._memory

    def load_accounts(self) -> tuple[AccountState, ...]:
        return self._accounts

    def save_cycle(
        self,
        memory: CycleMemory,
        accounts: Sequence[AccountState],
        events: Sequence[Event],
        point: HistoryPoint | None,
    ) -> None:
        self._check(*accounts, *events, *(() if point is None else (point,)))
        self._memory, self._accounts = memory, tuple(accounts)
        self._number(events)
        if point is not None:
            self._history.setdefault(point.observed_at, point)

    def append_events(self, events: Sequence[Event]) -> None:
        self._check(*events)
        self._number(events)

    def events(
        self, *, since: datetime | None = None, kinds: Sequence[str] = (), limit: int = 100
    ) -> tuple[StoredEvent, ...]:
        found = (
            each
            for each in reversed(self._events)
            if (since is None or each.event.occurred_at >= since)
            and (not kinds or each.event.kind in kinds)
        )
        return tuple(found)[:limit]

    def rules(self) -> tuple[BreakerRule, ...]:
        return self._rules

    def save_rules(self, rules: Sequence[BreakerRule]) -> None:
        self._check()
        self._rules = tuple(rules)

    def add_request(self, request: DeskRequest) -> None:
        self._check()
        self._requests.append(request)

    def take_requests(self) -> tuple[DeskRequest, ...]:
        taken = tuple(self._requests)
        self._requests.clear()
        return taken

    def history(self, *, since: datetime) -> tuple[HistoryPoint, ...]:
        points = [self._history[at] for at in sorted(self._history) if at >= since]
        if len(points) <= MOST_POINTS:
            return tuple(points)
        start, end = points[0].observed_at, points[-1].observed_at
        width = (end - start) // MOST_POINTS + timedelta(microseconds=1)
        return tuple({(each.observed_at - start) // width: each for each in points}.values())

    def _number(self, events: Sequence[Event]) -> None:
        self._events += [
            StoredEvent(number, event)
            for number, event in enumerate(events, start=len(self._events) + 1)
        ]

    def _check(self, *values: AccountState | Event | HistoryPoint) -> None:
        if self.trouble is not None:
            raise self.trouble
        for value in values:
            if any(isinstance(each, float) and isnan(each) for each in _leaves(asdict(value))):
                raise StorageError(f"NaN is never stored, was in {value}")


def _leaves(document: object) -> Iterator[object]:
    match document:
        case Mapping():
            for each in document.values():
                yield from _leaves(each)
        case tuple() | list():
            for each in document:
                yield from _leaves(each)
        case _:
            yield document
