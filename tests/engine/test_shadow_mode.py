"""Rules that only say what they would have done."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from etrms_core.breakers.rule_document import parse_rule, rule_mapping
from etrms_core.breakers.rules import BreakerRule, rule_warnings
from etrms_core.breakers.tightening import is_tightening, loosened_fields
from etrms_core.domain.account import AccountState
from etrms_core.kernels.arrays import Records
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

PAUSE = {"kind": "pause_trading", "seconds": 3600}
REDUCE_ONLY = {"kind": "reduce_only_mode"}
CANCEL = {"kind": "cancel_orders"}
FALL = (100.0, 95.0, 80.0, 79.0, 99.0, 70.0, 60.0)


def shadowed(*actions: Mapping[str, object], **fields: object) -> BreakerRule:
    return make_rule("drawdown", 0.1, *actions, shadow=True, **fields)


def fall(rule: BreakerRule, *marks: float) -> list[Records]:
    """Read falling marks and return the state of the rule after each."""
    desk = Desk(rules=(rule,), policy=PATIENT)
    states = []
    for mark in marks:
        desk.read(long_account(mark), after=60.0)
        states.append(desk.memory.breakers.memory)
    return states


def test_a_shadow_rule_fires_and_sends_and_forbids_nothing() -> None:
    desk = Desk(rules=(shadowed(CANCEL, CLOSE_ALL, PAUSE, REDUCE_ONLY, NOTIFY),))
    desk.read(long_account(100.0))
    result = desk.read(long_account(80.0))
    assert result.commands == ()
    assert desk.memory.restrictions == ()
    assert blocked_scopes(desk) == []
    assert breaker_kinds(result) == ["triggered", "cooling_down", *["acted"] * 5]


def test_a_shadow_rule_says_what_each_action_would_have_done() -> None:
    desk = Desk(rules=(shadowed(CANCEL, CLOSE_ALL, HALVE, PAUSE, REDUCE_ONLY, NOTIFY),))
    desk.read(long_account(100.0))
    events = breaker_events(desk.read(long_account(80.0)))
    assert events[0].action == (
        "shadow mode, none of it carried out: cancel_orders, close_all, "
        "reduce_position(fraction=0.5), pause_trading(seconds=3600), reduce_only_mode, notify"
    )
    told = [event.detail.removeprefix("shadow mode, not carried out: ") for event in events[2:]]
    sell = "BTCUSDT (800.00 USDT at the mark price of 80) at market, reduce-only"
    assert told[0].startswith("cancel_orders would cancel nothing in main")
    assert told[1] == f"close_all would sell 10 {sell}: all of the long BTCUSDT in main"
    assert "would sell 5 BTCUSDT (400.00 USDT" in told[2]
    assert "would forbid new or larger positions in portfolio until 20" in told[3]
    assert told[4].endswith("would forbid new or larger positions in portfolio until a reset")
    assert told[5] == "notify would notify"
    assert {event.action for event in events[2:]} == {"notify"}


def test_a_shadow_rule_with_nothing_to_act_on_says_so() -> None:
    rule = make_rule("equity", 2000.0, CLOSE_ALL, comparison="<=", shadow=True)
    result = Desk(rules=(rule,)).read(replace(long_account(), positions=()))
    assert breaker_events(result)[-1].detail.endswith("close_all would find nothing to do")


@pytest.mark.parametrize("fields", [{}, {"latched": True}, {"cooldown_seconds": 90.0}])
def test_a_shadow_rule_keeps_the_same_state_as_the_rule_itself(fields: dict[str, object]) -> None:
    rule = shadowed(CLOSE_ALL, PAUSE, **fields)
    pairs = zip(fall(rule, *FALL), fall(replace(rule, shadow=False), *FALL), strict=True)
    assert all((one == other).all() for one, other in pairs)


def test_a_shadow_rule_blocks_nothing_while_latched_waiting_or_unknown() -> None:
    latched = Desk(rules=(shadowed(CLOSE_ALL, latched=True),))
    waiting = Desk(rules=(shadowed(CLOSE_ALL),))
    for desk in (latched, waiting):
        desk.read(long_account(100.0))
        desk.read(long_account(80.0))
        desk.read(long_account(80.0))
        assert blocked_scopes(desk) == []
    unknown = Desk(rules=(shadowed(CLOSE_ALL),))
    result = unknown.read(long_account(), ages={"main": NEVER})
    assert blocked_scopes(unknown) == []
    assert breaker_kinds(result) == ["error"]


def two_venues(mark: float) -> tuple[AccountState, AccountState]:
    return (
        long_account(mark, account="a"),
        long_account(mark, account="b", venue="other", symbol="ETHUSDT"),
    )


def test_what_a_rule_owes_lapses_once_it_is_in_shadow_mode() -> None:
    rule = make_rule("drawdown", 0.1, HALVE, cooldown_seconds=3600)
    desk = Desk(rules=(rule,), policy=PATIENT)
    desk.read(*two_venues(100.0))
    desk.read(*two_venues(79.0), ages={"a": 11.0})
    assert desk.memory.owed
    desk.rules = (replace(rule, shadow=True),)
    result = desk.read(*two_venues(79.0))
    assert result.commands == ()
    assert desk.memory.owed == {}


def test_the_document_names_shadow_mode_only_where_it_is_on() -> None:
    live, shadow = make_rule(), shadowed(CLOSE_ALL)
    assert "shadow" not in rule_mapping(live)
    assert rule_mapping(shadow) == {**rule_mapping(live), "shadow": True}
    assert parse_rule(rule_mapping(shadow)) == shadow


def test_going_over_to_shadow_mode_loosens_and_leaving_it_tightens() -> None:
    live, shadow = make_rule(), shadowed(CLOSE_ALL)
    assert loosened_fields(live, shadow) == (
        "it goes over to shadow mode, where it only says what it would have done",
    )
    assert is_tightening(shadow, live)
    assert loosened_fields(shadow, replace(shadow, threshold=0.2))
    assert loosened_fields(shadow, replace(shadow, latched=True))


def test_a_shadow_rule_gets_no_advice_about_what_its_actions_lead_to() -> None:
    assert rule_warnings(make_rule())
    assert rule_warnings(shadowed(CLOSE_ALL)) == ()
