"""How far the two readings of ambiguous bars lie apart, and how bad it was inside bars."""

from typing import Any

import numpy as np

from etrms_core.backtest.simulation_run import SimulationRun
from etrms_core.performance.equity_path import drawdown_path, nav_path


def path_figures(run: SimulationRun) -> dict[str, float]:
    """Return final equity, total return and deepest drawdown of a run."""
    nav = nav_path(run.equity)
    return {
        "final_equity": float(run.equity[-1]),
        "total_return": float(nav[-1]) - 1.0,
        "max_drawdown": float(np.max(drawdown_path(nav))),
    }


def adverse_drawdown(run: SimulationRun) -> float:
    """Return the deepest drawdown with every bar at its worst price for what was held.

    Peaks are those of closes: the best price of a bar is no peak, since nobody knows whether it
    came before its worst.
    """
    nav = nav_path(run.equity)
    peaks = np.maximum.accumulate(nav)[:-1]
    worst = np.clip(run.adverse_equity / run.equity[0], 0.0, nav[1:])
    return float(np.max(1.0 - worst / peaks, initial=0.0))


def bounds_document(readings: dict[str, SimulationRun]) -> dict[str, Any]:
    """Write the figures of each reading, and the drawdown inside bars of the first of them."""
    document: dict[str, Any] = {name: path_figures(run) for name, run in readings.items()}
    document["adverse_max_drawdown"] = adverse_drawdown(next(iter(readings.values())))
    return document
