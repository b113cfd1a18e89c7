"""Throwing the kill switch for somebody and telling how far it has come."""

import pytest

from etrms_core.services import halting
from etrms_core.services.halting import HaltOutcome, answer_halt, halt_outcome, outcome_when_done
from tests.engine.desk import long_account
from tests.services.home import Home
from tests.services.test_monitor_thread import wait_for

NOTHING_KNOWN = HaltOutcome(halted=False, done=False, open_positions=None, open_entry_orders=None)


@pytest.fixture
def home() -> Home:
    return Home(long_account())


def test_without_any_cycle_nothing_is_known() -> None:
    assert halt_outcome(None) == NOTHING_KNOWN


def test_the_desk_that_acts_says_so_first_and_then_what_is_left(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The clock stands: the halt is carried out, and its end is not seen.
    monkeypatch.setattr(halting, "DONE_WITHIN_SECONDS", 0.5)
    desk = home.open()
    desk.start()
    wait_for(lambda: desk.state() is not None)
    first, last = answer_halt(desk, {"halt": "enough"})
    desk.close()
    assert first == {"acts": True}
    assert last == {"halted": True, "done": False, "open_positions": 1, "open_entry_orders": 0}
    (event,) = desk.events(kinds=["trading_halted"])
    assert "enough" in event.event.detail


def test_a_desk_that_only_watches_leaves_it_to_others(home: Home) -> None:
    desk = home.open()
    assert list(answer_halt(desk, {"halt": "enough"})) == [{"acts": False}]
    assert desk.refresh().memory.kill_switch is None


def test_a_desk_that_does_not_begin_in_time_says_so(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(halting, "ACKNOWLEDGED_WITHIN_SECONDS", 0.05)
    desk = home.open()
    assert desk.act_alone()
    assert list(answer_halt(desk, {"halt": ""})) == [{"acts": False}]
    # The wish stays: whoever acts next carries it out.
    assert desk.refresh().memory.kill_switch is not None


@pytest.mark.parametrize(
    "wish",
    [
        {},
        {"halt": None},
        {"halt": 1},
        {"halt": "x" * 501},
        {"halt": "", "flatten": "yes"},
        {"halt": "", "flatten": 1},
        {"flatten": True},
    ],
)
def test_nonsense_throws_nothing(home: Home, wish: dict[str, object]) -> None:
    desk = home.open()
    assert desk.act_alone()
    (answer,) = answer_halt(desk, wish)
    assert answer["acts"] is False
    assert "error" in answer
    assert desk.refresh().memory.kill_switch is None


def test_an_older_halt_is_not_taken_for_the_new_one(home: Home) -> None:
    desk = home.open()
    desk.halt("first")
    desk.refresh()
    number = desk.halt("second", flatten=True)
    assert halting.carried_out(desk, number) is None
    desk.refresh()
    state = halting.carried_out(desk, number)
    assert state is not None
    assert state.memory.kill_switch is not None
    assert state.memory.kill_switch.flatten


def test_waiting_ends_after_half_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(halting, "DONE_WITHIN_SECONDS", 0.05)
    monkeypatch.setattr(halting, "CYCLE_SECONDS", 0.01)
    assert outcome_when_done(lambda: None) == NOTHING_KNOWN
