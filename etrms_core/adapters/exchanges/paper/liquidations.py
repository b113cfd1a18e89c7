"""Pools of positions that share margin, and what happens when it is used up."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from etrms_core.adapters.exchanges.paper.resting_orders import expire_orders, leg_of
from etrms_core.adapters.exchanges.paper.settlement import Execution, settle_fill
from etrms_core.adapters.exchanges.paper.state import LegKey, PaperPosition, PaperState
from etrms_core.adapters.exchanges.paper.terms import PaperTerms
from etrms_core.domain.account import MarginMode
from etrms_core.domain.instrument import DEFAULT_TIERS, Instrument, MarginTiers
from etrms_core.kernels.account import slipped_price, unrealized_pnl
from etrms_core.kernels.adverse_path import liquidation_point, margin_excess
from etrms_core.kernels.arrays import FloatArray
from etrms_core.kernels.liquidation import bankruptcy_price, liquidation_fill
from etrms_core.kernels.margin import Tiers

LIQUIDATION = "liquidation"


@dataclass(frozen=True, slots=True)
class MarginPool:
    """Legs that share margin, and the money behind them without unrealised results."""

    mode: MarginMode
    balance: float
    legs: tuple[LegKey, ...]


def cross_balance(state: PaperState) -> float:
    """Return the wallet behind the cross positions, without unrealised results."""
    set_aside = 0.0
    for position in state.positions.values():
        set_aside += position.isolated_margin
    return state.wallet - set_aside


def margin_pools(state: PaperState) -> list[MarginPool]:
    """Return the cross pool and every isolated leg as a pool of its own; none is empty."""
    cross, isolated = [], []
    for leg, position in state.positions.items():
        if position.margin_mode is MarginMode.CROSS:
            cross.append(leg)
        else:
            isolated.append(MarginPool(MarginMode.ISOLATED, position.isolated_margin, (leg,)))
    if not cross:
        return isolated
    return [MarginPool(MarginMode.CROSS, cross_balance(state), tuple(cross)), *isolated]


def liquidate_broken_pools(
    state: PaperState, instruments: Mapping[str, Instrument], terms: PaperTerms, at: datetime
) -> None:
    """Liquidate every pool whose margin is used up at the marks."""
    for pool in margin_pools(state):
        positions = [state.positions[leg] for leg in pool.legs]
        excess = margin_excess(
            pool.balance,
            *_quantities_and_entries(positions),
            np.array([state.marks[position.symbol] for position in positions], np.float64),
            pool_tiers(positions, instruments),
        )
        if excess <= 0.0:
            liquidate(state, pool, _marks(state, pool.legs), terms=terms, at=at)


def pool_liquidation_point(
    state: PaperState,
    pool: MarginPool,
    path: Sequence[tuple[float, float]],
    instruments: Mapping[str, Instrument],
) -> float:
    """Return the first point of the adverse path at which a pool breaks, NaN when it survives.

    `path` holds the start and the adverse extreme of each leg's mark price.
    """
    positions = [state.positions[leg] for leg in pool.legs]
    return float(
        liquidation_point(
            pool.balance,
            *_quantities_and_entries(positions),
            np.array([start for start, _ in path], np.float64),
            np.array([extreme for _, extreme in path], np.float64),
            pool_tiers(positions, instruments),
        )
    )


def liquidate(
    state: PaperState,
    pool: MarginPool,
    prices: Mapping[LegKey, float],
    *,
    terms: PaperTerms,
    at: datetime,
) -> None:
    """Take over a pool of legs at these mark prices, slippage added, and expire its orders.

    The pool never loses more than what backs it: an insurance fund bears the rest.
    """
    covered = _covered_prices(state, pool, _slipped_prices(state, prices, terms.slippage_bps))
    fee_rate = terms.taker_fee + terms.liquidation_fee
    for leg in pool.legs:
        position = state.positions[leg]
        collateral = _collateral(state, pool, leg, covered)
        price, fee = liquidation_fill(
            collateral, position.quantity, position.entry_price, covered[leg], fee_rate
        )
        taken_over = Execution(
            quantity=-position.quantity, price=price, fee=fee, at=at, reason=LIQUIDATION
        )
        settle_fill(state, leg, taken_over)
    _expire_orders_of(state, pool)


def bearable_price(state: PaperState, leg: LegKey, quantity: float, price: float) -> float:
    """Return the price at which an order closes `quantity` signed base units of a leg.

    No order loses more than what backs its position: beyond the bankruptcy price the venue's
    insurance fund takes over. Fills that open or turn a position keep their price.
    """
    position = state.positions.get(leg)
    if position is None or position.quantity * quantity >= 0.0:
        return price
    if abs(quantity) > abs(position.quantity):
        return price
    if position.margin_mode is MarginMode.ISOLATED:
        collateral = position.isolated_margin
    else:
        others = [other for other in margin_pools(state)[0].legs if other != leg]
        collateral = cross_balance(state)
        marks = _marks(state, others)
        collateral += sum(_unrealized(state, other, marks) for other in others)
    limit = float(bankruptcy_price(collateral, position.quantity, position.entry_price))
    if position.quantity > 0.0:
        return max(price, limit)
    return min(price, limit) if limit > 0.0 else price


def pool_tiers(positions: Iterable[PaperPosition], instruments: Mapping[str, Instrument]) -> Tiers:
    """Pack the tiers of positions for the kernels; a contract without a market has the default."""
    tiers = [tiers_of(position.symbol, instruments) for position in positions]
    first = np.zeros(len(tiers) + 1, np.int64)
    np.cumsum([len(each.rates) for each in tiers], out=first[1:])
    return Tiers(
        first,
        np.array([value for each in tiers for value in each.notional_floors], np.float64),
        np.array([value for each in tiers for value in each.rates], np.float64),
        np.array([value for each in tiers for value in each.amounts], np.float64),
    )


def tiers_of(symbol: str, instruments: Mapping[str, Instrument]) -> MarginTiers:
    """Return the tiers of a contract, the default ones when it lost its market."""
    instrument = instruments.get(symbol)
    return DEFAULT_TIERS if instrument is None else instrument.tiers


def _quantities_and_entries(positions: Sequence[PaperPosition]) -> tuple[FloatArray, FloatArray]:
    return (
        np.array([position.quantity for position in positions], np.float64),
        np.array([position.entry_price for position in positions], np.float64),
    )


def _slipped_prices(
    state: PaperState, prices: Mapping[LegKey, float], slippage_bps: float
) -> dict[LegKey, float]:
    return {
        leg: slipped_price(price, -_direction(state.positions[leg]), slippage_bps)
        for leg, price in prices.items()
    }


def _covered_prices(
    state: PaperState, pool: MarginPool, prices: Mapping[LegKey, float]
) -> Mapping[LegKey, float]:
    """Move prices in favour of a pool that has lost more than all, until it has lost just all.

    Long legs bear it when there are any, because the price at which one is sold knows no bound.
    """
    equity = pool.balance + sum(_unrealized(state, leg, prices) for leg in pool.legs)
    if equity >= 0.0:
        return prices
    longs = [leg for leg in pool.legs if state.positions[leg].quantity > 0.0]
    bearing = longs or list(pool.legs)
    gross = sum(abs(state.positions[leg].quantity) * prices[leg] for leg in bearing)
    share = -equity / gross
    moved = {leg: prices[leg] * (1.0 + share * _direction(state.positions[leg])) for leg in bearing}
    return {**prices, **moved}


def _collateral(
    state: PaperState, pool: MarginPool, leg: LegKey, prices: Mapping[LegKey, float]
) -> float:
    if pool.mode is MarginMode.ISOLATED:
        return pool.balance
    others = [other for other in pool.legs if other != leg and other in state.positions]
    return cross_balance(state) + sum(_unrealized(state, other, prices) for other in others)


def _expire_orders_of(state: PaperState, pool: MarginPool) -> None:
    # Entries too: nothing is left that could back them.
    if pool.mode is MarginMode.ISOLATED:
        expire_orders(state, lambda request: leg_of(request) in pool.legs)
    else:
        expire_orders(
            state,
            lambda request: (
                state.margin_mode.get(request.symbol, MarginMode.CROSS) is MarginMode.CROSS
            ),
        )


def _unrealized(state: PaperState, leg: LegKey, prices: Mapping[LegKey, float]) -> float:
    position = state.positions[leg]
    return float(unrealized_pnl(position.quantity, position.entry_price, prices[leg]))


def _marks(state: PaperState, legs: Iterable[LegKey]) -> dict[LegKey, float]:
    return {leg: state.marks[leg[0]] for leg in legs}


def _direction(position: PaperPosition) -> float:
    return 1.0 if position.quantity > 0.0 else -1.0
