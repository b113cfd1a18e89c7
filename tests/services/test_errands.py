"""Calls to venues in threads of their own."""

from threading import Event, stack_size
from time import monotonic

import pytest

from etrms_core.errors import ExchangeUnavailableError
from etrms_core.services.errands import Errands


def refuse() -> int:
    raise ExchangeUnavailableError("no answer", venue="paper")


def break_down() -> int:
    raise KeyError("what")


def test_what_ends_in_time_is_collected_with_its_name() -> None:
    errands: Errands[int] = Errands()
    assert errands.start("a", lambda: 1)
    assert errands.start("b", lambda: 2)
    ended = errands.collect(["a", "b"], timeout_seconds=5.0)
    assert sorted((each.name, each.value) for each in ended) == [("a", 1), ("b", 2)]
    assert errands.collect(["a", "b"], timeout_seconds=5.0) == []


def test_a_call_that_hangs_delays_by_no_more_than_the_time_and_is_collected_late() -> None:
    errands: Errands[int] = Errands()
    free = Event()
    errands.start("slow", lambda: int(free.wait(10.0)))
    errands.start("fast", lambda: 2)
    started = monotonic()
    (ended,) = errands.collect(["slow", "fast"], timeout_seconds=0.1)
    assert monotonic() - started < 1.0
    assert ended.name == "fast"
    assert set(errands.running_seconds()) == {"slow"}
    free.set()
    (late,) = errands.collect(["slow"], timeout_seconds=5.0)
    assert (late.name, late.value) == ("slow", 1)


def test_only_one_call_of_a_name_runs_at_a_time() -> None:
    errands: Errands[int] = Errands()
    free = Event()
    assert errands.start("a", lambda: int(free.wait(10.0)))
    assert not errands.start("a", lambda: 7)
    free.set()
    assert [each.value for each in errands.collect(["a"], timeout_seconds=5.0)] == [1]
    assert errands.start("a", lambda: 7)
    assert [each.value for each in errands.collect(["a"], timeout_seconds=5.0)] == [7]


def test_an_error_is_an_answer_and_ends_nothing() -> None:
    errands: Errands[int] = Errands()
    errands.start("a", refuse)
    errands.start("b", break_down)
    ended = {each.name: each.error for each in errands.collect(["a", "b"], timeout_seconds=5.0)}
    assert ended == {"a": "paper: no answer", "b": "KeyError: 'what'"}


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), GeneratorExit()])
def test_a_call_that_wants_to_end_the_process_is_reported_and_can_be_made_again(
    error: BaseException,
) -> None:
    def leave() -> int:
        raise error

    errands: Errands[int] = Errands()
    errands.start("a", leave)
    (ended,) = errands.collect(["a"], timeout_seconds=5.0)
    assert (ended.value, ended.error) == (None, f"{type(error).__name__}: {error}")
    assert errands.running_seconds() == {}
    assert errands.start("a", lambda: 7)
    assert [each.value for each in errands.collect(["a"], timeout_seconds=5.0)] == [7]


def test_a_call_for_which_there_is_no_thread_is_reported_and_can_be_made_again() -> None:
    errands: Errands[int] = Errands()
    stack_size(2**46)  # more than a process can have
    try:
        assert errands.start("a", lambda: 1)
    finally:
        stack_size(0)
    (ended,) = errands.collect(["a"], timeout_seconds=5.0)
    assert ended.error == "can't start new thread"
    assert errands.start("a", lambda: 7)
    assert [each.value for each in errands.collect(["a"], timeout_seconds=5.0)] == [7]


def test_whoever_is_in_a_hurry_waits_for_nobody() -> None:
    errands: Errands[int] = Errands()
    free = Event()
    errands.start("a", lambda: int(free.wait(10.0)))
    errands.hurry()
    started = monotonic()
    assert errands.collect(["a"], timeout_seconds=5.0) == []
    assert monotonic() - started < 1.0
    free.set()
    assert len(errands.collect(["a"], timeout_seconds=5.0)) == 1
