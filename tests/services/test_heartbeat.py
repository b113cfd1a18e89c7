"""Signs of life, and what happens when nobody hears them."""

from threading import Event
from time import monotonic

import pytest

from etrms_core.errors import DataError, StorageError
from etrms_core.services.alarms import AlarmBoard, AlarmCode
from etrms_core.services.heartbeat import FAILURES_BEFORE_ALARM, Heartbeat
from tests.builders import NOW


class Ear:
    """A sender that counts, and fails while it is deaf."""

    def __init__(self) -> None:
        self.heard = 0
        self.is_deaf = False
        self.first = Event()

    def send(self) -> None:
        if self.is_deaf:
            raise DataError("hc.example answered 500")
        self.heard += 1
        self.first.set()


def made(*, healthy: bool = True) -> tuple[Heartbeat, Ear, AlarmBoard]:
    ear, alarms = Ear(), AlarmBoard(lambda: NOW)
    beat = Heartbeat(ear, is_healthy=lambda: healthy, alarms=alarms, every_seconds=60.0)
    return beat, ear, alarms


def test_a_healthy_desk_gives_a_sign_at_once() -> None:
    heartbeat, ear, _ = made()
    heartbeat.start()
    assert ear.first.wait(5.0)
    heartbeat.stop()
    assert ear.heard == 1


def test_a_desk_that_is_not_healthy_is_silent() -> None:
    heartbeat, ear, alarms = made(healthy=False)
    heartbeat.beat()
    assert (ear.heard, alarms.standing()) == (0, ())


def test_failures_in_a_row_are_an_alarm_and_one_success_ends_it() -> None:
    heartbeat, ear, alarms = made()
    ear.is_deaf = True
    for _ in range(FAILURES_BEFORE_ALARM - 1):
        heartbeat.beat()
    assert alarms.standing() == ()
    heartbeat.beat()
    (alarm,) = alarms.standing()
    assert alarm.code is AlarmCode.HEARTBEAT_FAILED
    assert "3 heartbeats" in alarm.message
    assert heartbeat.failures == 3
    ear.is_deaf = False
    heartbeat.beat()
    assert (alarms.standing(), heartbeat.failures) == ((), 0)


@pytest.mark.parametrize("failures", [1, 2])
def test_a_success_in_between_starts_the_count_anew(failures: int) -> None:
    heartbeat, ear, alarms = made()
    for _ in range(4):
        ear.is_deaf = True
        for _ in range(failures):
            heartbeat.beat()
        ear.is_deaf = False
        heartbeat.beat()
    assert alarms.standing() == ()


def test_a_desk_that_cannot_say_how_it_is_gives_no_sign_until_it_can() -> None:
    ear, asked = Ear(), []

    def is_healthy() -> bool:
        asked.append(True)
        if len(asked) < 3:
            raise StorageError("etrms.db is locked by another program")
        return True

    heartbeat = Heartbeat(
        ear, is_healthy=is_healthy, alarms=AlarmBoard(lambda: NOW), every_seconds=0.01
    )
    heartbeat.start()
    assert ear.first.wait(5.0)
    heartbeat.stop()
    assert len(asked) >= 3


def test_a_slow_listener_holds_nobody_up() -> None:
    answered, asked = Event(), Event()

    class Slow:
        def send(self) -> None:
            asked.set()
            answered.wait(10.0)

    heartbeat = Heartbeat(Slow(), is_healthy=lambda: True, alarms=AlarmBoard(lambda: NOW))
    started = monotonic()
    heartbeat.start()
    assert asked.wait(5.0)
    heartbeat.stop()
    assert heartbeat.failures == 0
    assert monotonic() - started < 5.0
    answered.set()
