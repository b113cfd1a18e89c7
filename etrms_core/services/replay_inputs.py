"""What a replay starts from: aligned bars and given positions."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from etrms_core.domain.account import MarginMode
from etrms_core.domain.market_data import Bar, BarStep
from etrms_core.errors import ConfigurationError, DataError

PRICES = ["open", "high", "low", "close", "volume"]


class GivenPosition(BaseModel):
    """One row of the positions file: signed quantity; leverage None takes the account's."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    symbol: str = Field(min_length=1)
    quantity: float = Field(strict=True)
    entry_price: float = Field(gt=0.0, strict=True)
    leverage: float | None = Field(default=None, ge=1.0, le=1_000.0, strict=True)
    margin_mode: MarginMode = MarginMode.CROSS


def read_positions(path: Path) -> tuple[GivenPosition, ...]:
    """Read the positions that an account holds at the start.

    Raises
    ------
    DataError
        If the file is unreadable.
    ConfigurationError
        Naming the row and field that is wrong, or a symbol that stands twice.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"{path} cannot be read as JSON: {error}") from error
    try:
        rows = TypeAdapter(tuple[GivenPosition, ...]).validate_python(document)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(["positions", *(str(part) for part in first["loc"])])
        raise ConfigurationError(f"{first['msg']} ({path})", field=field) from error
    symbols = [row.symbol for row in rows]
    for number, row in enumerate(rows):
        if row.quantity == 0.0:
            raise ConfigurationError(f"is not 0 ({path})", field=f"positions.{number}.quantity")
        if symbols.count(row.symbol) > 1:
            raise ConfigurationError(
                f"{row.symbol} stands twice ({path})", field=f"positions.{number}.symbol"
            )
    return rows


@dataclass(frozen=True, slots=True, eq=False)
class AlignedBars:
    """Bars of several symbols on one time axis, NaN where a symbol has no bar.

    Attributes
    ----------
    times : tuple of datetime
        Open times, UTC.
    tables : mapping of str to ndarray of shape (n_bars, 5)
        Columns open, high, low, close, volume.
    """

    times: tuple[datetime, ...]
    timeframe: timedelta
    tables: Mapping[str, np.ndarray[tuple[int, int], np.dtype[np.float64]]]

    def steps(self, start: int = 0) -> Iterator[BarStep]:
        """Bars one by one from a position on."""
        columns = {symbol: table[start:].tolist() for symbol, table in self.tables.items()}
        for offset, opens_at in enumerate(self.times[start:]):
            bars = {
                symbol: Bar(*rows[offset])
                for symbol, rows in columns.items()
                if rows[offset][0] == rows[offset][0]
            }
            yield BarStep(opens_at, opens_at + self.timeframe, bars, bars)

    def first_opens(self) -> dict[str, float]:
        """First known open of each symbol, quote currency."""
        return {
            symbol: float(table[~np.isnan(table[:, 0]), 0][0])
            for symbol, table in self.tables.items()
        }


def align_bars(frames: Mapping[str, pd.DataFrame], *, timeframe: timedelta) -> AlignedBars:
    """Put checked frames on the union of their times; nothing is filled."""
    index = pd.DatetimeIndex([], tz=UTC)
    for frame in frames.values():
        index = index.union(pd.DatetimeIndex(frame.index))
    values = {
        symbol: frame[PRICES].reindex(index).to_numpy(np.float64)
        for symbol, frame in frames.items()
    }
    times = tuple(moment.to_pydatetime() for moment in index)
    return AlignedBars(times, timeframe, values)
