"""The arrays of one simulation: room for fills grows, and what was written stays."""

from etrms_core.backtest.simulation_state import FIRST_FILLS, SimulationState
from etrms_core.backtest.terms import AccountTerms, TradingTerms
from etrms_core.domain.instrument import Instrument
from tests.backtest.simulated_markets import bar_table, market_of, paid


def state() -> SimulationState:
    market = market_of(
        bar_table((100.0, 101.0, 99.0, 100.0), (100.0, 101.0, 99.0, 100.0)),
        funding=[paid((-1.0, 0.5), (1.0, 0.0001))],
    )
    return SimulationState(
        market,
        account=AccountTerms(initial_capital=5_000.0),
        trading=TradingTerms(),
        instruments=[Instrument("S0")],
    )


def test_it_begins_with_the_capital() -> None:
    begun = state()
    assert begun.equity[0] == 5_000.0
    assert begun.equity.size == begun.worst.size + 1 == 3
    assert begun.filled().size == begun.paid().size == 0


def test_room_for_fills_doubles_when_a_bar_may_need_more() -> None:
    begun = state()
    begun.make_room()
    before = begun.fills.size
    begun.fills["price"] = 7.0
    begun.account.fills = FIRST_FILLS + 1
    begun.make_room()
    assert begun.fills.size == 2 * before
    assert set(begun.filled()["price"].tolist()) == {7.0}


def test_funding_before_the_first_bar_is_over() -> None:
    assert (
        state().account.next_funding_ms
        == market_of(bar_table((1.0, 1.0, 1.0, 1.0), (1.0, 1.0, 1.0, 1.0))).open_ms[1]
    )
