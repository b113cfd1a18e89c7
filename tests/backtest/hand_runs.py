"""Runs written by hand: what a simulation could have left behind."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from etrms_core.backtest.configuration import BacktestConfiguration
from etrms_core.backtest.market_frames import build_market
from etrms_core.backtest.result import BacktestResult
from etrms_core.backtest.simulation_run import FILL, PAYMENT, FillReason, SimulationRun
from etrms_core.domain.events import BreakerEvent, BreakerEventKind
from etrms_core.domain.identifiers import PORTFOLIO
from etrms_core.kernels.arrays import records
from tests.services.replays import START, frame_of

HOUR_MS = 3_600_000
START_MS = int(START.timestamp()) * 1_000
BARS = (
    (100.0, 101.0, 99.0, 100.0),
    (100.0, 112.0, 98.0, 110.0),
    (110.0, 111.0, 90.0, 95.0),
    (95.0, 97.0, 94.0, 96.0),
)
# Bought 2 at the second bar's open, stopped inside the third at 95, bought 1 at the last close.
FILLS = (
    (1, START_MS + HOUR_MS, 2.0, 100.0, 0.08, 0.0, FillReason.SIGNAL, False),
    (2, START_MS + 3 * HOUR_MS, -2.0, 95.0, 0.076, -10.0, FillReason.STOP_LOSS, True),
    (3, START_MS + 4 * HOUR_MS, 1.0, 96.0, 0.0384, 0.0, FillReason.SIGNAL, False),
)
PAYMENTS = ((START_MS + 2 * HOUR_MS, -0.5),)
EQUITY = (1_000.0, 1_000.0, 1_019.92, 989.344, 989.3056)
ADVERSE = (1_000.0, 995.92, 979.42, 989.344)


def hand_run(
    *,
    equity: Sequence[float] = EQUITY,
    adverse: Sequence[float] = ADVERSE,
    fills: Sequence[tuple[object, ...]] = FILLS,
    payments: Sequence[tuple[int, float]] = PAYMENTS,
    events: Sequence[BreakerEvent] = (),
) -> SimulationRun:
    """Put a run of the one symbol A together; fills lack the symbol's number."""
    columns = list(zip(*fills, strict=True)) if fills else [()] * 8
    names = ("bar", "time_ms", "quantity", "price", "fee", "realized_pnl", "reason", "inside")
    paid = list(zip(*payments, strict=True)) if payments else [(), ()]
    return SimulationRun(
        equity=np.array(equity),
        adverse_equity=np.array(adverse),
        fills=records(FILL, symbol=[0] * len(fills), **dict(zip(names, columns, strict=True))),
        payments=records(PAYMENT, symbol=[0] * len(payments), time_ms=paid[0], amount=paid[1]),
        events=tuple(events),
    )


def event(
    hour: int, kind: BreakerEventKind = BreakerEventKind.TRIGGERED, *, value: float | None = 0.1
) -> BreakerEvent:
    """Write an event of a drawdown breaker, some hours after the start."""
    moment = datetime.fromtimestamp(START_MS / 1_000 + hour * 3_600, UTC)
    return BreakerEvent(
        moment, kind, "drawdown", "drawdown 10 %", PORTFOLIO, value, 0.1, "close_all", "it fell"
    )


def hand_result(
    run: SimulationRun | None = None,
    *,
    optimistic: SimulationRun | None = None,
    rows: Sequence[Sequence[float]] = BARS,
    bounds: str = "pessimistic",
) -> BacktestResult:
    """Put a result of a hand-written run together."""
    configuration = BacktestConfiguration.from_mapping(
        {
            "seed": 7,
            "account": {"initial_capital": 1_000.0, "bounds": bounds},
            "strategy": {"name": "buy_and_hold"},
        }
    )
    data = build_market({"A": frame_of(rows)})
    return BacktestResult(configuration, data, run or hand_run(), optimistic)
