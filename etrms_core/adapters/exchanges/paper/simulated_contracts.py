"""What is traded on the simulated market: contract terms and how each price behaves."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from etrms_core.domain.instrument import Instrument, MarginTiers
from etrms_core.kernels.arrays import FloatArray, IntArray

MINIMUM_NOTIONAL = 5.0

# Sectors move together beyond what the whole market does.
MAJOR, PLATFORM, RETAIL = 0, 1, 2
SECTORS = 3


def continuous_tiers(floors: Sequence[float], rates: Sequence[float]) -> MarginTiers:
    """Return tiers whose amounts leave no jump of the margin at a floor.

    ``amount_n = floor_n * (rate_n - rate_{n-1}) + amount_{n-1}``
    """
    amounts = [0.0]
    for floor, (rate_below, rate) in zip(floors[1:], pairwise(rates), strict=True):
        amounts.append(amounts[-1] + floor * (rate - rate_below))
    return MarginTiers(tuple(floors), tuple(rates), tuple(amounts))


# Brackets as Binance published them for USD-M futures, the largest left out.
BITCOIN_TIERS = continuous_tiers(
    (0.0, 5e4, 2.5e5, 1e6, 1e7, 2e7, 5e7),
    (0.004, 0.005, 0.01, 0.025, 0.05, 0.1, 0.125),
)
ETHER_TIERS = continuous_tiers(
    (0.0, 1e4, 1e5, 5e5, 1e6, 2e6, 5e6), (0.005, 0.0065, 0.01, 0.02, 0.05, 0.1, 0.125)
)
ALTCOIN_TIERS = continuous_tiers(
    (0.0, 1e4, 5e4, 2.5e5, 1e6, 2e6), (0.0065, 0.01, 0.02, 0.05, 0.1, 0.125)
)


@dataclass(frozen=True, slots=True)
class SimulatedContract:
    """One perpetual and the behaviour of its price.

    Attributes
    ----------
    anchor_price : float
        First price, to which the price reverts weakly over years, quote currency.
    calm_volatility, violent_volatility : float
        Annualised volatility of log returns in each regime, fractions.
    market_share : float
        Fraction of the variance that comes from the common factor in the calm regime.
    hourly_turnover : float
        Quote currency traded in a calm hour of typical range.
    """

    instrument: Instrument
    anchor_price: float
    calm_volatility: float
    violent_volatility: float
    market_share: float
    sector: int
    hourly_turnover: float


def perpetual(
    symbol: str,
    steps: tuple[float, float],
    tiers: MarginTiers,
    *,
    maximum_leverage: float,
    funding_interval_hours: int = 8,
) -> Instrument:
    """Return a contract with `steps` of price (tick) and quantity (lot)."""
    return Instrument(
        symbol=symbol,
        tick_size=steps[0],
        lot_size=steps[1],
        minimum_notional=MINIMUM_NOTIONAL,
        tiers=tiers,
        maximum_leverage=maximum_leverage,
        funding_interval_hours=funding_interval_hours,
    )


BTC = perpetual("BTCUSDT", (0.1, 0.001), BITCOIN_TIERS, maximum_leverage=125.0)
ETH = perpetual("ETHUSDT", (0.01, 0.001), ETHER_TIERS, maximum_leverage=100.0)
SOL = perpetual("SOLUSDT", (0.01, 0.01), ALTCOIN_TIERS, maximum_leverage=75.0)
BNB = perpetual("BNBUSDT", (0.01, 0.01), ALTCOIN_TIERS, maximum_leverage=75.0)
XRP = perpetual("XRPUSDT", (0.0001, 0.1), ALTCOIN_TIERS, maximum_leverage=75.0)
DOGE = perpetual("DOGEUSDT", (0.00001, 1.0), ALTCOIN_TIERS, maximum_leverage=75.0)
LINK = perpetual(
    "LINKUSDT", (0.001, 0.01), ALTCOIN_TIERS, maximum_leverage=50.0, funding_interval_hours=4
)
ADA = perpetual("ADAUSDT", (0.0001, 1.0), ALTCOIN_TIERS, maximum_leverage=50.0)

CONTRACTS = (
    SimulatedContract(BTC, 95_000.0, 0.45, 1.30, 0.72, MAJOR, 600e6),
    SimulatedContract(ETH, 3_300.0, 0.58, 1.55, 0.72, MAJOR, 400e6),
    SimulatedContract(SOL, 180.0, 0.78, 2.00, 0.66, PLATFORM, 120e6),
    SimulatedContract(BNB, 650.0, 0.50, 1.40, 0.64, MAJOR, 25e6),
    SimulatedContract(XRP, 2.2, 0.74, 1.85, 0.60, RETAIL, 60e6),
    SimulatedContract(DOGE, 0.2, 0.84, 2.10, 0.63, RETAIL, 50e6),
    SimulatedContract(LINK, 18.0, 0.78, 1.95, 0.66, PLATFORM, 15e6),
    SimulatedContract(ADA, 0.75, 0.76, 1.90, 0.66, PLATFORM, 20e6),
)


class ContractColumns(NamedTuple):
    """The contracts as columns of shape (n_symbols,), in the order of `CONTRACTS`.

    Steps are kept as whole steps per unit, so that ``count / per_unit`` is the double closest to
    the decimal number that is meant.
    """

    anchor_price: FloatArray
    calm_volatility: FloatArray
    violent_volatility: FloatArray
    market_share: FloatArray
    sector: IntArray
    hourly_turnover: FloatArray
    ticks_per_unit: FloatArray
    lots_per_unit: FloatArray
    funding_interval_hours: IntArray


COLUMNS = ContractColumns(
    anchor_price=np.array([each.anchor_price for each in CONTRACTS]),
    calm_volatility=np.array([each.calm_volatility for each in CONTRACTS]),
    violent_volatility=np.array([each.violent_volatility for each in CONTRACTS]),
    market_share=np.array([each.market_share for each in CONTRACTS]),
    sector=np.array([each.sector for each in CONTRACTS]),
    hourly_turnover=np.array([each.hourly_turnover for each in CONTRACTS]),
    ticks_per_unit=np.array([float(round(1 / each.instrument.tick_size)) for each in CONTRACTS]),
    lots_per_unit=np.array([float(round(1 / each.instrument.lot_size)) for each in CONTRACTS]),
    funding_interval_hours=np.array([each.instrument.funding_interval_hours for each in CONTRACTS]),
)
