"""Replays of hand-written bars against equities worked out by hand."""

from dataclasses import replace
from datetime import timedelta

import pytest

from etrms_core.bootstrap.replay_venue import open_replay_venue
from etrms_core.domain.account import MarginMode
from etrms_core.domain.events import BreakerEventKind
from etrms_core.domain.market_data import FundingSettlement
from etrms_core.engine.memory_document import memory_hash
from etrms_core.engine.restrictions import OrderScope, refusal
from etrms_core.errors import ConfigurationError
from etrms_core.services.replay import (
    ReplaySetup,
    check_setup,
    run_replay,
    start_replay,
)
from etrms_core.services.replay_inputs import GivenPosition
from tests.engine.desk import HALVE, NOTIFY, make_rule
from tests.services.replays import FALLING, HOUR, START, bars_of, equities, play, random_case

LONG = GivenPosition(symbol="A", quantity=10.0, entry_price=100.0, leverage=5.0)
PAUSE = {"kind": "pause_trading", "seconds": 7_200.0}


def falling(*rules: object, **fields: object) -> ReplaySetup:
    return ReplaySetup(**{"positions": (LONG,), "rules": rules, "capital": 1_000.0, **fields})


def test_equity_starts_as_the_capital_whatever_the_first_open_is() -> None:
    bars = bars_of(A=((90.0, 91.0, 89.0, 90.0),))
    setup = falling()
    state = start_replay(bars, setup, open_replay_venue(bars, setup))
    row = state.equity[0]
    assert (row.time, row.equity, row.nav, row.drawdown) == (START, 1_000.0, 1.0, 0.0)
    assert equities(play(bars, setup)) == [1_000.0, 900.0]


def test_without_breakers_equity_follows_the_closes() -> None:
    state = play(bars_of(A=FALLING), falling())
    assert equities(state) == [1_000.0, 1_000.0, 950.0, 920.0, 900.0]
    assert [row.time for row in state.equity[1:]] == [START + n * HOUR for n in range(1, 5)]
    assert [round(row.drawdown, 4) for row in state.equity] == [0.0, 0.0, 0.05, 0.08, 0.1]
    assert (state.fills, state.events) == ([], [])


def test_a_breaker_halves_the_position_once_at_the_next_open() -> None:
    # 5 sold at 96: 5 * (96 - 100) = -20.00, fee 5 * 96 * 0.0004 = 0.192; 5 go on to 92 and 90.
    state = play(bars_of(A=FALLING), falling(make_rule("drawdown", 0.04, HALVE, PAUSE)))
    assert equities(state) == [1_000.0, 1_000.0, 950.0, 939.81, 929.81]
    assert state.equity[-1].equity == pytest.approx(1_000.0 - 20.0 - 0.192 - 50.0, abs=1e-9)
    (fill,) = state.fills
    assert (fill.quantity, fill.price, fill.filled_at) == (-5.0, 96.0, START + 2 * HOUR)
    kinds = [event.kind for event in state.events]
    assert kinds.count(BreakerEventKind.TRIGGERED) == 1
    acted = [event for event in state.events if event.kind is BreakerEventKind.ACTED]
    assert [event.action for event in acted if "sell 5 A" in event.detail] == [
        "reduce_position(fraction=0.5)"
    ]


def test_a_close_that_nobody_can_fill_any_more_is_left_over_at_the_end() -> None:
    bars = bars_of(A=FALLING[:2])
    state = play(bars, falling(make_rule("drawdown", 0.04)))
    assert equities(state) == [1_000.0, 1_000.0, 950.0]
    assert state.fills == []


def test_funding_is_paid_at_the_open_of_its_bar() -> None:
    # Longs pay 0.001 of 10 * 96 at the open of the third bar.
    paid = FundingSettlement("A", START + 2 * HOUR, 0.001)
    state = play(bars_of(A=FALLING), falling(funding={"A": (paid,)}))
    assert equities(state) == [1_000.0, 1_000.0, 950.0, 919.04, 899.04]
    assert [(each.symbol, each.amount) for each in state.funding] == [("A", pytest.approx(-0.96))]


def test_funding_before_the_first_bar_is_not_paid() -> None:
    early = FundingSettlement("A", START - timedelta(seconds=1), 0.5)
    late = FundingSettlement("A", START + 4 * HOUR, 0.5)
    state = play(bars_of(A=FALLING), falling(funding={"A": (early, late)}))
    assert equities(state)[-1] == 900.0


def test_a_leveraged_long_does_not_survive_half_the_price() -> None:
    rows = ((100.0, 100.0, 99.0, 99.0), (99.0, 99.0, 45.0, 50.0))
    isolated = LONG.model_copy(update={"margin_mode": MarginMode.ISOLATED})
    for position, capital in ((LONG, 200.0), (isolated, 1_000.0)):
        state = play(bars_of(A=rows), falling(positions=(position,), capital=capital))
        assert [fill.reason for fill in state.fills] == ["liquidation"]
        assert state.memory.ledger.held == {"replay": ()}


def test_after_a_pause_entries_are_blocked_and_reductions_pass() -> None:
    bars = bars_of(A=FALLING[:3])
    setup = falling(make_rule("drawdown", 0.04, PAUSE))
    venue = open_replay_venue(bars, setup)
    state = run_replay(bars, setup, start_replay(bars, setup, venue), venue)
    order = OrderScope("paper", "A", "manual")
    assert "guard" in (refusal(state.memory.blocks, order, adds_risk=True) or "")
    assert refusal(state.memory.blocks, order, adds_risk=False) is None


def test_a_symbol_without_a_bar_keeps_its_last_price() -> None:
    bars, _ = random_case(1)
    position = GivenPosition(symbol="BBB", quantity=1.0, entry_price=100.0)
    state = play(bars, ReplaySetup(positions=(position,)))
    table = bars.tables["BBB"]
    (gap,) = [n for n in range(1, len(table)) if table[n, 0] != table[n, 0]][:1]
    assert state.equity[gap + 1].equity == state.equity[gap].equity


@pytest.mark.parametrize("seed", range(4))
def test_two_runs_are_the_same(seed: int) -> None:
    bars, setup = random_case(seed)
    one, two = play(bars, setup), play(bars, setup)
    assert (one.equity, one.fills, one.funding, one.events) == (
        two.equity,
        two.fills,
        two.funding,
        two.events,
    )
    assert memory_hash(one.memory) == memory_hash(two.memory)
    assert one.events
    assert one.funding


@pytest.mark.parametrize("seed", range(4))
def test_breakers_of_another_symbol_order_change_nothing(seed: int) -> None:
    bars, setup = random_case(seed)
    backwards = replace(setup, positions=setup.positions[::-1])
    assert equities(play(bars, backwards)) == equities(play(bars, setup))


def test_a_drawdown_lies_between_0_and_1_and_follows_the_peak() -> None:
    bars, setup = random_case(3)
    rows = play(bars, setup).equity
    peak = 0.0
    for row in rows:
        peak = max(peak, row.nav)
        assert 0.0 <= row.drawdown <= 1.0
        assert row.drawdown == pytest.approx(1.0 - row.nav / peak)


@pytest.mark.parametrize(
    ("setup", "field"),
    [
        (falling(capital=0.0), "capital"),
        (falling(capital=float("nan")), "capital"),
        (falling(capital=float("inf")), "capital"),
        (falling(leverage=-1.0), "leverage"),
    ],
)
def test_an_impossible_account_names_its_field(setup: ReplaySetup, field: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        check_setup(bars_of(A=FALLING), setup)
    assert caught.value.field == field


def test_a_position_without_bars_is_named_with_the_symbols_there_are() -> None:
    stray = LONG.model_copy(update={"symbol": "XRP"})
    with pytest.raises(ConfigurationError, match="XRP has no bars, only A, B") as caught:
        check_setup(bars_of(B=FALLING, A=FALLING), falling(positions=(LONG, stray)))
    assert caught.value.field == "positions.1.symbol"


def test_a_rule_for_a_symbol_without_bars_is_named() -> None:
    rule = make_rule("position_loss", 0.1, NOTIFY, scope={"kind": "symbol", "name": "XRP"})
    with pytest.raises(ConfigurationError, match="XRP has no bars") as caught:
        check_setup(bars_of(A=FALLING), falling(make_rule("drawdown", 0.1, name="a"), rule))
    assert caught.value.field == "breakers.1.scope.name"
