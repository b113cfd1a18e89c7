"""What a venue says about a contract: steps, smallest order, margin tiers."""

from dataclasses import dataclass
from itertools import pairwise
from math import inf, isfinite

from etrms_core.errors import DomainError


@dataclass(frozen=True, slots=True)
class MarginTiers:
    """Maintenance margin by notional: ``notional * rate - amount`` in the tier of the notional.

    Attributes
    ----------
    notional_floors : tuple of float
        Lower bound of each tier in quote currency, the first 0, rising.
    rates : tuple of float
        Maintenance margin rate of each tier, fractions in (0, 1), not falling.
    amounts : tuple of float
        Maintenance amount of each tier ("cum" on Binance), quote currency.
    """

    notional_floors: tuple[float, ...]
    rates: tuple[float, ...]
    amounts: tuple[float, ...]

    def __post_init__(self) -> None:
        if (
            not self.rates
            or len({len(self.notional_floors), len(self.rates), len(self.amounts)}) > 1
        ):
            raise DomainError("margin tiers need as many floors as rates and amounts, at least one")
        if self.notional_floors[0] != 0.0 or any(a >= b for a, b in pairwise(self.notional_floors)):
            raise DomainError(f"tier floors start at 0 and rise, were {self.notional_floors}")
        if not all(0.0 < rate < 1.0 for rate in self.rates):
            raise DomainError(f"maintenance margin rates lie between 0 and 1, were {self.rates}")
        if any(a > b for a, b in pairwise(self.rates)):
            raise DomainError(f"maintenance margin rates do not fall, were {self.rates}")
        if not all(isfinite(amount) and amount >= 0.0 for amount in self.amounts):
            raise DomainError(f"maintenance amounts are not negative, were {self.amounts}")


def single_tier(rate: float) -> MarginTiers:
    """Return tiers with one maintenance margin rate for every notional."""
    return MarginTiers((0.0,), (rate,), (0.0,))


DEFAULT_TIERS = single_tier(0.005)


@dataclass(frozen=True, slots=True)
class Instrument:
    """A linear perpetual contract; 0 means no rounding or no minimum."""

    symbol: str
    tick_size: float = 0.0
    lot_size: float = 0.0
    minimum_notional: float = 0.0
    tiers: MarginTiers = DEFAULT_TIERS
    maximum_leverage: float = 125.0
    maximum_quantity: float = inf
    funding_interval_hours: int = 8
    quote_asset: str = "USDT"

    def __post_init__(self) -> None:
        if not self.symbol:
            raise DomainError("an instrument needs a symbol")
        for name, value in (
            ("tick_size", self.tick_size),
            ("lot_size", self.lot_size),
            ("minimum_notional", self.minimum_notional),
        ):
            if not isfinite(value) or value < 0.0:
                raise DomainError(f"{self.symbol} {name} is a number >= 0, was {value}")
        if not self.maximum_leverage >= 1.0:
            raise DomainError(
                f"{self.symbol} maximum_leverage is >= 1, was {self.maximum_leverage}"
            )
        if self.funding_interval_hours < 1:
            raise DomainError(
                f"{self.symbol} funding_interval_hours is >= 1, was {self.funding_interval_hours}"
            )
