"""The overview within the shell, over desks in every state, without a browser."""

from collections.abc import Callable, Iterator
from pathlib import Path
from time import sleep

import pytest
from streamlit.testing.v1 import AppTest

from app import runtime
from etrms_core.domain.policy import RiskPolicy
from etrms_core.errors import StorageError
from etrms_core.services.desk import Desk
from etrms_core.services.desk_health import HealthStatus
from tests.app.desks import busy_account, empty_account, make_desk, wait_for_status

SHELL = Path(__file__).parents[2] / "app" / "shell.py"
Show = Callable[[], AppTest]


@pytest.fixture
def run_desk() -> Iterator[Callable[[Desk], Desk]]:
    started: list[Desk] = []

    def start(desk: Desk) -> Desk:
        started.append(desk)
        runtime.set_desk(desk)
        desk.start()
        return desk

    yield start
    runtime.set_desk(None)
    for desk in started:
        desk.close()


def show() -> AppTest:
    shown = AppTest.from_file(str(SHELL), default_timeout=60).run()
    assert not shown.exception
    return shown


def text(shown: AppTest) -> str:
    return " ".join(each.value for each in shown.markdown)


def test_a_busy_desk_shows_figures_positions_breakers_and_events(
    run_desk: Callable[[Desk], Desk],
) -> None:
    wait_for_status(run_desk(make_desk(busy_account)), HealthStatus.OK)
    shown = show()
    assert shown.title[0].value == "Overview"
    assert not shown.error
    drawn = text(shown)
    for words in (
        "PAPER",
        "Monitor running",
        "updated 0 s ago",
        "10,049.50 USD",  # 10,000 + 0.1 x 1,000 - 50.5
        "BTCUSDT",
        "96,000.0",
        "pays",
        "drawdown: close",
        "points left",
        "Account joined",
        "Trading is not restricted.",
    ):
        assert words in drawn, words
    assert len(shown.get("plotly_chart")) == 1


def test_an_empty_desk_says_what_comes_next(run_desk: Callable[[Desk], Desk]) -> None:
    wait_for_status(run_desk(make_desk(empty_account)), HealthStatus.OK)
    drawn = text(show())
    assert "No position is open." in drawn
    assert "10,000.00 USD" in drawn


def test_before_the_first_cycle_it_waits(run_desk: Callable[[Desk], Desk]) -> None:
    runtime.set_desk(make_desk())
    drawn = text(show())
    assert "The monitor has not finished its first cycle." in drawn
    assert "no reading yet" in drawn
    assert ">0.00 USD" not in drawn


def test_a_late_monitor_greys_the_page_and_says_that_nobody_guards(
    run_desk: Callable[[Desk], Desk],
) -> None:
    policy = RiskPolicy(stale_after_seconds=0.2)
    desk = run_desk(make_desk(policy=policy, interval_seconds=60.0))
    wait_for_status(desk, HealthStatus.OK)
    sleep(0.3)
    drawn = text(show())
    assert "et-desk-stale" in drawn
    assert "Nobody guards the accounts" in drawn


def test_a_venue_that_never_answered_is_unknown_and_never_0(
    run_desk: Callable[[Desk], Desk],
) -> None:
    wait_for_status(run_desk(make_desk(lambda _now: None)), HealthStatus.DEGRADED)
    drawn = text(show())
    assert "main never read" in drawn
    assert "main was never read" in drawn
    assert "no answer within 10 s" in drawn
    assert ">0.00 USD" not in drawn


def test_a_failing_read_is_a_sentence_with_a_reference(
    run_desk: Callable[[Desk], Desk],
) -> None:
    desk = run_desk(make_desk())
    wait_for_status(desk, HealthStatus.OK)

    def fail() -> None:
        raise StorageError("the database is locked")

    desk.limits.effective = fail  # type: ignore[method-assign, assignment]
    shown = show()
    (error,) = shown.error
    assert error.value.startswith("The live figures cannot be shown: the database is locked.")
    assert "reference" in error.value
    assert "Monitor running" in text(shown)


def test_without_a_desk_the_page_explains_itself() -> None:
    runtime.set_desk(None)
    shown = show()
    assert "start it with `etrms run`" in shown.error[0].value
