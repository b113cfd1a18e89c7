"""A store takes each record of a journal once, in order, all of them or none."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from etrms_core.adapters.storage.stores import open_stores
from etrms_core.domain.intents import IntentState
from etrms_core.engine.desk_stores import DeskStores
from etrms_core.engine.memory import CycleMemory
from etrms_core.engine.storage_ports import CycleRecord, DeskRequest, RequestKind
from etrms_core.errors import LeaseLostError, StorageError
from tests.builders import NOW, make_account
from tests.contracts.desk_store_contract import (
    LEASE,
    breaker_event,
    desk_event,
    take_first_lease,
    told,
)
from tests.engine.intents import make_intent
from tests.fakes import in_memory_stores


@pytest.fixture(params=["memory", "file"])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[DeskStores]:
    if request.param == "memory":
        made = in_memory_stores()
        take_first_lease(made)
        yield made
        return
    with closing(open_stores(tmp_path / "etrms.db")) as opened:
        take_first_lease(opened.stores)
        yield opened.stores


def record(number: int, **fields: object) -> CycleRecord:
    made = CycleRecord(
        memory=CycleMemory(as_of=NOW),
        accounts=(make_account(wallet=float(number)),),
        events=(desk_event(str(number)),),
    )
    return replace(made, **fields)  # type: ignore[arg-type]


def subjects(stores: DeskStores) -> list[str]:
    return [getattr(event, "subject", "") for event in reversed(told(stores.desk.events()))]


def test_records_are_stored_in_order(stores: DeskStores) -> None:
    number = stores.desk.add_request(DeskRequest(RequestKind.HALT, "fire", NOW))
    sent = make_intent(state=IntentState.SENT)
    records = [record(1, intents=(make_intent(),)), record(2, intents=(sent,), taken=(number,))]
    assert stores.desk.merge(records, journal_id="a", lease=LEASE) == 2
    assert subjects(stores) == ["1", "2"]
    assert stores.desk.load_accounts() == (make_account(wallet=2.0),)
    assert stores.desk.load_memory().as_of == NOW
    assert stores.intents.open() == (sent,)
    assert stores.desk.requests() == ()


def test_the_same_journal_is_stored_once(stores: DeskStores) -> None:
    records = [record(1), record(2)]
    assert stores.desk.merge(records, journal_id="a", lease=LEASE) == 2
    assert stores.desk.merge(records, journal_id="a", lease=LEASE) == 0
    assert stores.desk.merge([*records, record(3)], journal_id="a", lease=LEASE) == 1
    assert stores.desk.merge([record(4)], journal_id="b", lease=LEASE) == 1
    assert subjects(stores) == ["1", "2", "3", "4"]


def test_an_empty_journal_changes_nothing(stores: DeskStores) -> None:
    stores.desk.save_cycle(record(1), lease=LEASE)
    assert stores.desk.merge((), journal_id="", lease=LEASE) == 0
    assert stores.desk.load_accounts() == (make_account(wallet=1.0),)
    assert subjects(stores) == ["1"]


def test_a_merge_needs_the_newest_lease(stores: DeskStores) -> None:
    stores.lease.take("other", seen=stores.lease.read())
    with pytest.raises(LeaseLostError):
        stores.desk.merge([record(1)], journal_id="a", lease=LEASE)
    assert subjects(stores) == []


def test_an_intent_that_has_come_further_in_the_store_stays_as_it_is(stores: DeskStores) -> None:
    done = make_intent(state=IntentState.DONE)
    stores.desk.save_cycle(record(1, intents=(done,)), lease=LEASE)
    behind = record(2, intents=(make_intent(state=IntentState.SENT),))
    assert stores.desk.merge([behind], journal_id="a", lease=LEASE) == 1
    assert stores.intents.find(done.intent_id) == done
    assert subjects(stores) == ["1", "2"]


def test_all_of_a_journal_is_stored_or_nothing(tmp_path: Path) -> None:
    with closing(open_stores(tmp_path / "etrms.db")) as opened:
        take_first_lease(opened.stores)
        records = [record(1), record(2, events=(breaker_event(float("nan")),))]
        for _ in range(2):
            with pytest.raises(StorageError, match="NaN"):
                opened.stores.desk.merge(records, journal_id="a", lease=LEASE)
            assert subjects(opened.stores) == []
        assert opened.stores.desk.merge(records[:1], journal_id="a", lease=LEASE) == 1
