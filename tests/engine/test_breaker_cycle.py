"""The life of a breaker, reading by reading."""

from datetime import timedelta
from math import isnan, nan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etrms_core.domain.commands import ClosePosition, ReducePosition
from etrms_core.domain.policy import RiskPolicy
from etrms_core.engine.restrictions import OrderScope, refusal
from etrms_core.engine.risk_cycle import start_memory
from etrms_core.kernels import breaker_state as states
from etrms_core.risk.metrics import Metric
from tests.builders import NOW, make_account
from tests.engine.desk import (
    CLOSE_ALL,
    HALVE,
    NEVER,
    NOTIFY,
    PATIENT,
    Desk,
    blocked_scopes,
    breaker_events,
    breaker_kinds,
    long_account,
    make_rule,
)

PAUSE = {"kind": "pause_trading", "seconds": 60}


def state_of(desk: Desk, row: int = 0) -> int:
    return int(desk.memory.breakers.memory.state[row])


def test_a_reduction_is_not_fired_on_every_poll() -> None:
    desk = Desk(rules=(make_rule("drawdown", 0.1, HALVE, cooldown_seconds=60),))
    desk.read(long_account())
    commands = [desk.read(long_account(89.0)).commands for _ in range(30)]
    assert [len(each) for each in commands] == [1] + [0] * 29
    (command,) = commands[0]
    assert isinstance(command, ReducePosition)
    assert command.quantity == 5.0


def test_drawdown_is_computed_over_the_portfolio_and_not_per_exchange() -> None:
    desk = Desk(rules=(make_rule("drawdown", 0.1),))
    desk.read(long_account(account="a"), make_account(account="b", venue="other", wallet=3000.0))
    result = desk.read(
        long_account(70.0, account="a"), make_account(account="b", venue="other", wallet=3000.0)
    )
    assert result.snapshot.value(Metric.DRAWDOWN) == pytest.approx(0.075)
    assert result.commands == ()


def test_two_exchanges_fall_together_although_neither_breaches_alone() -> None:
    portfolio = make_rule("drawdown", 0.1)
    desk = Desk(rules=(portfolio,))
    rich = make_account(account="c", venue="third", wallet=100.0)
    desk.read(long_account(account="a"), long_account(account="b", venue="other"), rich)
    result = desk.read(
        long_account(88.0, account="a"), long_account(89.5, account="b", venue="other"), rich
    )
    assert [type(command) for command in result.commands] == [ClosePosition, ClosePosition]


def test_the_triggering_cycle_tells_the_whole_story_in_order() -> None:
    desk = Desk(rules=(make_rule("drawdown", 0.1, CLOSE_ALL, PAUSE, NOTIFY, cooldown_seconds=60),))
    desk.read(long_account())
    result = desk.read(long_account(89.0))
    assert breaker_kinds(result) == ["triggered", "cooling_down", "acted", "acted"]
    first = breaker_events(result)[0]
    assert first.value == pytest.approx(0.11)
    assert first.threshold == 0.1
    assert first.detail == "drawdown of portfolio is 11.0000%, >= 10.0000%"
    assert first.action == "close_all, pause_trading(seconds=60), notify"


@pytest.mark.parametrize(
    ("comparison", "fires"),
    [
        (">", [False, False, True]),
        (">=", [False, True, True]),
        ("<", [True, False, False]),
        ("<=", [True, True, False]),
    ],
)
def test_every_comparison_fires_on_its_side(comparison: str, fires: list[bool]) -> None:
    for equity, expected in zip([900.0, 1000.0, 1100.0], fires, strict=True):
        rule = make_rule("equity", 1000.0, NOTIFY, comparison=comparison)
        result = Desk(rules=(rule,)).read(make_account(wallet=equity))
        assert ("triggered" in breaker_kinds(result)) is expected


def test_a_value_that_is_not_a_number_never_trips_silently() -> None:
    desk = Desk(rules=(make_rule("gross_leverage", 5.0),))
    desk.read(long_account())
    unknown = desk.read(long_account(None))
    assert isnan(unknown.snapshot.values[0].min())
    assert breaker_kinds(unknown) == ["blocked"]
    assert breaker_events(unknown)[0].value is None
    assert "a mark price of BTCUSDT" in breaker_events(unknown)[0].detail
    assert blocked_scopes(desk) == ["portfolio"]
    assert breaker_kinds(desk.read(long_account(None))) == []
    desk.read(long_account())
    assert blocked_scopes(desk) == []


def test_an_unknown_metric_can_trigger_at_once() -> None:
    rule = make_rule("gross_leverage", 5.0, PAUSE, on_unknown="trigger", for_seconds=600)
    desk = Desk(rules=(rule,))
    desk.read(long_account())
    result = desk.read(long_account(None))
    assert breaker_kinds(result)[:2] == ["error", "triggered"]
    assert "is unknown" in breaker_events(result)[1].detail
    assert blocked_scopes(desk) == ["portfolio"]


def test_an_unknown_metric_can_be_told_and_nothing_more() -> None:
    desk = Desk(rules=(make_rule("gross_leverage", 5.0, on_unknown="notify"),))
    desk.read(long_account())
    assert breaker_kinds(desk.read(long_account(None))) == ["error"]
    assert blocked_scopes(desk) == []


def test_a_rule_that_only_notifies_blocks_nothing_and_does_not_say_so() -> None:
    desk = Desk(rules=(make_rule("gross_leverage", 5.0, NOTIFY),))
    desk.read(long_account())
    (event,) = breaker_events(desk.read(long_account(None)))
    assert "blocked" not in event.detail
    assert event.kind.value == "error"
    assert blocked_scopes(desk) == []


def test_a_missing_leverage_is_unknown_and_not_zero() -> None:
    desk = Desk(rules=(make_rule("margin_utilization", 0.5),))
    account = long_account()
    bare = make_account(
        *(
            type(row)(row.symbol, row.quantity, row.entry_price, row.mark_price)
            for row in account.positions
        )
    )
    result = desk.read(bare)
    assert result.snapshot.value(Metric.MARGIN_UTILIZATION) is None
    assert result.snapshot.value(Metric.EQUITY) == 1000.0
    assert breaker_kinds(result) == ["blocked"]
    assert "the leverage of BTCUSDT" in breaker_events(result)[0].detail


def test_the_cooldown_ends_at_its_second_and_hysteresis_keeps_the_rule_waiting() -> None:
    rule = make_rule("gross_exposure", 2000.0, HALVE, cooldown_seconds=10, reset_threshold=1500.0)
    desk = Desk(rules=(rule,))
    desk.read(long_account())
    desk.read(long_account(quantity=20.0))
    assert state_of(desk) == states.COOLING_DOWN
    assert blocked_scopes(desk) == []
    desk.read(long_account(quantity=20.0), after=9.0)
    assert state_of(desk) == states.COOLING_DOWN
    waiting = desk.read(long_account(quantity=20.0))
    assert breaker_kinds(waiting) == ["waiting_reset"]
    assert blocked_scopes(desk) == ["portfolio"]
    sentence = refusal(desk.memory.blocks, OrderScope("paper", "X", "manual"), adds_risk=True)
    assert sentence is not None
    assert "waits until gross_exposure is back at 1500" in sentence
    assert breaker_kinds(desk.read(long_account(quantity=15.0))) == []
    assert breaker_kinds(desk.read(long_account(quantity=14.9))) == ["rearmed"]
    assert blocked_scopes(desk) == []
    assert breaker_kinds(desk.read(long_account(quantity=20.0)))[0] == "triggered"


def test_a_breaker_that_can_never_rearm_says_so_while_it_waits() -> None:
    desk = Desk(rules=(make_rule("drawdown", 0.1, cooldown_seconds=5),), policy=PATIENT)
    desk.read(long_account())
    desk.read(long_account(89.0))
    flat = make_account(wallet=890.0)
    desk.read(flat)
    waiting = [kind for _ in range(20) for kind in breaker_kinds(desk.read(flat))]
    assert waiting == ["waiting_reset"]
    assert blocked_scopes(desk) == ["portfolio"]


def test_a_peak_since_rearm_restarts_at_the_end_of_the_cooldown() -> None:
    rule = make_rule(
        "drawdown",
        0.1,
        NOTIFY,
        cooldown_seconds=10,
        drawdown_peak="since_rearm",
        reset_threshold=0.01,
    )
    desk = Desk(rules=(rule,), policy=PATIENT)
    desk.read(long_account())
    desk.read(long_account(89.0))
    rearmed = desk.read(long_account(85.0), after=10.0)
    assert breaker_kinds(rearmed) == ["rearmed"]
    assert desk.memory.breakers.memory.peak[0] == pytest.approx(0.85)
    assert breaker_kinds(desk.read(long_account(77.0))) == []
    assert breaker_kinds(desk.read(long_account(76.4)))[0] == "triggered"


def test_an_all_time_peak_rises_in_every_state() -> None:
    desk = Desk(rules=(make_rule("drawdown", 0.1, NOTIFY, cooldown_seconds=600),))
    desk.read(long_account())
    desk.read(long_account(89.0))
    desk.read(long_account(120.0))
    assert desk.memory.breakers.memory.peak[0] == pytest.approx(1.2)


def test_the_peak_of_a_rule_starts_at_the_nav_of_its_creation() -> None:
    desk = Desk()
    desk.read(long_account())
    desk.read(long_account(150.0))
    desk.rules = (make_rule("drawdown", 0.1),)
    assert breaker_kinds(desk.read(long_account(120.0))) == []
    assert breaker_kinds(desk.read(long_account(107.0)))[0] == "triggered"


def test_drawdown_can_be_measured_from_the_start_of_the_day() -> None:
    desk = Desk(rules=(make_rule("drawdown", 0.1, drawdown_basis="day_start"),), policy=PATIENT)
    desk.read(long_account())
    desk.read(long_account(200.0))
    assert breaker_kinds(desk.read(long_account(150.0))) == []
    desk.read(long_account(150.0), after=12 * 3600.0)
    assert breaker_kinds(desk.read(long_account(136.0))) == []
    assert breaker_kinds(desk.read(long_account(134.9)))[0] == "triggered"


def test_drawdown_can_be_measured_from_the_initial_nav() -> None:
    desk = Desk(rules=(make_rule("drawdown", 0.1, drawdown_basis="initial"),))
    desk.read(long_account())
    desk.read(long_account(200.0))
    assert breaker_kinds(desk.read(long_account(91.0))) == []
    assert breaker_kinds(desk.read(long_account(89.9)))[0] == "triggered"


def test_a_condition_must_hold_for_its_time_without_a_break() -> None:
    rule = make_rule("gross_exposure", 2000.0, NOTIFY, for_seconds=3)
    desk = Desk(rules=(rule,))
    big, small = long_account(quantity=20.0), long_account()
    fired = [
        "triggered" in breaker_kinds(desk.read(account))
        for account in (
            small,
            big,
            big,
            small,
            big,
            big,
            long_account(None, quantity=20.0),
            big,
            big,
            big,
            big,
        )
    ]
    assert fired == [False] * 10 + [True]


def test_a_latched_rule_stays_latched_and_blocks() -> None:
    rule = make_rule("gross_exposure", 2000.0, HALVE, latched=True, cooldown_seconds=1)
    desk = Desk(rules=(rule,))
    desk.read(long_account())
    fired = desk.read(long_account(quantity=20.0))
    assert breaker_kinds(fired) == ["triggered", "latched"]
    for _ in range(5):
        assert breaker_kinds(desk.read(long_account(quantity=1.0))) == []
    assert blocked_scopes(desk) == ["portfolio"]
    assert "latched until a person resets it" in desk.memory.blocks[0].reason


def test_the_third_trigger_within_ten_minutes_acts_and_latches() -> None:
    desk = Desk(rules=(make_rule("gross_exposure", 2000.0, HALVE),), policy=PATIENT)
    big, small = long_account(quantity=20.0), long_account()
    desk.read(small)
    stories = []
    for wait in (1.0, 298.0, 299.0):
        stories.append(desk.read(big, after=wait))
        desk.read(small)
    assert [len(story.commands) for story in stories] == [1, 1, 1]
    assert breaker_kinds(stories[2]) == ["triggered", "latched"]
    assert "third trigger within 10 minutes" in breaker_events(stories[2])[1].detail
    assert blocked_scopes(desk) == ["portfolio"]


def test_three_triggers_in_more_than_ten_minutes_do_not_latch() -> None:
    desk = Desk(rules=(make_rule("gross_exposure", 2000.0, HALVE),), policy=PATIENT)
    desk.read(long_account())
    for _ in range(3):
        kinds = breaker_kinds(desk.read(long_account(quantity=20.0), after=301.0))
        desk.read(long_account())
    assert kinds[-1] == "cooling_down"


def test_a_disabled_rule_never_fires() -> None:
    desk = Desk(rules=(make_rule("gross_exposure", 1.0, HALVE, enabled=False),))
    result = desk.read(long_account())
    assert (result.commands, breaker_kinds(result)) == ((), [])


def test_a_disabled_rule_does_nothing_and_keeps_its_state() -> None:
    rule = make_rule("gross_exposure", 2000.0, HALVE, latched=True)
    desk = Desk(rules=(rule,))
    desk.read(long_account())
    desk.read(long_account(quantity=20.0))
    desk.rules = (make_rule("gross_exposure", 2000.0, HALVE, latched=True, enabled=False),)
    assert breaker_kinds(desk.read(long_account(quantity=20.0))) == []
    assert (state_of(desk), blocked_scopes(desk)) == (states.LATCHED, [])
    desk.rules = (rule,)
    desk.read(long_account(quantity=20.0))
    assert blocked_scopes(desk) == ["portfolio"]


def test_a_rule_without_a_name_keeps_one_state_for_every_instance() -> None:
    rule = make_rule(
        "position_notional", 2000.0, HALVE, scope={"kind": "symbol"}, cooldown_seconds=60
    )
    desk = Desk(rules=(rule,))
    btc, eth = long_account(), long_account(symbol="ETHUSDT", account="b")
    desk.read(btc, eth)
    first = desk.read(long_account(quantity=30.0), eth)
    assert [str(event.scope) for event in breaker_events(first)] == ["symbol:BTCUSDT"] * 2
    second = desk.read(
        long_account(quantity=30.0), long_account(symbol="ETHUSDT", account="b", quantity=30.0)
    )
    assert [str(event.scope) for event in breaker_events(second)] == ["symbol:ETHUSDT"] * 2
    assert [
        command.key.symbol for command in second.commands if isinstance(command, ReducePosition)
    ] == ["ETHUSDT"]


def test_a_rule_with_a_name_leaves_the_others_alone() -> None:
    scope = {"kind": "symbol", "name": "ETHUSDT"}
    desk = Desk(rules=(make_rule("position_notional", 2000.0, HALVE, scope=scope),))
    result = desk.read(long_account(quantity=30.0), long_account(symbol="ETHUSDT", account="b"))
    assert breaker_kinds(result) == []


def test_a_pause_ends_at_its_time_and_says_so() -> None:
    desk = Desk(
        rules=(make_rule("gross_exposure", 2000.0, PAUSE, cooldown_seconds=600),), policy=PATIENT
    )
    desk.read(long_account())
    desk.read(long_account(quantity=20.0))
    assert blocked_scopes(desk) == ["portfolio"]
    assert breaker_kinds(desk.read(long_account(), after=59.999)) == []
    assert blocked_scopes(desk) == ["portfolio"]
    over = desk.read(long_account(), after=0.001)
    assert breaker_kinds(over) == ["reset"]
    assert blocked_scopes(desk) == []


def test_reduce_only_mode_lasts_and_is_kept_once() -> None:
    rule = make_rule("gross_exposure", 2000.0, {"kind": "reduce_only_mode"})
    desk = Desk(rules=(rule,), policy=PATIENT)
    desk.read(long_account())
    for _ in range(3):
        desk.read(long_account(quantity=20.0), after=900.0)
        desk.read(long_account(), after=900.0)
    assert blocked_scopes(desk) == ["portfolio"]
    assert desk.memory.restrictions[0].until is None


def test_a_rule_at_bar_closes_is_evaluated_only_there() -> None:
    rule = make_rule("gross_exposure", 2000.0, NOTIFY, evaluate="bar_close")
    desk = Desk(rules=(rule,), policy=RiskPolicy(bar_seconds=60, clock_jump_seconds=NEVER))
    desk.read(long_account())
    big = long_account(quantity=20.0)
    assert breaker_kinds(desk.read(big)) == []
    assert breaker_kinds(desk.read(big, after=57.999)) == []
    assert desk.now == NOW + timedelta(seconds=59.999)
    assert breaker_kinds(desk.read(big, after=0.001))[0] == "triggered"


def test_a_tick_rule_does_not_wait_for_the_bar() -> None:
    desk = Desk(rules=(make_rule("gross_exposure", 2000.0, NOTIFY),))
    desk.read(long_account())
    assert breaker_kinds(desk.read(long_account(quantity=20.0)))[0] == "triggered"


def test_a_start_gives_every_rule_its_state_without_judging_it() -> None:
    rule = make_rule("gross_exposure", 10.0)
    started = start_memory([long_account()], [rule], as_of=NOW)
    assert (started.commands, breaker_kinds(started)) == ((), [])
    assert started.memory.breakers.memory.state.tolist() == [states.ARMED]


@settings(max_examples=60, deadline=None)
@given(
    marks=st.lists(st.one_of(st.floats(20.0, 200.0), st.just(nan)), min_size=1, max_size=25),
    cooldown=st.sampled_from([0.0, 2.0, 7.0]),
    peak=st.sampled_from(["all_time", "since_rearm"]),
    on_unknown=st.sampled_from(["notify", "block_entries", "trigger"]),
)
def test_an_action_happens_once_per_trigger_and_drawdown_lies_in_zero_to_one(
    marks: list[float], cooldown: float, peak: str, on_unknown: str
) -> None:
    rule = make_rule(
        "drawdown",
        0.1,
        HALVE,
        cooldown_seconds=cooldown,
        drawdown_peak=peak,
        on_unknown=on_unknown,
    )
    desk = Desk(rules=(rule,))
    desk.read(long_account())
    for mark in marks:
        result = desk.read(long_account(None if isnan(mark) else mark))
        triggers = breaker_kinds(result).count("triggered")
        assert len(result.commands) == triggers <= 1
        drawdown = result.snapshot.value(Metric.DRAWDOWN)
        assert drawdown is None if isnan(mark) else 0.0 <= (drawdown or 0.0) <= 1.0
