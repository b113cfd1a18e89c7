"""Where monitor and order path write: the database, or the emergency journal while it fails."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from threading import RLock
from time import monotonic

from etrms_core.breakers.rules import BreakerRule
from etrms_core.domain.account import AccountState
from etrms_core.domain.events import Event
from etrms_core.domain.intents import Intent
from etrms_core.domain.lease import Lease
from etrms_core.engine.desk_stores import DeskStores
from etrms_core.engine.memory import CycleMemory
from etrms_core.engine.ports import Clock
from etrms_core.engine.storage_ports import (
    CycleRecord,
    DeskRequest,
    EmergencyJournal,
    RequestProgress,
)
from etrms_core.errors import LeaseLostError, StorageError
from etrms_core.services.alarms import AlarmBoard
from etrms_core.services.own_requests import OwnRequests
from etrms_core.services.storage_trouble import StorageTrouble

# A locked database keeps one write waiting for five seconds.
LONGEST_TURN_SECONDS = 6.0


class DeskLog:
    """Durable writing for the process that acts; `recover` comes before everything else.

    While the database takes no write, records go to the journal, reading answers with what is
    known, and every later write first tries to merge the journal, not more often than each few
    seconds. A write that neither takes raises StorageError.
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
        self._trouble = StorageTrouble(stores, journal, alarms, clock=clock, seconds=seconds)
        self._turn = RLock()
        self._lease: Lease | None = None
        self._last = CycleRecord(memory=CycleMemory(), accounts=())
        self._rules: tuple[BreakerRule, ...] = ()
        self._open: dict[str, Intent] = {}
        self._own = OwnRequests()
        # What only the journal knows yet.
        self._journaled: dict[str, Intent] = {}
        self._taken: set[int] = set()
        self._has_gap = False

    @property
    def trouble(self) -> str | None:
        """What is wrong with the database; then nothing may add risk."""
        return self._trouble.message

    def recover(self, lease: Lease) -> None:
        """Merge what a journal holds and load what is stored; StorageError when that fails."""
        with self._in_turn():
            has_gap = self._has_gap_before()
            self._trouble.recover(lease)
            self._forget_journal()
            desk = self._stores.desk
            self._open = {intent.intent_id: intent for intent in self._stores.intents.open()}
            self._last = CycleRecord(memory=desk.load_memory(), accounts=desk.load_accounts())
            self._rules = desk.rules()
            self._has_gap = has_gap
            self._lease = lease

    def load_memory(self) -> CycleMemory:
        """Return the memory of the last cycle."""
        return self._last.memory

    def load_accounts(self) -> tuple[AccountState, ...]:
        """Return the accounts of the last cycle."""
        return self._last.accounts

    def save_cycle(self, record: CycleRecord, *, lease: Lease) -> None:
        """Store one cycle, whole or not at all."""
        with self._in_turn():
            if self._has_gap and record.recorded is not None:
                # The cycles before it may be nowhere: a replay starts anew here.
                recorded = replace(
                    record.recorded, memory_before=self._last.memory, is_after_gap=True
                )
                record = replace(record, recorded=recorded)
            is_stored = self._stored(
                lambda: self._stores.desk.save_cycle(record, lease=lease), lease
            )
            if not is_stored:
                self._write_down(record)
            self._has_gap = not is_stored
            self._last = record
            self._own.remove(record.taken)
            for intent in record.intents:
                self._note(intent)

    def add_intent(self, intent: Intent, *, lease: Lease) -> bool:
        """Store a new intent; False when its id is known."""
        with self._in_turn():
            if intent.intent_id in self._open or intent.intent_id in self._journaled:
                return False
            added: list[bool] = []
            if not self._stored(
                lambda: added.append(self._stores.intents.add(intent, lease=lease)), lease
            ):
                if self._is_in_store(intent.intent_id):
                    return False
                self._write_down(replace(self._bare(), intents=(intent,)))
                added.append(True)
            if added[0]:
                self._note(intent)
            return added[0]

    def update_intent(self, intent: Intent, *, lease: Lease) -> None:
        """Store how far an intent has come."""
        with self._in_turn():
            if not self._stored(lambda: self._stores.intents.update(intent, lease=lease), lease):
                self._write_down(replace(self._bare(), intents=(intent,)))
            self._note(intent)

    def open_intents(self) -> tuple[Intent, ...]:
        """Return the intents of which something may still come, in the order of decision."""
        with self._in_turn():
            return tuple(self._open.values())

    def find_intent(self, intent_id: str) -> Intent | None:
        """Return an intent as it was written last."""
        with self._in_turn():
            known = self._open.get(intent_id) or self._journaled.get(intent_id)
        return known if known is not None else self._stores.intents.find(intent_id)

    def rules(self) -> tuple[BreakerRule, ...]:
        """Return the rules, in trouble the last known ones."""
        if self.trouble is None:
            try:
                self._rules = self._stores.desk.rules()
            except StorageError as error:
                self._begin_trouble(error)
        return self._rules

    def requests(self) -> tuple[DeskRequest, ...]:
        """Return the waiting wishes, in trouble only those of this process."""
        waiting: tuple[DeskRequest, ...] = ()
        if self.trouble is None:
            try:
                waiting = self._stores.desk.requests()
            except StorageError as error:
                self._begin_trouble(error)
        with self._in_turn():
            return (*waiting, *self._own.waiting())

    def add_request(self, request: DeskRequest) -> int:
        """Leave a wish; in the process that acts also while the database fails."""
        if self._lease is None:
            return self._stores.desk.add_request(request)
        if self.trouble is None:
            try:
                return self._stores.desk.add_request(request)
            except StorageError as error:
                self._begin_trouble(error)
        with self._in_turn():
            return self._own.add(request)

    def acknowledge_request(self, number: int, *, at: datetime) -> None:
        """Say that the desk has begun to act on a wish, if that can be stored."""
        with self._in_turn():
            self._own.acknowledge(number)
        if number > 0 and self.trouble is None:
            with suppress(StorageError):
                self._stores.desk.acknowledge_request(number, at=at)

    def request_progress(self, number: int) -> RequestProgress:
        """Say what became of a wish."""
        if number in self._taken:
            return RequestProgress.DONE
        return self._own.progress(number) or self._stores.desk.request_progress(number)

    def append_events(self, events: Sequence[Event]) -> None:
        """Store events that happened between cycles."""
        if not events:
            return
        with self._in_turn():
            if self._lease is not None:
                with suppress(LeaseLostError):
                    self._append_as_holder(events, self._lease)
                    return
            self._stores.desk.append_events(events)

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        """Wait for whoever writes; the watchdog must never hang behind a write that hangs."""
        if not self._turn.acquire(timeout=LONGEST_TURN_SECONDS):
            raise StorageError(
                f"another write has not returned for {LONGEST_TURN_SECONDS:g} s: the database hangs"
            )
        try:
            yield
        finally:
            self._turn.release()

    def _stored(self, write: Callable[[], None], lease: Lease) -> bool:
        was_in_trouble = self.trouble is not None
        try:
            if not self._trouble.is_over(lease):
                return False
            if was_in_trouble:
                self._forget_journal()
            write()
        except LeaseLostError:
            # What is written down from now on is another process's to write.
            self._lease = None
            raise
        except StorageError as error:
            self._trouble.begin(error)
            return False
        return True

    def _append_as_holder(self, events: Sequence[Event], lease: Lease) -> None:
        if not self._stored(lambda: self._stores.desk.append_events(events), lease):
            self._write_down(replace(self._bare(), events=tuple(events)))

    def _begin_trouble(self, error: StorageError) -> None:
        with self._in_turn():
            self._trouble.begin(error)

    def _write_down(self, record: CycleRecord) -> None:
        if self._lease is None:
            raise LeaseLostError("another process acts for this desk")
        self._trouble.write_down(record)
        self._taken.update(record.taken)
        self._journaled |= {intent.intent_id: intent for intent in record.intents}

    def _forget_journal(self) -> None:
        self._taken.clear()
        self._journaled.clear()

    def _is_in_store(self, intent_id: str) -> bool:
        with suppress(StorageError):
            return self._stores.intents.find(intent_id) is not None
        return False

    def _note(self, intent: Intent) -> None:
        if intent.is_open:
            self._open[intent.intent_id] = intent
        else:
            self._open.pop(intent.intent_id, None)

    def _bare(self) -> CycleRecord:
        return CycleRecord(memory=self._last.memory, accounts=self._last.accounts)

    def _has_gap_before(self) -> bool:
        """Whether the newest memory is of a cycle that is recorded nowhere."""
        journaled = self._journal.read().records
        told = {record.memory.as_of for record in journaled if record.recorded is not None}
        if not journaled or journaled[-1].memory.as_of in told:
            return False
        try:
            return journaled[-1].memory.as_of != self._stores.desk.load_memory().as_of
        except StorageError:  # the journal may yet replace what is damaged
            return True
