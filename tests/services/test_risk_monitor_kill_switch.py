"""The kill switch through the live loop, with a venue that is dead among two."""

from dataclasses import replace
from threading import Event as Flag
from time import monotonic

from etrms_core.domain.account import AccountState
from etrms_core.domain.events import DeskEvent
from etrms_core.domain.order import Order
from etrms_core.engine.memory import KillSwitch
from etrms_core.engine.storage_ports import DeskRequest, RequestKind, RequestProgress
from etrms_core.errors import OrderRejectedError
from tests.builders import make_stop
from tests.engine.desk import long_account
from tests.services.acting import SILENT, Bench, FillingExchange
from tests.services.test_monitor_thread import wait_for


def resting(name: str, account: str, *, reduce_only: bool) -> Order:
    stop = make_stop(1.0, reduce_only=reduce_only)
    return replace(stop, request=replace(stop.request, client_order_id=name, account=account))


def traded(account: str, venue: str) -> AccountState:
    """Show a position with its stop and an entry order."""
    orders = (
        resting("entry", account, reduce_only=False),
        resting("stop", account, reduce_only=True),
    )
    return replace(long_account(account=account, venue=venue), orders=orders)


def two_venues() -> Bench:
    bench = Bench([traded("main", "paper"), traded("b", "other")], venue_type=FillingExchange)
    bench.refresh()
    bench.log.clear()
    return bench


def throw(bench: Bench, kind: RequestKind = RequestKind.FLATTEN) -> int:
    return bench.desk_log.add_request(DeskRequest(kind, "enough", bench.clock.now))


def kill_switch(bench: Bench) -> KillSwitch:
    kill = bench.store.load_memory().kill_switch
    assert kill is not None
    return kill


def test_a_halt_cancels_entries_everywhere_and_keeps_positions_and_stops() -> None:
    bench = two_venues()
    throw(bench, RequestKind.HALT)
    for _ in range(3):
        bench.refresh()
    for venue in bench.venues.values():
        assert venue.cancelled == ["entry"]
        assert venue.requests == []
    assert kill_switch(bench).is_done
    assert len(bench.told("entries_cancelled")) == 1


def test_the_healthy_venue_is_flattened_and_completion_waits_for_the_dead_one() -> None:
    bench = two_venues()
    living, dead = bench.venues["main"], bench.venues["b"]
    dead.trouble = dead.refusal = SILENT
    throw(bench)
    for _ in range(5):
        bench.refresh()
    assert living.cancelled == ["entry", "stop"]
    assert [request.quantity for request in living.requests] == [10.0]
    assert not living.state.positions
    assert (dead.cancelled, dead.requests) == ([], [])
    assert not kill_switch(bench).is_done
    dead.trouble = dead.refusal = None
    for _ in range(12):
        bench.refresh()
    assert dead.cancelled == ["entry", "stop"]
    assert [request.quantity for request in dead.requests] == [10.0]
    assert kill_switch(bench).is_done
    assert len(bench.told("flattened")) == 1
    assert len(living.requests) == 1


def test_stops_are_cancelled_only_when_a_reading_shows_the_account_flat() -> None:
    bench = two_venues()
    throw(bench)
    bench.refresh()
    for venue in bench.venues.values():
        assert venue.cancelled == ["entry"]
        assert len(venue.requests) == 1
    bench.refresh()
    assert [venue.cancelled for venue in bench.venues.values()] == [["entry", "stop"]] * 2


def test_a_dead_venue_is_told_of_once_and_not_every_cycle() -> None:
    bench = two_venues()
    dead = bench.venues["b"]
    dead.trouble = dead.refusal = SILENT
    throw(bench)
    for _ in range(20):
        bench.refresh(after=0.1)
    assert len(bench.told("order_unknown")) == 2  # the cancellation and the closing order


def test_a_kill_switch_is_acknowledged_before_any_venue_is_read() -> None:
    bench = two_venues()
    number = throw(bench)
    bench.refresh()
    assert bench.log[0] == "acknowledge"
    assert bench.log.count("acknowledge") == 1
    assert bench.desk_log.request_progress(number) is RequestProgress.DONE


def test_other_wishes_are_not_acknowledged_ahead() -> None:
    bench = two_venues()
    bench.desk_log.add_request(DeskRequest(RequestKind.RESUME, "Ada", bench.clock.now))
    bench.refresh()
    assert "acknowledge" not in bench.log


def test_in_a_hurry_no_slow_venue_holds_up_the_first_cancellation() -> None:
    bench = two_venues()
    slow = bench.venues["b"]
    slow.hangs = Flag()
    throw(bench)
    bench.guard.monitor.hurry()
    started = monotonic()
    bench.refresh()
    wait_for(lambda: bench.venues["main"].cancelled == ["entry"])
    assert monotonic() - started < 0.7
    slow.hangs.set()


def test_it_goes_on_after_a_restart() -> None:
    bench = two_venues()
    dead = bench.venues["b"]
    dead.trouble = dead.refusal = SILENT
    throw(bench)
    bench.refresh()
    dead.trouble = dead.refusal = None
    bench.guard = bench.next_guard()
    for _ in range(12):
        bench.refresh()
    assert kill_switch(bench).is_done
    assert [len(venue.requests) for venue in bench.venues.values()] == [1, 1]


def refused_bench() -> Bench:
    """Build a bench with one position whose close the venue refuses."""
    bench = Bench([long_account()], venue_type=FillingExchange)
    bench.refresh()
    bench.venue.refusal = OrderRejectedError("market closed", venue="paper", code="no_market")
    throw(bench)
    return bench


def test_a_close_that_a_venue_refuses_is_tried_seldom_and_told_once_but_never_given_up() -> None:
    bench = refused_bench()
    for _ in range(200):
        bench.refresh()
    assert bench.log.count("create_order") == 11  # after 1, 2, 4, 8, 16 and then each 30 s
    (intent,) = bench.intents.recent()
    assert intent.attempts == 11
    (event,) = bench.told("order_refused")
    assert isinstance(event, DeskEvent)
    assert "not closed, the venue refuses it: paper: market closed" in event.detail
    assert bench.told("order_unknown") == []
    assert not kill_switch(bench).is_done
    bench.venue.refusal = None
    for _ in range(32):
        bench.refresh()
    assert [request.quantity for request in bench.venue.requests] == [10.0]
    assert kill_switch(bench).is_done


def test_a_restart_does_not_begin_anew_with_a_close_that_a_venue_refuses() -> None:
    bench = refused_bench()
    for _ in range(70):
        bench.refresh()
    tried = bench.log.count("create_order")
    for _ in range(20):
        bench.guard = bench.next_guard()
        bench.refresh()
    assert bench.log.count("create_order") - tried <= 1
    assert len(bench.told("order_refused")) == 1


def test_a_resume_ends_a_close_that_a_venue_refuses() -> None:
    bench = refused_bench()
    for _ in range(5):
        bench.refresh()
    bench.desk_log.add_request(DeskRequest(RequestKind.RESUME, "Ada", bench.clock.now))
    bench.refresh()
    assert bench.desk_log.open_intents() == ()
    bench.venue.refusal = None
    for _ in range(40):
        bench.refresh()
    assert bench.venue.requests == []
