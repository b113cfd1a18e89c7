"""Rows are appended whole, numbered without a gap, by whoever writes."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import select

from etrms_core.adapters.storage import tables
from etrms_core.adapters.storage.chained_rows import append_cycle, append_events
from etrms_core.adapters.storage.stores import OpenedStores, open_stores
from etrms_core.engine.hash_chain import START, AuditLogName, Checkpoint
from etrms_core.engine.storage_ports import RecordedCycle
from etrms_core.services.audit import verify
from tests.adapters.storage.test_cycle_rows import recorded
from tests.builders import make_account
from tests.contracts.desk_store_contract import desk_event

CYCLES, EVENTS = AuditLogName.CYCLES, AuditLogName.EVENTS


@pytest.fixture(params=["sqlite", "postgresql"])
def opened(request: pytest.FixtureRequest) -> OpenedStores:
    stores = request.getfixturevalue(f"{request.param}_stores")
    assert isinstance(stores, OpenedStores)
    return stores


@pytest.fixture
def other(opened: OpenedStores, path: Path) -> Iterator[OpenedStores]:
    url = opened.database.name
    with closing(open_stores(url if "://" in url else path)) as stores:
        yield stores


def add_cycle(opened: OpenedStores, cycle: RecordedCycle) -> None:
    with opened.database.writing() as connection:
        append_cycle(connection, "live", cycle)


def a_cycle(wallet: float = 1.0) -> RecordedCycle:
    return recorded(accounts=(make_account(wallet=wallet),))


def keyframes(opened: OpenedStores) -> list[bool]:
    query = select(tables.cycles.c.is_keyframe).order_by(tables.cycles.c.sequence)
    with opened.database.reading() as connection:
        return [bool(flag) for flag in connection.scalars(query)]


def wallets(opened: OpenedStores) -> list[float]:
    cycles = opened.stores.audit.cycles()
    return [cycle.accounts[0].balances[0].amount for _, cycle in cycles]


def test_a_new_run_has_empty_chains(opened: OpenedStores) -> None:
    for log in AuditLogName:
        assert list(opened.stores.audit.rows(log)) == []
        assert opened.stores.audit.start(log) == opened.stores.audit.head(log) == START
    assert verify(opened.stores.audit).is_good


def test_rows_are_numbered_and_linked(opened: OpenedStores) -> None:
    opened.stores.desk.append_events([desk_event("a"), desk_event("b")])
    opened.stores.desk.append_events([desk_event("c")])
    rows = list(opened.stores.audit.rows(EVENTS))
    assert [row.sequence for row in rows] == [1, 2, 3]
    assert [row.previous_hash for row in rows[1:]] == [row.row_hash for row in rows[:-1]]
    assert opened.stores.audit.head(EVENTS) == Checkpoint(3, rows[-1].row_hash)


def test_what_is_rolled_back_leaves_the_chains_as_they_were(opened: OpenedStores) -> None:
    opened.stores.desk.append_events([desk_event()])
    for wallet in (1.0, 2.0):
        add_cycle(opened, a_cycle(wallet))
    audit = opened.stores.audit
    before = [(list(audit.rows(log)), audit.head(log)) for log in AuditLogName]

    def break_off() -> None:
        with opened.database.writing() as connection:
            append_events(connection, "live", [desk_event("lost")])
            append_cycle(connection, "live", a_cycle(99.0))
            raise RuntimeError("the power is gone")

    with pytest.raises(RuntimeError):
        break_off()
    assert [(list(audit.rows(log)), audit.head(log)) for log in AuditLogName] == before
    add_cycle(opened, a_cycle(3.0))
    assert wallets(opened) == [1.0, 2.0, 3.0]
    assert verify(audit).is_good


def test_cycles_written_by_two_in_turn_come_back_in_order(
    opened: OpenedStores, other: OpenedStores
) -> None:
    add_cycle(opened, a_cycle(1.0))
    add_cycle(opened, a_cycle(2.0))
    add_cycle(other, a_cycle(3.0))
    add_cycle(opened, a_cycle(4.0))
    assert keyframes(opened)[-1] is False
    assert wallets(opened) == wallets(other) == [1.0, 2.0, 3.0, 4.0]
    assert verify(opened.stores.audit).is_good


def test_a_row_after_that_of_another_process_stands_alone(
    path: Path, sqlite_stores: OpenedStores, tmp_path: Path
) -> None:
    add_cycle(sqlite_stores, a_cycle(1.0))
    with closing(open_stores(tmp_path / "other.db")) as elsewhere:
        # The text at hand is now that of a row which is not the last one here.
        add_cycle(elsewhere, a_cycle(50.0))
    add_cycle(sqlite_stores, a_cycle(2.0))
    add_cycle(sqlite_stores, a_cycle(3.0))
    assert keyframes(sqlite_stores) == [True, True, False]
    assert wallets(sqlite_stores) == [1.0, 2.0, 3.0]


def test_writers_at_the_same_time_make_one_chain(opened: OpenedStores, other: OpenedStores) -> None:
    def write(stores: OpenedStores, first: int) -> None:
        for number in range(first, first + 15):
            add_cycle(stores, a_cycle(float(number + 1)))
            stores.stores.desk.append_events([desk_event(str(number))])

    writers = [
        Thread(target=write, args=(stores, number * 100))
        for number, stores in enumerate((opened, other, opened))
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    report = verify(opened.stores.audit)
    assert [(chain.rows, chain.broken) for chain in report.chains] == [(45, None), (45, None)]
    assert len(set(wallets(opened))) == 45
