"""Writes cycles, intents and events until it is killed: `python -m tests.faults.disk_writer`.

Each line of standard input is a home, a number of rounds and a probability. The process, which has
imported everything, forks a child that writes there; it answers with the child's process id, and
with its exit code when it has ended. What the stores have acknowledged goes to
`HOME/acknowledged` before anything else is written. A `StorageError` is told there and endured.

With a probability above 0, and under `fiu-run -x`, that share of all reads and writes fails.
"""

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from etrms_core.adapters.storage.stores import open_stores
from etrms_core.domain.events import DeskEvent, DeskEventKind
from etrms_core.domain.intents import IntentState
from etrms_core.domain.lease import Lease
from etrms_core.domain.order import OrderRequest
from etrms_core.engine.desk_stores import DeskStores
from etrms_core.engine.memory import CycleMemory
from etrms_core.engine.storage_ports import CycleRecord
from etrms_core.errors import StorageError
from tests.builders import make_account, make_position
from tests.engine.intents import make_intent, make_request

BEGIN = datetime(2025, 1, 1, tzinfo=UTC)


def main() -> None:
    """Fork children, tell what became of them."""
    for line in sys.stdin:
        home, rounds, probability = line.rstrip("\n").rsplit(" ", 2)
        pid = os.fork()
        if not pid:
            code = 99
            try:
                write_rounds(Path(home), int(rounds), float(probability))
                code = 0
            finally:
                os._exit(code)
        print(pid, flush=True)  # noqa: T201
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)  # noqa: T201


def write_rounds(home: Path, rounds: int, probability: float) -> None:
    """Write rounds, each named by process and number."""
    opened = open_stores(home / "etrms.db")
    stores = opened.stores
    lease = stores.lease.take(f"writer {os.getpid()}", seen=stores.lease.read())
    assert lease is not None
    told = os.open(home / "acknowledged", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for number in range(rounds):
        name = f"{os.getpid()}x{number}"
        for what, write in WRITES:
            outcome = f"{what} {name}"
            try:
                with failing_disk(probability):
                    write(stores, name, lease)
            except StorageError as error:
                outcome = f"refused {' '.join(str(error).split())}"
            os.write(told, f"{outcome}\n".encode())
    opened.close()


@contextmanager
def failing_disk(probability: float) -> Iterator[None]:
    """Let a share of the reads and writes of this process fail."""
    if not probability:
        yield
        return
    fiu = ctypes.CDLL("libfiu.so.0")
    names = (b"posix/io/rw/*", b"posix/io/sync/*")
    for name in names:
        fiu.fiu_enable_random(name, 1, None, 0, ctypes.c_float(probability))
    try:
        yield
    finally:
        for name in names:
            fiu.fiu_disable(name)


def write_event(stores: DeskStores, name: str, _lease: Lease) -> None:
    stores.desk.append_events([event(f"event {name}")])


def write_intent(stores: DeskStores, name: str, lease: Lease) -> None:
    stores.intents.add(make_intent(named(name)), lease=lease)


def write_update(stores: DeskStores, name: str, lease: Lease) -> None:
    done = make_intent(named(name), state=IntentState.DONE)
    stores.intents.update(replace(done, detail=f"done {name}"), lease=lease)


def write_cycle(stores: DeskStores, name: str, lease: Lease) -> None:
    process, number = map(int, name.split("x"))
    record = CycleRecord(
        memory=CycleMemory(as_of=BEGIN + timedelta(seconds=process % 1_000 * 10_000 + number)),
        accounts=(make_account(make_position(quantity=1.0 + number)),),
        events=(event(f"cycle {name}"),),
        intents=(make_intent(named(f"{name}c")),),
    )
    stores.desk.save_cycle(record, lease=lease)


def named(name: str) -> OrderRequest:
    return make_request(client_order_id=f"et-disk-breaker-{name}")


def event(text: str) -> DeskEvent:
    return DeskEvent(BEGIN, DeskEventKind.SOURCE_ERROR, "main", text)


WRITES = (
    ("event", write_event),
    ("intent", write_intent),
    ("cycle", write_cycle),
    ("done", write_update),
)

if __name__ == "__main__":
    main()
