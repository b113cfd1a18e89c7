"""The live loop: what was left open, then what is stored, then what is sent."""

import time
from datetime import timedelta
from threading import Thread

import pytest

from etrms_core.breakers.rules import BreakerRule
from etrms_core.domain.account import AccountState
from etrms_core.domain.events import DeskEvent, DeskEventKind
from etrms_core.domain.intents import IntentState
from etrms_core.domain.policy import DEFAULT_POLICY
from etrms_core.engine.memory_document import memory_hash
from etrms_core.engine.storage_ports import DeskRequest, RequestKind
from etrms_core.errors import LeaseLostError, OrderRejectedError, StorageError
from etrms_core.risk.metrics import Metric
from etrms_core.services.audit import replay
from etrms_core.services.risk_state import RiskState
from etrms_core.services.subscriptions import Topic
from tests.builders import NOW, make_account
from tests.engine.desk import CLOSE_ALL, HALVE, NOTIFY, long_account, make_rule
from tests.engine.intents import make_intent, make_request
from tests.services.acting import SILENT, Bench, FillingExchange, LoggingStore
from tests.services.test_audit import ListedAudit

FULL = StorageError("the disk is full")


def fallen() -> AccountState:
    return long_account(80.0)


def about_to_act(*actions: dict[str, object]) -> Bench:
    """Build a bench whose next cycle sees a drawdown of 20 %, with nothing in its log."""
    bench = Bench(rules=[make_rule("drawdown", 0.1, *actions)], venue_type=FillingExchange)
    bench.refresh()
    bench.show(fallen())
    bench.log.clear()
    return bench


def newest(bench: Bench) -> RiskState:
    state = bench.guard.monitor.state()
    assert state is not None
    return state


def sent(bench: Bench) -> list[float]:
    return [request.quantity for request in bench.venue.requests]


def test_before_the_first_cycle_there_is_no_state() -> None:
    bench = Bench()
    assert bench.guard.monitor.state() is None
    state = bench.refresh()
    assert bench.guard.monitor.state() is state
    assert state.snapshot.value(Metric.EQUITY) == 1_000.0


def test_a_decision_is_stored_with_its_intents_before_they_go_out() -> None:
    bench = about_to_act()
    bench.refresh()
    assert bench.log == ["fetch_account", "save_cycle", "create_order", "append_events"]
    assert isinstance(bench.store, LoggingStore)
    (intent,) = bench.store.records[-1].intents
    assert (intent.state, intent.attempts) == (IntentState.DECIDED, 0)
    assert memory_hash(bench.store.load_memory()) == memory_hash(newest(bench).memory)


def test_what_an_earlier_process_left_decided_goes_out_before_anything_is_decided() -> None:
    bench = about_to_act()
    request = make_request(client_order_id="et-test-breaker-9", quantity=10.0)
    bench.intents.add(make_intent(request), lease=bench.lease)
    bench.guard = bench.next_guard()
    bench.refresh()
    # Read again after the settling, so that what was closed is not closed a second time.
    assert bench.log == ["fetch_account", "create_order", "fetch_account", "save_cycle"]
    assert sent(bench) == [10.0]


def test_what_an_earlier_process_left_sent_is_looked_for_before_anything_is_decided() -> None:
    bench = about_to_act()
    bench.venue.loses_answers = True
    bench.refresh()
    bench.venue.loses_answers = False
    bench.guard = bench.next_guard()
    bench.log.clear()
    bench.refresh()
    assert bench.log == ["fetch_account", "fetch_order", "fetch_account", "save_cycle"]
    assert sent(bench) == [10.0]
    assert bench.kept.intents.open() == ()


def test_what_cannot_be_stored_is_not_sent_and_the_next_cycle_decides_the_same_again() -> None:
    bench, undisturbed = about_to_act(), about_to_act()
    wish = DeskRequest(RequestKind.RESET_BREAKER, "gone", NOW)
    for each in (bench, undisturbed):
        each.store.add_request(wish)
    bench.fail(FULL)
    with pytest.raises(StorageError, match="the disk is full"):
        bench.refresh()
    assert bench.venue.requests == []
    assert bench.store.requests() != ()
    bench.fail(None)
    bench.guard = bench.next_guard()
    bench.refresh(after=0.0)
    undisturbed.refresh()
    assert sent(bench) == [10.0]
    records = []
    for each in (bench, undisturbed):
        assert isinstance(each.store, LoggingStore)
        records.append(each.store.records[-1])
    again, once = records
    assert memory_hash(again.memory) == memory_hash(once.memory)
    assert (again.events, again.intents, again.taken) == (once.events, once.intents, once.taken)


def test_a_monitor_that_could_not_store_decides_again_without_a_restart() -> None:
    bench = about_to_act()
    bench.fail(FULL)
    for _ in range(2):
        with pytest.raises(StorageError):
            bench.refresh()
    bench.fail(None)
    bench.refresh()
    bench.refresh()
    assert sent(bench) == [10.0]


def test_a_monitor_without_the_lease_stores_and_sends_nothing() -> None:
    bench = about_to_act()
    assert bench.kept.lease.take("other", seen=bench.kept.lease.read()) is not None
    with pytest.raises(LeaseLostError):
        bench.refresh()
    assert bench.log == ["fetch_account"]


def test_requests_are_applied_and_taken_in_the_same_transaction() -> None:
    bench = Bench()
    number = bench.store.add_request(DeskRequest(RequestKind.HALT, "enough", NOW))
    bench.fail(FULL)
    with pytest.raises(StorageError):
        bench.refresh()
    assert [each.number for each in bench.store.requests()] == [number]
    bench.fail(None)
    bench.guard = bench.next_guard()
    bench.refresh()
    assert bench.store.requests() == ()
    assert isinstance(bench.store, LoggingStore)
    (record,) = bench.store.records
    assert record.taken == (number,)
    assert record.memory.kill_switch is not None


def test_an_action_happens_once_per_trigger_however_often_it_is_polled() -> None:
    bench = about_to_act(HALVE)
    for _ in range(5):
        bench.refresh()
    assert sent(bench) == [5.0]
    assert len(bench.told("triggered")) == 1


def test_an_action_happens_once_over_a_restart() -> None:
    bench = about_to_act(HALVE)
    bench.refresh()
    again = Bench([fallen()], stores=bench.kept, clock=bench.clock)
    for _ in range(3):
        again.refresh()
    assert again.venue.requests == []
    assert len(bench.told("triggered")) == 1


def test_a_restart_goes_on_with_the_same_memory() -> None:
    rules: list[BreakerRule] = [
        make_rule("drawdown", 0.1, HALVE, cooldown_seconds=3.0, name="cool"),
        make_rule("equity", 900.0, NOTIFY, comparison="<=", for_seconds=2.0, name="wait"),
    ]
    one, restarted = Bench(rules=rules), Bench(rules=rules)
    for mark in (100.0, 97.0, 80.0, 80.0, 85.0, 120.0, 110.0, 90.0):
        restarted = Bench([long_account(mark)], stores=restarted.kept, clock=restarted.clock)
        one.show(long_account(mark))
        states = one.refresh(), restarted.refresh()
        assert memory_hash(states[0].memory) == memory_hash(states[1].memory)
    assert one.told("triggered") == restarted.told("triggered") != []


def test_a_command_that_the_venue_refuses_is_an_event() -> None:
    bench = about_to_act()
    bench.venue.refusal = OrderRejectedError("no", venue="paper", code="margin")
    bench.refresh()
    (event,) = bench.told("error")
    assert event.detail == "not closed, the venue refuses it: paper: no; the desk goes on trying"


def test_what_a_breaker_could_not_close_is_tried_again_until_it_is_armed_again() -> None:
    bench = about_to_act()
    bench.venue.refusal = OrderRejectedError("no", venue="paper", code="margin")
    for _ in range(40):
        bench.refresh()
    assert bench.log.count("create_order") == 6
    assert len(bench.told("error")) == 1
    assert bench.told("order_unknown") == []
    bench.desk_log.add_request(
        DeskRequest(RequestKind.RESET_BREAKER, bench.rules[0].rule_id, bench.clock.now)
    )
    bench.show(long_account(100.0))
    bench.refresh()
    assert bench.desk_log.open_intents() == ()
    (ended,) = bench.intents.recent()
    assert ended.state is IntentState.ABANDONED


def test_a_command_without_an_answer_is_an_event_and_settled_by_later_cycles() -> None:
    bench = about_to_act()
    bench.venue.refusal = SILENT
    bench.refresh()
    assert len(bench.told("order_unknown")) == 1
    bench.venue.refusal = None
    for _ in range(12):
        bench.refresh()
    assert sent(bench) == [10.0]
    assert len(bench.told("order_settled")) + len(bench.told("acted")) == 1


def test_events_are_published_by_topic_after_they_are_stored() -> None:
    bench = Bench(rules=[make_rule("drawdown", 0.1, CLOSE_ALL)])
    heard: dict[Topic, list[object]] = {topic: [] for topic in Topic}
    for topic in Topic:
        bench.subscriptions.subscribe(topic, heard[topic].append)
    first = bench.refresh()
    bench.show(fallen())
    second = bench.refresh()
    bench.show(make_account(wallet=800.0))
    third = bench.refresh()
    assert heard[Topic.RISK] == [first, second, third]
    kinds = [event.kind.value for event in heard[Topic.BREAKER]]  # type: ignore[attr-defined]
    assert kinds[0] == "triggered"
    assert kinds.count("acted") == 1
    assert [order.request for order in heard[Topic.ORDER]] == bench.venue.requests  # type: ignore[attr-defined]
    positions = [event.kind for event in heard[Topic.POSITION]]  # type: ignore[attr-defined]
    assert DeskEventKind.POSITION_CLOSED in positions
    stored = {id(each.event) for each in bench.store.events(limit=1_000)}
    assert all(id(event) in stored for event in (*heard[Topic.BREAKER], *heard[Topic.POSITION]))


def test_a_listener_that_raises_does_not_stop_protection() -> None:
    def fail(_message: object) -> None:
        raise RuntimeError("a listener is broken")

    bench = about_to_act()
    for topic in Topic:
        bench.subscriptions.subscribe(topic, fail)
    bench.refresh()
    assert len(bench.venue.requests) == 1


def test_a_reset_is_carried_out_once() -> None:
    bench = about_to_act(NOTIFY)
    bench.store.save_rules([make_rule("drawdown", 0.1, NOTIFY, latched=True)])
    bench.refresh()
    assert newest(bench).breakers[0].state == "latched"
    bench.show(long_account(100.0))
    bench.store.add_request(DeskRequest(RequestKind.RESET_BREAKER, "guard", bench.clock.now))
    bench.refresh()
    bench.refresh()
    assert newest(bench).breakers[0].state == "armed"
    assert len(bench.told("reset")) == 1
    assert bench.store.requests() == ()


def test_a_request_for_a_rule_that_is_gone_is_refused_by_an_event() -> None:
    bench = Bench()
    bench.store.add_request(DeskRequest(RequestKind.RESET_BREAKER, "gone", NOW))
    bench.refresh()
    (event,) = bench.told("request_refused")
    assert "gone" in event.detail


def test_a_request_waits_until_it_is_due() -> None:
    bench = Bench()
    due_at = NOW + timedelta(seconds=5)
    bench.store.add_request(DeskRequest(RequestKind.HALT, "enough", NOW))
    bench.store.add_request(DeskRequest(RequestKind.RESUME, "Ada", NOW, due_at))
    for _ in range(4):
        assert bench.refresh().memory.kill_switch is not None
    assert bench.refresh().memory.kill_switch is None


def test_a_rule_saved_meanwhile_counts_from_the_next_cycle() -> None:
    bench = Bench()
    bench.refresh()
    bench.store.save_rules([make_rule("equity", 1e6, NOTIFY, comparison="<=")])
    bench.refresh()
    bench.refresh()
    assert len(bench.told("triggered")) == 1


def test_restrictions_hold_for_orders_of_everybody() -> None:
    bench = about_to_act({"kind": "pause_trading", "seconds": 60.0})
    assert bench.guard.monitor.blocks() == ()
    bench.refresh()
    assert [each.source for each in bench.guard.monitor.blocks()] != []


def test_two_threads_never_run_a_cycle_at_the_same_time() -> None:
    running, most = [0], [0]

    class SlowStore(LoggingStore):
        def rules(self) -> tuple[BreakerRule, ...]:
            running[0] += 1
            most[0] = max(most[0], running[0])
            time.sleep(0.02)
            running[0] -= 1
            return super().rules()

    bench = Bench(store_type=SlowStore)
    threads = [Thread(target=bench.guard.refresh) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]


def test_the_gap_that_a_stopped_process_leaves_is_a_start_and_a_later_one_a_jump() -> None:
    bench = Bench(policy=DEFAULT_POLICY)
    bench.refresh()
    bench.guard = bench.next_guard()
    bench.refresh(after=3_600.0)
    assert bench.told("clock_jumped") == []
    (started,) = bench.told("monitor_started")
    assert isinstance(started, DeskEvent)
    assert (started.subject, started.occurred_at) == ("monitor", bench.clock())
    assert started.detail == (
        "the monitor runs again: 3600.0 s passed since the last cycle, and no breaker was looked "
        "at in between"
    )
    bench.refresh(after=60.0)
    assert len(bench.told("clock_jumped")) == len(bench.told("monitor_started")) == 1


def test_a_short_restart_is_no_event_of_the_clock() -> None:
    bench = Bench(policy=DEFAULT_POLICY)
    bench.refresh()
    bench.guard = bench.next_guard()
    bench.refresh(after=4.0)
    assert bench.told("clock_jumped") == bench.told("monitor_started") == []


def test_a_start_that_explains_a_gap_decides_what_the_cycle_alone_decides() -> None:
    bench = about_to_act()
    before = bench.store.load_memory()
    bench.guard = bench.next_guard()
    bench.refresh(after=3_600.0)
    assert isinstance(bench.store, LoggingStore)
    recorded = bench.store.records[-1].recorded
    assert recorded is not None
    assert recorded.memory_before is not None
    assert memory_hash(recorded.memory_before) == memory_hash(before)
    assert replay(ListedAudit([recorded])).is_good
