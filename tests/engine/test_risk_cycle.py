"""The one path from accounts to commands: pure, steady, indifferent to order and caches."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import isnan
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etrms_core.breakers.presets import PRESETS, preset
from etrms_core.domain.account import AccountState
from etrms_core.domain.policy import RiskPolicy
from etrms_core.engine.memory import CycleMemory
from etrms_core.engine.risk_cycle import CycleResult, run_risk_cycle, start_memory
from etrms_core.errors import DomainError
from etrms_core.risk.metrics import Metric
from tests.builders import NOW, make_account, make_position
from tests.engine.desk import (
    CLOSE_POSITION,
    HALVE,
    Desk,
    breaker_kinds,
    desk_kinds,
    long_account,
    make_rule,
)

RULES = (
    make_rule("drawdown", 0.05, HALVE, name="portfolio", cooldown_seconds=2),
    make_rule("drawdown", 0.05, HALVE, name="venue", scope={"kind": "exchange"}),
    make_rule("position_loss", 0.1, CLOSE_POSITION, name="symbol", scope={"kind": "symbol"}),
    make_rule("drawdown", 0.03, HALVE, name="strategy", scope={"kind": "strategy"}),
)


@pytest.mark.parametrize("accounts", [(), (make_account(), make_account())])
def test_accounts_must_be_there_and_distinct(accounts: tuple[AccountState, ...]) -> None:
    with pytest.raises(DomainError):
        run_risk_cycle(CycleMemory(), accounts, (), as_of=NOW)


def test_rules_need_ids_of_their_own_and_time_a_zone() -> None:
    with pytest.raises(DomainError, match="rules"):
        run_risk_cycle(CycleMemory(), [make_account()], [make_rule(), make_rule()], as_of=NOW)
    with pytest.raises(DomainError, match="time zone"):
        run_risk_cycle(
            CycleMemory(),
            [make_account()],
            [],
            as_of=datetime(2025, 1, 1),  # noqa: DTZ001
        )


def test_a_clock_that_goes_back_waits_and_is_told() -> None:
    desk = Desk()
    desk.read(make_account())
    back = desk.read(make_account(), after=-60.0)
    assert desk_kinds(back)[0] == "clock_went_back"
    assert back.snapshot.as_of == NOW + timedelta(seconds=1)
    assert desk.memory.as_of == NOW + timedelta(seconds=1)


@pytest.mark.parametrize(("gap", "told"), [(5.0, []), (5.001, ["clock_jumped"])])
def test_a_gap_of_more_than_five_seconds_is_an_event(gap: float, told: list[str]) -> None:
    desk = Desk()
    desk.read(make_account())
    assert desk_kinds(desk.read(make_account(), after=gap)) == told


def test_the_first_cycle_may_act_and_a_start_may_not() -> None:
    rule = make_rule("gross_exposure", 1.0)
    assert len(Desk(rules=(rule,)).read(long_account()).commands) == 1
    started = start_memory([long_account()], [rule], as_of=NOW)
    assert started.commands == ()
    assert started.snapshot.value(Metric.EQUITY) == 1000.0
    again = run_risk_cycle(
        started.memory, [long_account()], [rule], as_of=NOW + timedelta(seconds=1)
    )
    assert len(again.commands) == 1


def test_the_same_input_gives_the_same_output() -> None:
    first = Desk(rules=RULES).read(long_account(), make_account(account="b"))
    second = Desk(rules=RULES).read(long_account(), make_account(account="b"))
    assert_same(first, second)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_guards_a_crash_from_the_first_loss_to_the_last(name: str) -> None:
    desk = Desk(rules=preset(name))
    desk.read(long_account(quantity=10.0))
    told: list[str] = []
    for mark in (99.0, 97.0, 94.0, 90.0, 85.0, 75.0):
        told += breaker_kinds(desk.read(long_account(mark, quantity=10.0)))
    assert told.count("triggered") >= 5
    assert desk.memory.blocks != ()


def assert_same(first: CycleResult, second: CycleResult) -> None:
    assert first.commands == second.commands
    assert first.events == second.events
    np.testing.assert_array_equal(first.snapshot.values, second.snapshot.values)
    np.testing.assert_array_equal(first.snapshot.results, second.snapshot.results)
    assert first.snapshot.scopes == second.snapshot.scopes
    assert first.memory.restrictions == second.memory.restrictions
    assert first.memory.blocks == second.memory.blocks
    np.testing.assert_array_equal(first.memory.navs.table, second.memory.navs.table)
    assert first.memory.breakers.keys == second.memory.breakers.keys
    for mine, theirs in zip(
        first.memory.breakers.memory, second.memory.breakers.memory, strict=True
    ):
        np.testing.assert_array_equal(mine, theirs)


marks = st.one_of(st.floats(60.0, 140.0), st.just(float("nan")))
steps = st.lists(
    st.tuples(
        st.lists(marks, min_size=3, max_size=3),
        st.lists(st.sampled_from([0.0, 0.0, 0.0, 20.0, 500.0]), min_size=3, max_size=3),
        st.permutations([0, 1, 2]),
        st.sampled_from([1.0, 1.0, 10.0, 3600.0]),
    ),
    min_size=1,
    max_size=8,
)


def reading(numbers: list[float]) -> list[AccountState]:
    symbols = ("BTCUSDT", "ETHUSDT", "BTCUSDT")
    venues = ("x", "y", "x")
    return [
        make_account(
            make_position(symbol, 3.0, 100.0, mark_price=None if isnan(mark) else mark),
            account=f"account{number}",
            venue=venue,
        )
        for number, (mark, symbol, venue) in enumerate(zip(numbers, symbols, venues, strict=True))
    ]


@settings(max_examples=50, deadline=None)
@given(steps)
def test_permuting_accounts_changes_nothing(
    path: list[tuple[list[float], list[float], list[int], float]],
) -> None:
    straight, mixed = Desk(rules=RULES), Desk(rules=RULES)
    for numbers, ages, order, after in path:
        states = reading(numbers)
        old = {f"account{number}": age for number, age in enumerate(ages)}
        first = straight.read(*states, after=after, ages=old)
        second = mixed.read(*(states[number] for number in order), after=after, ages=old)
        assert_same(first, second)


@settings(max_examples=50, deadline=None)
@given(steps)
def test_dropping_the_compiled_layout_before_any_cycle_changes_nothing(
    path: list[tuple[list[float], list[float], list[int], float]],
) -> None:
    keeping, dropping = Desk(rules=RULES), Desk(rules=RULES)
    for numbers, ages, _, after in path:
        states = reading(numbers)
        old = {f"account{number}": age for number, age in enumerate(ages)}
        dropping.memory = replace(dropping.memory, compiled=None)
        assert_same(
            keeping.read(*states, after=after, ages=old),
            dropping.read(*states, after=after, ages=old),
        )


@settings(max_examples=50, deadline=None)
@given(steps)
def test_money_earned_adds_up_over_symbols_whatever_was_silent_meanwhile(
    path: list[tuple[list[float], list[float], list[int], float]],
) -> None:
    desk = Desk(rules=RULES)
    desk.read(*reading([100.0, 100.0, 100.0]))
    for numbers, ages, _, after in path:
        old = {f"account{number}": age for number, age in enumerate(ages)}
        desk.read(*reading(numbers), after=after, ages=old)
    final = desk.read(*reading([110.0, 90.0, 120.0])).snapshot
    total = final.result()
    assert total is not None
    assert total.total == pytest.approx(60.0, abs=1e-6)
    parts = [final.result(scope) for scope in final.scopes if scope.kind.value == "symbol"]
    assert sum(part.total for part in parts if part) == pytest.approx(60.0, abs=1e-6)
    own = [final.result(scope) for scope in final.scopes if scope.kind.value == "exchange"]
    assert sum(part.total for part in own if part) == pytest.approx(60.0, abs=1e-6)


def test_a_clock_of_another_zone_counts_real_hours_when_its_hands_are_turned() -> None:
    pause_2_h = {"kind": "pause_trading", "seconds": 7200}
    rule = make_rule("drawdown", 0.1, pause_2_h, cooldown_seconds=86_400)
    berlin = ZoneInfo("Europe/Berlin")
    turned = datetime(2026, 10, 25, 1, 30, tzinfo=berlin)  # an hour and a half before the turn
    memory = CycleMemory()
    for minute, price in ((-1, 100.0), (0, 50.0)):
        at = (turned.astimezone(UTC) + timedelta(minutes=minute)).astimezone(berlin)
        account = replace(long_account(price), observed_at=at)
        policy = RiskPolicy(equity_jump_fraction=1e9)
        memory = run_risk_cycle(memory, [account], [rule], as_of=at, policy=policy).memory
    (pause,) = memory.restrictions
    assert pause.until == turned.astimezone(UTC) + timedelta(hours=2)
