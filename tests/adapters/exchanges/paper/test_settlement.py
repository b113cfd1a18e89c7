"""What one execution and one funding time do to wallet, ledger, position and margin."""

from datetime import timedelta

import pytest

from etrms_core.adapters.exchanges.paper.order_entry import clear_news
from etrms_core.adapters.exchanges.paper.settlement import (
    Execution,
    settle_fill,
    settle_funding,
)
from etrms_core.adapters.exchanges.paper.state import PaperState
from etrms_core.domain.account import MarginMode
from etrms_core.domain.identifiers import PositionSide
from tests.adapters.exchanges.paper.accounts import MINUTE, NET, START, SYMBOL, make_state

ISOLATED = MarginMode.ISOLATED


def execute(
    state: PaperState, quantity: float, price: float, *, fee: float = 0.0, minutes: int = 0
) -> None:
    at = START + minutes * MINUTE
    settle_fill(
        state, NET, Execution(quantity=quantity, price=price, fee=fee, at=at, reason="signal")
    )


def test_opening_moves_no_money_but_the_fee() -> None:
    state = make_state()
    execute(state, 2.0, 100.0, fee=0.2)
    assert state.wallet == pytest.approx(999.8)
    assert (state.positions[NET].quantity, state.positions[NET].entry_price) == (2.0, 100.0)


def test_growing_averages_the_entry_and_shrinking_keeps_it() -> None:
    state = make_state()
    execute(state, 1.0, 100.0)
    execute(state, 3.0, 120.0)
    assert state.positions[NET].entry_price == pytest.approx(115.0)
    execute(state, -1.0, 125.0)
    assert state.positions[NET].entry_price == pytest.approx(115.0)
    assert state.wallet == pytest.approx(1_010.0)


def test_a_flip_realises_the_old_position_and_opens_the_new_one_at_the_price() -> None:
    state = make_state()
    execute(state, 2.0, 100.0)
    execute(state, -5.0, 110.0, minutes=3)
    position = state.positions[NET]
    assert state.wallet == pytest.approx(1_020.0)
    assert (position.quantity, position.entry_price) == (-3.0, 110.0)
    assert position.opened_at == START + 3 * MINUTE


def test_isolated_margin_grows_shrinks_and_restarts_on_a_flip() -> None:
    state = make_state(mode=ISOLATED)
    execute(state, 2.0, 100.0)
    assert state.positions[NET].isolated_margin == pytest.approx(20.0)
    execute(state, 2.0, 120.0)
    assert state.positions[NET].isolated_margin == pytest.approx(44.0)
    execute(state, -1.0, 130.0)
    assert state.positions[NET].isolated_margin == pytest.approx(33.0)
    execute(state, -4.0, 90.0)
    assert state.positions[NET].quantity == -1.0
    assert state.positions[NET].isolated_margin == pytest.approx(9.0)


def test_a_closed_isolated_position_gives_its_margin_back() -> None:
    state = make_state(mode=ISOLATED)
    execute(state, 2.0, 100.0)
    execute(state, -2.0, 100.0)
    assert state.positions == {}
    assert state.wallet == 1_000.0


def test_the_ledger_adds_up_to_the_change_of_the_wallet() -> None:
    state = make_state()
    execute(state, 2.0, 100.0, fee=0.2)
    settle_funding(state, SYMBOL, rate=0.001, mark_price=105.0, at=START)
    execute(state, -2.0, 104.0, fee=0.208)
    ledger = state.ledger[SYMBOL]
    assert ledger.realized_pnl == pytest.approx(8.0)
    assert ledger.fees == pytest.approx(0.408)
    assert ledger.funding == pytest.approx(-0.21)
    assert state.wallet - 1_000.0 == pytest.approx(8.0 - 0.408 - 0.21)


def test_funding_of_an_isolated_leg_goes_through_its_margin() -> None:
    state = make_state(mode=ISOLATED)
    execute(state, -2.0, 100.0)
    settle_funding(state, SYMBOL, rate=0.01, mark_price=100.0, at=START)
    assert state.positions[NET].isolated_margin == pytest.approx(22.0)
    assert state.wallet == pytest.approx(1_002.0)
    (payment,) = state.news_funding
    assert (payment.side, payment.amount) == (PositionSide.NET, pytest.approx(2.0))


def test_old_fills_go_when_a_new_commit_begins() -> None:
    state = make_state()
    execute(state, 1.0, 100.0)
    clear_news(state)
    execute(state, 1.0, 100.0, minutes=10)
    clear_news(state)
    execute(state, 1.0, 100.0, minutes=11)
    times = [fill.filled_at - START for fill in state.recent_fills]
    assert times == [timedelta(minutes=10), timedelta(minutes=11)]


def test_a_played_downtime_shows_all_of_its_fills() -> None:
    state = make_state()
    for hour in range(5):
        execute(state, 1.0, 100.0, minutes=60 * hour)
    assert len(state.recent_fills) == 5


def test_fills_have_ids_of_their_own() -> None:
    state = make_state()
    execute(state, 1.0, 100.0)
    execute(state, 1.0, 100.0)
    assert len({fill.fill_id for fill in state.recent_fills}) == 2
