"""Stored bars as the market of the paper exchange, at any speed."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import pandas as pd

from etrms_core.domain.instrument import Instrument
from etrms_core.domain.market_data import (
    Bar,
    BookLevel,
    FundingSettlement,
    OrderBook,
    Quote,
)
from etrms_core.errors import ConfigurationError, DomainError

HOUR = timedelta(hours=1)
# Bars hold no book: one level on each side that fills whatever is wanted at the last price.
ENDLESS_SIZE = 1e15


@dataclass(frozen=True, slots=True)
class _Series:
    times: list[datetime]
    rows: list[tuple[float, float, float, float, float]]


class ReplayMarket:
    """`MarketSource` over bar frames of one timeframe, at most an hour each.

    The price at a time is the close of the last bar that is over, the first open before that; after
    the last bar prices stand still. There is no funding and no spread.

    Parameters
    ----------
    frames : mapping of str to DataFrame
        Checked bars by symbol, UTC open times.
    timeframe : timedelta
        Length of a bar.

    Raises
    ------
    ConfigurationError
        If there are no bars or they are longer than an hour.
    """

    def __init__(self, frames: Mapping[str, pd.DataFrame], *, timeframe: timedelta) -> None:
        if not frames or any(frame.empty for frame in frames.values()):
            raise ConfigurationError("has no bars to replay", field="paper.symbols")
        if not timedelta(0) < timeframe <= HOUR:
            raise ConfigurationError(
                f"bars of at most an hour can be replayed, were {timeframe}", field="paper.symbols"
            )
        self._timeframe = timeframe
        self._series = {symbol: _series(frame) for symbol, frame in frames.items()}
        self._instruments = {symbol: Instrument(symbol) for symbol in frames}

    @property
    def instruments(self) -> Mapping[str, Instrument]:
        """Contracts by symbol, without rounding."""
        return self._instruments

    @property
    def first_time(self) -> datetime:
        """Open of the earliest bar."""
        return min(series.times[0] for series in self._series.values())

    def quotes(self, at: datetime) -> Mapping[str, Quote]:
        """Prices of all contracts at a time, without a spread."""
        prices = {symbol: self._price(series, at) for symbol, series in self._series.items()}
        return {symbol: Quote(symbol, at, price, price, price) for symbol, price in prices.items()}

    def order_book(self, symbol: str, at: datetime) -> OrderBook:
        """One endless level on each side, a hair around the price."""
        if symbol not in self._series:
            raise DomainError(f"there are no bars of {symbol!r}")
        price = self._price(self._series[symbol], at)
        return OrderBook(
            symbol,
            at,
            (BookLevel(price * (1.0 - 1e-12), ENDLESS_SIZE),),
            (BookLevel(price, ENDLESS_SIZE),),
        )

    def bars(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, Mapping[str, Bar]]]:
        """Hours built from the bars inside them, for hours that open in [start, end)."""
        opens_at = start
        while opens_at < end:
            built = {
                symbol: bar
                for symbol, series in self._series.items()
                if (bar := _hour(series, opens_at)) is not None
            }
            yield opens_at, built
            opens_at += HOUR

    def funding(self, after: datetime, until: datetime) -> Sequence[FundingSettlement]:
        """Nothing: stored bars carry no funding."""
        return ()

    def _price(self, series: _Series, at: datetime) -> float:
        over = bisect_right(series.times, at - self._timeframe)
        return series.rows[0][0] if over == 0 else series.rows[over - 1][3]


def _series(frame: pd.DataFrame) -> _Series:
    columns = frame[["open", "high", "low", "close", "volume"]]
    return _Series(
        [moment.to_pydatetime() for moment in pd.DatetimeIndex(frame.index)],
        list(columns.itertuples(index=False, name=None)),
    )


def _hour(series: _Series, opens_at: datetime) -> Bar | None:
    first = bisect_right(series.times, opens_at - timedelta(microseconds=1))
    last = bisect_right(series.times, opens_at + HOUR - timedelta(microseconds=1))
    rows = series.rows[first:last]
    if not rows:
        return None
    return Bar(
        rows[0][0],
        max(row[1] for row in rows),
        min(row[2] for row in rows),
        rows[-1][3],
        sum(row[4] for row in rows),
    )
