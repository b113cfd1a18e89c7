"""Replay of one symbol's minute bars through the live code path, in bars a second."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd

from benchmarks.report import Line
from etrms_core.bootstrap.replay_venue import open_replay_venue
from etrms_core.breakers.presets import preset
from etrms_core.services.replay import ReplaySetup, run_replay, start_replay
from etrms_core.services.replay_inputs import AlignedBars, GivenPosition, align_bars

BARS = 20_000


def measure() -> Iterator[Line]:
    """Replay a random walk with an open position and the balanced preset."""
    bars = _bars()
    setup = ReplaySetup(
        positions=(GivenPosition(symbol="BTCUSDT", quantity=1.0, entry_price=100.0),),
        rules=preset("balanced"),
    )
    _replay(bars, setup)
    started = time.perf_counter()
    _replay(bars, setup)
    seconds = (time.perf_counter() - started) / BARS
    yield Line(
        "replay_one_bar_one_symbol",
        seconds,
        f"{1.0 / seconds:,.0f} bars/s, {len(setup.rules)} breakers",
        target_s=1.0 / 3_000.0,
    )


def _replay(bars: AlignedBars, setup: ReplaySetup) -> None:
    venue = open_replay_venue(bars, setup)
    run_replay(bars, setup, start_replay(bars, setup, venue), venue)


def _bars() -> AlignedBars:
    rng = np.random.default_rng(7)
    close = 100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.0003, BARS)))
    opened = np.array([100.0, *close[:-1]])
    index = pd.date_range(datetime(2025, 1, 1, tzinfo=UTC), periods=BARS, freq="1min", name="time")
    frame = pd.DataFrame(
        {
            "open": opened,
            "high": np.maximum(opened, close),
            "low": np.minimum(opened, close),
            "close": close,
            "volume": 1.0,
        },
        index=index,
    )
    return align_bars({"BTCUSDT": frame}, timeframe=timedelta(minutes=1))
