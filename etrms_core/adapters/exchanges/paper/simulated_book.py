"""Order books of the simulated market."""

import numpy as np

from etrms_core.adapters.exchanges.paper.simulated_contracts import SimulatedContract
from etrms_core.domain.market_data import BookLevel, OrderBook, Quote
from etrms_core.errors import DomainError
from etrms_core.kernels.arrays import FloatArray

MAXIMUM_LEVELS = 1000

# Quote currency at the best price over that traded in a typical hour, and its growth per level.
BEST_LEVEL_SHARE = 4e-4
GROWTH_PER_LEVEL = 0.15
SIZE_NOISE = 0.6

# Mean distance between levels over the price.
GAP_FRACTION = 1e-5


def draw_order_book(
    generator: np.random.Generator,
    quote: Quote,
    contract: SimulatedContract,
    *,
    turbulence: float,
    levels: int,
) -> OrderBook:
    """Lay levels around a quote; gaps widen and sizes thin out with `turbulence`.

    Parameters
    ----------
    turbulence : float
        Volatility of the moment over the calm one, above 0.
    levels : int
        Levels per side; fewer bids where the price has no room for more.

    Raises
    ------
    DomainError
        If `levels` lies outside 1 to `MAXIMUM_LEVELS`.
    """
    if not 1 <= levels <= MAXIMUM_LEVELS:
        raise DomainError(f"a book has 1 to {MAXIMUM_LEVELS} levels, was {levels}")
    sides = []
    for best, direction in ((quote.bid, -1.0), (quote.ask, 1.0)):
        prices = draw_level_prices(
            generator, best, contract, gap=direction * GAP_FRACTION * turbulence, levels=levels
        )
        sizes = draw_level_sizes(generator, prices, contract, turbulence=turbulence)
        pairs = zip(prices.tolist(), sizes.tolist(), strict=True)
        sides.append(tuple(BookLevel(price, size) for price, size in pairs))
    return OrderBook(quote.symbol, quote.observed_at, *sides)


def draw_level_prices(
    generator: np.random.Generator,
    best: float,
    contract: SimulatedContract,
    *,
    gap: float,
    levels: int,
) -> FloatArray:
    """Draw prices from the best one onwards; `gap` is a signed fraction of the price."""
    ticks_per_unit = round(1.0 / contract.instrument.tick_size)
    best_ticks = round(best * ticks_per_unit)
    widest = max(1, round(2.0 * abs(gap) * best_ticks))
    steps = np.concatenate(([0], generator.integers(1, widest, size=levels - 1, endpoint=True)))
    ticks = best_ticks + int(np.sign(gap)) * np.cumsum(steps)
    return ticks[ticks > 0] / ticks_per_unit


def draw_level_sizes(
    generator: np.random.Generator,
    prices: FloatArray,
    contract: SimulatedContract,
    *,
    turbulence: float,
) -> FloatArray:
    """Draw sizes in base units, whole lots and at least one, growing away from the best price."""
    lots_per_unit = round(1.0 / contract.instrument.lot_size)
    growth = 1.0 + GROWTH_PER_LEVEL * np.arange(prices.size)
    noise = np.exp(SIZE_NOISE * generator.standard_normal(prices.size))
    notional = BEST_LEVEL_SHARE * contract.hourly_turnover * growth * noise / turbulence
    return np.maximum(1.0, np.rint(notional / prices * lots_per_unit)) / lots_per_unit
