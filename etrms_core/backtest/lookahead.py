"""Whether signals depend on the future: they must be the same when the later bars are missing."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import ModuleType

import numpy as np
import pandas as pd

from etrms_core.backtest.market import FundingSeries
from etrms_core.backtest.signals import Signals
from etrms_core.backtest.strategies import Strategy, find_strategy
from etrms_core.backtest.strategies.history import YEAR_MS, History
from etrms_core.backtest.strategies.user_strategy import strategy_of_function
from etrms_core.errors import DataError, InsufficientDataError
from etrms_core.kernels.arrays import BoolArray, FloatArray, IntArray

PREFIXES, FEW_PREFIXES = 48, 8
# Averages of another length of bars may differ in the last bits.
RELATIVE_TOLERANCE = 1e-9
NO_SIGNALS_BELOW = 10

StrategyLike = str | Strategy | ModuleType | Callable[..., pd.DataFrame]


def check_lookahead(
    strategy: StrategyLike,
    bars: pd.DataFrame,
    params: Mapping[str, float] | None = None,
    *,
    funding: FundingSeries | None = None,
    prefixes: int = PREFIXES,
) -> list[pd.Timestamp]:
    """Find the bars whose signals change when later bars become known.

    Signals on the first k bars are compared with the first k signals on all bars, at ends spread
    evenly over the bars after the first tenth and right at bars on which signals change. A
    strategy that answers otherwise when asked the same again offends as well.

    Parameters
    ----------
    strategy : str, Strategy, module or function
        The name of a built-in, a strategy, or the user's own ``signals(bars, **params)``.
    bars : DataFrame
        Of one symbol; index of UTC open times.
    params : mapping, optional
        Parameters that differ from the defaults.
    funding : FundingSeries, optional
        Cut off at each end like the bars.
    prefixes : int
        Comparisons, half of them at changes: each asks the strategy once. `FEW_PREFIXES` is the
        cheap check of a run.

    Returns
    -------
    list of Timestamp
        Open times of the offending bars, oldest first; empty when nothing speaks against the
        strategy. A proof it is not: only some ends are tried.

    Raises
    ------
    ConfigurationError
        If the strategy or a parameter is none, or the user's own code fails on some bars.
    DataError
        If there are fewer than three bars.
    """
    if len(bars) < 3:
        raise DataError(f"the check for look-ahead needs 3 bars, received {len(bars)}")
    asked = _Question(_strategy(strategy, params or {}), bars, funding, _params(strategy, params))
    whole = asked.rows(len(bars))
    offending = _differences(whole, asked.rows(len(bars)))
    for end in _ends(whole, prefixes):
        offending[:end] |= _differences(whole[:end], asked.rows(end))
    return list(bars.index[offending])


class _Question:
    """What a strategy says of the first bars, as one row of numbers a bar."""

    def __init__(
        self,
        strategy: Strategy,
        bars: pd.DataFrame,
        funding: FundingSeries | None,
        params: Mapping[str, float],
    ) -> None:
        self._strategy, self._bars, self._funding = strategy, bars, funding
        self._params = params
        steps = np.diff(pd.DatetimeIndex(bars.index).as_unit("ms").asi8)
        self._periods_per_year = YEAR_MS / int(np.median(steps))

    def rows(self, end: int) -> FloatArray:
        """Return shape (end, 3): codes, target, volatility; NaN where a strategy has none."""
        bars = self._bars.iloc[:end]
        try:
            signals = self._strategy.signals(
                bars,
                funding=self._known_funding(bars),
                periods_per_year=self._periods_per_year,
                params=self._params,
            )
        except InsufficientDataError:
            return _silence(end)
        return _table(signals, end)

    def _known_funding(self, bars: pd.DataFrame) -> FundingSeries | None:
        if self._funding is None:
            return None
        closed_ms = History(bars, None, self._periods_per_year).close_ms()[-1]
        known = int(np.searchsorted(self._funding.settled_ms, closed_ms, side="right"))
        return replace(
            self._funding,
            settled_ms=self._funding.settled_ms[:known],
            rate=self._funding.rate[:known],
        )


def _strategy(strategy: StrategyLike, params: Mapping[str, float]) -> Strategy:
    if isinstance(strategy, str):
        return find_strategy(strategy)
    if isinstance(strategy, Strategy):
        return strategy
    function = strategy.signals if isinstance(strategy, ModuleType) else strategy
    return strategy_of_function(function, params)


def _params(strategy: StrategyLike, params: Mapping[str, float] | None) -> Mapping[str, float]:
    return params or {} if isinstance(strategy, str | Strategy) else {}


def _silence(end: int) -> FloatArray:
    rows = np.full((end, 3), np.nan)
    rows[:, 0] = 0.0
    return rows


def _table(signals: Signals, end: int) -> FloatArray:
    rows = _silence(end)
    for column, values in enumerate((signals.codes, signals.target, signals.volatility)):
        if values is not None:
            rows[:, column] = values
    return rows


def _differences(first: FloatArray, second: FloatArray) -> BoolArray:
    same = np.isclose(first, second, rtol=RELATIVE_TOLERANCE, atol=0.0, equal_nan=True)
    return np.asarray(~same.all(axis=1), np.bool_)


def _ends(rows: FloatArray, prefixes: int) -> list[int]:
    size = len(rows)
    shortest = max(1, size // NO_SIGNALS_BELOW)
    spread = np.linspace(shortest, size - 1, max(1, prefixes - prefixes // 2)).astype(np.int64)
    changes = np.flatnonzero(_changed(rows)) + 1
    changes = changes[(changes >= shortest) & (changes < size)]
    picked = _spread_over(changes, prefixes // 2)
    return sorted({int(end) for end in (*spread, *picked)})


def _changed(rows: FloatArray) -> BoolArray:
    changed = np.zeros(len(rows), np.bool_)
    changed[1:] = _differences(rows[1:], rows[:-1])
    return changed


def _spread_over(candidates: IntArray, count: int) -> IntArray:
    if len(candidates) <= count:
        return candidates
    return candidates[np.linspace(0, len(candidates) - 1, count).astype(np.int64)]
