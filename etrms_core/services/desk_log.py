"""Where monitor and order path write: the database, or the emergency journal while it fails."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from threading import RLock
from time import monotonic

import structlog

from etrms_core.breakers.rules import BreakerRule
from etrms_core.domain.account import AccountState
from etrms_core.domain.events import DeskEvent, DeskEventKind, Event
from etrms_core.domain.intents import Intent
from etrms_core.domain.lease import Lease
from etrms_core.engine.memory import CycleMemory
from etrms_core.engine.ports import Clock
from etrms_core.engine.storage_ports import (
    CycleRecord,
    DeskRequest,
    DeskStores,
    EmergencyJournal,
    RequestProgress,
)
from etrms_core.errors import StorageError
from etrms_core.services.alarms import AlarmBoard, AlarmCode

log = structlog.get_logger(__name__)

MERGE_EVERY_SECONDS = 5.0
QUIET_CYCLE_EVERY_SECONDS = 10.0


class DeskLog:
    """Durable writing for the process that acts; `recover` comes before everything else.

    While the database takes no write, records go to the journal, reading answers with what is
    known, and every later write first tries to merge the journal. A write that neither takes
    raises StorageError.

    Attributes
    ----------
    trouble : str or None
        What is wrong with the database; then nothing may add risk.
    """

    def __init__(
        self,
        stores: DeskStores,
        journal: EmergencyJournal,
        alarms: AlarmBoard,
        *,
        clock: Clock,
        seconds: Callable[[], float] = monotonic,
    ) -> None:
        self._stores = stores
        self._journal = journal
        self._alarms = alarms
        self._clock = clock
        self._seconds = seconds
        self._turn = RLock()
        self._open: dict[str, Intent] = {}
        self._last = CycleRecord(memory=CycleMemory(), accounts=())
        self._rules: tuple[BreakerRule, ...] = ()
        self._own_requests: list[DeskRequest] = []
        self._taken: set[int] = set()
        self._tried_at = self._journaled_at = float("-inf")
        self._is_acting = False
        self.trouble: str | None = None

    def recover(self, lease: Lease) -> None:
        """Merge what a journal holds and load what is stored; StorageError when that fails."""
        with self._turn:
            self._merge(lease)
            self.trouble = None
            self._open = {intent.intent_id: intent for intent in self._stores.intents.open()}
            memory, accounts = self._stores.desk.load_memory(), self._stores.desk.load_accounts()
            self._last = CycleRecord(memory=memory, accounts=accounts)
            self._is_acting = True
            with suppress(StorageError):
                self._journal.prepare()

    def load_memory(self) -> CycleMemory:
        """Return the memory of the last cycle."""
        return self._last.memory

    def load_accounts(self) -> tuple[AccountState, ...]:
        """Return the accounts of the last cycle."""
        return self._last.accounts

    def save_cycle(self, record: CycleRecord, *, lease: Lease) -> None:
        """Store one cycle, whole or not at all."""
        with self._turn:
            if self._is_storable(lease):
                try:
                    self._stores.desk.save_cycle(record, lease=lease)
                except StorageError as error:
                    self._begin_trouble(error)
            if self.trouble is not None:
                self._write_down(record)
            self._remember(record)

    def add_intent(self, intent: Intent, *, lease: Lease) -> bool:
        """Store a new intent; False when its id is known."""
        with self._turn:
            if intent.intent_id in self._open:
                return False
            if self._is_storable(lease):
                try:
                    is_new = self._stores.intents.add(intent, lease=lease)
                except StorageError as error:
                    self._begin_trouble(error)
                else:
                    if is_new:
                        self._note(intent)
                    return is_new
            self._write_down(self._carrying(intent))
            self._note(intent)
            return True

    def update_intent(self, intent: Intent, *, lease: Lease) -> None:
        """Store how far an intent has come."""
        with self._turn:
            if self._is_storable(lease):
                try:
                    self._stores.intents.update(intent, lease=lease)
                except StorageError as error:
                    self._begin_trouble(error)
            if self.trouble is not None:
                self._write_down(self._carrying(intent))
            self._note(intent)

    def open_intents(self) -> tuple[Intent, ...]:
        """Return the intents of which something may still come, in the order of decision."""
        with self._turn:
            return tuple(self._open.values())

    def find_intent(self, intent_id: str) -> Intent | None:
        """Return an intent as it was written last."""
        with self._turn:
            known = self._open.get(intent_id)
        return known if known is not None else self._stores.intents.find(intent_id)

    def rules(self) -> tuple[BreakerRule, ...]:
        """Return the rules, the last known ones while they cannot be read."""
        try:
            self._rules = self._stores.desk.rules()
        except StorageError as error:
            self._begin_trouble(error)
        return self._rules

    def requests(self) -> tuple[DeskRequest, ...]:
        """Return the waiting wishes; those of other processes only while they can be read."""
        waiting: tuple[DeskRequest, ...] = ()
        try:
            waiting = self._stores.desk.requests()
        except StorageError as error:
            self._begin_trouble(error)
        with self._turn:
            every = (*waiting, *self._own_requests)
            return tuple(each for each in every if each.number not in self._taken)

    def add_request(self, request: DeskRequest) -> int:
        """Leave a wish; in the process that acts also while the database fails."""
        try:
            return self._stores.desk.add_request(request)
        except StorageError:
            if not self._is_acting:
                raise
        with self._turn:
            number = -1 - len(self._own_requests) - len(self._taken)
            self._own_requests.append(replace(request, number=number))
            return number

    def acknowledge_request(self, number: int, *, at: datetime) -> None:
        """Say that the desk has begun to act on a wish, if that can be stored."""
        with suppress(StorageError):
            self._stores.desk.acknowledge_request(number, at=at)

    def request_progress(self, number: int) -> RequestProgress:
        """Say what became of a wish."""
        if number in self._taken:
            return RequestProgress.DONE
        if number < 0:
            return RequestProgress.ACKNOWLEDGED
        return self._stores.desk.request_progress(number)

    def append_events(self, events: Sequence[Event]) -> None:
        """Store events that happened between cycles."""
        if not events:
            return
        try:
            self._stores.desk.append_events(events)
        except StorageError as error:
            if not self._is_acting:
                raise
            with self._turn:
                self._begin_trouble(error)
                self._write_down(replace(self._bare(), events=tuple(events)))

    def _is_storable(self, lease: Lease) -> bool:
        """Whether the database may be tried: always in order, in trouble after a merge."""
        if self.trouble is None:
            return True
        now = self._seconds()
        if now - self._tried_at < MERGE_EVERY_SECONDS:
            return False
        self._tried_at = now
        try:
            self._merge(lease)
        except StorageError as error:
            self._begin_trouble(error)
            return False
        self.trouble = None
        self._taken.clear()
        self._own_requests.clear()
        self._alarms.clear(AlarmCode.STORAGE_TROUBLE)
        return True

    def _merge(self, lease: Lease) -> None:
        reading = self._journal.read()
        if reading.records:
            desk = self._stores.desk
            count = desk.merge(reading.records, journal_id=reading.journal_id, lease=lease)
            desk.append_events([self._merge_event(count, reading.damage)])
        if reading.records or reading.damage is not None:
            self._journal.clear()

    def _merge_event(self, count: int, damage: str | None) -> DeskEvent:
        ending = "" if damage is None else f"; {damage}"
        text = f"{count} records of the emergency journal were merged{ending}"
        return DeskEvent(self._clock(), DeskEventKind.JOURNAL_MERGED, "storage", text)

    def _begin_trouble(self, error: StorageError) -> None:
        if self.trouble is None:
            log.error("the database takes no writes", reason=str(error))
        self.trouble = str(error)
        text = f"{error}; until then no new risk, and decisions go to the emergency journal"
        self._alarms.sound(AlarmCode.STORAGE_TROUBLE, text)

    def _write_down(self, record: CycleRecord) -> None:
        is_quiet = not (record.events or record.intents or record.taken)
        now = self._seconds()
        if is_quiet and now - self._journaled_at < QUIET_CYCLE_EVERY_SECONDS:
            return
        self._journal.append(record)
        self._journaled_at = now

    def _remember(self, record: CycleRecord) -> None:
        self._last = record
        if self.trouble is not None:
            self._taken.update(record.taken)
        for intent in record.intents:
            self._note(intent)

    def _note(self, intent: Intent) -> None:
        if intent.is_open:
            self._open[intent.intent_id] = intent
        else:
            self._open.pop(intent.intent_id, None)

    def _carrying(self, intent: Intent) -> CycleRecord:
        return replace(self._bare(), intents=(intent,))

    def _bare(self) -> CycleRecord:
        return CycleRecord(memory=self._last.memory, accounts=self._last.accounts)
