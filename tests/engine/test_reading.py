"""Readings over days, venues and caches."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from etrms_core.domain.identifiers import PORTFOLIO
from etrms_core.domain.policy import RiskPolicy
from etrms_core.risk.metrics import Metric
from tests.builders import make_account, make_fill
from tests.engine.desk import (
    NEVER,
    NOTIFY,
    PATIENT,
    Desk,
    breaker_kinds,
    long_account,
    make_flow,
    make_rule,
    with_flows,
)

ZONES = ["UTC", "America/New_York", "Asia/Kolkata", "Pacific/Auckland"]


@pytest.mark.parametrize("zone", ZONES)
def test_daily_loss_starts_at_midnight_in_the_zone_of_the_owner(zone: str) -> None:
    midnight = datetime(2025, 10, 11, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    desk = Desk(
        policy=RiskPolicy(time_zone=zone, clock_jump_seconds=NEVER),
        now=midnight - timedelta(hours=3),
    )
    desk.read(long_account(100.0))
    desk.now = midnight - timedelta(seconds=2)
    before = desk.read(long_account(90.0)).snapshot
    assert before.value(Metric.DAILY_LOSS) == pytest.approx(0.1)
    after = desk.read(long_account(81.0), after=2.0).snapshot
    assert after.value(Metric.DAILY_LOSS) == pytest.approx(1.0 - 810.0 / 900.0)
    result = after.result()
    assert result is not None
    assert (result.total, result.day) == pytest.approx((-190.0, -90.0))


def test_a_reading_at_midnight_is_the_baseline_of_the_day() -> None:
    desk = Desk(policy=PATIENT, now=datetime(2025, 10, 10, 23, 0, tzinfo=UTC))
    desk.read(long_account(100.0))
    desk.now = datetime(2025, 10, 10, 23, 59, 59, tzinfo=UTC)
    assert desk.read(long_account(90.0)).snapshot.value(Metric.DAILY_LOSS) == 0.0
    assert desk.read(long_account(89.1)).snapshot.value(Metric.DAILY_LOSS) == pytest.approx(0.01)


def test_weeks_start_on_monday_and_months_on_the_first() -> None:
    desk = Desk(policy=PATIENT, now=datetime(2025, 10, 31, 22, 0, tzinfo=UTC))  # a Friday
    desk.read(long_account(100.0))
    desk.now = datetime(2025, 11, 1, 8, 0, tzinfo=UTC)
    saturday = desk.read(long_account(90.0)).snapshot
    desk.now = datetime(2025, 11, 3, 8, 0, tzinfo=UTC)
    monday = desk.read(long_account(81.0)).snapshot
    assert saturday.value(Metric.WEEKLY_LOSS) == pytest.approx(0.1)
    assert saturday.value(Metric.MONTHLY_LOSS) == pytest.approx(0.1)
    assert monday.value(Metric.WEEKLY_LOSS) == pytest.approx(0.1)
    assert monday.value(Metric.MONTHLY_LOSS) == pytest.approx(0.19)


def test_a_gain_is_a_negative_loss_and_a_deposit_is_none() -> None:
    desk = Desk()
    desk.read(long_account(100.0))
    rich = with_flows(long_account(110.0, wallet=2000.0), make_flow(1000.0))
    assert desk.read(rich).snapshot.value(Metric.DAILY_LOSS) == pytest.approx(-0.1)


def test_one_stale_venue_does_not_freeze_the_timers_of_a_healthy_one() -> None:
    rule = make_rule(
        "gross_exposure", 2000.0, NOTIFY, scope={"kind": "exchange"}, cooldown_seconds=10
    )
    desk = Desk(rules=(rule,), policy=PATIENT)
    silent = long_account(account="a", venue="silent")
    desk.read(silent, long_account(account="b"))
    desk.read(silent, long_account(account="b", quantity=20.0))
    told = [
        breaker_kinds(desk.read(silent, long_account(account="b"), ages={"a": age}))
        for age in (20.0, 60.0, 130.0, 300.0, NEVER, 300.0, 300.0, 300.0, 300.0, 300.0)
    ]
    assert told[8] == []
    assert told[9] == ["rearmed"]


def test_timers_run_on_the_clock_and_not_on_observation_times() -> None:
    desk = Desk(rules=(make_rule("gross_exposure", 2000.0, NOTIFY, cooldown_seconds=5),))
    desk.read(long_account())
    desk.read(long_account(quantity=20.0))
    kinds = [breaker_kinds(desk.read(long_account(), ages={"main": age})) for age in range(1, 6)]
    assert kinds == [[], [], [], [], ["rearmed"]]


def test_an_account_that_was_never_read_makes_the_portfolio_unknown_with_a_reason() -> None:
    rule = make_rule("drawdown", 0.1)
    desk = Desk(rules=(rule,))
    result = desk.read(long_account(), make_account(account="dark"), ages={"dark": NEVER})
    assert result.snapshot.value(Metric.NAV) is None
    assert result.snapshot.value(Metric.EQUITY) is None
    assert result.snapshot.reasons[PORTFOLIO] == "dark was never read"
    assert breaker_kinds(result) == ["blocked"]
    assert [str(block.scope) for block in desk.memory.blocks] == ["portfolio"]


def test_the_layout_is_kept_while_nothing_changes_and_made_anew_when_something_does() -> None:
    desk = Desk()
    desk.read(long_account())
    desk.read(long_account())
    kept = desk.memory.compiled
    desk.read(long_account(120.0))
    assert desk.memory.compiled is kept
    desk.rules = (make_rule(),)
    desk.read(long_account())
    assert desk.memory.compiled is not kept


def test_a_rule_waits_for_a_symbol_that_was_never_held() -> None:
    scope = {"kind": "symbol", "name": "SOLUSDT"}
    desk = Desk(rules=(make_rule("position_notional", 1.0, scope=scope),))
    assert breaker_kinds(desk.read(make_account())) == []
    assert breaker_kinds(desk.read(long_account(symbol="SOLUSDT")))[0] == "triggered"


def test_streaks_and_trades_of_the_day_come_from_fills() -> None:
    desk = Desk(policy=PATIENT)
    desk.read(make_account())
    fills = tuple(
        replace(
            make_fill(f"{number}{side}", side, realized_pnl=-1.0 if side < 0 else 0.0),
            filled_at=desk.now,
        )
        for number in range(3)
        for side in (1.0, -1.0)
    )
    snapshot = desk.read(make_account(fills=fills)).snapshot
    assert snapshot.value(Metric.CONSECUTIVE_LOSSES) == 3.0
    assert snapshot.value(Metric.TRADES_PER_DAY) == 3.0
    tomorrow = desk.read(make_account(fills=fills), after=86_400.0).snapshot
    assert tomorrow.value(Metric.CONSECUTIVE_LOSSES) == 3.0
    assert tomorrow.value(Metric.TRADES_PER_DAY) == 0.0
