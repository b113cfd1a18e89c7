"""What a strategy of the user's own may return, and what its columns become."""

from typing import Any

import numpy as np
import pandas as pd

from etrms_core.backtest.signals import (
    ENTER_LONG,
    ENTER_SHORT,
    EXIT_LONG,
    EXIT_SHORT,
    CodeArray,
    Signals,
)
from etrms_core.backtest.strategies.close_names import unknown_name
from etrms_core.errors import ConfigurationError
from etrms_core.kernels.arrays import FloatArray

CODES = {
    "enter_long": ENTER_LONG,
    "exit_long": EXIT_LONG,
    "enter_short": ENTER_SHORT,
    "exit_short": EXIT_SHORT,
}
TARGET = "target"


def read_signals(found: object, index: pd.DatetimeIndex) -> Signals:
    """Turn the frame that a user's function returned into signals.

    Parameters
    ----------
    found : DataFrame
        Either a number column `target`, in which NaN leaves a position as it is, or boolean
        columns of `CODES`; one that is missing never signals.
    index : DatetimeIndex
        Open times of the bars.

    Raises
    ------
    ConfigurationError
        If it is no such frame, or does not speak of exactly these bars; it names the column, and
        the bar where one is to blame.
    """
    if not isinstance(found, pd.DataFrame):
        raise ConfigurationError(f"signals() returns a DataFrame, was {type(found).__name__}")
    if not found.index.equals(index):
        raise ConfigurationError(
            f"signals() returns a row for each of the {len(index)} bars, with their index, was "
            f"{len(found)} rows from {_edge(found.index, 0)} to {_edge(found.index, -1)}"
        )
    _require_columns([str(column) for column in found.columns])
    if TARGET in found:
        return Signals(target=_target(found[TARGET]))
    return Signals(codes=_codes(found))


def _require_columns(columns: list[str]) -> None:
    for column in columns:
        if column not in (*CODES, TARGET):
            raise ConfigurationError(
                f"a column {unknown_name('no signal', column, (*CODES, TARGET))}"
            )
        if columns.count(column) > 1:
            raise ConfigurationError(f"column {column} occurs more than once")
    if not columns or (TARGET in columns and len(columns) > 1):
        told = ", ".join(columns) or "none"
        raise ConfigurationError(
            f"signals() returns either target or columns of {', '.join(CODES)}, was {told}"
        )


def _codes(found: pd.DataFrame) -> CodeArray:
    codes = np.zeros(len(found), np.int8)
    for column, code in CODES.items():
        if column in found:
            codes |= np.where(_booleans(found[column]), code, 0).astype(np.int8)
    return codes


def _booleans(series: "pd.Series[Any]") -> np.ndarray[Any, np.dtype[np.bool_]]:
    _require_kind(series, pd.api.types.is_bool_dtype(series.dtype), "true and false")
    if series.isna().any():
        raise ConfigurationError(
            f"column {series.name} has no value at {_moment(series, series.isna())}"
        )
    return series.to_numpy(dtype=np.bool_)


def _target(series: "pd.Series[Any]") -> FloatArray:
    is_number = pd.api.types.is_numeric_dtype(series.dtype)
    is_complex = pd.api.types.is_complex_dtype(series.dtype)
    is_bool = pd.api.types.is_bool_dtype(series.dtype)
    _require_kind(series, is_number and not (is_bool or is_complex), "numbers")
    target = series.to_numpy(dtype=np.float64, na_value=np.nan, copy=True)
    if np.isinf(target).any():
        raise ConfigurationError(f"target is infinite at {_moment(series, np.isinf(target))}")
    return target


def _require_kind(series: "pd.Series[Any]", is_right: bool, words: str) -> None:
    if not is_right:
        raise ConfigurationError(
            f"column {series.name} holds {words}, was {series.dtype} (a shift leaves gaps: "
            "shift(1, fill_value=False))"
        )


def _moment(series: "pd.Series[Any]", bad: Any) -> str:  # noqa: ANN401  a mask of any kind
    return str(series.index[int(np.asarray(bad).argmax())])


def _edge(index: "pd.Index[Any]", place: int) -> str:
    return str(index[place]) if len(index) else "none"
