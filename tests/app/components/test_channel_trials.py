"""Test messages that nobody waits for."""

from collections.abc import Callable
from threading import Event
from time import monotonic, sleep
from zoneinfo import ZoneInfo

from app.components.channel_trials import ChannelTrials, trial_cell
from app.presenters.cells import Tone
from etrms_core.errors import DataError
from tests.builders import NOW
from tests.fakes import ManualClock

UTC_ZONE = ZoneInfo("UTC")


def wait_for(is_so: Callable[[], object]) -> None:
    deadline = monotonic() + 10.0
    while not is_so():
        assert monotonic() < deadline
        sleep(0.005)


def test_a_channel_that_hangs_holds_up_neither_page_nor_other_channels() -> None:
    released = Event()

    def try_out(name: str) -> None:
        if name == "hanging":
            released.wait(10.0)

    trials = ChannelTrials(try_out, now=ManualClock(NOW))
    started = monotonic()
    trials.start("hanging")
    trials.start("hanging")
    trials.start("other")
    wait_for(lambda: trials.result("other"))
    assert monotonic() - started < 5.0
    cell = trial_cell(trials, "hanging", zone=UTC_ZONE)
    assert cell is not None
    assert "Sending" in cell.text
    released.set()
    wait_for(lambda: trials.result("hanging"))
    assert trials.running_seconds("hanging") is None


def test_a_long_wait_is_said_with_its_seconds() -> None:
    released = Event()

    def try_out(_name: str) -> None:
        released.wait(20.0)

    trials = ChannelTrials(try_out, now=ManualClock(NOW))
    trials.start("hanging")
    wait_for(lambda: (trials.running_seconds("hanging") or 0.0) > 2.0)
    cell = trial_cell(trials, "hanging", zone=UTC_ZONE)
    assert cell is not None
    assert "Still waiting for an answer, 2 s" in cell.text
    released.set()


def test_fast_clicks_are_one_test_and_a_later_one_is_another() -> None:
    sent: list[str] = []
    clock = ManualClock(NOW)
    trials = ChannelTrials(sent.append, now=clock)
    for _ in range(3):
        trials.start("phone")
        wait_for(lambda: trials.result("phone"))
    assert sent == ["phone"]
    clock.advance(seconds=4)
    trials.start("phone")
    wait_for(lambda: len(sent) == 2)


def test_a_result_is_told_with_its_time_and_zone() -> None:
    def refuse(_name: str) -> None:
        raise DataError("unauthorized")

    trials = ChannelTrials(refuse, now=ManualClock(NOW))
    assert trial_cell(trials, "phone", zone=UTC_ZONE) is None
    trials.start("phone")
    wait_for(lambda: trials.result("phone"))
    cell = trial_cell(trials, "phone", zone=UTC_ZONE)
    assert cell is not None
    assert cell.text.endswith("UTC failed: unauthorized")
    assert cell.tone is Tone.BAD
