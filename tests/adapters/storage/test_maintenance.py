"""Old rows go, what is kept can be verified and replayed, and the log says what went."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from etrms_core.adapters.storage import tables
from etrms_core.adapters.storage.stores import OpenedStores
from etrms_core.domain.events import DeskEventKind
from etrms_core.domain.intents import IntentState
from etrms_core.domain.lease import Lease
from etrms_core.engine.audit_ports import Retention
from etrms_core.engine.hash_chain import AuditLogName
from etrms_core.engine.storage_ports import CycleRecord, HistoryPoint
from etrms_core.errors import LeaseLostError, StorageError
from etrms_core.services.audit import replay, verify
from tests.adapters.storage.recorded_runs import RecordedRun, execute, taken_lease
from tests.builders import NOW
from tests.contracts.desk_store_contract import EPOCH, desk_event
from tests.contracts.ledger_store_contract import entry
from tests.engine.intents import make_intent

FOREVER = Retention(raw_days=1e5, minute_days=1e5, cycle_days=1e5, event_days=1e5)
CYCLES, EVENTS = AuditLogName.CYCLES, AuditLogName.EVENTS
DAY = timedelta(days=1)


@pytest.fixture(params=["sqlite", "postgresql"])
def opened(request: pytest.FixtureRequest) -> OpenedStores:
    stores = request.getfixturevalue(f"{request.param}_stores")
    assert isinstance(stores, OpenedStores)
    return stores


def keep(**days: float) -> Retention:
    return replace(FOREVER, **days)


def count(opened: OpenedStores, table: str) -> int:
    with opened.database.reading() as connection:
        rows = connection.scalar(
            select(func.count()).select_from(tables.desk_metadata.tables[table])
        )
    return int(rows or 0)


def store_points(opened: OpenedStores, lease: Lease, moments: Sequence[datetime]) -> None:
    for at in moments:
        point = HistoryPoint(at, 1.0, 1.0, 0.0, 0.0, 2.0, 0.5)
        record = CycleRecord(memory=opened.stores.desk.load_memory(), accounts=(), point=point)
        opened.stores.desk.save_cycle(record, lease=lease)


def moments_kept(opened: OpenedStores) -> list[datetime]:
    return [point.observed_at for point in opened.stores.desk.history(since=EPOCH)]


def told(opened: OpenedStores) -> list[str]:
    kinds = [DeskEventKind.HISTORY_PRUNED]
    return [each.event.detail for each in opened.stores.desk.events(kinds=kinds)]


@pytest.fixture
def run(opened: OpenedStores) -> RecordedRun:
    """Play 320 cycles, five seconds apart, with the memory told at 1, 121 and 241."""
    recorded = RecordedRun(opened.stores)
    recorded.play()
    return recorded


def test_old_cycles_go_up_to_one_that_can_be_set_out_from(
    opened: OpenedStores, run: RecordedRun
) -> None:
    # 200 cycles are older than what is kept; the last told memory before them is that of 121.
    now = NOW + timedelta(seconds=5 * 200) + DAY
    removed = opened.stores.maintenance.prune(keep(cycle_days=1.0), now=now, lease=run.lease)
    audit = opened.stores.audit
    assert removed == 120
    assert audit.start(CYCLES).sequence == 120
    assert verify(audit).is_good
    report = replay(audit)
    assert (report.cycles, report.equal, report.difference) == (200, 200, None)
    assert told(opened) == [
        "removed 120 cycles, 0 events, 0 settled intents, 0 ledger entries and 0 readings that "
        "are older than they are kept"
    ]


def test_a_run_goes_on_after_pruning_and_can_still_be_replayed(
    opened: OpenedStores, run: RecordedRun
) -> None:
    later = run.clock.now + 30 * DAY
    opened.stores.maintenance.prune(keep(cycle_days=1.0), now=later, lease=run.lease)
    # All are old: the stretch that the next cycle goes on from stays.
    assert opened.stores.audit.start(CYCLES).sequence == 240
    run.run(20)
    assert verify(opened.stores.audit).is_good
    assert (replay(opened.stores.audit).equal, replay(opened.stores.audit).is_good) == (100, True)
    assert opened.stores.maintenance.prune(keep(cycle_days=1.0), now=NOW, lease=run.lease) == 0


def test_old_events_go_and_the_chain_goes_on(opened: OpenedStores) -> None:
    lease, desk = taken_lease(opened.stores), opened.stores.desk
    desk.append_events([desk_event(str(day), at=NOW + day * DAY) for day in range(10)])
    now = NOW + 14 * DAY
    assert opened.stores.maintenance.prune(keep(event_days=10.0), now=now, lease=lease) == 4
    assert [each.sequence for each in desk.events()] == [11, 10, 9, 8, 7, 6, 5]
    assert verify(opened.stores.audit).is_good
    assert opened.stores.audit.start(EVENTS).sequence == 4
    desk.append_events([desk_event("new")])
    far = NOW + 5_000 * DAY
    assert opened.stores.maintenance.prune(keep(event_days=1.0), now=far, lease=lease) == 8
    assert [each.sequence for each in desk.events()] == [13]
    assert verify(opened.stores.audit).is_good


def test_settled_intents_go_and_open_ones_stay(opened: OpenedStores) -> None:
    lease, intents = taken_lease(opened.stores), opened.stores.intents
    for number, state in enumerate(IntentState):
        intents.add(
            make_intent(state=state, decided_at=NOW, intent_id=f"old-{number}"), lease=lease
        )
        at = NOW + 20 * DAY
        intents.add(make_intent(state=state, decided_at=at, intent_id=f"new-{number}"), lease=lease)
    now = NOW + 25 * DAY
    assert opened.stores.maintenance.prune(keep(event_days=10.0), now=now, lease=lease) == 3
    left = {each.intent_id: each.state for each in intents.recent()}
    old = {state for name, state in left.items() if name.startswith("old")}
    assert old == {IntentState.DECIDED, IntentState.SENT}
    assert len(left) == 7


def test_ledger_entries_are_kept_as_long_as_events(opened: OpenedStores) -> None:
    lease = taken_lease(opened.stores)
    ledger = opened.stores.ledger
    ledger.add("main", [entry("old"), entry("new", seconds=3_600)])
    retention = Retention(raw_days=1e4, minute_days=1e4, cycle_days=1e4, event_days=2.0)
    now = NOW + timedelta(days=2, seconds=1)
    assert opened.stores.maintenance.prune(retention, now=now, lease=lease) == 1
    assert [each.entry_id for each in ledger.entries("main", since=NOW, limit=9)] == ["new"]


def test_old_readings_are_thinned_to_minutes_and_very_old_ones_to_hours(
    opened: OpenedStores,
) -> None:
    lease = taken_lease(opened.stores)
    begin = NOW.replace(minute=0, second=0, microsecond=0)
    stretch = [begin + timedelta(seconds=20 * step) for step in range(360)]
    store_points(opened, lease, stretch)
    retention = Retention(raw_days=1.0, minute_days=2.0, cycle_days=1e5, event_days=1e5)
    # The first hour is more than two days old, of the second one half is less than one day old.
    now = begin + timedelta(minutes=90) + DAY
    assert opened.stores.maintenance.prune(retention, now=now, lease=lease) == 180
    kept = moments_kept(opened)
    minutes = [begin + timedelta(minutes=step, seconds=40) for step in range(90)]
    assert kept == [*minutes, *(at for at in stretch if at >= begin + timedelta(minutes=90))]
    later = begin + timedelta(minutes=60) + 2 * DAY
    opened.stores.maintenance.prune(retention, now=later, lease=lease)
    hourly, *rest = moments_kept(opened)
    assert hourly == begin + timedelta(minutes=59, seconds=40)
    assert rest == [begin + timedelta(minutes=step, seconds=40) for step in range(60, 120)]
    assert opened.stores.maintenance.prune(retention, now=later, lease=lease) == 0


@pytest.mark.parametrize("seconds", [0, 59, 3_599])
def test_the_newest_reading_of_a_stretch_keeps_all_its_figures(
    opened: OpenedStores, seconds: int
) -> None:
    lease = taken_lease(opened.stores)
    at = NOW.replace(minute=0, second=0) + timedelta(seconds=seconds)
    store_points(opened, lease, [at - timedelta(microseconds=1), at])
    opened.stores.maintenance.prune(Retention(), now=at + 400 * DAY, lease=lease)
    assert opened.stores.desk.history(since=at) == (HistoryPoint(at, 1.0, 1.0, 0.0, 0.0, 2.0, 0.5),)


def test_nothing_to_remove_writes_nothing(opened: OpenedStores) -> None:
    lease = taken_lease(opened.stores)
    opened.stores.desk.append_events([desk_event()])
    before = opened.stores.audit.head(EVENTS)
    assert opened.stores.maintenance.prune(Retention(), now=NOW, lease=lease) == 0
    assert opened.stores.audit.head(EVENTS) == before


@pytest.mark.parametrize("change", [{"fence": 99}, {"holder": "another"}])
def test_only_the_holder_of_the_lease_prunes(opened: OpenedStores, change: dict[str, Any]) -> None:
    lease = replace(taken_lease(opened.stores), **change)
    opened.stores.desk.append_events([desk_event()])
    with pytest.raises(LeaseLostError):
        opened.stores.maintenance.prune(keep(event_days=1.0), now=NOW + 9 * DAY, lease=lease)
    assert count(opened, "events") == 1


def test_pruning_that_breaks_off_removes_nothing(path: Path, sqlite_stores: OpenedStores) -> None:
    lease, desk = taken_lease(sqlite_stores.stores), sqlite_stores.stores.desk
    desk.append_events([desk_event(str(number)) for number in range(5)])
    execute(
        path,
        "CREATE TRIGGER breaks BEFORE INSERT ON events "
        "BEGIN SELECT RAISE(ABORT, 'power is gone'); END",
    )
    prune = sqlite_stores.stores.maintenance.prune
    with pytest.raises(StorageError, match="power is gone"):
        prune(keep(event_days=1.0), now=NOW + 9 * DAY, lease=lease)
    assert count(sqlite_stores, "events") == 5
    assert verify(sqlite_stores.stores.audit).is_good


def test_a_damaged_cycle_is_no_place_to_set_out_from(
    path: Path, sqlite_stores: OpenedStores
) -> None:
    run = RecordedRun(sqlite_stores.stores)
    run.play()
    execute(path, "UPDATE cycles SET payload = X'0011' WHERE sequence = 241")
    prune = sqlite_stores.stores.maintenance.prune
    assert prune(keep(cycle_days=1.0), now=run.clock.now + 9 * DAY, lease=run.lease) == 120
    broken = verify(sqlite_stores.stores.audit).chains[1].broken
    assert broken is not None
    assert broken.sequence == 241
