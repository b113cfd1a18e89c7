"""The rows of trades.csv, built from fills."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from itertools import pairwise
from math import isnan, nan

import pandas as pd

from etrms_core.domain.order import Fill
from etrms_core.errors import DomainError
from etrms_core.performance.trade_book import FundingReceived, HeldPosition, Trade, TradeBook

Extremes = Callable[[str, datetime, datetime], tuple[float, float]]


@dataclass(frozen=True, slots=True)
class TradeRow:
    """One row of trades.csv, its fields in the file's order (`return_` is the column `return`).

    `quantity` is unsigned; `return_`, `mae` and `mfe` are fractions of entry notional. An open
    trade has no exit time and price, and its pnl is marked.
    """

    id: int
    symbol: str
    side: str
    entry_time: datetime
    exit_time: datetime | None
    quantity: float
    entry_price: float
    exit_price: float | None
    fees: float
    funding: float
    pnl: float
    return_: float
    mae: float
    mfe: float
    exit_reason: str


_FIELDS = tuple(each.name for each in fields(TradeRow))
TRADE_COLUMNS = tuple(name.rstrip("_") for name in _FIELDS)
_TIMES = ("entry_time", "exit_time")
_TEXTS = ("symbol", "side", "exit_reason")


def trade_rows(
    fills: Sequence[Fill],
    *,
    opening: Iterable[HeldPosition],
    funding: Iterable[FundingReceived],
    extremes: Extremes,
    marks: Mapping[str, float],
    ends_at: datetime,
) -> tuple[TradeRow, ...]:
    """Build the trades behind fills, in the order in which they began.

    Entries are averaged as a venue does. A partial exit closes a row with its share (by quantity)
    of the fees and funding so far, and its own fee; the rest goes on under a new id with the old
    entry time. A flip closes a row and opens another one, its fee split by quantity. The pnl of
    all rows adds up to what the account gained since the opening positions were worth their entry.

    Parameters
    ----------
    fills : sequence of Fill
        Oldest first; the reason of a fill that closes is the row's exit reason.
    opening : iterable of HeldPosition
        Positions held before the first fill; fees paid for them are not known here.
    funding : iterable of FundingReceived
        Oldest first. At equal times funding comes before fills: it settles on what was carried
        in. What arrives at a leg that is flat belongs to the trade that opens at this very time,
        else to the leg's last trade.
    extremes : callable
        ``(symbol, start, end) -> (low, high)`` of the price between two times; NaN where unknown,
        and then mae and mfe are NaN.
    marks : mapping of str to float
        Last price by symbol, for what is open at the end.
    ends_at : datetime
        Time of those prices.

    Raises
    ------
    DomainError
        If a fill has no quantity, if fills or funding are not in time order, if funding came to a
        leg that never held anything, or if a symbol is open at the end and has no mark.
    """
    book = TradeBook()
    for position in opening:
        book.take_over(position)
    payments = list(funding)
    _require_order("fills", [fill.filled_at for fill in fills])
    _require_order("funding", [payment[2] for payment in payments])
    done = 0
    for fill in fills:
        while done < len(payments) and payments[done][2] <= fill.filled_at:
            book.receive(payments[done])
            done += 1
        book.fill(fill)
    for payment in payments[done:]:
        book.receive(payment)
    book.settle()
    _mark(book, marks)
    return tuple(
        _row(number, trade, extremes, marks, ends_at=ends_at)
        for number, trade in enumerate(book.trades, start=1)
    )


def trade_frame(rows: Iterable[TradeRow]) -> pd.DataFrame:
    """Tabulate trades with the columns of trades.csv; open ones have NaT and NaN as exit."""
    table = [tuple(getattr(row, name) for name in _FIELDS) for row in rows]
    frame = pd.DataFrame(table, columns=list(TRADE_COLUMNS))
    for name in _TIMES:
        frame[name] = pd.to_datetime(frame[name], utc=True).dt.as_unit("us")
    kinds = {name: "float64" for name in TRADE_COLUMNS if name not in _TIMES}
    return frame.astype(kinds | dict.fromkeys(_TEXTS, "str") | {"id": "int64"})


def _require_order(name: str, times: Sequence[datetime]) -> None:
    for before, after in pairwise(times):
        if after < before:
            raise DomainError(f"{name} are in time order, {after} came after {before}")


def _mark(book: TradeBook, marks: Mapping[str, float]) -> None:
    for (symbol, _), trade in book.held.items():
        if symbol not in marks:
            raise DomainError(f"{symbol} is open at the end and has no mark")
        trade.mark(marks[symbol])


def _row(
    number: int,
    trade: Trade,
    extremes: Extremes,
    marks: Mapping[str, float],
    *,
    ends_at: datetime,
) -> TradeRow:
    symbol = trade.leg[0]
    last_price = marks[symbol] if trade.exit_price is None else trade.exit_price
    low, high = extremes(symbol, trade.entry_time, trade.exit_time or ends_at)
    mae, mfe = _excursions(trade, min(low, last_price), max(high, last_price))
    pnl = trade.price_result - trade.fees + trade.funding
    return TradeRow(
        id=number,
        symbol=symbol,
        side="long" if trade.quantity > 0.0 else "short",
        entry_time=trade.entry_time,
        exit_time=trade.exit_time,
        quantity=abs(trade.quantity),
        entry_price=trade.entry_price,
        exit_price=trade.exit_price,
        fees=trade.fees,
        funding=trade.funding,
        pnl=pnl,
        return_=pnl / (abs(trade.quantity) * trade.entry_price),
        mae=mae,
        mfe=mfe,
        exit_reason=trade.exit_reason,
    )


def _excursions(trade: Trade, low: float, high: float) -> tuple[float, float]:
    if isnan(low) or isnan(high):
        return nan, nan
    down, up = low / trade.entry_price - 1.0, high / trade.entry_price - 1.0
    if trade.quantity < 0.0:
        down, up = -up, -down
    return min(0.0, down), max(0.0, up)
