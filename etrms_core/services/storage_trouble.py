"""The time in which the database takes nothing: the alarm, the journal, and the way back."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import structlog

from etrms_core.domain.events import DeskEvent, DeskEventKind
from etrms_core.domain.lease import Lease
from etrms_core.engine.desk_stores import DeskStores
from etrms_core.engine.ports import Clock
from etrms_core.engine.storage_ports import CycleRecord, EmergencyJournal, JournalReading
from etrms_core.errors import StorageError
from etrms_core.services.alarms import AlarmBoard, AlarmCode

log = structlog.get_logger(__name__)

# A locked database keeps each attempt waiting: most cycles must do without one.
TRY_EVERY_SECONDS = 5.0
QUIET_CYCLE_EVERY_SECONDS = 10.0


class StorageTrouble:
    """Says whether the database may be tried, writes to the journal, and merges it back.

    Attributes
    ----------
    message : str or None
        What is wrong now.
    """

    def __init__(
        self,
        stores: DeskStores,
        journal: EmergencyJournal,
        alarms: AlarmBoard,
        *,
        clock: Clock,
        seconds: Callable[[], float],
    ) -> None:
        self._desk = stores.desk
        self._journal = journal
        self._alarms = alarms
        self._clock = clock
        self._seconds = seconds
        self._tried_at = self._written_at = float("-inf")
        self.message: str | None = None

    def recover(self, lease: Lease) -> None:
        """Merge what an earlier process wrote down; StorageError when the database takes nothing.

        Trouble of this process is over then.
        """
        self._merge(lease)
        try:
            self._journal.prepare()
        except StorageError as error:
            log.warning("there is no room for an emergency journal", reason=str(error))
        self._end()

    def begin(self, error: StorageError) -> None:
        """Note that the database has failed, and say it loudly; later failures change the text."""
        if self.message is None:
            log.error("the database takes no writes", reason=str(error))
        self.message = str(error)
        self._tried_at = self._seconds()
        text = f"{error}; until then no new risk, and decisions go to the emergency journal"
        # The alarm stands even where its event can be written nowhere.
        with suppress(StorageError):
            self._alarms.sound(AlarmCode.STORAGE_TROUBLE, text)

    def is_over(self, lease: Lease) -> bool:
        """Whether the database may be written: in trouble only once the journal is merged."""
        if self.message is None:
            return True
        if self._seconds() - self._tried_at < TRY_EVERY_SECONDS:
            return False
        try:
            self._merge(lease)
        except StorageError as error:
            self.begin(error)
            return False
        self._end()
        return self.message is None

    def write_down(self, record: CycleRecord) -> None:
        """Write a record to the journal, of cycles that decided nothing only one now and then."""
        is_quiet = not (record.events or record.intents or record.taken)
        now = self._seconds()
        if is_quiet and now - self._written_at < QUIET_CYCLE_EVERY_SECONDS:
            return
        self._journal.append(record)
        self._written_at = now

    def _end(self) -> None:
        self.message = None
        self._alarms.clear(AlarmCode.STORAGE_TROUBLE)

    def _merge(self, lease: Lease) -> None:
        reading = self._journal.read()
        if reading.records or self.message is not None:
            records = self._with_news(reading)
            # Without a record it still shows whether the database takes anything.
            self._desk.merge(records, journal_id=reading.journal_id, lease=lease)
        elif reading.damage is not None:
            self._desk.append_events([self._news(reading)])
        if reading.records or reading.damage is not None:
            self._journal.clear()

    def _with_news(self, reading: JournalReading) -> tuple[CycleRecord, ...]:
        # In the same transaction, so that a merge is told exactly once.
        if not reading.records:
            return ()
        *before, last = reading.records
        return (*before, replace(last, events=(*last.events, self._news(reading))))

    def _news(self, reading: JournalReading) -> DeskEvent:
        text = f"{len(reading.records)} records of the emergency journal were merged"
        if reading.damage is not None:
            text += f"; {reading.damage}, and is kept"
        return DeskEvent(self._clock(), DeskEventKind.JOURNAL_MERGED, "storage", text)
