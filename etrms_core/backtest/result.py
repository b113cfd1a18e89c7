"""What a backtest found: arrays at first, frames and figures when asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from etrms_core.backtest.bar_quality import check_bars
from etrms_core.backtest.configuration import BacktestConfiguration
from etrms_core.backtest.data_hash import data_hashes
from etrms_core.backtest.decision_chain import decision_chain
from etrms_core.backtest.market_frames import MarketData
from etrms_core.backtest.quality_document import quality_document
from etrms_core.backtest.result_bounds import bounds_document
from etrms_core.backtest.result_tables import (
    event_frame,
    order_frame,
    run_fills,
    run_trades,
    utc_index,
)
from etrms_core.backtest.run_files import RunFiles
from etrms_core.backtest.run_folder import whole_folder
from etrms_core.backtest.simulation_run import SimulationRun
from etrms_core.backtest.strategy_signals import periods_per_year
from etrms_core.backtest.terms import Bounds
from etrms_core.backtest.timeframe import timeframe_name
from etrms_core.backtest.versions import installed_versions
from etrms_core.domain.events import BreakerEventKind
from etrms_core.kernels.arrays import IntArray
from etrms_core.performance.equity_path import drawdown_path, nav_path
from etrms_core.performance.metrics import performance_metrics
from etrms_core.performance.return_statistics import ratio
from etrms_core.performance.round_trips import TradeRow, trade_frame


@dataclass(frozen=True, eq=False)
class BacktestResult:
    """One run of a configuration over a market.

    Frames and figures are made when they are first asked for, and kept.

    Attributes
    ----------
    run : SimulationRun
        The pessimistic reading, unless the configuration asks for the optimistic one alone.
    optimistic : SimulationRun or None
        The other one, with bounds "both".
    source_sha256 : mapping of str to str
        The hash of the strategy's file where it is one of the user's own.
    """

    configuration: BacktestConfiguration
    data: MarketData
    run: SimulationRun
    optimistic: SimulationRun | None = None
    source_sha256: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def equity(self) -> "pd.Series[float]":
        """The capital at the first open, then equity at each close; quote currency."""
        return pd.Series(self.run.equity, index=utc_index(self._equity_ms), name="equity")

    @cached_property
    def trades(self) -> pd.DataFrame:
        """Trades with the columns of trades.csv; open ones have no exit."""
        return trade_frame(self._trade_rows)

    @cached_property
    def orders(self) -> pd.DataFrame:
        """Filled orders with the columns of orders.csv."""
        return order_frame(self.run, self.data.market)

    @cached_property
    def breaker_events(self) -> pd.DataFrame:
        """Events with the columns of breaker_events.csv."""
        return event_frame(self.run.events)

    @cached_property
    def metrics(self) -> dict[str, float]:
        """The figures of `performance_metrics`, turnover of all orders, and breaker triggers."""
        figures = performance_metrics(
            self.equity, self.trades, periods_per_year=self.periods_per_year
        )
        fills = self.run.fills
        traded = float(np.sum(np.abs(fills.quantity) * fills.price))
        triggers = [each.kind is BreakerEventKind.TRIGGERED for each in self.run.events]
        return {
            **figures,
            "turnover": ratio(traded, float(np.mean(self.run.equity))),
            "breaker_triggers": float(sum(triggers)),
        }

    @cached_property
    def bounds(self) -> dict[str, Any]:
        """Final equity, total return and drawdown of each reading; the drawdown inside bars."""
        asked = self.configuration.account.bounds
        first = Bounds.PESSIMISTIC if asked is Bounds.BOTH else asked
        readings = {first.value: self.run}
        if self.optimistic is not None:
            readings[Bounds.OPTIMISTIC.value] = self.optimistic
        return bounds_document(readings)

    @cached_property
    def data_quality(self) -> dict[str, Any]:
        """By symbol, what the quality check found, and notes on mark prices and funding."""
        timeframe = timeframe_name(self.data.market.timeframe_ms // 1000)
        return {
            symbol: {
                **quality_document(check_bars(frame, timeframe=timeframe)),
                "notes": list(self.data.notes[symbol]),
            }
            for symbol, frame in self.data.frames.items()
        }

    @property
    def counts(self) -> dict[str, int]:
        """How much there is of everything."""
        return {
            "bars": len(self.data.market.open_ms),
            "symbols": len(self.data.market.symbols),
            "orders": len(self.run.fills),
            "trades": len(self._trade_rows),
            "breaker_events": len(self.run.events),
        }

    @property
    def periods_per_year(self) -> float:
        """Bars in 365 days."""
        return periods_per_year(self.data.market.timeframe_ms)

    @cached_property
    def data_sha256(self) -> dict[str, str]:
        """Hashes of everything that the run read."""
        series = data_hashes(self.data.frames, self.data.mark, self.data.funding)
        return {**series, **self.source_sha256}

    def write(
        self,
        directory: Path | str,
        *,
        data: Mapping[str, object] | None = None,
        replace: bool = False,
    ) -> None:
        """Write the run's folder, as a whole or not at all.

        Parameters
        ----------
        data : mapping, optional
            Where the bars came from, in the words of a bundle's `[data]`; without it the folder
            cannot be run again.
        replace : bool
            Whether another run in `directory` may give way.

        Raises
        ------
        StorageError
            If the folder holds something, or cannot be written.
        """
        with whole_folder(Path(directory), replace=replace) as folder:
            files = RunFiles(folder)
            nav = nav_path(self.run.equity)
            files.write_equity_path(self._equity_ms, self.run.equity, nav, drawdown_path(nav))
            files.write_trades(self._trade_rows)
            files.write_orders(run_fills(self.run, self.data.market))
            files.write_breaker_events(self.run.events)
            files.write_decisions(decision_chain(self.run.events))
            files.write_result(
                metrics=self.metrics,
                bounds=self.bounds,
                data_quality=self.data_quality,
                counts=self.counts,
            )
            files.write_bundle(
                {**self.configuration.document(), "data": data},
                data_sha256=self.data_sha256,
                versions=installed_versions("TA-Lib"),
                seed=self.configuration.seed,
            )

    @cached_property
    def _trade_rows(self) -> tuple[TradeRow, ...]:
        return run_trades(self.run, self.data.market)

    @property
    def _equity_ms(self) -> IntArray:
        market = self.data.market
        return np.concatenate([market.open_ms[:1], market.open_ms + market.timeframe_ms])
