"""Stale data holds reductions back; fresh data makes up for them, once."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from etrms_core.domain.account import AccountState
from etrms_core.domain.commands import ClosePosition, ReducePosition
from etrms_core.engine.breaker_reset import reset_breaker
from etrms_core.risk.metrics import Metric
from tests.builders import make_account
from tests.engine.desk import (
    CLOSE_POSITION,
    HALVE,
    PATIENT,
    Desk,
    breaker_events,
    breaker_kinds,
    long_account,
    make_rule,
)

PAUSE = {"kind": "pause_trading", "seconds": 3600}


def two_venues(mark_a: float, mark_b: float) -> tuple[AccountState, AccountState]:
    return (
        long_account(mark_a, account="a"),
        long_account(mark_b, account="b", venue="other", symbol="ETHUSDT"),
    )


def desk_with(*actions: Mapping[str, object], **fields: object) -> Desk:
    rule = make_rule("drawdown", 0.1, *(actions or (HALVE, PAUSE)), cooldown_seconds=3600, **fields)
    desk = Desk(rules=(rule,), policy=PATIENT)
    desk.read(*two_venues(100.0, 100.0))
    return desk


def test_a_stale_value_can_pause_but_reduces_nowhere() -> None:
    desk = desk_with()
    result = desk.read(*two_venues(100.0, 79.0), ages={"a": 11.0})
    assert breaker_kinds(result) == ["triggered", "cooling_down", "blocked", "acted"]
    assert result.commands == ()
    blocked = breaker_events(result)[2]
    assert "a:BTCUSDT:net, b:ETHUSDT:net" in blocked.detail
    assert "a was last read 11 s ago" in blocked.detail
    assert len(desk.memory.restrictions) == 1


def test_a_rule_that_may_act_when_partial_reduces_on_the_healthy_venue_only() -> None:
    desk = desk_with(act_when_partial=True)
    result = desk.read(*two_venues(100.0, 79.0), ages={"a": 11.0})
    (command,) = result.commands
    assert isinstance(command, ReducePosition)
    assert command.key.account == "b"
    later = desk.read(*two_venues(100.0, 79.0))
    (owed,) = later.commands
    assert isinstance(owed, ReducePosition)
    assert owed.key.account == "a"


def test_what_is_owed_is_made_up_for_once_when_all_is_fresh() -> None:
    desk = desk_with()
    desk.read(*two_venues(100.0, 79.0), ages={"a": 11.0})
    still = desk.read(*two_venues(100.0, 79.0), ages={"a": 12.0})
    assert (still.commands, breaker_kinds(still)) == ((), [])
    back = desk.read(*two_venues(100.0, 79.0))
    quantities = [each.quantity for each in back.commands if isinstance(each, ReducePosition)]
    assert quantities == [5.0, 5.0]
    (told,) = breaker_events(back)
    assert told.kind.value == "acted"
    assert told.detail.startswith("made up for on fresh data: drawdown of portfolio is 10.5")
    for _ in range(5):
        assert desk.read(*two_venues(100.0, 79.0)).commands == ()
    assert desk.memory.owed == {}


def test_a_pause_is_not_set_a_second_time() -> None:
    desk = desk_with()
    desk.read(*two_venues(100.0, 79.0), ages={"a": 11.0})
    desk.read(*two_venues(100.0, 79.0))
    assert len(desk.memory.restrictions) == 1


def test_a_debt_lapses_and_says_so_when_the_condition_is_over() -> None:
    desk = desk_with()
    desk.read(*two_venues(100.0, 79.0), ages={"a": 11.0})
    back = desk.read(*two_venues(100.0, 99.0))
    assert back.commands == ()
    (event,) = breaker_events(back)
    assert (event.kind.value, event.detail.split(":")[0]) == ("reset", "owes no reduction any more")
    assert desk.read(*two_venues(100.0, 79.0)).commands == ()


def test_a_debt_waits_through_an_unknown_value() -> None:
    desk = desk_with()
    desk.read(*two_venues(100.0, 79.0), ages={"a": 11.0})
    assert desk.read(*two_venues(100.0, 79.0), ages={"a": 999.0}).commands == ()
    assert len(desk.read(*two_venues(100.0, 79.0)).commands) == 2


def test_a_debt_waits_for_a_price_that_is_missing_on_a_fresh_venue() -> None:
    desk = desk_with()
    desk.read(*two_venues(100.0, 79.0), ages={"a": 11.0})
    dark, fallen = two_venues(100.0, 79.0)
    unpriced = replace(dark, positions=(replace(dark.positions[0], mark_price=None),))
    assert desk.read(unpriced, fallen).commands == ()
    assert len(desk.read(*two_venues(100.0, 79.0)).commands) == 2


def test_a_rule_at_bar_closes_pays_at_a_bar_close() -> None:
    desk = desk_with(evaluate="bar_close")
    desk.read(*two_venues(100.0, 79.0), after=60.0, ages={"a": 11.0})
    assert desk.read(*two_venues(100.0, 79.0)).commands == ()
    assert len(desk.read(*two_venues(100.0, 79.0), after=60.0).commands) == 2


def test_a_debt_outlives_the_cooldown_while_the_rule_waits() -> None:
    desk = desk_with()
    desk.read(*two_venues(100.0, 79.0), ages={"a": 11.0})
    desk.read(*two_venues(100.0, 79.0), after=3700.0, ages={"a": 12.0})
    assert len(desk.read(*two_venues(100.0, 79.0)).commands) == 2


def test_a_debt_ends_when_the_rule_is_armed_again() -> None:
    desk = desk_with(drawdown_peak="since_rearm")
    desk.read(*two_venues(100.0, 79.0), ages={"a": 11.0})
    result = desk.read(*two_venues(100.0, 79.0), after=3700.0)
    assert breaker_kinds(result)[0] == "rearmed"
    assert "owes" not in " ".join(event.detail for event in breaker_events(result))
    assert (result.commands, desk.memory.owed) == ((), {})


def test_a_debt_ends_with_its_positions() -> None:
    desk = desk_with()
    desk.read(*two_venues(100.0, 79.0), ages={"a": 11.0})
    flat = (
        make_account(account="a", wallet=1000.0),
        make_account(account="b", venue="other", wallet=790.0),
    )
    desk.read(*flat)
    assert desk.memory.owed == {}


def test_a_new_trigger_takes_the_place_of_an_old_debt() -> None:
    desk = desk_with(drawdown_peak="since_rearm")
    desk.read(*two_venues(100.0, 79.0), ages={"a": 11.0})
    desk.read(*two_venues(100.0, 79.0), after=3600.0, ages={"a": 11.0})
    result = desk.read(*two_venues(79.0, 60.0))
    assert breaker_kinds(result) == ["triggered", "cooling_down", "acted"]
    assert len(result.commands) == 2
    assert desk.memory.owed == {}


def test_only_positions_that_breach_on_fresh_data_pay() -> None:
    rule = make_rule("position_loss", 0.2, CLOSE_POSITION, cooldown_seconds=3600)
    desk = Desk(rules=(rule,), policy=PATIENT)
    desk.read(*two_venues(100.0, 100.0))
    desk.read(*two_venues(75.0, 75.0), ages={"a": 11.0})
    back = desk.read(*two_venues(95.0, 75.0))
    (command,) = back.commands
    assert isinstance(command, ClosePosition)
    assert command.key.account == "b"


def test_a_latched_rule_pays_too_unless_a_person_resets_it() -> None:
    for resets in (False, True):
        desk = desk_with(latched=True)
        desk.read(*two_venues(100.0, 79.0), ages={"a": 11.0})
        if resets:
            desk.memory, _ = reset_breaker(desk.memory, desk.rules, "guard", now=desk.now)
        assert len(desk.read(*two_venues(100.0, 79.0)).commands) == (0 if resets else 2)


def test_a_jump_holds_a_debt_like_any_reduction() -> None:
    desk = desk_with()
    desk.read(*two_venues(100.0, 79.0), ages={"a": 11.0})
    odd = (
        long_account(account="a", wallet=500.0),
        long_account(79.0, account="b", venue="other", symbol="ETHUSDT"),
    )
    assert desk.read(*odd).commands == ()
    assert len(desk.read(*odd).commands) == 2


@pytest.mark.parametrize("age", [11.0, 129.0, 500.0])
def test_rules_scoped_to_healthy_venues_go_on(age: float) -> None:
    rule = make_rule("drawdown", 0.1, HALVE, scope={"kind": "exchange"}, cooldown_seconds=5)
    desk = Desk(rules=(rule,), policy=PATIENT)
    desk.read(*two_venues(100.0, 100.0))
    result = desk.read(*two_venues(100.0, 79.0), ages={"a": age})
    assert len(result.commands) == 1
    assert result.snapshot.value(Metric.DRAWDOWN) is None or age < 130.0
