"""The desk as app, API and command line use it."""

from threading import enumerate as running_threads

import numpy as np
import pytest

from etrms_core.domain.events import DeskEventKind
from etrms_core.engine.memory_document import memory_hash
from etrms_core.errors import LeaseLostError
from etrms_core.services.desk import Desk
from etrms_core.services.desk_health import HealthStatus
from etrms_core.services.subscriptions import Topic
from etrms_core.services.supervisor import Role
from tests.engine.desk import HALVE, long_account, make_rule
from tests.engine.intents import make_request
from tests.services.acting import POLICY
from tests.services.home import Home
from tests.services.test_monitor_thread import wait_for


@pytest.fixture
def home() -> Home:
    return Home()


def kinds(desk: Desk) -> list[str]:
    return [each.event.kind.value for each in desk.events()][::-1]


def test_before_the_first_cycle_nothing_is_shown(home: Home) -> None:
    desk = home.open()
    assert (desk.state(), desk.stored_state(), desk.events(), desk.history()) == (
        None,
        None,
        (),
        (),
    )
    assert desk.health().status is HealthStatus.DEAD


def test_the_stored_state_of_another_process_equals_the_running_one() -> None:
    home = Home(rules=[make_rule("drawdown", 0.1, HALVE), make_rule("equity", 5.0, name="e")])
    desk = home.open()
    desk.refresh()
    home.show(long_account(80.0))
    running = desk.refresh()
    other = home.open()
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


def test_looking_at_the_stored_state_changes_nothing(home: Home) -> None:
    desk = home.open()
    desk.refresh()
    store = home.stores.desk
    before = memory_hash(store.load_memory()), store.events()
    desk.stored_state()
    assert (memory_hash(store.load_memory()), store.events()) == before


def test_starting_guards_and_closing_leaves_no_thread(home: Home) -> None:
    desk = home.open()
    assert desk.role is Role.IDLE
    desk.start()
    wait_for(lambda: desk.health().status is HealthStatus.OK)
    assert (desk.role, desk.health().role) == (Role.ACTIVE, Role.ACTIVE)
    desk.close()
    desk.close()
    assert desk.role is Role.IDLE
    assert {"risk-monitor", "watchdog"}.isdisjoint(thread.name for thread in running_threads())
    told = kinds(desk)
    assert (told[0], told[-1]) == ("monitor_started", "monitor_stopped")
    assert told.count("monitor_stopped") == 1
    assert "lease_taken" in told


def test_a_desk_that_was_never_started_closes_without_a_word(home: Home) -> None:
    home.open().close()
    alone = home.open()
    assert alone.act_alone()
    alone.close()
    assert alone.events() == ()


def test_venues_are_opened_only_where_the_desk_acts(home: Home) -> None:
    first, second = home.open(), home.open()
    assert home.openings == 0
    first.refresh()
    assert home.openings == 1
    assert not second.act_alone()
    assert home.openings == 1
    assert second.instruments("main") == {}
    for reach in (lambda: second.orders, lambda: second.exchange("main"), second.refresh):
        with pytest.raises(LeaseLostError):
            reach()


def test_a_second_process_stands_by_shows_what_is_stored_and_takes_over(home: Home) -> None:
    first, second = home.open(), home.open()
    first.start()
    second.start()
    wait_for(lambda: first.state() is not None and second.state() is not None)
    assert (first.role, second.role) == (Role.ACTIVE, Role.STANDBY)
    health = second.health()
    assert (health.status, health.role, health.monitor_age_seconds) == (
        HealthStatus.OK,
        Role.STANDBY,
        0.0,
    )
    assert second.state().as_of == first.state().as_of  # type: ignore[union-attr]
    first.close()
    wait_for(lambda: second.role is Role.ACTIVE)
    second.close()


def test_a_standby_whose_active_desk_is_silent_is_dead(home: Home) -> None:
    first, second = home.open(), home.open()
    first.refresh()
    second.start()
    wait_for(lambda: second.state() is not None)
    home.clock.advance(seconds=POLICY.stale_after_seconds + 1.0)
    health = second.health()
    assert (health.status, health.role) == (HealthStatus.DEAD, Role.STANDBY)
    second.close()


def test_by_force_a_command_acts_though_another_process_holds_the_desk(home: Home) -> None:
    first, second = home.open(), home.open()
    first.refresh()
    assert second.act_alone(by_force=True)
    second.refresh()
    with pytest.raises(LeaseLostError):
        first.refresh()
    entry = make_request(client_order_id="et-test-manual-1", reduce_only=False)
    with pytest.raises(LeaseLostError):
        first.orders.submit(entry)
    assert home.exchange.requests == []


def test_who_waits_for_the_end_is_called_once_last_first(home: Home) -> None:
    desk, called = home.open(), list[str]()
    desk.when_closed(lambda: called.append("first"))
    desk.when_closed(lambda: called.append("second"))
    desk.close()
    desk.close()
    assert called == ["second", "first"]


def test_subscribers_hear_until_they_unsubscribe(home: Home) -> None:
    desk = home.open()
    heard: list[object] = []
    unsubscribe = desk.subscribe("risk", heard.append)
    state = desk.refresh()
    unsubscribe()
    unsubscribe()
    desk.refresh()
    assert heard == [state]
    with pytest.raises(ValueError, match="weather"):
        desk.subscribe("weather", heard.append)


def test_rules_events_and_history_are_those_of_the_store(home: Home) -> None:
    desk = home.open()
    desk.breakers.add([make_rule()])
    assert desk.breakers.all() == home.stores.desk.rules()
    desk.refresh()
    assert [point.equity for point in desk.history()] == [1_000.0]
    changed = desk.events(kinds=[DeskEventKind.RULES_CHANGED])
    assert [each.event.detail for each in changed] == ["added guard"]
    assert desk.exchange("main").account == "main"
    assert desk.policy == POLICY


def test_the_bot_given_at_the_start_hears_every_cycle(home: Home) -> None:
    class Listener:
        def __init__(self) -> None:
            self.states: list[object] = []

        def on_risk(self, state: object) -> None:
            self.states.append(state)

    desk, listener = home.open(), Listener()
    desk.start(bot=lambda guard: listener)  # type: ignore[arg-type,return-value]
    wait_for(lambda: len(listener.states) == 1)
    assert listener.states == [desk.state()]
    desk.close()


def test_topics_are_the_words_of_the_interface() -> None:
    assert {topic.value for topic in Topic} >= {"risk", "breaker", "position"}
