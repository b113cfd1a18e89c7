"""Wrong passphrases are counted."""

from datetime import timedelta

from app.components.passphrase_section import BUCKET, weakness_of
from app.components.passphrase_tries import TriesInMemory, passphrase_guard
from etrms_core.services.login_guard import LoginGuard, account_source
from tests.app.desks import make_desk
from tests.builders import NOW
from tests.fakes import ManualClock

SOURCES = (account_source(BUCKET),)


def test_the_fifth_wrong_try_must_wait_and_a_right_one_forgets() -> None:
    clock = ManualClock(NOW)
    guard = LoginGuard(TriesInMemory(), clock=clock)
    for _ in range(5):
        assert not guard.count(SOURCES)
    assert guard.count(SOURCES) == timedelta(seconds=30)
    clock.advance(seconds=31)
    assert not guard.count(SOURCES)
    guard.forget(SOURCES)
    assert not guard.wait_of(SOURCES)


def test_of_two_tries_at_once_both_count() -> None:
    store, clock = TriesInMemory(), ManualClock(NOW)
    LoginGuard(store, clock=clock).count(SOURCES)
    seen = store.failures(SOURCES[0])
    assert seen is not None
    assert not store.replace_failures(seen, seen=None)


def test_each_desk_counts_for_itself_and_goes_on_counting() -> None:
    one, other = make_desk(), make_desk()
    assert passphrase_guard(one) is passphrase_guard(one)
    assert passphrase_guard(one) is not passphrase_guard(other)


def test_a_weak_passphrase_is_named_weak_and_not_repeated() -> None:
    for weak in ("", "short", "password1234", "aaaaaaaaaaaa"):
        told = weakness_of(weak)
        assert told.startswith("Too weak: it ")
        assert not weak or weak not in told
    assert weakness_of("anchor velvet comet ladder") == ""
    assert weakness_of("\ud800 anchor velvet comet ladder") == ""
