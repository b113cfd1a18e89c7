"""Frames of bars for tests."""

import numpy as np
import pandas as pd


def sound_bars(count: int = 48, *, step: str = "1h", start: str = "2024-03-01") -> pd.DataFrame:
    """Make bars without any flaw; no two are alike."""
    close = 100.0 + np.arange(count) % 7 + np.arange(count) / 1_000.0
    opened = close - 0.5
    return pd.DataFrame(
        {
            "open": opened,
            "high": close + 1.0,
            "low": opened - 1.0,
            "close": close,
            "volume": 10.0 + np.arange(count, dtype=np.float64),
        },
        index=pd.date_range(start, periods=count, freq=step, tz="UTC", unit="us", name="time"),
    )
