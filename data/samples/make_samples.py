"""Write the sample bars beside this file; see README.md."""

from pathlib import Path

import numpy as np
import pandas as pd

FOLDER = Path(__file__).parent
FILE_NAME = "BTCUSDT_1h_sample.csv"
BARS = 200
FIRST_OPEN = "2025-01-06T00:00:00Z"
FIRST_PRICE = 100_000.0
HOURLY_VOLATILITY = 0.006
STEPS_PER_BAR = 12
TICK_DECIMALS = 1


def sample_bars(seed: int = 7) -> pd.DataFrame:
    """Draw a geometric random walk of five-minute steps and gather it into hours."""
    generator = np.random.default_rng(seed)
    steps = generator.normal(0.0, HOURLY_VOLATILITY / STEPS_PER_BAR**0.5, (BARS, STEPS_PER_BAR))
    closes = FIRST_PRICE * np.exp(np.cumsum(steps)).reshape(BARS, STEPS_PER_BAR)
    opens = np.concatenate([[FIRST_PRICE], closes[:-1, -1]])
    path = np.column_stack([opens, closes]).round(TICK_DECIMALS)
    moved = np.abs(path[:, -1] / path[:, 0] - 1.0)
    volume = generator.lognormal(5.0, 0.4, BARS) * (1.0 + moved / HOURLY_VOLATILITY)
    return pd.DataFrame(
        {
            "time": pd.date_range(FIRST_OPEN, periods=BARS, freq="h").strftime("%Y-%m-%dT%H:%MZ"),
            "open": path[:, 0],
            "high": path.max(axis=1),
            "low": path.min(axis=1),
            "close": path[:, -1],
            "volume": volume.round(3),
        }
    )


def main(folder: Path = FOLDER) -> None:
    """Write the sample file into a folder."""
    sample_bars().to_csv(folder / FILE_NAME, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
