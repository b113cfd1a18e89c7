"""What a rule would do if it fired now."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from etrms_core.breakers.rules import BreakerRule
from etrms_core.domain.account import AccountState
from etrms_core.domain.commands import ClosePosition
from etrms_core.domain.policy import DEFAULT_POLICY
from etrms_core.engine.memory_document import memory_hash
from etrms_core.errors import ConfigurationError
from etrms_core.services.drill import DrilledInstance, DrillReport, distance_in_words, drill
from tests.builders import NOW, make_account, make_position, make_stop
from tests.engine.desk import CLOSE_ALL, CLOSE_POSITION, HALVE, Desk, long_account, make_rule

PAUSE = {"kind": "pause_trading", "seconds": 60}
CANCEL = {"kind": "cancel_orders"}
LEVER = {"kind": "set_leverage", "leverage": 5}
GUARD = {"kind": "place_guard_stop", "distance": 0.1}


def drilled(
    rule: BreakerRule, *accounts: AccountState, ages: Mapping[str, float] | None = None
) -> DrillReport:
    """Read a desk twice, then drill the rule on what the last cycle left."""
    desk = Desk(rules=(rule,))
    desk.read(*accounts)
    result = desk.read(*accounts, ages=ages)
    shown = [
        replace(a, observed_at=desk.now - timedelta(seconds=(ages or {}).get(a.account, 0.0)))
        for a in accounts
    ]
    before = memory_hash(result.memory)
    report = drill(result.memory, shown, desk.rules, "guard", as_of=desk.now, policy=DEFAULT_POLICY)
    assert memory_hash(result.memory) == before
    return report


def only(report: DrillReport) -> DrilledInstance:
    (instance,) = report.instances
    return instance


def test_a_drill_says_value_distance_orders_and_restrictions() -> None:
    report = drilled(make_rule("gross_exposure", 1500.0, CLOSE_ALL, PAUSE), long_account())
    instance = only(report)
    assert (instance.value, instance.distance, instance.condition_holds) == (1000.0, 500.0, False)
    assert distance_in_words(report.rule, instance) == "500.00 USD to go"
    assert instance.commands == (
        "sell 10 BTCUSDT (1,000.00 USDT at the mark price of 100) at market, reduce-only: "
        "all of the long BTCUSDT in main",
    )
    (restriction,) = instance.restrictions
    assert restriction.until == NOW + timedelta(seconds=62)
    assert (instance.left_alone, report.is_paper) == ((), True)


def test_a_drill_says_what_a_trigger_then_does() -> None:
    rule = make_rule("drawdown", 0.1, HALVE)
    desk = Desk(rules=(rule,))
    desk.read(long_account())
    account = replace(long_account(), observed_at=desk.now)
    report = drill(desk.memory, [account], desk.rules, "guard", as_of=desk.now, policy=desk.policy)
    desk.memory = replace(desk.memory, forced=frozenset({"guard"}))
    (command,) = desk.read(long_account()).commands
    assert not isinstance(command, ClosePosition)
    assert only(report).commands[0].startswith("sell 5 BTCUSDT")
    assert "50.00% of the long BTCUSDT" in only(report).commands[0]


@pytest.mark.parametrize("enabled", [True, False])
@pytest.mark.parametrize("is_paper", [True, False])
def test_a_disabled_rule_and_real_money_are_drilled_alike(enabled: bool, is_paper: bool) -> None:
    account = replace(long_account(quantity=-2.0), is_paper=is_paper)
    report = drilled(make_rule("drawdown", 0.1, enabled=enabled), account)
    assert only(report).commands[0].startswith("buy 2 BTCUSDT (200.00 USDT")
    assert report.is_paper is is_paper


def test_a_rule_in_any_state_is_drilled_and_its_state_is_told() -> None:
    report = drilled(
        make_rule("gross_exposure", 500.0, HALVE, latched=True, scope={"kind": "symbol"}),
        long_account(),
        long_account(symbol="ETHUSDT", account="b", quantity=1.0),
    )
    told = {str(each.scope): (each.state, each.condition_holds) for each in report.instances}
    assert told == {"symbol:BTCUSDT": ("latched", True), "symbol:ETHUSDT": ("armed", False)}
    assert [len(each.commands) for each in report.instances] == [1, 1]
    assert distance_in_words(report.rule, report.instances[0]) == "its condition holds now"


def test_a_condition_that_holds_leaves_the_positions_that_do_not_breach_alone() -> None:
    bad, good = make_position("BTCUSDT", 10.0, mark_price=79.0), make_position("ETHUSDT", -4.0)
    rule = make_rule("position_loss", 0.2, CLOSE_POSITION)
    instance = only(drilled(rule, make_account(bad, good)))
    assert len(instance.commands) == 1
    assert instance.left_alone == ("the short ETHUSDT in main does not breach",)
    quiet = only(drilled(rule, make_account(make_position(), good)))
    assert (len(quiet.commands), quiet.left_alone) == (2, ())


@pytest.mark.parametrize(
    ("action", "account", "reason"),
    [
        (CLOSE_ALL, make_account(), "nothing is open in this scope"),
        (LEVER, make_account(make_position(leverage=3.0)), "has a leverage of 3x already"),
        (LEVER, make_account(make_position(leverage=None)), "BTCUSDT:net is unknown"),
        (GUARD, make_account(make_position(), orders=(make_stop(1.0),)), "is guarded already"),
        (GUARD, make_account(make_position(mark_price=None)), "has no mark price"),
    ],
)
def test_what_is_left_alone_is_said_with_its_reason(
    action: dict[str, Any], account: AccountState, reason: str
) -> None:
    instance = only(drilled(make_rule("data_age_seconds", 100.0, action), account))
    assert instance.commands == ()
    assert len(instance.left_alone) == 1
    assert reason in instance.left_alone[0]


def test_a_stale_venue_is_left_alone() -> None:
    report = drilled(make_rule("drawdown", 0.1), long_account(), ages={"main": 30.0})
    assert only(report).commands == ()
    assert "made up for once when the data is fresh" in only(report).left_alone[0]


def test_settings_stops_and_cancellations_are_told_in_words() -> None:
    entry = replace(make_stop(1.0), request=replace(make_stop(1.0).request, reduce_only=False))
    rule = make_rule("drawdown", 0.1, CANCEL, LEVER, GUARD)
    account = make_account(make_position(), orders=(entry,))
    assert only(drilled(rule, account)).commands == (
        "cancel 1 open entry order in main",
        "lower the leverage of BTCUSDT in main to 5x",
        "rest a stop over the long BTCUSDT in main, reduce-only, at a mark price of 90: "
        "sell 1 BTCUSDT (100.00 USDT at the mark price of 100)",
    )
    without = only(drilled(make_rule("drawdown", 0.1, CANCEL), make_account()))
    assert without.commands == ("cancel nothing in main: no entry order is open",)


def test_an_unknown_value_has_no_distance() -> None:
    report = drilled(make_rule("gross_leverage", 3.0), make_account(make_position(mark_price=None)))
    assert (only(report).value, only(report).distance) == (None, None)
    assert distance_in_words(report.rule, only(report)) == "nobody knows how far away"
    assert "the mark price is unknown" in only(report).commands[0]


def test_a_falling_metric_is_far_away_from_above() -> None:
    report = drilled(make_rule("equity", 900.0, comparison="<="), make_account())
    assert only(report).distance == pytest.approx(100.0)


def test_a_rule_that_watches_nothing_has_no_instance_and_an_unknown_one_is_refused() -> None:
    idle = make_rule("position_loss", 0.2, scope={"kind": "symbol"})
    assert drilled(idle, make_account()).instances == ()
    with pytest.raises(ConfigurationError, match="there is no breaker 'gone'"):
        drill(Desk().memory, [make_account()], (idle,), "gone", as_of=NOW, policy=DEFAULT_POLICY)


def test_a_rule_in_shadow_mode_is_drilled_as_if_it_acted() -> None:
    rule = make_rule("gross_exposure", 1500.0, CLOSE_ALL, shadow=True)
    report = drilled(rule, long_account())
    assert report.rule == rule
    assert len(only(report).commands) == 1
