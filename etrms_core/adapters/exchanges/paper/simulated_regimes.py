"""The mood of the simulated market: a two-state Markov chain over hours."""

import numpy as np

from etrms_core.kernels.arrays import BoolArray, FloatArray

CALM, VIOLENT = "calm", "violent"

MEAN_CALM_HOURS = 5 * 24
MEAN_VIOLENT_HOURS = 24


def draw_regimes(generator: np.random.Generator, *, hours: int, was_violent: bool) -> BoolArray:
    """Draw whether each hour is violent, shape (hours,); durations are geometric.

    `was_violent` is the hour before the first one.
    """
    is_violent = np.empty(hours, dtype=np.bool_)
    for hour, chance in enumerate(generator.random(hours).tolist()):
        ends = chance < 1.0 / (MEAN_VIOLENT_HOURS if was_violent else MEAN_CALM_HOURS)
        was_violent = was_violent != ends
        is_violent[hour] = was_violent
    return is_violent


def by_regime(is_violent: BoolArray, calm: FloatArray, violent: FloatArray) -> FloatArray:
    """Spread one value per symbol and regime over hours, shape (n_hours, n_symbols)."""
    return np.where(is_violent[:, None], violent, calm)


def regime_label(*, is_violent: bool) -> str:
    """Name a regime."""
    return VIOLENT if is_violent else CALM
