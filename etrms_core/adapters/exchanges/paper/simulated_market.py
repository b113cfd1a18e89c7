"""The market of the paper exchange: eight perpetuals that exist only as a function of time."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from etrms_core.adapters.exchanges.paper.simulated_book import draw_order_book
from etrms_core.adapters.exchanges.paper.simulated_contracts import COLUMNS, CONTRACTS
from etrms_core.adapters.exchanges.paper.simulated_history import (
    BOOK,
    SECONDS,
    SimulatedHistory,
    seeded_generator,
)
from etrms_core.adapters.exchanges.paper.simulated_path import NODES_PER_YEAR
from etrms_core.adapters.exchanges.paper.simulated_regimes import regime_label
from etrms_core.adapters.exchanges.paper.simulated_seconds import SecondPrices, draw_second_prices
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.market_data import Bar, FundingSettlement, OrderBook, Quote
from etrms_core.errors import ConfigurationError, DomainError

if TYPE_CHECKING:
    import pandas as pd

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BAR_COLUMNS = ("open", "high", "low", "close", "volume")


class LiveHour(NamedTuple):
    """The hour that quotes were last asked for."""

    number: int
    prices: SecondPrices
    funding: list[tuple[str, float, datetime]]


class SimulatedMarket:
    """Eight correlated perpetuals, a pure function of (seed, start, time).

    Parameters
    ----------
    seed : int
        Which market, at least 0.
    start : datetime
        The market begins with the hour that holds this moment.
    symbols : sequence of str, optional
        What is listed, in this order; all by default. A choice changes no price.

    Attributes
    ----------
    instruments : mapping of str to Instrument
    start : datetime
        Open of the first hour.

    Raises
    ------
    ConfigurationError
        If a symbol is unknown, none is chosen or the seed is negative.
    DomainError
        From every method, if a time has no zone or lies before `start`.
    """

    def __init__(self, *, seed: int, start: datetime, symbols: Sequence[str] | None = None) -> None:
        if seed < 0:
            raise ConfigurationError(f"a seed is at least 0, was {seed}", field="seed")
        self.start = to_utc(start).replace(minute=0, second=0, microsecond=0)
        self._columns = choose_columns(symbols)
        self.instruments: Mapping[str, Instrument] = MappingProxyType(
            {symbol: CONTRACTS[column].instrument for symbol, column in self._columns.items()}
        )
        self._seed = seed
        self._history = SimulatedHistory(seed)
        self._hours_since_epoch = (self.start - EPOCH) // HOUR
        self._live: LiveHour | None = None

    def quotes(self, at: datetime) -> Mapping[str, Quote]:
        """Return the quote of every symbol; it changes each whole second.

        The funding rate shown is the one that its next settlement takes if that is within the hour.
        """
        observed_at = to_utc(at)
        number, second = self._hour_and_second(observed_at)
        live = self._live_hour(number)
        prices = zip(*(side[second].tolist() for side in live.prices), strict=True)
        return {
            symbol: Quote(symbol, observed_at, mark, bid, ask, rate, next_at)
            for (symbol, rate, next_at), (mark, bid, ask) in zip(live.funding, prices, strict=True)
        }

    def bars(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, Mapping[str, Bar]]]:
        """Yield open time and bars of the hours in [start, end), oldest first.

        An hour that is not over at `end` is left out.
        """
        first, stop = self._complete_hours(start, end)
        return ((self._opened_at(number), self._bars_of(number)) for number in range(first, stop))

    def hourly_frame(self, symbol: str, start: datetime, end: datetime) -> "pd.DataFrame":
        """Return the bars of `bars` for one symbol, a column each, indexed by open time."""
        column = self._column(symbol)
        first, stop = self._complete_hours(start, end)
        values = self._history.hours(first, stop).bars[:, :, column]
        import pandas as pd  # noqa: PLC0415  a second's import that live prices do not need

        return pd.DataFrame(values, index=self._index(first, stop), columns=list(BAR_COLUMNS))

    def funding(self, after: datetime, until: datetime) -> Sequence[FundingSettlement]:
        """Return the settlements with ``after < settled_at <= until``, oldest first.

        Each takes the rate that was shown in the hour before and the mark of its own second.
        """
        first, last = self._hour_number(after) + 1, self._hour_number(until)
        return [
            settlement
            for number in range(first, last + 1)
            for settlement in self._settlements_at(number)
        ]

    def order_book(self, symbol: str, at: datetime, *, levels: int = 20) -> OrderBook:
        """Return the book around the quote of that moment, `levels` a side."""
        column = self._column(symbol)
        number, second = self._hour_and_second(at)
        return draw_order_book(
            seeded_generator(self._seed, BOOK, number, second, column),
            self.quotes(at)[symbol],
            CONTRACTS[column],
            turbulence=self._turbulence(number, column),
            levels=levels,
        )

    def regime(self, at: datetime) -> str:
        """Return `calm` or `violent`, whichever the hour is."""
        number = self._hour_number(at)
        return regime_label(is_violent=bool(self._history.hours(number, number + 1).is_violent[0]))

    def regimes(self, start: datetime, end: datetime) -> "pd.Series[str]":
        """Return the regime of each hour that `hourly_frame` has, with the same index."""
        first, stop = self._complete_hours(start, end)
        labels = [
            regime_label(is_violent=is_violent)
            for is_violent in self._history.hours(first, stop).is_violent.tolist()
        ]
        import pandas as pd  # noqa: PLC0415

        return pd.Series(labels, index=self._index(first, stop), name="regime", dtype="str")

    def _column(self, symbol: str) -> int:
        if symbol not in self._columns:
            raise DomainError(f"the simulated market does not list {symbol!r}")
        return self._columns[symbol]

    def _since_start(self, at: datetime) -> timedelta:
        since_start = to_utc(at) - self.start
        if since_start < timedelta(0):
            raise DomainError(
                f"the simulated market starts at {self.start.isoformat()}, was {at.isoformat()}"
            )
        return since_start

    def _hour_number(self, at: datetime) -> int:
        return self._since_start(at) // HOUR

    def _hour_and_second(self, at: datetime) -> tuple[int, int]:
        number, rest = divmod(self._since_start(at), HOUR)
        return number, rest // SECOND

    def _complete_hours(self, start: datetime, end: datetime) -> tuple[int, int]:
        first = -(-self._since_start(start) // HOUR)
        return first, max(first, self._hour_number(end))

    def _opened_at(self, number: int) -> datetime:
        return self.start + number * HOUR

    def _index(self, first: int, stop: int) -> "pd.DatetimeIndex":
        import pandas as pd  # noqa: PLC0415

        return pd.date_range(self._opened_at(first), periods=stop - first, freq="h", name="time")

    def _bars_of(self, number: int) -> Mapping[str, Bar]:
        by_symbol = self._history.hours(number, number + 1).bars[0].T.tolist()
        return {symbol: Bar(*by_symbol[column]) for symbol, column in self._columns.items()}

    def _turbulence(self, number: int, column: int) -> float:
        volatility = self._history.hours(number, number + 1).volatility[0, column]
        return float(volatility * np.sqrt(NODES_PER_YEAR) / COLUMNS.calm_volatility[column])

    def _settlements_at(self, number: int) -> Iterator[FundingSettlement]:
        settled_at = self._opened_at(number)
        for symbol, column in self._columns.items():
            if (self._hours_since_epoch + number) % COLUMNS.funding_interval_hours[column] == 0:
                around = self._history.hours(number - 1, number + 1)
                rate = float(around.funding_rate[0, column])
                mark_price = float(around.node_prices[1, 0, column])
                yield FundingSettlement(symbol, settled_at, rate, mark_price)

    def _live_hour(self, number: int) -> LiveHour:
        live = self._live
        if live is None or live.number != number:
            live = self._draw_live_hour(number)
            self._live = live
        return live

    def _draw_live_hour(self, number: int) -> LiveHour:
        hour = self._history.hours(number, number + 1)
        columns = list(self._columns.values())
        generator = seeded_generator(self._seed, SECONDS, number)
        sides = (side[:, columns] for side in draw_second_prices(generator, hour))
        funding = [
            (symbol, float(hour.funding_rate[0, column]), self._next_funding_at(number, column))
            for symbol, column in self._columns.items()
        ]
        return LiveHour(number, SecondPrices(*sides), funding)

    def _next_funding_at(self, number: int, column: int) -> datetime:
        interval = int(COLUMNS.funding_interval_hours[column])
        hours_left = interval - (self._hours_since_epoch + number) % interval
        return self._opened_at(number + hours_left)


def to_utc(at: datetime) -> datetime:
    """Return an aware time in UTC.

    Raises
    ------
    DomainError
        If the time has no zone.
    """
    if at.utcoffset() is None:
        raise DomainError(f"a time needs a zone, was {at.isoformat()}")
    return at.astimezone(UTC)


def choose_columns(symbols: Sequence[str] | None) -> dict[str, int]:
    """Map the chosen symbols to their columns in `CONTRACTS`, in the order of the choice."""
    known = {contract.instrument.symbol: column for column, contract in enumerate(CONTRACTS)}
    if symbols is None:
        return known
    unknown = [symbol for symbol in symbols if symbol not in known]
    if unknown or not symbols:
        raise ConfigurationError(
            f"the simulated market lists {', '.join(known)}, was {', '.join(unknown) or 'none'}",
            field="symbols",
        )
    return {symbol: known[symbol] for symbol in symbols}
