"""The thread runs, survives errors, wakes at once and ends when told."""

import time
from collections.abc import Callable
from threading import Event
from threading import enumerate as running_threads

import pytest

from etrms_core.services.monitor_thread import MonitorThread

PATIENCE_SECONDS = 5.0


def wait_for(condition: Callable[[], bool]) -> None:
    ends_at = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < ends_at, "nothing happened"
        time.sleep(0.002)


class Cycles:
    """Counts cycles; raises `trouble` when it is set."""

    def __init__(self) -> None:
        self.count = 0
        self.trouble: Exception | None = None

    def __call__(self) -> None:
        self.count += 1
        if self.trouble is not None:
            raise self.trouble


def test_before_it_starts_it_is_not_alive_and_has_no_age() -> None:
    thread = MonitorThread(Cycles(), interval_seconds=1.0)
    assert not thread.is_alive
    assert thread.age_seconds is None
    thread.stop()


def test_it_runs_at_once_and_again_every_interval() -> None:
    cycles = Cycles()
    thread = MonitorThread(cycles, interval_seconds=0.01)
    thread.start()
    wait_for(lambda: cycles.count >= 3)
    assert thread.is_alive
    assert thread.age_seconds is not None
    assert thread.age_seconds < PATIENCE_SECONDS
    thread.stop()
    assert not thread.is_alive


def test_an_error_is_shown_and_does_not_end_it() -> None:
    cycles = Cycles()
    cycles.trouble = ValueError("a broken cycle")
    thread = MonitorThread(cycles, interval_seconds=0.01)
    thread.start()
    wait_for(lambda: cycles.count >= 3)
    assert thread.is_alive
    assert thread.last_error == "ValueError: a broken cycle"
    assert thread.age_seconds is None
    cycles.trouble = None
    wait_for(lambda: thread.last_error is None)
    thread.stop()


def test_waking_it_runs_a_cycle_now() -> None:
    cycles = Cycles()
    thread = MonitorThread(cycles, interval_seconds=3_600.0)
    thread.start()
    wait_for(lambda: cycles.count == 1)
    thread.wake()
    wait_for(lambda: cycles.count == 2)
    thread.stop()


def test_stopping_waits_for_the_running_cycle_and_leaves_no_thread() -> None:
    entered, ended = Event(), Event()

    def slow() -> None:
        entered.set()
        time.sleep(0.05)
        ended.set()

    thread = MonitorThread(slow, interval_seconds=3_600.0)
    thread.start()
    assert entered.wait(PATIENCE_SECONDS)
    thread.stop()
    assert ended.is_set()
    assert "risk-monitor" not in [each.name for each in running_threads()]


def test_starting_twice_runs_one_thread() -> None:
    thread = MonitorThread(Cycles(), interval_seconds=3_600.0)
    thread.start()
    thread.start()
    assert [each.name for each in running_threads()].count("risk-monitor") == 1
    thread.stop()


def test_age_grows_while_a_cycle_hangs() -> None:
    cycles, release = Cycles(), Event()

    def hang() -> None:
        cycles()
        if cycles.count > 1:
            release.wait(PATIENCE_SECONDS)

    thread = MonitorThread(hang, interval_seconds=0.0)
    thread.start()
    wait_for(lambda: cycles.count == 2)
    before = thread.age_seconds
    time.sleep(0.02)
    assert thread.age_seconds == pytest.approx(before + 0.02, abs=1.0)
    assert thread.age_seconds >= before + 0.02
    release.set()
    thread.stop()


def test_it_can_be_started_again_after_it_was_stopped() -> None:
    cycles = Cycles()
    thread = MonitorThread(cycles, interval_seconds=0.01)
    thread.start()
    thread.stop()
    seen = cycles.count
    thread.start()
    wait_for(lambda: cycles.count >= seen + 3)
    thread.stop()
