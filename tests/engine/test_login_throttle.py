"""How long failed logins must wait."""

from datetime import timedelta

import pytest

from etrms_core.engine.login_throttle import LoginThrottle, waiting
from etrms_core.engine.sign_in_ports import LoginFailures, LoginSource, SourceKind
from tests.builders import NOW

SOURCE = LoginSource(SourceKind.ACCOUNT, "0f3a")
THROTTLE = LoginThrottle()


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(1, 0), (4, 0), (5, 30), (6, 60), (7, 120), (8, 240), (9, 480), (10, 900), (11, 900)],
)
def test_the_wait_doubles_from_the_fifth_failure_to_a_quarter_hour(
    failures: int, seconds: int
) -> None:
    assert THROTTLE.wait_after(failures) == timedelta(seconds=seconds)


def test_no_number_of_failures_is_a_permanent_lock() -> None:
    assert THROTTLE.wait_after(10**9) == timedelta(minutes=15)


def test_failures_are_counted_and_the_wait_begins_at_the_last() -> None:
    known = None
    for number in range(1, 7):
        now = NOW + timedelta(hours=number)
        known = THROTTLE.after_failure(SOURCE, known, now=now)
        assert (known.failures, known.failed_at) == (number, now)
    assert known is not None
    assert known.not_before == known.failed_at + timedelta(seconds=60)


def test_after_a_day_without_failure_counting_begins_anew() -> None:
    known = LoginFailures(SOURCE, 12, NOW, NOW + timedelta(minutes=15))
    almost = NOW + timedelta(days=1, microseconds=-1)
    assert THROTTLE.after_failure(SOURCE, known, now=almost).failures == 13
    again = THROTTLE.after_failure(SOURCE, known, now=NOW + timedelta(days=1))
    assert again == LoginFailures(SOURCE, 1, NOW + timedelta(days=1))


def test_a_source_waits_exactly_until_its_time() -> None:
    known = LoginFailures(SOURCE, 5, NOW, NOW + timedelta(seconds=30))
    assert waiting(known, now=NOW + timedelta(seconds=10)) == timedelta(seconds=20)
    assert waiting(known, now=NOW + timedelta(seconds=30)) == timedelta(0)
    assert waiting(LoginFailures(SOURCE, 4, NOW), now=NOW) == timedelta(0)
    assert waiting(None, now=NOW) == timedelta(0)
