"""A person fires a rule by hand."""

from dataclasses import replace

import numpy as np
import pytest

from etrms_core.domain.account import AccountState
from etrms_core.domain.commands import ClosePosition, ReducePosition
from etrms_core.domain.events import DeskEvent, DeskEventKind
from etrms_core.engine.memory_document import memory_hash
from etrms_core.engine.risk_cycle import CycleResult, run_risk_cycle
from etrms_core.kernels import breaker_state as states
from tests.builders import make_account, make_position
from tests.engine.desk import (
    CLOSE_ALL,
    CLOSE_POSITION,
    HALVE,
    PATIENT,
    Desk,
    blocked_scopes,
    breaker_events,
    breaker_kinds,
    held_account,
    long_account,
    make_rule,
    with_ledger,
)

PAUSE = {"kind": "pause_trading", "seconds": 60}


def by_hand(desk: Desk, *accounts: AccountState, after: float = 1.0) -> CycleResult:
    desk.memory = replace(desk.memory, forced=frozenset({"guard"}))
    return desk.read(*accounts, after=after)


def refusals(result: CycleResult) -> list[str]:
    return [
        event.detail
        for event in result.events
        if isinstance(event, DeskEvent) and event.kind is DeskEventKind.REQUEST_REFUSED
    ]


def test_a_rule_far_from_its_threshold_acts_and_says_that_a_person_fired_it() -> None:
    desk = Desk(rules=(make_rule("drawdown", 0.1, CLOSE_ALL, PAUSE, cooldown_seconds=60),))
    desk.read(long_account())
    result = by_hand(desk, long_account(98.0))
    (command,) = result.commands
    assert isinstance(command, ClosePosition)
    expected = (
        "a person triggered it by hand; drawdown of portfolio is 2.0000%, "
        "by itself it fires at >= 10.0000%"
    )
    assert command.causes[0].reason == expected
    first = breaker_events(result)[0]
    assert first.detail == expected
    assert first.value == pytest.approx(0.02)
    assert breaker_kinds(result) == ["triggered", "cooling_down", "acted"]
    assert blocked_scopes(desk) == ["portfolio"]


def test_it_fires_once_and_is_then_no_longer_wanted() -> None:
    desk = Desk(rules=(make_rule("drawdown", 0.1, HALVE),))
    desk.read(long_account())
    assert by_hand(desk, long_account()).commands
    assert desk.memory.forced == frozenset()
    assert desk.read(long_account()).commands == ()


def test_a_trigger_by_hand_cools_down_and_arms_again_like_any_other() -> None:
    desk = Desk(rules=(make_rule("drawdown", 0.1, HALVE, cooldown_seconds=10),), policy=PATIENT)
    desk.read(long_account())
    by_hand(desk, long_account())
    row = desk.memory.breakers.memory[0]
    fired_at_ms = round(desk.now.timestamp() * 1000)
    assert (row.state, row.triggered_at_ms) == (states.COOLING_DOWN, fired_at_ms)
    assert breaker_kinds(desk.read(long_account(), after=10.0)) == ["rearmed"]


def test_a_latched_rule_latches_by_hand_too() -> None:
    desk = Desk(rules=(make_rule("drawdown", 0.1, HALVE, latched=True),))
    desk.read(long_account())
    assert breaker_kinds(by_hand(desk, long_account()))[:2] == ["triggered", "latched"]
    second = by_hand(desk, long_account())
    assert second.commands == ()
    assert refusals(second) == [
        "guard was not triggered by hand in portfolio: it is latched until a person resets it"
    ]


def test_the_third_trigger_by_hand_within_ten_minutes_latches() -> None:
    desk = Desk(rules=(make_rule("drawdown", 0.1, HALVE),), policy=PATIENT)
    desk.read(long_account())
    kinds = []
    for _ in range(3):
        kinds.append(breaker_kinds(by_hand(desk, long_account(), after=100.0))[:2])
        desk.read(long_account())
    assert kinds == [["triggered", "cooling_down"]] * 2 + [["triggered", "latched"]]


def test_a_rule_that_cools_down_says_so_and_does_nothing() -> None:
    desk = Desk(rules=(make_rule("drawdown", 0.1, HALVE, cooldown_seconds=60),))
    desk.read(long_account())
    by_hand(desk, long_account())
    again = by_hand(desk, long_account())
    assert (again.commands, breaker_kinds(again)) == ((), [])
    assert "it cools down from its last trigger" in refusals(again)[0]


@pytest.mark.parametrize("action", [HALVE, CLOSE_POSITION])
def test_a_rule_on_positions_acts_on_all_of_them(action: dict[str, object]) -> None:
    desk = Desk(rules=(make_rule("position_loss", 0.2, action),))
    btc, eth = make_position("BTCUSDT", 10.0, mark_price=79.0), make_position("ETHUSDT", -4.0)
    desk.read(make_account(make_position("BTCUSDT", 10.0), eth))
    quiet = by_hand(desk, make_account(make_position("BTCUSDT", 10.0), eth))
    assert len(quiet.commands) == 2
    desk = Desk(rules=(make_rule("position_loss", 0.2, action),))
    desk.read(make_account(make_position("BTCUSDT", 10.0), eth))
    breaching = by_hand(desk, make_account(btc, eth))
    assert {
        c.key.symbol for c in breaching.commands if isinstance(c, ReducePosition | ClosePosition)
    } == {"BTCUSDT", "ETHUSDT"}
    assert "a person triggered it by hand" in breaker_events(breaching)[0].detail
    assert desk.memory.breakers.memory[0].previous_trigger_ms == states.NEVER_MS


def test_every_armed_instance_of_a_rule_fires() -> None:
    desk = Desk(
        rules=(make_rule("position_loss", 0.2, HALVE, scope={"kind": "symbol"}),),
    )
    both = (long_account(), long_account(symbol="ETHUSDT", account="b"))
    desk.read(*both)
    assert len(by_hand(desk, *both).commands) == 2


def test_a_disabled_rule_is_refused() -> None:
    desk = Desk(rules=(make_rule("drawdown", 0.1, enabled=False),))
    desk.read(long_account())
    result = by_hand(desk, long_account())
    assert (result.commands, breaker_kinds(result)) == ((), [])
    assert refusals(result) == ["guard was not triggered by hand in portfolio: it is disabled"]


def test_a_rule_that_is_not_there_or_watches_nothing_is_refused() -> None:
    desk = Desk()
    desk.read(long_account())
    assert refusals(by_hand(desk, long_account())) == [
        "guard was not triggered by hand: there is no such breaker"
    ]
    assert desk.memory.forced == frozenset()
    idle = make_rule("position_loss", 0.2, scope={"kind": "symbol"})
    assert refusals(by_hand(Desk(rules=(idle,)), make_account())) == [
        "guard was not triggered by hand: it watches nothing now"
    ]


@pytest.mark.parametrize("scope", ["portfolio", "symbol", "exchange"])
def test_no_rule_that_reaches_real_money_fires_by_hand(scope: str) -> None:
    rule = make_rule("gross_exposure", 1e9, CLOSE_ALL, PAUSE, scope={"kind": scope})
    desk = Desk(rules=(rule,))
    paper = long_account()
    live = replace(long_account(account="live", venue="binance"), is_paper=False)
    desk.read(paper, live)
    result = by_hand(desk, paper, live)
    touched = {c.key.account for c in result.commands if isinstance(c, ClosePosition)}
    assert touched == ({"main"} if scope == "exchange" else set())
    assert all("live holds real money" in text for text in refusals(result))
    assert len(refusals(result)) == 1
    assert all(str(block.scope) == "exchange:paper" for block in desk.memory.blocks)


def test_a_rule_of_bar_closes_fires_by_hand_between_them_with_its_own_value() -> None:
    rule = make_rule("drawdown", 0.5, HALVE, evaluate="bar_close")
    desk = Desk(policy=PATIENT)
    desk.read(long_account(150.0))
    desk.rules = (rule,)
    desk.read(long_account(100.0), after=60.0)
    desk.read(long_account(100.0), after=60.0)
    result = by_hand(desk, long_account(95.0))
    assert result.commands
    assert breaker_events(result)[0].value == pytest.approx(0.05, abs=1e-3)


def test_an_account_whose_equity_jumped_holds_a_trigger_by_hand() -> None:
    desk = Desk(rules=(make_rule("drawdown", 0.1, PAUSE),))
    desk.read(with_ledger(make_account(wallet=1000.0)))
    result = by_hand(desk, with_ledger(make_account(wallet=1500.0)))
    assert breaker_kinds(result) == []
    assert "nobody can explain it yet" in refusals(result)[0]


def test_an_unknown_value_is_said_to_be_unknown() -> None:
    desk = Desk(rules=(make_rule("gross_leverage", 5.0, HALVE),))
    desk.read(long_account())
    result = by_hand(desk, long_account(None))
    assert result.commands
    detail = next(e.detail for e in breaker_events(result) if e.kind.value == "triggered")
    assert detail.startswith(
        "a person triggered it by hand; gross_leverage of portfolio is unknown"
    )


def test_the_same_memory_gives_the_same_bytes_and_stays_as_it_was() -> None:
    desk = Desk(rules=(make_rule("drawdown", 0.1, HALVE, PAUSE), make_rule("nav", 9.0, name="b")))
    desk.read(long_account())
    memory = replace(desk.memory, forced=frozenset({"guard", "b", "gone"}))
    before = memory_hash(memory)
    account = replace(long_account(), observed_at=desk.now)
    one, two = (run_risk_cycle(memory, [account], desk.rules, as_of=desk.now) for _ in range(2))
    assert (one.commands, one.events) == (two.commands, two.events)
    assert memory_hash(one.memory) == memory_hash(two.memory)
    assert memory_hash(memory) == before
    assert np.all(memory.breakers.memory.state == states.ARMED)


def test_without_a_wish_nothing_changes() -> None:
    desk = Desk(rules=(make_rule("drawdown", 0.1, HALVE),))
    desk.read(held_account())
    assert refusals(desk.read(held_account())) == []
