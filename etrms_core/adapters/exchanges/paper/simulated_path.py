"""How prices, volumes and funding rates of the simulated market come about, a week at a time.

Log prices are pulled weakly to an anchor and driven, every five minutes, by one common factor, a
factor per sector and noise of their own. What scales these shocks is common to all symbols: the
regime, a slow breath of volatility, and a Student-t mixture per hour, so that wild hours are wild
everywhere. Rare jumps, mostly downwards, hit all symbols at once.
"""

from math import sqrt
from typing import NamedTuple

import numpy as np

from etrms_core.adapters.exchanges.paper.simulated_contracts import COLUMNS, SECTORS
from etrms_core.adapters.exchanges.paper.simulated_regimes import by_regime, draw_regimes
from etrms_core.kernels.arrays import BoolArray, FloatArray

HOURS_PER_BLOCK = 168
NODES_PER_HOUR = 12
NODES_PER_YEAR = 8760 * NODES_PER_HOUR
SYMBOLS = COLUMNS.anchor_price.size

REVERSION_HALF_LIFE_DAYS = 120
# Of the variance that the market leaves to a symbol: what remains its own in a violent regime,
# and what it shares with its sector.
VIOLENT_OWN_SHARE = 0.6
SECTOR_SHARE = 0.35

STUDENT_T_DEGREES = 5.0
BREATH_DEVIATION = 0.25
BREATH_DECAY = 0.97

# Probability per hour, size of a jump of bitcoin as a fraction, share of jumps that go down.
CALM_JUMP_PROBABILITY = 1.0 / (75 * 24)
VIOLENT_JUMP_PROBABILITY = 1.0 / (6 * 24)
SMALLEST_JUMP = 0.012
MEAN_JUMP_EXCESS = 0.018
DOWN_SHARE = 0.75

TYPICAL_RANGE = 1.5  # high less low of an hour over its standard deviation
VOLUME_EXPONENT = 1.1
VOLUME_NOISE = 0.35

PREMIUM_DECAY = 0.94
PREMIUM_PER_RETURN = 0.015
PREMIUM_NOISE = 0.00003
# Binance: rate = premium + clamp(interest - premium, -0.05 %, 0.05 %), per eight hours.
INTEREST = 0.0001
INTEREST_BAND = 0.0005
FUNDING_CAP = 0.0075
FUNDING_DECIMALS = 8


class PathState(NamedTuple):
    """What one block hands to the next.

    Attributes
    ----------
    is_violent : bool
    breath : float
        Log of the slow volatility factor.
    deviation, premium : ndarray of shape (n_symbols,)
        Log price over its anchor; perpetual over index, a fraction.
    """

    is_violent: bool
    breath: float
    deviation: FloatArray
    premium: FloatArray


class MarketHours(NamedTuple):
    """Hours of the market, oldest first.

    Attributes
    ----------
    is_violent : ndarray of shape (n_hours,)
    node_prices : ndarray of shape (n_hours, NODES_PER_HOUR + 1, n_symbols)
        Mark every five minutes, both ends included, rounded to the tick.
    bars : ndarray of shape (n_hours, 5, n_symbols)
        Open, high, low, close in quote currency, volume in base units.
    volatility : ndarray of shape (n_hours, n_symbols)
        Standard deviation of a five-minute log return.
    funding_rate : ndarray of shape (n_hours, n_symbols)
        Rate shown during the hour, known at its open.
    """

    is_violent: BoolArray
    node_prices: FloatArray
    bars: FloatArray
    volatility: FloatArray
    funding_rate: FloatArray


def first_state() -> PathState:
    """Return the state before the first hour: calm, every price at its anchor."""
    return PathState(False, 0.0, np.zeros(SYMBOLS), np.zeros(SYMBOLS))


def generate_block(
    generator: np.random.Generator, state: PathState
) -> tuple[MarketHours, PathState]:
    """Draw the next `HOURS_PER_BLOCK` hours and the state after them."""
    is_violent = draw_regimes(generator, hours=HOURS_PER_BLOCK, was_violent=state.is_violent)
    breath = draw_breath(generator, state.breath)
    volatility = draw_volatility(generator, is_violent, breath)
    shocks = volatility[:, None, :] * draw_correlated_normals(generator, is_violent)
    shocks += draw_jumps(generator, is_violent)
    deviation = deviation_path(state.deviation, shocks)
    node_prices = price_nodes(deviation)
    bars = draw_bars(generator, node_prices)
    premium = draw_premium(generator, state.premium, np.diff(deviation[::NODES_PER_HOUR], axis=0))
    hours = MarketHours(is_violent, node_prices, bars, volatility, funding_rates(premium[:-1]))
    return hours, PathState(bool(is_violent[-1]), float(breath[-1]), deviation[-1], premium[-1])


def decaying_path(first: FloatArray, shocks: FloatArray, *, decay: float) -> FloatArray:
    """Run ``y_k = decay * y_{k-1} + x_k`` over the first axis of `shocks`, `first` in front.

    Stable as long as ``decay ** len(shocks)`` is far above the smallest double.
    """
    steps = np.arange(1, len(shocks) + 1).reshape(-1, *(1,) * (shocks.ndim - 1))
    weights = np.power(decay, steps)
    path = weights * (first + np.cumsum(shocks / weights, axis=0))
    return np.concatenate((np.expand_dims(first, 0), path))


def draw_breath(generator: np.random.Generator, first: float) -> FloatArray:
    """Draw the log of the slow volatility factor, shape (HOURS_PER_BLOCK,)."""
    scale = BREATH_DEVIATION * sqrt(1.0 - BREATH_DECAY**2)
    shocks = scale * generator.standard_normal(HOURS_PER_BLOCK)
    return decaying_path(np.array(first), shocks, decay=BREATH_DECAY)[1:]


def draw_volatility(
    generator: np.random.Generator, is_violent: BoolArray, breath: FloatArray
) -> FloatArray:
    """Draw the five-minute volatility of each hour and symbol, of unit scale on average.

    Normal shocks times ``sqrt((v - 2) / chi2_v)`` are Student-t with `v` degrees of freedom and
    variance 1; ``exp(breath)`` has a second moment of ``exp(2 * BREATH_DEVIATION**2)``.
    """
    chi_square = generator.chisquare(STUDENT_T_DEGREES, size=is_violent.size)
    mixture: FloatArray = np.sqrt((STUDENT_T_DEGREES - 2.0) / chi_square)
    scale: FloatArray = mixture * np.exp(breath - BREATH_DEVIATION**2)
    annual = by_regime(is_violent, COLUMNS.calm_volatility, COLUMNS.violent_volatility)
    return scale[:, None] * annual / sqrt(NODES_PER_YEAR)


def draw_correlated_normals(generator: np.random.Generator, is_violent: BoolArray) -> FloatArray:
    """Draw unit shocks, shape (n_hours, NODES_PER_HOUR, n_symbols)."""
    size = (is_violent.size, NODES_PER_HOUR)
    market = generator.standard_normal((*size, 1))
    sector = generator.standard_normal((*size, SECTORS))[:, :, COLUMNS.sector]
    own = generator.standard_normal((*size, SYMBOLS))
    calm_rest = 1.0 - COLUMNS.market_share
    rest = by_regime(is_violent, calm_rest, VIOLENT_OWN_SHARE * calm_rest)[:, None, :]
    beside_market = sqrt(SECTOR_SHARE) * sector + sqrt(1.0 - SECTOR_SHARE) * own
    shocks: FloatArray = np.sqrt(1.0 - rest) * market + np.sqrt(rest) * beside_market
    return shocks


def draw_jumps(generator: np.random.Generator, is_violent: BoolArray) -> FloatArray:
    """Draw common jumps less their mean, shape (n_hours, NODES_PER_HOUR, n_symbols)."""
    probability = np.where(is_violent, VIOLENT_JUMP_PROBABILITY, CALM_JUMP_PROBABILITY)
    happens = generator.random(is_violent.size) < probability
    sign = np.where(generator.random(is_violent.size) < DOWN_SHARE, -1.0, 1.0)
    size = SMALLEST_JUMP + MEAN_JUMP_EXCESS * generator.standard_exponential(is_violent.size)
    node = generator.integers(NODES_PER_HOUR, size=is_violent.size)
    mean = probability * (1.0 - 2.0 * DOWN_SHARE) * (SMALLEST_JUMP + MEAN_JUMP_EXCESS)
    jumps = np.repeat(-mean[:, None] / NODES_PER_HOUR, NODES_PER_HOUR, axis=1)
    jumps[np.arange(is_violent.size), node] += np.where(happens, sign * size, 0.0)
    relative_to_bitcoin: FloatArray = COLUMNS.calm_volatility / COLUMNS.calm_volatility[0]
    return jumps[:, :, None] * relative_to_bitcoin


def deviation_path(first: FloatArray, shocks: FloatArray) -> FloatArray:
    """Log price over its anchor at every node, shape (n_hours * NODES_PER_HOUR + 1, n_symbols)."""
    nodes_to_half = REVERSION_HALF_LIFE_DAYS * 24 * NODES_PER_HOUR
    return decaying_path(first, shocks.reshape(-1, SYMBOLS), decay=0.5 ** (1.0 / nodes_to_half))


def price_nodes(deviation: FloatArray) -> FloatArray:
    """Prices on the tick, shape (n_hours, NODES_PER_HOUR + 1, n_symbols)."""
    ticks = np.rint(COLUMNS.anchor_price * np.exp(deviation) * COLUMNS.ticks_per_unit)
    prices = np.maximum(ticks, 1.0) / COLUMNS.ticks_per_unit
    first_nodes = np.arange(0, len(deviation) - 1, NODES_PER_HOUR)
    by_hour: FloatArray = prices[first_nodes[:, None] + np.arange(NODES_PER_HOUR + 1)]
    return by_hour


def draw_bars(generator: np.random.Generator, node_prices: FloatArray) -> FloatArray:
    """Sum up nodes as bars, shape (n_hours, 5, n_symbols); volume rises with the range."""
    open_, close = node_prices[:, 0], node_prices[:, -1]
    high, low = node_prices.max(axis=1), node_prices.min(axis=1)
    typical = TYPICAL_RANGE * COLUMNS.calm_volatility / sqrt(8760.0)
    activity = ((high - low) / open_ / typical) ** VOLUME_EXPONENT
    noise = np.exp(VOLUME_NOISE * generator.standard_normal(open_.shape))
    lots = np.rint(COLUMNS.hourly_turnover / open_ * activity * noise * COLUMNS.lots_per_unit)
    volume = np.maximum(lots, 1.0) / COLUMNS.lots_per_unit
    return np.stack((open_, high, low, close, volume), axis=1)


def draw_premium(
    generator: np.random.Generator, first: FloatArray, returns: FloatArray
) -> FloatArray:
    """Premium of the perpetual, which follows the trend, shape (n_hours + 1, n_symbols)."""
    noise = PREMIUM_NOISE * generator.standard_normal(returns.shape)
    return decaying_path(first, PREMIUM_PER_RETURN * returns + noise, decay=PREMIUM_DECAY)


def funding_rates(premium: FloatArray) -> FloatArray:
    """Rate per settlement; flat at the interest while the premium is small.

    References
    ----------
    Binance, Introduction to Binance Futures Funding Rates.
    """
    per_eight_hours = premium + np.clip(INTEREST - premium, -INTEREST_BAND, INTEREST_BAND)
    rate = per_eight_hours * COLUMNS.funding_interval_hours / 8.0
    capped: FloatArray = np.clip(rate, -FUNDING_CAP, FUNDING_CAP)
    return capped.round(FUNDING_DECIMALS)
