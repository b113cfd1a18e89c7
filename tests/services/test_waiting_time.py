"""Waits that no clock shortens once they are seen."""

from datetime import timedelta

from etrms_core.services.waiting_time import WaitingTime
from tests.builders import NOW
from tests.fakes import ManualClock
from tests.services.acting import ManualSeconds

MINUTE = timedelta(minutes=1)


def test_a_wait_runs_out_at_the_rate_of_the_seconds() -> None:
    clock, seconds = ManualClock(NOW), ManualSeconds()
    waiting = WaitingTime(clock, seconds)
    waiting.observe([(1, NOW + MINUTE)])
    for jump in (timedelta(hours=1), timedelta(hours=-3)):
        clock.now += jump
        assert waiting.remaining(1, NOW + MINUTE) == MINUTE
    seconds.advance(59.0)
    assert waiting.remaining(1, NOW + MINUTE) == timedelta(seconds=1)
    seconds.advance(5.0)
    assert waiting.remaining(1, NOW + MINUTE) == timedelta(0)


def test_what_is_seen_again_goes_on_and_what_is_gone_is_forgotten() -> None:
    clock, seconds = ManualClock(NOW), ManualSeconds()
    waiting = WaitingTime(clock, seconds)
    waiting.observe([(1, NOW + MINUTE)])
    seconds.advance(20.0)
    waiting.observe([(1, NOW + MINUTE)])
    assert waiting.remaining(1, NOW + MINUTE) == timedelta(seconds=40)
    waiting.observe([])
    assert waiting.remaining(1, NOW + MINUTE) == MINUTE


def test_what_was_never_seen_is_taken_from_the_clock() -> None:
    clock = ManualClock(NOW)
    waiting = WaitingTime(clock)
    assert waiting.remaining(1, NOW + MINUTE) == MINUTE
    clock.now += 2 * MINUTE
    assert waiting.remaining(1, NOW + MINUTE) == timedelta(0)
    assert waiting.remaining(2, None) == timedelta(0)
