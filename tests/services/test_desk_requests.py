"""Wishes of people, applied to the memory or refused by an event."""

from datetime import timedelta

import pytest

from etrms_core.domain.events import BreakerEventKind, DeskEventKind
from etrms_core.engine.memory import CycleMemory
from etrms_core.engine.memory_document import memory_hash
from etrms_core.engine.storage_ports import DeskRequest, RequestKind
from etrms_core.services.desk_requests import carry_out_requests, due_requests
from tests.builders import NOW
from tests.engine.desk import NOTIFY, Desk, long_account, make_rule


def latched_desk() -> Desk:
    desk = Desk(rules=(make_rule("drawdown", 0.1, NOTIFY, latched=True),))
    desk.read(long_account(100.0))
    desk.read(long_account(80.0))
    return desk


def wish(kind: RequestKind, subject: str = "enough") -> DeskRequest:
    return DeskRequest(kind, subject, NOW)


def after(*kinds: RequestKind) -> tuple[CycleMemory, list[str]]:
    """Carry wishes out on an empty memory; return it with the kinds of the events."""
    memory, events = carry_out_requests(CycleMemory(), [wish(kind) for kind in kinds], (), now=NOW)
    return memory, [event.kind.value for event in events]


def test_without_requests_nothing_changes() -> None:
    desk = latched_desk()
    memory, events = carry_out_requests(desk.memory, (), desk.rules, now=NOW)
    assert memory_hash(memory) == memory_hash(desk.memory)
    assert events == ()


def test_requests_are_carried_out_in_order_and_a_wrong_one_stops_no_other() -> None:
    desk = latched_desk()
    wishes = [wish(RequestKind.RESET_BREAKER, subject) for subject in ("gone", "guard")]
    memory, events = carry_out_requests(desk.memory, wishes, desk.rules, now=NOW)
    assert [event.kind for event in events] == [
        DeskEventKind.REQUEST_REFUSED,
        BreakerEventKind.RESET,
    ]
    assert memory_hash(memory) != memory_hash(desk.memory)


def test_a_trigger_by_hand_is_remembered_for_the_cycle() -> None:
    desk = latched_desk()
    wishes = [wish(RequestKind.TRIGGER_BREAKER, "guard")]
    memory, events = carry_out_requests(desk.memory, wishes, desk.rules, now=NOW)
    assert (memory.forced, events) == (frozenset({"guard"}), ())


@pytest.mark.parametrize(
    ("kind", "flatten"), [(RequestKind.HALT, False), (RequestKind.FLATTEN, True)]
)
def test_the_kill_switch_halts_and_flattens_only_when_asked(
    kind: RequestKind, flatten: bool
) -> None:
    memory, told = after(kind)
    assert memory.kill_switch is not None
    assert (memory.kill_switch.reason, memory.kill_switch.flatten) == ("enough", flatten)
    assert told == ["trading_halted"]


def test_a_halt_that_is_done_goes_on_until_somebody_resumes() -> None:
    memory, told = after(RequestKind.HALT, RequestKind.HALT_DONE)
    assert memory.kill_switch is not None
    assert memory.kill_switch.is_done
    assert told == ["trading_halted", "entries_cancelled"]
    memory, told = after(RequestKind.HALT, RequestKind.HALT_DONE, RequestKind.RESUME)
    assert (memory.kill_switch, memory.blocks) == (None, ())
    assert told[-1] == "trading_resumed"


def test_a_halt_after_a_resume_halts() -> None:
    memory, _ = after(RequestKind.RESUME, RequestKind.HALT)
    assert memory.kill_switch is not None


def test_wishes_are_due_in_order_from_their_moment_on() -> None:
    now, later = (
        DeskRequest(RequestKind.HALT, "now", NOW, number=1),
        DeskRequest(RequestKind.RESUME, "later", NOW, NOW + timedelta(seconds=1), number=2),
    )
    assert due_requests([now, later], now=NOW) == (now,)
    assert due_requests([later, now], now=NOW + timedelta(seconds=1)) == (later, now)


def test_a_change_that_waits_is_no_wish_for_a_cycle() -> None:
    change = DeskRequest(RequestKind.CHANGE, "{}", NOW, NOW, number=1)
    assert due_requests([change], now=NOW + timedelta(hours=1)) == ()
    memory, told = after(RequestKind.HALT, RequestKind.CHANGE)
    assert memory.kill_switch is not None
    assert told == ["trading_halted", "request_refused"]
