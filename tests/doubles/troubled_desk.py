"""A process that writes cycles while its database fails, and can be killed at any step of it.

Told its steps as words: ``save`` a cycle, ``limit`` the size of every file to what the database has
now, ``free`` that limit, ``wait`` until the database is tried again, ``die`` by SIGKILL, ``die at
merge`` or ``die at clear`` in the midst of what comes next. Each cycle that was acknowledged is
printed.
"""

import os
import resource
import signal
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from etrms_core.adapters.storage.emergency_journal import EmergencyJournalFile
from etrms_core.adapters.storage.stores import open_stores
from etrms_core.domain.events import DeskEvent, DeskEventKind
from etrms_core.engine.memory import CycleMemory
from etrms_core.engine.memory_document import memory_hash
from etrms_core.engine.storage_ports import CycleRecord
from etrms_core.services.alarms import AlarmBoard
from etrms_core.services.desk_log import DeskLog
from etrms_core.services.storage_trouble import TRY_EVERY_SECONDS
from tests.builders import NOW, make_account, make_position
from tests.engine.intents import make_intent, make_request
from tests.fakes import ManualClock


def die(*_arguments: object, **_options: object) -> None:
    """End as by a power cut."""
    os.kill(os.getpid(), signal.SIGKILL)


class TroubledDesk:
    """Carries out the words."""

    def __init__(self, home: Path) -> None:
        self.database = home / "etrms.db"
        self.opened = open_stores(self.database)
        self.stores = self.opened.stores
        self.journal = EmergencyJournalFile(home / "emergency.journal")
        self.clock, self.seconds = ManualClock(NOW), 0.0
        alarms = AlarmBoard(self.clock, lambda event: self.log.append_events([event]))
        self.log = DeskLog(
            self.stores, self.journal, alarms, clock=self.clock, seconds=lambda: self.seconds
        )
        lease = self.stores.lease.take("desk", seen=self.stores.lease.read())
        assert lease is not None
        self.lease = lease
        self.log.recover(lease)
        self.number = len(self.stores.intents.recent(limit=10_000))

    def run(self, word: str) -> None:
        """Do one thing."""
        match word:
            case "save":
                self.save()
            case "limit":
                wal = self.database.with_name("etrms.db-wal")
                self._limit(max(self.database.stat().st_size, wal.stat().st_size, 1 << 20))
            case "free":
                self._limit(resource.RLIM_INFINITY)
            case "wait":
                self.seconds += TRY_EVERY_SECONDS
            case "die":
                die()
            case "die at merge":
                self._stored("merge", die)
            case "die at clear":
                self.journal.clear = die  # type: ignore[method-assign]

    def save(self) -> None:
        """Decide something, and say so once it is durable."""
        self.number += 1
        self.clock.now = NOW + timedelta(seconds=self.number)
        name = str(self.number)
        # Random text, which no database compresses into the room that it has.
        detail = os.urandom(200_000).hex()
        memory = CycleMemory(as_of=self.clock())
        record = CycleRecord(
            memory=memory,
            accounts=(make_account(make_position(quantity=float(self.number))),),
            events=(DeskEvent(self.clock(), DeskEventKind.POSITION_CHANGED, name, detail),),
            intents=(make_intent(make_request(client_order_id=name)),),
        )
        if self.log.trouble is not None:
            record = replace(record, events=(replace(record.events[0], detail="small"),))
        self.log.save_cycle(record, lease=self.lease)
        in_trouble = self.log.trouble is not None
        sys.stdout.write(f"cycle {name} {memory_hash(memory)} {in_trouble}\n")
        sys.stdout.flush()

    def _stored(self, name: str, instead: Any) -> None:  # noqa: ANN401 (any callable)
        setattr(self.stores.desk, name, instead)

    def _limit(self, size: int) -> None:
        hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))


if __name__ == "__main__":
    desk = TroubledDesk(Path(sys.argv[1]))
    for each in sys.argv[2:]:
        desk.run(each)
    desk.opened.close()
