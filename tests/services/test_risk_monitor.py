"""The live loop: what is stored before what is sent, and what a failing source does not stop."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from threading import Thread

import pytest

from etrms_core.breakers.rules import BreakerRule
from etrms_core.domain.account import AccountState
from etrms_core.domain.events import DeskEventKind, Event
from etrms_core.domain.identifiers import Scope, ScopeKind
from etrms_core.domain.policy import RiskPolicy
from etrms_core.engine.memory import CycleMemory
from etrms_core.engine.memory_document import memory_hash
from etrms_core.engine.storage_ports import DeskRequest, DeskStore, HistoryPoint, RequestKind
from etrms_core.errors import (
    DataError,
    DomainError,
    EtrmsError,
    ExchangeUnavailableError,
    StorageError,
)
from etrms_core.risk.metrics import Metric
from etrms_core.risk.snapshot import DataQuality
from etrms_core.services.risk_monitor import RiskMonitor
from etrms_core.services.subscriptions import Subscriptions, Topic
from tests.builders import NOW, make_account
from tests.engine.desk import CLOSE_ALL, HALVE, NOTIFY, long_account, make_rule
from tests.fakes import InMemoryDeskStore, ManualClock, ScriptedExchange

SILENT = ExchangeUnavailableError("no answer", venue="paper")
POLICY = RiskPolicy(clock_jump_seconds=1e9)


class LoggingStore(InMemoryDeskStore):
    """Writes down when it stores."""

    def __init__(self, log: list[str]) -> None:
        super().__init__()
        self.log = log

    def save_cycle(
        self,
        memory: CycleMemory,
        accounts: Sequence[AccountState],
        events: Sequence[Event],
        point: HistoryPoint | None,
    ) -> None:
        super().save_cycle(memory, accounts, events, point)
        self.log.append("save_cycle")

    def append_events(self, events: Sequence[Event]) -> None:
        super().append_events(events)
        self.log.append("append_events")


class Bench:
    """A monitor over scripted venues with a clock that the test moves."""

    def __init__(
        self,
        *accounts: AccountState,
        rules: Sequence[BreakerRule] = (),
        store: InMemoryDeskStore | None = None,
        clock: ManualClock | None = None,
    ) -> None:
        self.log: list[str] = []
        self.clock = clock or ManualClock(NOW)
        self.store = store or LoggingStore(self.log)
        self.venues = {
            each.account: ScriptedExchange(each, log=self.log)
            for each in accounts or (long_account(),)
        }
        if rules:
            self.store.save_rules(rules)
        self.subscriptions = Subscriptions()
        self.monitor = monitor_of(self.venues, self.store, self.clock, self.subscriptions)

    @property
    def venue(self) -> ScriptedExchange:
        return next(iter(self.venues.values()))

    def show(self, account: AccountState) -> None:
        self.venues[account.account].state = account

    def refresh(self, *, after: float = 1.0):  # noqa: ANN201  RiskState, as the monitor says
        """Run a cycle some seconds later; venues that answer have read just now."""
        self.clock.advance(seconds=after)
        for venue in self.venues.values():
            venue.state = replace(venue.state, observed_at=self.clock.now)
        return self.monitor.refresh()

    def told(self, kind: str) -> list[Event]:
        return [each.event for each in self.store.events(kinds=[kind], limit=1_000)][::-1]


def monitor_of(
    venues: Mapping[str, ScriptedExchange],
    store: DeskStore,
    clock: ManualClock,
    subscriptions: Subscriptions | None = None,
) -> RiskMonitor:
    return RiskMonitor(
        venues,
        store=store,
        clock=clock,
        policy=POLICY,
        desk_id="test",
        subscriptions=subscriptions,
    )


def fallen() -> AccountState:
    return long_account(80.0)


def test_before_the_first_cycle_there_is_no_state() -> None:
    bench = Bench()
    assert bench.monitor.state() is None
    state = bench.refresh()
    assert bench.monitor.state() is state
    assert state.snapshot.value(Metric.EQUITY) == 1_000.0


def test_a_decision_is_stored_before_its_command_goes_out() -> None:
    bench = Bench(rules=[make_rule("drawdown", 0.1)])
    bench.refresh()
    bench.show(fallen())
    bench.log.clear()
    bench.refresh()
    assert bench.log == ["fetch_account", "save_cycle", "create_order", "append_events"]
    assert memory_hash(bench.store.load_memory()) == memory_hash(bench.monitor.state().memory)


def test_what_cannot_be_stored_is_not_sent_and_decided_again() -> None:
    bench = Bench(rules=[make_rule("drawdown", 0.1)])
    bench.refresh()
    bench.show(fallen())
    bench.store.trouble = StorageError("the disk is full")
    with pytest.raises(StorageError, match="the disk is full"):
        bench.refresh()
    assert bench.venue.requests == []
    bench.store.trouble = None
    bench.refresh()
    assert [request.quantity for request in bench.venue.requests] == [10.0]


def test_an_action_happens_once_per_trigger_however_often_it_is_polled() -> None:
    bench = Bench(rules=[make_rule("drawdown", 0.1, HALVE)])
    bench.refresh()
    bench.show(fallen())
    for _ in range(5):
        bench.refresh()
    assert [request.quantity for request in bench.venue.requests] == [5.0]
    assert len(bench.told("triggered")) == 1


def test_an_action_happens_once_over_a_restart() -> None:
    bench = Bench(rules=[make_rule("drawdown", 0.1, HALVE)])
    bench.refresh()
    bench.show(fallen())
    bench.refresh()
    again = Bench(fallen(), store=bench.store, clock=bench.clock)
    for _ in range(3):
        again.refresh()
    assert again.venue.requests == []
    assert len(bench.told("triggered")) == 1


def test_a_restart_goes_on_with_the_same_memory() -> None:
    rules = [
        make_rule("drawdown", 0.1, HALVE, cooldown_seconds=3.0, name="cool"),
        make_rule("equity", 900.0, NOTIFY, comparison="<=", for_seconds=2.0, name="wait"),
    ]
    one, restarted = Bench(rules=rules), Bench(rules=rules)
    for mark in (100.0, 97.0, 80.0, 80.0, 85.0, 120.0, 110.0, 90.0):
        restarted = Bench(long_account(mark), store=restarted.store, clock=restarted.clock)
        one.show(long_account(mark))
        states = one.refresh(), restarted.refresh()
        assert memory_hash(states[0].memory) == memory_hash(states[1].memory)
    assert one.told("triggered") == restarted.told("triggered") != []


def test_a_venue_that_fails_keeps_its_last_known_state_and_ages() -> None:
    bench = Bench()
    bench.refresh()
    read_at = bench.clock.now
    bench.venue.trouble = SILENT
    state = bench.refresh(after=4.0)
    assert state.snapshot.value(Metric.EQUITY) == 1_000.0
    assert state.accounts[0].observed_at == read_at
    assert state.snapshot.sources[0].age_seconds == 4.0
    assert state.source_errors == {"main": str(SILENT)}
    state = bench.refresh(after=7.0)
    assert state.snapshot.sources[0].quality is DataQuality.STALE
    state = bench.refresh(after=120.0)
    assert state.snapshot.value(Metric.EQUITY) is None
    bench.venue.trouble = None
    state = bench.refresh()
    assert state.source_errors == {}
    assert state.snapshot.value(Metric.EQUITY) == 1_000.0


@pytest.mark.parametrize(
    "error",
    [
        SILENT,
        DomainError("BTCUSDT leverage is above 0, was 0"),
        DataError("the payload lacks leverage"),
        StorageError("paper.db is locked"),
    ],
)
def test_a_wrong_payload_counts_as_a_failed_read(error: EtrmsError) -> None:
    bench = Bench()
    bench.venue.trouble = error
    state = bench.refresh()
    assert state.source_errors == {"main": str(error)}
    assert [event.detail for event in bench.told("source_error")] == [str(error)]


def test_one_event_per_outage_whatever_the_venue_says_meanwhile() -> None:
    bench = Bench()
    for number in range(4):
        bench.venue.trouble = ExchangeUnavailableError(f"timeout {number}", venue="paper")
        state = bench.refresh()
    assert state.source_errors == {"main": "paper: timeout 3"}
    assert len(bench.told("source_error")) == 1
    bench.venue.trouble = None
    bench.refresh()
    bench.venue.trouble = SILENT
    bench.refresh()
    assert len(bench.told("source_error")) == 2


def test_an_account_that_was_never_read_makes_the_portfolio_unknown() -> None:
    bench = Bench(long_account(), long_account(account="b", venue="other"))
    bench.venues["b"].trouble = SILENT
    state = bench.refresh()
    assert state.snapshot.value(Metric.EQUITY) is None
    assert state.snapshot.value(Metric.EQUITY, Scope(ScopeKind.EXCHANGE, "paper")) == 1_000.0
    assert state.accounts[1].observed_at is None


def test_one_silent_venue_does_not_stop_the_protection_of_another() -> None:
    rule = make_rule("drawdown", 0.1, scope={"kind": "exchange"})
    bench = Bench(long_account(), long_account(account="b", venue="other"), rules=[rule])
    bench.refresh()
    bench.venues["b"].trouble = SILENT
    bench.show(fallen())
    for _ in range(3):
        bench.refresh(after=60.0)
    assert [request.quantity for request in bench.venues["main"].requests] == [10.0]
    assert bench.venues["b"].requests == []


def test_a_refused_command_is_an_event() -> None:
    bench = Bench(rules=[make_rule("drawdown", 0.1)])
    bench.refresh()
    bench.show(fallen())
    bench.venue.refusal = SILENT
    bench.refresh()
    (event,) = bench.told("error")
    assert event.detail == str(SILENT)


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
    kinds = [event.kind.value for event in heard[Topic.BREAKER]]
    assert kinds[0] == "triggered"
    assert kinds.count("acted") == 1
    positions = [event.kind for event in heard[Topic.POSITION]]
    assert DeskEventKind.POSITION_CLOSED in positions
    stored = {id(each.event) for each in bench.store.events(limit=1_000)}
    assert all(id(event) in stored for event in (*heard[Topic.BREAKER], *heard[Topic.POSITION]))


def test_a_listener_that_raises_does_not_stop_protection() -> None:
    def fail(_message: object) -> None:
        raise RuntimeError("a listener is broken")

    bench = Bench(rules=[make_rule("drawdown", 0.1)])
    for topic in Topic:
        bench.subscriptions.subscribe(topic, fail)
    bench.refresh()
    bench.show(fallen())
    bench.refresh()
    assert len(bench.venue.requests) == 1


def test_a_reset_is_carried_out_once() -> None:
    bench = Bench(rules=[make_rule("drawdown", 0.1, NOTIFY, latched=True)])
    bench.refresh()
    bench.show(fallen())
    bench.refresh()
    assert bench.monitor.state().breakers[0].state == "latched"
    bench.show(long_account(100.0))
    bench.store.add_request(DeskRequest(RequestKind.RESET_BREAKER, "guard", bench.clock.now))
    bench.refresh()
    bench.refresh()
    assert bench.monitor.state().breakers[0].state == "armed"
    assert len(bench.told("reset")) == 1
    assert bench.store.take_requests() == ()


def test_a_request_for_a_rule_that_is_gone_is_refused_by_an_event() -> None:
    bench = Bench()
    bench.store.add_request(DeskRequest(RequestKind.RESET_BREAKER, "gone", NOW))
    bench.refresh()
    (event,) = bench.told("request_refused")
    assert "gone" in event.detail


def test_a_rule_saved_meanwhile_counts_from_the_next_cycle() -> None:
    bench = Bench()
    bench.refresh()
    bench.store.save_rules([make_rule("equity", 1e6, NOTIFY, comparison="<=")])
    bench.refresh()
    bench.refresh()
    assert len(bench.told("triggered")) == 1


def test_restrictions_hold_for_orders_of_everybody() -> None:
    pause = {"kind": "pause_trading", "seconds": 60.0}
    bench = Bench(rules=[make_rule("drawdown", 0.1, pause)])
    bench.refresh()
    assert bench.monitor.blocks() == ()
    bench.show(fallen())
    bench.refresh()
    assert [each.source for each in bench.monitor.blocks()] != []


def test_history_is_kept_every_ten_seconds() -> None:
    bench = Bench()
    for _ in range(25):
        bench.refresh()
    points = bench.store.history(since=NOW)
    assert [(each.observed_at - NOW) / timedelta(seconds=1) for each in points] == [1, 11, 21]
    assert points[0].equity == 1_000.0
    assert (points[0].nav, points[0].drawdown, points[0].gross_exposure) == (1.0, 0.0, 1_000.0)


def test_two_threads_never_run_a_cycle_at_the_same_time() -> None:
    running, most = [0], [0]

    class SlowExchange(ScriptedExchange):
        def fetch_account(self) -> AccountState:
            running[0] += 1
            most[0] = max(most[0], running[0])
            time.sleep(0.02)
            running[0] -= 1
            return super().fetch_account()

    venue = SlowExchange(make_account())
    monitor = monitor_of({venue.account: venue}, InMemoryDeskStore(), ManualClock(NOW))
    threads = [Thread(target=monitor.refresh) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]
