"""Doing the same thing not too often."""

from etrms_core.services.rhythm import Rhythm
from tests.services.acting import ManualSeconds


def test_a_thing_is_due_at_once_and_again_only_after_its_time() -> None:
    seconds = ManualSeconds()
    rhythm = Rhythm(seconds)
    assert rhythm.is_due("a", every_seconds=5.0)
    seconds.advance(4.9)
    assert not rhythm.is_due("a", every_seconds=5.0)
    seconds.advance(0.1)
    assert rhythm.is_due("a", every_seconds=5.0)
    assert not rhythm.is_due("a", every_seconds=5.0)


def test_things_have_times_of_their_own() -> None:
    rhythm = Rhythm(ManualSeconds())
    assert rhythm.is_due("a", every_seconds=5.0)
    assert rhythm.is_due("b", every_seconds=5.0)
