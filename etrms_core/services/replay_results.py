"""The files of a finished replay."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf

import numpy as np
import pandas as pd

from etrms_core.backtest.run_files import RunFiles
from etrms_core.backtest.versions import installed_versions
from etrms_core.breakers.rule_document import rule_mappings
from etrms_core.domain.events import BreakerEventKind
from etrms_core.domain.identifiers import PositionSide
from etrms_core.domain.order import Fill
from etrms_core.performance.metrics import performance_metrics
from etrms_core.performance.round_trips import TradeRow, trade_frame, trade_rows
from etrms_core.performance.trade_book import FundingReceived, HeldPosition
from etrms_core.services.replay import ReplaySetup, ReplayState
from etrms_core.services.replay_inputs import AlignedBars

YEAR = timedelta(days=365)
OPEN, HIGH, LOW = 0, 1, 2
ENDS_INSIDE_BARS = frozenset({"stop_loss", "trailing_stop", "liquidation"})


@dataclass(frozen=True, slots=True)
class DataSource:
    """Where bars came from.

    Attributes
    ----------
    files, sha256 : mapping of str to str
        By symbol, the name of the bar file and the hash of its bytes.
    quality : mapping
        By symbol, what the quality check found.
    """

    files: Mapping[str, str]
    sha256: Mapping[str, str]
    quality: Mapping[str, object]


def write_replay(
    files: RunFiles,
    bars: AlignedBars,
    setup: ReplaySetup,
    state: ReplayState,
    *,
    source: DataSource,
) -> dict[str, float]:
    """Write the files of a run's folder and return its metrics."""
    trades = _trades(bars, setup, state)
    metrics = _metrics(bars, state, trades)
    files.write_equity((row.time, row.equity, row.nav, row.drawdown) for row in state.equity)
    files.write_trades(trades)
    files.write_orders(state.fills)
    files.write_breaker_events(state.events)
    files.write_result(
        metrics=metrics,
        data_quality=source.quality,
        counts={
            "bars": len(bars.times),
            "symbols": len(bars.tables),
            "orders": len(state.fills),
            "trades": len(trades),
            "breaker_events": len(state.events),
        },
    )
    files.write_bundle(
        {
            "kind": "replay",
            "data": {"files": dict(source.files)},
            "account": {
                "initial_capital": setup.capital,
                "leverage": setup.leverage,
                "time_zone": setup.time_zone,
            },
            "positions": [position.model_dump(mode="json") for position in setup.positions],
            "breakers": rule_mappings(setup.rules),
        },
        data_sha256=source.sha256,
        versions=installed_versions(),
        seed=0,
    )
    return metrics


def _metrics(
    bars: AlignedBars, state: ReplayState, trades: tuple[TradeRow, ...]
) -> dict[str, float]:
    index = pd.DatetimeIndex(pd.to_datetime([row.time for row in state.equity], utc=True))
    equity = pd.Series([row.equity for row in state.equity], index=index)
    metrics = performance_metrics(
        equity, trade_frame(trades), periods_per_year=YEAR / bars.timeframe
    )
    triggers = sum(event.kind is BreakerEventKind.TRIGGERED for event in state.events)
    return {**metrics, "breaker_triggers": float(triggers)}


def _trades(bars: AlignedBars, setup: ReplaySetup, state: ReplayState) -> tuple[TradeRow, ...]:
    opening = [
        HeldPosition(
            position.symbol,
            PositionSide.NET,
            position.quantity,
            position.entry_price,
            bars.times[0],
        )
        for position in setup.positions
    ]
    funding = [FundingReceived(p.symbol, p.side, p.paid_at, p.amount) for p in state.funding]
    return trade_rows(
        state.fills,
        opening=opening,
        funding=funding,
        extremes=_extremes(bars, _exits_inside_bars(bars, state.fills)),
        marks={symbol: _last_close(table) for symbol, table in bars.tables.items()},
        ends_at=bars.times[-1] + bars.timeframe,
    )


def _last_close(table: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> float:
    closes = table[:, 3]
    return float(closes[~np.isnan(closes)][-1])


def _exits_inside_bars(bars: AlignedBars, fills: Sequence[Fill]) -> set[tuple[str, datetime]]:
    """Find stops and liquidations on the way through a bar: what it did afterwards is not theirs.

    Those at an open are booked at its time and price, and only earlier bars lie before them.
    """
    closing = {opened + bars.timeframe: row for row, opened in enumerate(bars.times)}
    opening = {opened: row for row, opened in enumerate(bars.times)}
    inside = set()
    for fill in fills:
        table, row = bars.tables[fill.symbol], closing.get(fill.filled_at)
        following = opening.get(fill.filled_at)
        if fill.reason not in ENDS_INSIDE_BARS or row is None:
            continue
        within = table[row, LOW] <= fill.price <= table[row, HIGH]
        at_open = following is not None and table[following, OPEN] == fill.price
        if within and not at_open:
            inside.add((fill.symbol, fill.filled_at))
    return inside


def _extremes(
    bars: AlignedBars, exits_inside: set[tuple[str, datetime]]
) -> Callable[[str, datetime, datetime], tuple[float, float]]:
    opens = np.array([moment.timestamp() for moment in bars.times])

    def extremes(symbol: str, start: datetime, end: datetime) -> tuple[float, float]:
        """Lowest and highest price of the bars that open in [start, end)."""
        first, last = np.searchsorted(opens, [start.timestamp(), end.timestamp()])
        if (symbol, end) in exits_inside:
            last = max(first, last - 1)
        table = bars.tables[symbol][first:last]
        known = table[~np.isnan(table[:, HIGH])]
        if not len(known):
            return inf, -inf  # no price lies between: entry and exit are all there is
        return float(known[:, LOW].min()), float(known[:, HIGH].max())

    return extremes
