"""Prices, books and bars as venues show them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from math import isfinite

from etrms_core.errors import DomainError


@dataclass(frozen=True, slots=True)
class BookLevel:
    """One price level: quote currency and base units."""

    price: float
    size: float


@dataclass(frozen=True, slots=True)
class OrderBook:
    """Resting liquidity, both sides best first."""

    symbol: str
    observed_at: datetime
    bids: tuple[BookLevel, ...]
    asks: tuple[BookLevel, ...]

    def __post_init__(self) -> None:
        if self.bids and self.asks and self.bids[0].price >= self.asks[0].price:
            raise DomainError(
                f"{self.symbol} book is crossed: bid {self.bids[0].price}, ask {self.asks[0].price}"
            )


@dataclass(frozen=True, slots=True)
class Quote:
    """What one symbol costs now.

    `funding_rate` is the fraction of notional that longs pay at `next_funding_at`.
    """

    symbol: str
    observed_at: datetime
    mark_price: float
    bid: float
    ask: float
    funding_rate: float | None = None
    next_funding_at: datetime | None = None

    def __post_init__(self) -> None:
        prices = (self.mark_price, self.bid, self.ask)
        if not all(isfinite(price) and price > 0.0 for price in prices):
            raise DomainError(f"{self.symbol} prices are above 0, were {prices}")
        if self.bid > self.ask:
            raise DomainError(f"{self.symbol} bid {self.bid} is above ask {self.ask}")


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of one symbol: ``0 < low <= open, close <= high``, quote currency; volume in base."""

    open: float
    high: float
    low: float
    close: float
    volume: float

    def __post_init__(self) -> None:
        prices = (self.open, self.high, self.low, self.close)
        if not all(isfinite(price) and price > 0.0 for price in prices):
            raise DomainError(f"bar prices are above 0, were {prices}")
        if self.high < max(self.open, self.close) or self.low > min(self.open, self.close):
            raise DomainError(f"a bar holds low <= open, close <= high, was {prices}")


@dataclass(frozen=True, slots=True)
class FundingSettlement:
    """One funding time of one symbol: longs pay `rate` times notional at `mark_price`.

    `mark_price` None stands for the mark at that moment.
    """

    symbol: str
    settled_at: datetime
    rate: float
    mark_price: float | None = None


@dataclass(frozen=True, slots=True)
class BarStep:
    """One bar of every symbol that has one, with the times of its open and close.

    `marks` are the bars of the margin price, the trade bars where there are none.
    """

    opens_at: datetime
    closes_at: datetime
    bars: Mapping[str, Bar]
    marks: Mapping[str, Bar]
