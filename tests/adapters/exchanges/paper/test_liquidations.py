"""A pool never loses more than what backs it, whatever the price."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etrms_core.adapters.exchanges.paper.liquidations import (
    bearable_price,
    cross_balance,
    liquidate_broken_pools,
    margin_pools,
    pool_liquidation_point,
    pool_tiers,
    tiers_of,
)
from etrms_core.adapters.exchanges.paper.order_entry import place_order
from etrms_core.adapters.exchanges.paper.settlement import Execution, settle_fill
from etrms_core.adapters.exchanges.paper.state import PaperState
from etrms_core.adapters.exchanges.paper.terms import PaperTerms
from etrms_core.domain.account import MarginMode
from etrms_core.domain.identifiers import PositionSide
from etrms_core.domain.instrument import DEFAULT_TIERS, Instrument, MarginTiers, single_tier
from etrms_core.domain.order import OrderStatus, OrderType
from tests.adapters.exchanges.paper.accounts import (
    FREE,
    NET,
    OTHER,
    START,
    SYMBOL,
    TERMS,
    make_state,
    order,
)

ETH = (OTHER, PositionSide.NET)
INSTRUMENTS = {symbol: Instrument(symbol) for symbol in (SYMBOL, OTHER)}


def pooled(
    quantities: Mapping[str, float], wallet: float, mode: MarginMode = MarginMode.CROSS
) -> PaperState:
    """Hold positions from 100, free of fees."""
    state = make_state(wallet, mode=mode, symbols=(SYMBOL, OTHER))
    for symbol, quantity in quantities.items():
        execution = Execution(quantity=quantity, price=100.0, fee=0.0, at=START, reason="signal")
        settle_fill(state, (symbol, PositionSide.NET), execution)
    return state


def mark(state: PaperState, terms: PaperTerms = FREE, **marks: float) -> None:
    state.marks.update(marks)
    liquidate_broken_pools(state, INSTRUMENTS, terms, START)


def test_a_pool_survives_while_its_equity_is_above_maintenance_margin() -> None:
    state = pooled({SYMBOL: 10.0}, 100.0)
    # 100 + 10 (p - 100) against 0.05 p: the margin is used up at 90.4523.
    mark(state, BTCUSDT=90.46)
    assert NET in state.positions
    mark(state, BTCUSDT=90.45)
    assert state.positions == {}


def test_a_liquidation_takes_its_fee_from_what_is_left_and_no_more() -> None:
    state = pooled({SYMBOL: 10.0}, 100.0)
    mark(state, TERMS, BTCUSDT=90.45)
    # 4.50 is left, 1.1 % of 904.50 would be 9.95.
    assert state.wallet == pytest.approx(0.0, abs=1e-9)
    assert state.ledger[SYMBOL].fees == pytest.approx(4.5)


def test_a_gap_beyond_bankruptcy_is_borne_by_the_insurance_fund() -> None:
    state = pooled({SYMBOL: 10.0}, 100.0)
    mark(state, TERMS, BTCUSDT=50.0)
    assert state.recent_fills[-1].price == pytest.approx(90.0)
    assert state.wallet == pytest.approx(0.0, abs=1e-9)


def test_two_shorts_after_a_jump_leave_no_debt() -> None:
    state = pooled({SYMBOL: -1.0, OTHER: -1.0}, 20.0)
    mark(state, TERMS, BTCUSDT=1_000.0, ETHUSDT=1_000.0)
    assert state.positions == {}
    assert state.wallet == pytest.approx(0.0, abs=1e-9)
    assert all(fill.price > 0.0 for fill in state.recent_fills)


def test_a_short_closes_at_its_price_when_a_long_bears_the_loss() -> None:
    state = pooled({SYMBOL: 10.0, OTHER: -1.0}, 100.0)
    mark(state, BTCUSDT=50.0, ETHUSDT=90.0)
    prices = {fill.symbol: fill.price for fill in state.recent_fills}
    # The short brings 10, so the long may lose 110.
    assert prices == {SYMBOL: pytest.approx(89.0), OTHER: pytest.approx(90.0)}
    assert state.wallet == pytest.approx(0.0, abs=1e-9)


def test_an_isolated_position_loses_its_margin_and_the_rest_is_untouched() -> None:
    state = pooled({SYMBOL: 10.0}, 1_000.0, MarginMode.ISOLATED)
    mark(state, TERMS, BTCUSDT=20.0)
    assert state.positions == {}
    assert state.wallet == pytest.approx(900.0)


def test_isolated_funding_beyond_the_margin_costs_no_more_than_the_margin() -> None:
    state = pooled({SYMBOL: 10.0}, 1_000.0, MarginMode.ISOLATED)
    state.positions[NET].isolated_margin -= 150.0
    state.wallet -= 150.0
    mark(state, TERMS, BTCUSDT=100.0)
    assert state.wallet == pytest.approx(900.0)


def test_a_broken_isolated_leg_leaves_the_cross_pool_alone() -> None:
    state = pooled({SYMBOL: 10.0}, 1_000.0, MarginMode.ISOLATED)
    state.margin_mode[OTHER] = MarginMode.CROSS
    opened = Execution(quantity=1.0, price=100.0, fee=0.0, at=START, reason="signal")
    settle_fill(state, ETH, opened)
    mark(state, BTCUSDT=20.0)
    assert list(state.positions) == [ETH]
    assert cross_balance(state) == pytest.approx(900.0)


def test_a_cross_liquidation_expires_entries_too() -> None:
    state = pooled({SYMBOL: 9.0}, 100.0)
    bid = order("bid", 0.5, kind=OrderType.LIMIT, level=95.0, leg=ETH)
    place_order(state, bid, INSTRUMENTS, FREE, touch=100.0, at=START)
    mark(state, BTCUSDT=50.0)
    assert state.orders == {}
    assert state.used_ids["bid"].status is OrderStatus.EXPIRED


def test_an_isolated_liquidation_expires_only_the_orders_of_its_leg() -> None:
    state = pooled({SYMBOL: 1.0}, 1_000.0, MarginMode.ISOLATED)
    for name, leg in (("btc", NET), ("eth", ETH)):
        bid = order(name, 0.5, kind=OrderType.LIMIT, level=80.0, leg=leg)
        place_order(state, bid, INSTRUMENTS, FREE, touch=100.0, at=START)
    mark(state, BTCUSDT=50.0)
    assert list(state.orders) == ["eth"]


def test_pools_are_the_cross_legs_together_and_each_isolated_leg_alone() -> None:
    state = pooled({SYMBOL: 1.0, OTHER: -1.0}, 1_000.0)
    state.positions[ETH].margin_mode = MarginMode.ISOLATED
    state.positions[ETH].isolated_margin = 30.0
    cross, isolated = margin_pools(state)
    assert (cross.balance, cross.legs) == (970.0, (NET,))
    assert (isolated.balance, isolated.legs) == (30.0, (ETH,))


def test_the_point_of_liquidation_lies_on_the_way_to_the_extreme() -> None:
    state = pooled({SYMBOL: 10.0}, 100.0)
    (pool,) = margin_pools(state)
    point = pool_liquidation_point(state, pool, [(100.0, 50.0)], INSTRUMENTS)
    assert 100.0 - 50.0 * point == pytest.approx(900.0 / 9.95)


def test_tiers_are_packed_one_after_another() -> None:
    tiers = MarginTiers((0.0, 50_000.0), (0.004, 0.005), (0.0, 50.0))
    contracts = {SYMBOL: Instrument(SYMBOL, tiers=tiers), OTHER: Instrument(OTHER)}
    state = pooled({SYMBOL: 1.0, OTHER: 1.0}, 1_000.0)
    packed = pool_tiers(state.positions.values(), contracts)
    assert packed.first.tolist() == [0, 2, 3]
    assert packed.rate.tolist() == [0.004, 0.005, 0.005]
    assert packed.amount.tolist() == [0.0, 50.0, 0.0]


def test_a_contract_without_a_market_has_the_default_tiers() -> None:
    assert tiers_of(SYMBOL, {SYMBOL: Instrument(SYMBOL, tiers=single_tier(0.02))}) == single_tier(
        0.02
    )
    assert tiers_of(SYMBOL, {}) is DEFAULT_TIERS


@pytest.mark.parametrize(
    ("held", "mode", "change", "price", "filled"),
    [
        (10.0, MarginMode.ISOLATED, -10.0, 85.0, 90.0),
        (-10.0, MarginMode.ISOLATED, 4.0, 115.0, 110.0),
        (10.0, MarginMode.ISOLATED, -10.0, 95.0, 95.0),
        (10.0, MarginMode.ISOLATED, 1.0, 85.0, 85.0),
        (10.0, MarginMode.ISOLATED, -11.0, 85.0, 85.0),
        (10.0, MarginMode.CROSS, -10.0, 10.0, 80.0),
    ],
)
def test_an_order_that_closes_loses_no_more_than_backs_the_position(
    held: float, mode: MarginMode, change: float, price: float, filled: float
) -> None:
    # 100 of margin is set aside for 10 units when isolated; cross, all of the 200 back them.
    state = pooled({SYMBOL: held}, 200.0, mode)
    assert bearable_price(state, NET, change, price) == pytest.approx(filled)


@given(
    wallet=st.floats(1.0, 1_000.0),
    quantities=st.tuples(st.floats(-50.0, 50.0), st.floats(-50.0, 50.0)),
    prices=st.tuples(st.floats(1.0, 5_000.0), st.floats(1.0, 5_000.0)),
    mode=st.sampled_from(MarginMode),
    slippage_bps=st.sampled_from([0.0, 100.0]),
)
def test_no_jump_leaves_a_debt(
    wallet: float,
    quantities: tuple[float, float],
    prices: tuple[float, float],
    mode: MarginMode,
    slippage_bps: float,
) -> None:
    held = {
        symbol: quantity
        for symbol, quantity in zip((SYMBOL, OTHER), quantities, strict=True)
        if abs(quantity) > 1e-3
    }
    state = pooled(held, wallet, mode)
    set_aside = sum(position.isolated_margin for position in state.positions.values())
    terms = PaperTerms(slippage_bps=slippage_bps)
    mark(state, terms, **dict(zip((SYMBOL, OTHER), prices, strict=True)))
    liquidated = [fill for fill in state.recent_fills if fill.reason == "liquidation"]
    tolerance = 1e-9 * (1.0 + sum(abs(q) * p for q, p in zip(quantities, prices, strict=True)))
    assert all(fill.price > 0.0 and fill.fee >= 0.0 for fill in liquidated)
    if mode is MarginMode.CROSS and liquidated:
        assert state.positions == {}
        assert state.wallet >= -tolerance
    if mode is MarginMode.ISOLATED:
        assert state.wallet >= wallet - set_aside - tolerance
