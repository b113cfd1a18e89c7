"""What a restored database is told before a desk runs on it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from etrms_core.adapters.storage.restored_desk import (
    FENCE_LEAP,
    RestoreNote,
    mark_restored,
    newest_fence,
)
from etrms_core.adapters.storage.stores import OpenedStores, open_stores
from etrms_core.domain.events import DeskEvent, DeskEventKind
from etrms_core.domain.intents import CancelById, Intent, IntentState, Origin
from etrms_core.engine.sign_in_ports import OwnerStamp, WebSession
from etrms_core.engine.storage_ports import DeskRequest, RequestKind
from etrms_core.errors import LeaseLostError

START = datetime(2026, 1, 1, tzinfo=UTC)
NOTE = RestoreNote(
    backup="desk.zip",
    taken_at=START,
    restored_at=datetime(2026, 1, 2, tzinfo=UTC),
    previous_fence=41,
)


def intent(intent_id: str, state: IntentState) -> Intent:
    return Intent(
        intent_id=intent_id,
        action=CancelById("paper", ("x",)),
        origin=Origin.PERSON,
        decided_at=START,
        state=state,
    )


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "etrms.db"


@pytest.fixture
def opened(database: Path) -> Iterator[OpenedStores]:
    """Open a database whose desk had open intents when it was backed up."""
    opened = open_stores(database)
    lease = opened.stores.lease.take("desk", seen=None)
    assert lease is not None
    for name, state in zip(
        "abc", (IntentState.DECIDED, IntentState.SENT, IntentState.DONE), strict=True
    ):
        opened.stores.intents.add(intent(name, state), lease=lease)
    yield opened
    opened.close()


def test_open_intents_are_given_up_and_settled_ones_stay(
    database: Path, opened: OpenedStores
) -> None:
    assert mark_restored(database, opened.stores, NOTE) == 2
    assert opened.stores.intents.open() == ()
    given_up, settled = opened.stores.intents.find("a"), opened.stores.intents.find("c")
    assert given_up is not None
    assert given_up.state is IntentState.ABANDONED
    assert given_up.detail == "restored from a backup of 2026-01-01 00:00:00 UTC"
    assert settled == intent("c", IntentState.DONE)


@pytest.mark.parametrize(("previous", "fence"), [(41, 42), (0, 3), (None, 2 + FENCE_LEAP)])
def test_the_fence_outgrows_the_old_and_the_restored_one(
    database: Path, opened: OpenedStores, previous: int | None, fence: int
) -> None:
    mark_restored(database, opened.stores, replace(NOTE, previous_fence=previous))
    seen = opened.stores.lease.read()
    assert seen is not None
    assert (seen.lease.fence, seen.is_released) == (fence, True)
    assert newest_fence(database) == fence


def test_who_held_the_lease_when_it_was_backed_up_has_lost_it(
    database: Path, opened: OpenedStores
) -> None:
    before = opened.stores.lease.read()
    assert before is not None
    mark_restored(database, opened.stores, NOTE)
    with pytest.raises(LeaseLostError):
        opened.stores.intents.add(intent("d", IntentState.DECIDED), lease=before.lease)


def test_the_restoration_is_an_event(database: Path, opened: OpenedStores) -> None:
    mark_restored(database, opened.stores, NOTE)
    event = opened.stores.desk.events()[0].event
    assert event == DeskEvent(
        NOTE.restored_at,
        DeskEventKind.RESTORED,
        "desk.zip",
        "restored from a backup of 2026-01-01 00:00:00 UTC; 2 open actions were given up",
    )


def test_the_fence_of_an_unreadable_database_is_unknown(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("text " * 1_000, encoding="utf-8")
    assert newest_fence(tmp_path / "text.db") is None
    assert newest_fence(tmp_path / "none.db") == 0


def test_nobody_is_logged_in_and_nothing_that_loosens_waits_any_more(
    database: Path, opened: OpenedStores
) -> None:
    stores = opened.stores
    owner = OwnerStamp("ada", START)
    later = START + timedelta(hours=12)
    stores.web_sessions.add_session(WebSession("hash", owner, START, START, later))
    for kind in RequestKind:
        stores.desk.add_request(DeskRequest(kind, "subject", START, START))
    mark_restored(database, stores, NOTE)
    assert stores.web_sessions.sessions() == ()
    left = {request.kind for request in stores.desk.requests()}
    assert left == set(RequestKind) - {
        RequestKind.CHANGE,
        RequestKind.RESUME,
        RequestKind.END_PAUSE,
    }
