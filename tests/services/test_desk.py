"""The desk as app, API and command line use it."""

from threading import enumerate as running_threads

import numpy as np
import pytest

from etrms_core.domain.account import AccountState
from etrms_core.domain.events import DeskEventKind
from etrms_core.domain.policy import RiskPolicy
from etrms_core.engine.memory_document import memory_hash
from etrms_core.services.desk import Desk
from etrms_core.services.desk_health import HealthStatus
from etrms_core.services.subscriptions import Topic
from tests.builders import NOW
from tests.engine.desk import HALVE, long_account, make_rule
from tests.fakes import InMemoryDeskStore, ManualClock, ScriptedExchange
from tests.services.test_monitor_thread import wait_for


def open_scripted(
    account: AccountState | None = None,
    *,
    store: InMemoryDeskStore | None = None,
    interval_seconds: float = 3_600.0,
) -> tuple[Desk, ScriptedExchange, InMemoryDeskStore]:
    exchange = ScriptedExchange(account or long_account())
    kept = store or InMemoryDeskStore()
    desk = Desk(
        {"main": exchange},
        store=kept,
        clock=ManualClock(NOW),
        policy=RiskPolicy(),
        desk_id="test",
        interval_seconds=interval_seconds,
    )
    return desk, exchange, kept


def kinds(desk: Desk) -> list[str]:
    return [each.event.kind.value for each in desk.events()][::-1]


def test_before_the_first_cycle_nothing_is_shown() -> None:
    desk, _, _ = open_scripted()
    assert (desk.state(), desk.stored_state(), desk.events(), desk.history()) == (
        None,
        None,
        (),
        (),
    )
    assert desk.health().status is HealthStatus.DEAD


def test_the_stored_state_of_another_process_equals_the_running_one() -> None:
    store = InMemoryDeskStore()
    store.save_rules([make_rule("drawdown", 0.1, HALVE), make_rule("equity", 5.0, name="e")])
    desk, exchange, _ = open_scripted(store=store)
    desk.refresh()
    exchange.state = long_account(80.0)
    running = desk.refresh()
    other, _, _ = open_scripted(store=store)
    stored = other.stored_state()
    assert stored is not None
    assert other.state() is None
    assert stored.snapshot.scopes == running.snapshot.scopes
    np.testing.assert_array_equal(stored.snapshot.values, running.snapshot.values)
    np.testing.assert_array_equal(stored.snapshot.results, running.snapshot.results)
    assert stored.snapshot.sources == running.snapshot.sources
    assert stored.breakers == running.breakers
    assert (stored.accounts, stored.as_of) == (running.accounts, running.as_of)
    assert memory_hash(stored.memory) == memory_hash(running.memory)


def test_looking_at_the_stored_state_changes_nothing() -> None:
    desk, _, store = open_scripted()
    desk.refresh()
    before = memory_hash(store.load_memory()), store.events()
    desk.stored_state()
    assert (memory_hash(store.load_memory()), store.events()) == before


def test_starting_guards_and_closing_leaves_no_thread() -> None:
    desk, _, _ = open_scripted()
    desk.start()
    wait_for(lambda: desk.health().status is HealthStatus.OK)
    desk.close()
    desk.close()
    assert desk.health().status is HealthStatus.DEAD
    assert "risk-monitor" not in [thread.name for thread in running_threads()]
    told = kinds(desk)
    assert (told[0], told[-1]) == ("monitor_started", "monitor_stopped")
    assert told.count("monitor_stopped") == 1


def test_a_desk_that_was_never_started_closes_without_a_word() -> None:
    desk, _, _ = open_scripted()
    desk.close()
    assert desk.events() == ()


def test_subscribers_hear_until_they_unsubscribe() -> None:
    desk, _, _ = open_scripted()
    heard: list[object] = []
    unsubscribe = desk.subscribe("risk", heard.append)
    state = desk.refresh()
    unsubscribe()
    unsubscribe()
    desk.refresh()
    assert heard == [state]
    with pytest.raises(ValueError, match="weather"):
        desk.subscribe("weather", heard.append)


def test_rules_events_and_history_are_those_of_the_store() -> None:
    desk, _, store = open_scripted()
    desk.breakers.add([make_rule()])
    assert desk.breakers.all() == store.rules()
    desk.refresh()
    assert [point.equity for point in desk.history()] == [1_000.0]
    changed = desk.events(kinds=[DeskEventKind.RULES_CHANGED])
    assert [each.event.detail for each in changed] == ["added guard"]
    assert desk.exchange("main").account == "main"
    assert desk.policy == RiskPolicy()


def test_the_bot_given_at_the_start_hears_every_cycle() -> None:
    class Listener:
        def __init__(self) -> None:
            self.states: list[object] = []

        def on_risk(self, state: object) -> None:
            self.states.append(state)

    desk, _, _ = open_scripted()
    listener = Listener()
    desk.start(bot=lambda opened: listener)
    wait_for(lambda: len(listener.states) == 1)
    desk.close()
    assert listener.states == [desk.state()]


def test_topics_are_the_words_of_the_interface() -> None:
    assert {topic.value for topic in Topic} >= {"risk", "breaker", "position"}
