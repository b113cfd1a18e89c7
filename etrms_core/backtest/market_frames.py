"""From frames to the market that a simulation reads."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from etrms_core.backtest.bar_gate import SoundBars, SoundTimes, sound_bars
from etrms_core.backtest.funding_series import NO_FUNDING, read_funding_series
from etrms_core.backtest.mark_prices import mark_table
from etrms_core.backtest.market import FundingSeries, Market
from etrms_core.backtest.time_axis import TimeAxis, common_axis
from etrms_core.errors import DataError
from etrms_core.kernels.arrays import FloatArray

Frames = Mapping[str, pd.DataFrame]
FundingFrames = Mapping[str, "pd.DataFrame | pd.Series[float]"]
Notes = dict[str, list[str]]


@dataclass(frozen=True, slots=True, eq=False)
class MarketData:
    """A market, the frames that it was made of, and what to know about them, by symbol."""

    market: Market
    axis: TimeAxis
    frames: Frames
    mark: Frames
    funding: FundingFrames
    notes: Mapping[str, list[str]]


def build_market(
    bars: Frames, *, mark: Frames | None = None, funding: FundingFrames | None = None
) -> MarketData:
    """Check frames and put them on one time axis; nothing is filled, sorted or dropped.

    Parameters
    ----------
    bars : mapping of str to DataFrame
        By symbol; the order is the order in which symbols are served.
    mark : mapping of str to DataFrame, optional
        Bars of the mark price, of the timeframe of the bars.
    funding : mapping, optional
        Settlements by symbol; those outside the bars are left out, and a note says so.

    Raises
    ------
    DataError
        If a frame is unusable, symbols have other timeframes or no time in common, or mark prices
        or funding belong to no symbol.
    """
    if not bars:
        raise DataError("there are no bars: at least one symbol is needed")
    mark, funding = mark or {}, funding or {}
    _require_known(mark, bars, what="mark prices")
    _require_known(funding, bars, what="funding")
    sound = _sound_frames(bars)
    axis = common_axis(sound)
    notes = {symbol: _calendar_notes(symbol, axis) for symbol in bars}
    traded = {symbol: axis.place(symbol, each.table) for symbol, each in sound.items()}
    market = Market(
        symbols=tuple(bars),
        open_ms=axis.open_ms,
        timeframe_ms=axis.timeframe_ms,
        bars=tuple(traded.values()),
        marks=_marks(mark, traded, sound, axis, notes),
        funding=tuple(_settlements(symbol, funding, axis, notes) for symbol in bars),
    )
    return MarketData(market, axis, bars, mark, funding, notes)


def _sound_frames(bars: Frames) -> dict[str, SoundBars]:
    sound: dict[str, SoundBars] = {}
    known: SoundTimes | None = None
    for symbol, frame in bars.items():
        sound[symbol] = sound_bars(frame, name=symbol, known=known)
        known = sound[symbol].times
    return sound


def _calendar_notes(symbol: str, axis: TimeAxis) -> list[str]:
    rows = axis.rows[symbol]
    if rows is None:
        return []
    total = axis.open_ms.size
    return [f"no bar at {total - rows.size:,} of {total:,} times of all symbols together"]


def _marks(
    mark: Frames,
    traded: Mapping[str, FloatArray],
    sound: Mapping[str, SoundBars],
    axis: TimeAxis,
    notes: Notes,
) -> tuple[FloatArray, ...]:
    tables = dict(traded)
    for symbol, frame in mark.items():
        tables[symbol], lacking = mark_table(
            frame, symbol=symbol, traded=traded[symbol], axis=axis, known=sound[symbol].times
        )
        if lacking:
            notes[symbol].append(f"no mark price at {lacking:,} bars; there the traded one counts")
    return tuple(tables.values())


def _settlements(
    symbol: str, funding: FundingFrames, axis: TimeAxis, notes: Notes
) -> FundingSeries:
    if symbol not in funding:
        return NO_FUNDING
    settled, outside = read_funding_series(
        funding[symbol],
        name=f"{symbol} funding",
        start_ms=axis.start_ms,
        end_ms=axis.end_ms,
    )
    if outside:
        notes[symbol].append(f"{outside:,} funding settlements outside the bars are ignored")
    return settled


def _require_known(given: Mapping[str, object], bars: Frames, *, what: str) -> None:
    for symbol in given:
        if symbol not in bars:
            raise DataError(f"{symbol} has {what} but no bars; bars are of {', '.join(bars)}")
