"""What the status bar says."""

from dataclasses import replace
from zoneinfo import ZoneInfo

from app.presenters.cells import Tone
from app.presenters.desk_status import DeskStatus, desk_status
from etrms_core.domain.identifiers import PORTFOLIO
from etrms_core.engine.restrictions import Restriction, TradingState
from etrms_core.services.desk_health import DeskHealth, HealthStatus
from etrms_core.services.risk_state import BreakerView, RiskState
from tests.app.readings import account_with, make_rule, run_cycles
from tests.builders import NOW, make_account

UTC = ZoneInfo("UTC")
OK = DeskHealth(HealthStatus.OK, 1.2, "paper", {"main": 1.2})
DEAD = DeskHealth(HealthStatus.DEAD, 42.0, "paper", {"main": 42.0})
STARTING = DeskHealth(HealthStatus.DEAD, None, "paper", {})


def status_of(state: RiskState | None, health: DeskHealth) -> DeskStatus:
    return desk_status(state, health, zone=UTC)


def halted(count: int = 1) -> RiskState:
    state = run_cycles([make_account()])
    block = Restriction(PORTFOLIO, TradingState.HALTED, NOW, None, "person", "kill switch")
    return replace(state, memory=replace(state.memory, blocks=(block,) * count))


def test_a_running_desk_says_whose_money_and_how_old() -> None:
    status = status_of(run_cycles([make_account()]), OK)
    assert (status.mode, status.monitor.text, status.updated.text) == (
        "PAPER",
        "Monitor running",
        "updated 1 s ago",
    )
    assert [source.text for source in status.sources] == ["main 1 s old"]
    assert (status.notices, status.is_stale) == ((), False)


def test_real_money_is_called_live() -> None:
    assert status_of(run_cycles([make_account()]), replace(OK, mode="live")).mode == "LIVE"


def test_a_silent_monitor_makes_everything_stale_and_says_that_nobody_guards() -> None:
    status = status_of(run_cycles([make_account()]), DEAD)
    assert status.is_stale
    assert (status.monitor.text, status.monitor.tone) == ("Monitor not answering", Tone.BAD)
    assert (status.updated.text, status.updated.tone) == ("updated 42 s ago", Tone.BAD)
    assert "Nobody guards the accounts" in status.notices[0].text


def test_before_the_first_cycle_the_monitor_is_starting() -> None:
    status = status_of(None, STARTING)
    assert (status.monitor.text, status.updated.text) == ("Monitor starting", "no reading yet")
    assert (status.is_stale, status.notices) == (False, ())


def test_a_first_cycle_that_fails_is_not_called_starting() -> None:
    status = status_of(None, replace(STARTING, error="StorageError: disk full"))
    assert status.monitor.text == "Monitor not answering"
    assert "disk full" in status.notices[0].text


def test_a_failing_cycle_is_told_with_its_error() -> None:
    failing = replace(OK, status=HealthStatus.DEGRADED, error="StorageError: disk full")
    (notice,) = status_of(run_cycles([make_account()]), failing).notices
    assert (notice.tone, "disk full" in notice.text) == (Tone.BAD, True)


def test_a_source_that_cannot_be_read_is_told_with_the_reason() -> None:
    state = replace(
        run_cycles([account_with(observed_at=None)]), source_errors={"main": "no answer"}
    )
    status = status_of(state, replace(OK, status=HealthStatus.DEGRADED))
    assert status.sources[0].text == "main never read"
    assert (status.sources[0].tone, status.sources[0].help) == (Tone.BAD, "no answer")
    assert "main was never read" in status.notices[0].text


def test_a_restriction_is_told_in_a_sentence() -> None:
    (notice,) = status_of(halted(), OK).notices
    assert notice.text.startswith("Portfolio is HALTED until it is reset")
    assert notice.tone is Tone.BAD


def test_many_restrictions_are_counted_instead_of_filling_the_screen() -> None:
    notices = status_of(halted(5), OK).notices
    assert len(notices) == 4
    assert notices[-1].text == "2 more trading restrictions, see Overview."


def test_a_latched_breaker_is_told() -> None:
    view = BreakerView(make_rule("drawdown"), PORTFOLIO, "latched", 0.2, None)
    state = replace(run_cycles([make_account()]), breakers=(view,))
    (notice,) = status_of(state, OK).notices
    assert notice.text == "drawdown is latched until a person resets it."


def test_a_latched_breaker_that_restricts_trading_is_told_once() -> None:
    block = Restriction(PORTFOLIO, TradingState.REDUCING, NOW, None, "drawdown", "it is latched")
    view = BreakerView(make_rule("drawdown"), PORTFOLIO, "latched", 0.2, None)
    state = run_cycles([make_account()])
    state = replace(state, breakers=(view,), memory=replace(state.memory, blocks=(block,)))
    (notice,) = status_of(state, OK).notices
    assert "it is latched" in notice.text
