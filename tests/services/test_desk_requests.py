"""Wishes of other processes, carried out or refused by an event."""

from etrms_core.domain.events import BreakerEventKind, DeskEventKind
from etrms_core.engine.memory_document import memory_hash
from etrms_core.engine.storage_ports import DeskRequest, RequestKind
from etrms_core.services.desk_requests import carry_out_requests
from tests.builders import NOW
from tests.engine.desk import NOTIFY, Desk, long_account, make_rule
from tests.fakes import InMemoryDeskStore


def latched_desk() -> Desk:
    desk = Desk(rules=(make_rule("drawdown", 0.1, NOTIFY, latched=True),))
    desk.read(long_account(100.0))
    desk.read(long_account(80.0))
    return desk


def test_without_requests_nothing_changes() -> None:
    desk = latched_desk()
    memory, events = carry_out_requests(InMemoryDeskStore(), desk.memory, desk.rules, now=NOW)
    assert memory_hash(memory) == memory_hash(desk.memory)
    assert events == ()


def test_requests_are_carried_out_in_order_and_a_wrong_one_stops_no_other() -> None:
    desk, store = latched_desk(), InMemoryDeskStore()
    for subject in ("gone", "guard"):
        store.add_request(DeskRequest(RequestKind.RESET_BREAKER, subject, NOW))
    memory, events = carry_out_requests(store, desk.memory, desk.rules, now=NOW)
    assert [event.kind for event in events] == [
        DeskEventKind.REQUEST_REFUSED,
        BreakerEventKind.RESET,
    ]
    assert memory_hash(memory) != memory_hash(desk.memory)
    assert store.take_requests() == ()
