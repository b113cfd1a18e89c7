"""Orders, trades and events of a run as domain objects and frames."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from math import inf

import numpy as np
import pandas as pd

from etrms_core.backtest.market import CLOSE, HIGH, LOW, Market
from etrms_core.backtest.run_files import BREAKER_EVENT_COLUMNS, ORDER_COLUMNS
from etrms_core.backtest.simulation_run import FillReason, SimulationRun
from etrms_core.domain.events import BreakerEvent
from etrms_core.domain.identifiers import PositionSide
from etrms_core.domain.order import Fill, OrderSide
from etrms_core.kernels.arrays import IntArray
from etrms_core.performance.round_trips import Extremes, TradeRow, trade_rows
from etrms_core.performance.trade_book import FundingReceived

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_REASONS = {reason.value: reason.name.lower() for reason in FillReason}


def utc_index(times_ms: IntArray) -> pd.DatetimeIndex:
    """Make an index of milliseconds since 1970, UTC, called `time`."""
    moments = times_ms.astype("datetime64[ms]")
    return pd.DatetimeIndex(moments, name="time").as_unit("us").tz_localize("UTC")


def run_fills(run: SimulationRun, market: Market) -> tuple[Fill, ...]:
    """Name the fills of a run, oldest first; their ids count them."""
    fills = run.fills
    rows = zip(
        fills.time_ms.tolist(),
        fills.symbol.tolist(),
        fills.quantity.tolist(),
        fills.price.tolist(),
        fills.fee.tolist(),
        fills.realized_pnl.tolist(),
        fills.reason.tolist(),
        strict=True,
    )
    return tuple(
        Fill(
            fill_id=str(number),
            client_order_id="",
            symbol=market.symbols[symbol],
            position_side=PositionSide.NET,
            quantity=quantity,
            price=price,
            fee=fee,
            realized_pnl=realized,
            filled_at=_moment(time_ms),
            reason=_REASONS[reason],
        )
        for number, (time_ms, symbol, quantity, price, fee, realized, reason) in enumerate(
            rows, start=1
        )
    )


def run_trades(run: SimulationRun, market: Market) -> tuple[TradeRow, ...]:
    """Build the trades of a run; their pnl adds up to what the account earned."""
    return trade_rows(
        run_fills(run, market),
        opening=(),
        funding=_payments(run, market),
        extremes=_extremes(run, market),
        marks={
            symbol: float(table[CLOSE][~np.isnan(table[CLOSE])][-1])
            for symbol, table in zip(market.symbols, market.marks, strict=True)
        },
        ends_at=_moment(int(market.open_ms[-1]) + market.timeframe_ms),
    )


def order_frame(run: SimulationRun, market: Market) -> pd.DataFrame:
    """Tabulate filled orders with the columns of orders.csv."""
    fills = run.fills
    sides = np.array([OrderSide.SELL.value, OrderSide.BUY.value])
    reasons = np.array([_REASONS[number] for number in sorted(_REASONS)])
    columns = {
        "time": utc_index(fills.time_ms),
        "symbol": pd.array(np.array(market.symbols)[fills.symbol], dtype="str"),
        "side": pd.array(sides[(fills.quantity > 0.0).astype(np.int64)], dtype="str"),
        "quantity": np.abs(fills.quantity),
        "price": fills.price,
        "fee": fills.fee,
        "reason": pd.array(reasons[fills.reason], dtype="str"),
    }
    return pd.DataFrame(columns, columns=list(ORDER_COLUMNS))


def event_frame(events: Iterable[BreakerEvent]) -> pd.DataFrame:
    """Tabulate breaker events with the columns of breaker_events.csv."""
    rows = [
        (
            event.occurred_at,
            event.breaker,
            str(event.scope),
            event.kind.value,
            event.value,
            event.threshold,
            event.action,
            event.detail,
        )
        for event in events
    ]
    frame = pd.DataFrame(rows, columns=list(BREAKER_EVENT_COLUMNS))
    frame["time"] = pd.to_datetime(frame["time"], utc=True).dt.as_unit("us")
    texts = dict.fromkeys(("breaker", "scope", "kind", "action", "detail"), "str")
    return frame.astype(texts | {"value": "float64", "threshold": "float64"})


def _payments(run: SimulationRun, market: Market) -> list[FundingReceived]:
    # Within a bar the kernel goes symbol by symbol; settlements may differ in time.
    order = np.argsort(run.payments.time_ms, kind="stable")
    rows = zip(
        run.payments.symbol[order].tolist(),
        run.payments.time_ms[order].tolist(),
        run.payments.amount[order].tolist(),
        strict=True,
    )
    return [
        FundingReceived(market.symbols[symbol], PositionSide.NET, _moment(time_ms), amount)
        for symbol, time_ms, amount in rows
    ]


def _extremes(run: SimulationRun, market: Market) -> Extremes:
    """Tell the price range of the bars between two times.

    What a bar did after an exit inside it is not the trade's: that bar is left out.
    """
    fills = run.fills[run.fills.inside]
    inside = {
        (market.symbols[symbol], time_ms): bar
        for symbol, time_ms, bar in zip(
            fills.symbol.tolist(), fills.time_ms.tolist(), fills.bar.tolist(), strict=True
        )
    }
    tables = dict(zip(market.symbols, market.bars, strict=True))
    first_bar = _bar_finder(market.open_ms)

    def extremes(symbol: str, start: datetime, end: datetime) -> tuple[float, float]:
        first = first_bar(start)
        last = max(first, inside.get((symbol, _milliseconds(end)), first_bar(end)))
        table = tables[symbol]
        low = np.fmin.reduce(table[LOW, first:last], initial=inf)
        high = np.fmax.reduce(table[HIGH, first:last], initial=-inf)
        return float(low), float(high)

    return extremes


def _bar_finder(open_ms: IntArray) -> Callable[[datetime], int]:
    def first_bar(moment: datetime) -> int:
        return int(open_ms.searchsorted(_milliseconds(moment)))

    return first_bar


def _moment(milliseconds: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=milliseconds)


def _milliseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(milliseconds=1)
