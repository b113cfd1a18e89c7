"""Prices of the simulated market inside one hour, second by second."""

from typing import NamedTuple

import numpy as np

from etrms_core.adapters.exchanges.paper.simulated_contracts import COLUMNS
from etrms_core.adapters.exchanges.paper.simulated_path import NODES_PER_HOUR, MarketHours
from etrms_core.adapters.exchanges.paper.simulated_regimes import by_regime
from etrms_core.kernels.arrays import FloatArray

SECONDS_PER_HOUR = 3600
SECONDS_PER_NODE = SECONDS_PER_HOUR // NODES_PER_HOUR

# Noise over that of a Brownian bridge with the hour's volatility: a full bridge would leave the
# hour's extremes too often.
NOISE_SHARE = 0.5

# Fractions of the price, at least a tick and that many ticks.
CALM_SPREAD = 1e-5
VIOLENT_SPREAD = 5e-5
VIOLENT_SPREAD_TICKS = 3.0


class SecondPrices(NamedTuple):
    """Prices of one hour on the tick, each of shape (SECONDS_PER_HOUR, n_symbols)."""

    mark: FloatArray
    bid: FloatArray
    ask: FloatArray


def draw_second_prices(generator: np.random.Generator, hour: MarketHours) -> SecondPrices:
    """Lay prices between the nodes of one hour, never beyond its high and low.

    A node is hit exactly in its own second, so that who looks each second sees every extreme.
    """
    noise = NOISE_SHARE * draw_bridges(generator) * hour.volatility[0]
    prices = interpolate_nodes(hour.node_prices[0]) * (1.0 + noise)
    prices = fold_into(prices.reshape(SECONDS_PER_HOUR, -1), hour.bars[0, 2], hour.bars[0, 1])
    ticks = np.rint(prices * COLUMNS.ticks_per_unit)
    below, above = half_spreads(hour)
    bid_ticks = np.maximum(ticks - below, 1.0)
    return SecondPrices(
        *(each / COLUMNS.ticks_per_unit for each in (ticks, bid_ticks, ticks + above))
    )


def interpolate_nodes(nodes: FloatArray) -> FloatArray:
    """Draw straight lines between nodes, shape (NODES_PER_HOUR, SECONDS_PER_NODE, n_symbols)."""
    elapsed = np.arange(SECONDS_PER_NODE)[:, None] / SECONDS_PER_NODE
    return nodes[:-1, None] + np.diff(nodes, axis=0)[:, None] * elapsed


def draw_bridges(generator: np.random.Generator) -> FloatArray:
    """Draw Brownian bridges from 0 to 0 of unit variance per node, shaped like the lines."""
    shape = (NODES_PER_HOUR, SECONDS_PER_NODE, COLUMNS.anchor_price.size)
    walk = np.cumsum(generator.standard_normal(shape), axis=1) / np.sqrt(SECONDS_PER_NODE)
    elapsed = np.arange(1, SECONDS_PER_NODE + 1)[:, None] / SECONDS_PER_NODE
    bridge = walk - elapsed * walk[:, -1:]
    return np.concatenate((np.zeros_like(bridge[:, :1]), bridge[:, :-1]), axis=1)


def fold_into(prices: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
    """Reflect prices at the extremes, to which they would stick if cut off.

    What lies so far outside that its reflection leaves the range is cut off.
    """
    below_high = high - np.abs(high - prices)
    within: FloatArray = np.clip(low + np.abs(below_high - low), low, high)
    return within


def half_spreads(hour: MarketHours) -> tuple[FloatArray, FloatArray]:
    """Ticks from mark to bid and to ask of each symbol, together at least 1."""
    price_ticks = hour.bars[0, 0] * COLUMNS.ticks_per_unit
    calm = np.maximum(1.0, np.rint(CALM_SPREAD * price_ticks))
    violent = np.maximum(VIOLENT_SPREAD_TICKS, np.rint(VIOLENT_SPREAD * price_ticks))
    spread = by_regime(hour.is_violent, calm, violent)[0]
    below = np.floor(spread / 2.0)
    return below, spread - below
