"""Halting and resuming a desk, from any process, over restarts."""

from dataclasses import replace
from datetime import timedelta

import pytest

from etrms_core.engine.storage_ports import RequestKind, RequestProgress
from tests.engine.desk import NOTIFY, long_account, make_rule
from tests.services.home import Home
from tests.services.test_monitor_thread import wait_for

LATCH = make_rule("drawdown", 0.1, NOTIFY, latched=True)


@pytest.fixture
def home() -> Home:
    return Home()


@pytest.mark.parametrize(("flatten", "closes"), [(False, 0), (True, 1)])
def test_a_halt_is_stored_at_once_and_carried_out_by_the_next_cycle(
    home: Home, flatten: bool, closes: int
) -> None:
    desk = home.open()
    number = home.open().halt("enough", flatten=flatten)
    assert desk.progress(number) is RequestProgress.WAITING
    state = desk.refresh()
    assert desk.progress(number) is RequestProgress.DONE
    assert state.memory.kill_switch is not None
    assert state.memory.kill_switch.reason == "enough"
    assert len(home.exchange.requests) == closes
    assert home.open().stored_state().memory.kill_switch is not None  # type: ignore[union-attr]


def test_a_halt_in_the_acting_process_does_not_wait_for_the_next_interval(home: Home) -> None:
    desk = home.open()
    desk.start()
    wait_for(lambda: desk.state() is not None)
    number = desk.halt("enough")
    wait_for(lambda: desk.progress(number) is RequestProgress.DONE)
    desk.close()


def test_a_resume_ends_the_halt_at_once_when_nothing_is_latched(home: Home) -> None:
    desk = home.open()
    desk.halt("enough")
    desk.refresh()
    assert desk.resume("Ada") == home.clock.now
    assert desk.refresh().memory.kill_switch is None
    assert [each.event.detail for each in desk.events(kinds=["trading_resumed"])] == [
        "Ada resumed trading"
    ]


@pytest.mark.parametrize("is_paper", [True, False])
def test_over_a_latched_breaker_a_resume_waits_an_hour_where_real_money_is(
    is_paper: bool,
) -> None:
    account = replace(long_account(), is_paper=is_paper)
    home = Home(account, rules=[LATCH])
    desk = home.open()
    desk.refresh()
    home.show(replace(long_account(80.0), is_paper=is_paper))
    desk.halt("enough")
    desk.refresh()
    wait = timedelta(0) if is_paper else timedelta(hours=1)
    # A process that never acted decides the same from what is stored.
    assert home.open().resume("Ada") == home.clock.now + wait
    assert (desk.refresh().memory.kill_switch is None) is is_paper
    home.clock.now += wait
    assert desk.refresh().memory.kill_switch is None


def test_a_halt_that_waits_to_be_resumed_survives_a_restart() -> None:
    home = Home(replace(long_account(), is_paper=False), rules=[LATCH])
    desk = home.open()
    desk.refresh()
    home.show(replace(long_account(80.0), is_paper=False))
    desk.refresh()
    desk.halt("enough")
    desk.resume("Ada")
    desk.refresh()
    desk.close()
    (waiting,) = home.stores.desk.requests()
    assert waiting.kind is RequestKind.CHANGE
    again = home.open()
    assert again.refresh().memory.kill_switch is not None
    home.clock.advance(hours=1)
    assert again.refresh().memory.kill_switch is None


def test_a_pause_ends_by_itself_or_by_a_person(home: Home) -> None:
    desk = home.open()
    number = desk.pause(timedelta(minutes=30), "lunch")
    (block,) = desk.refresh().blocks
    assert desk.progress(number) is RequestProgress.DONE
    assert (block.until, "lunch" in block.reason) == (
        home.clock.now + timedelta(minutes=30),
        True,
    )
    desk.end_pause("Ada")
    assert desk.refresh().blocks == ()
    desk.pause(timedelta(minutes=30), "")
    desk.refresh()
    home.clock.now += timedelta(minutes=30)
    assert desk.refresh().blocks == ()


def test_a_pause_that_makes_no_sense_is_refused_with_an_event(home: Home) -> None:
    desk = home.open()
    desk.pause(timedelta(0), "")
    assert desk.refresh().blocks == ()
    assert len(desk.events(kinds=["request_refused"])) == 1
