"""`etrms replay`: from files to a folder of results, resumable."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pandas as pd

from etrms_core.adapters.market_data.bar_files import read_bars, read_funding
from etrms_core.backtest.bar_quality import BarQuality, check_bars, require_usable
from etrms_core.backtest.quality_document import quality_document
from etrms_core.backtest.run_files import RunFiles, file_sha256
from etrms_core.backtest.timeframe import timeframe_seconds
from etrms_core.bootstrap.machine_clock import utc_now
from etrms_core.bootstrap.replay_venue import open_replay_venue, reopen_replay_venue
from etrms_core.breakers.rules import BreakerRule
from etrms_core.domain.market_data import FundingSettlement
from etrms_core.errors import ConfigurationError, DataError, StorageError
from etrms_core.services.replay import ReplaySetup, ReplayState, run_replay, start_replay
from etrms_core.services.replay_checkpoint import (
    CheckpointFile,
    input_fingerprint,
    save_regularly,
)
from etrms_core.services.replay_inputs import AlignedBars, GivenPosition, align_bars
from etrms_core.services.replay_results import DataSource, write_replay


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayRequest:
    """What the command line asks for; files by symbol."""

    bars: Mapping[str, Path]
    funding: Mapping[str, Path] = field(default_factory=dict)
    positions: tuple[GivenPosition, ...] = ()
    rules: tuple[BreakerRule, ...] = ()
    capital: float = 10_000.0
    leverage: float = 1.0
    out: Path


@dataclass(frozen=True, slots=True)
class ReplayOutcome:
    """Metrics of a finished replay, and the bar at which it was taken up again (0: anew)."""

    metrics: dict[str, float]
    bars: int
    resumed_at: int
    warnings: tuple[str, ...] = ()


def replay_files(
    request: ReplayRequest, *, progress: Callable[[int, int], None] = lambda done, total: None
) -> ReplayOutcome:
    """Replay bar files into a folder; an unfinished folder of the same inputs is continued.

    `progress` may raise KeyboardInterrupt to stop, which leaves a checkpoint of that bar; an
    interruption inside a bar leaves the last one that was saved.

    Raises
    ------
    DataError
        If bars are unusable; it names file, flaw and time.
    ConfigurationError
        If positions, rules and bars contradict each other.
    """
    frames, qualities = _read_all_bars(request.bars)
    bars = align_bars(frames, timeframe=_common_timeframe(qualities))
    setup = ReplaySetup(
        positions=request.positions,
        rules=request.rules,
        capital=request.capital,
        leverage=request.leverage,
        funding=_read_all_funding(request.funding, bars),
    )
    file = CheckpointFile(request.out, fingerprint=input_fingerprint(bars, setup))
    state, resumed_at = _play(bars, setup, file, progress)
    metrics = write_replay(
        RunFiles(request.out),
        bars,
        setup,
        state,
        source=DataSource(
            files={symbol: path.name for symbol, path in request.bars.items()},
            sha256={symbol: file_sha256(path) for symbol, path in request.bars.items()},
            quality={symbol: quality_document(each) for symbol, each in qualities.items()},
        ),
    )
    file.remove()
    return ReplayOutcome(metrics, len(bars.times), resumed_at, _warnings(qualities))


def _warnings(qualities: Mapping[str, BarQuality]) -> tuple[str, ...]:
    """Say what a reader of the results must know about the bars."""
    found = [
        f"{symbol}: {problem}"
        for symbol, quality in qualities.items()
        for problem in quality.problems()
    ]
    ends = {symbol: quality.last for symbol, quality in qualities.items() if quality.last}
    last = max(ends.values())
    found += [
        f"{symbol}: its bars end at {end.isoformat()}, before {last.isoformat()}; after that its "
        "last price counts"
        for symbol, end in ends.items()
        if end < last
    ]
    return tuple(found)


def _play(
    bars: AlignedBars,
    setup: ReplaySetup,
    file: CheckpointFile,
    progress: Callable[[int, int], None],
) -> tuple[ReplayState, int]:
    known = file.load()
    if known is None:
        venue = open_replay_venue(bars, setup)
        state = start_replay(bars, setup, venue)
    else:
        state = known.state
        try:
            venue = reopen_replay_venue(known.venue, bars, setup)
        except StorageError as error:
            raise file.damaged() from error
    resumed_at = state.next_bar
    total = len(bars.times)
    after_bar = save_regularly(
        file, venue, progress=lambda current: progress(current.next_bar, total)
    )
    run_replay(bars, setup, state, venue, after_bar=after_bar)
    return state, resumed_at


def _read_all_bars(
    files: Mapping[str, Path],
) -> tuple[dict[str, pd.DataFrame], dict[str, BarQuality]]:
    if not files:
        raise ConfigurationError("needs at least one SYMBOL=FILE", field="--bars")
    frames, qualities = {}, {}
    for symbol, path in files.items():
        frame = read_bars(path, symbol=symbol)
        quality = check_bars(frame, now=utc_now())
        require_usable(frame, quality, name=str(path))
        frames[symbol], qualities[symbol] = frame, quality
    return frames, qualities


def _common_timeframe(qualities: Mapping[str, BarQuality]) -> timedelta:
    found = {symbol: quality.timeframe for symbol, quality in qualities.items()}
    distinct = {quality.timeframe for quality in qualities.values()}
    if len(distinct) > 1 or None in distinct:
        told = ", ".join(f"{symbol} {name or 'unknown'}" for symbol, name in found.items())
        raise DataError(f"all bars need one timeframe, were {told}")
    return timedelta(seconds=timeframe_seconds(str(distinct.pop())))


def _read_all_funding(
    files: Mapping[str, Path], bars: AlignedBars
) -> dict[str, tuple[FundingSettlement, ...]]:
    funding = {}
    for symbol, path in files.items():
        if symbol not in bars.tables:
            raise ConfigurationError(f"{symbol} has no bars", field="--funding")
        frame = read_funding(path, symbol=symbol)
        funding[symbol] = _settlements(symbol, frame)
    return funding


def _settlements(symbol: str, frame: pd.DataFrame) -> tuple[FundingSettlement, ...]:
    times: Sequence[pd.Timestamp] = list(frame.index)
    rates = frame["funding_rate"].tolist()
    return tuple(
        FundingSettlement(symbol, moment.to_pydatetime(), rate)
        for moment, rate in zip(times, rates, strict=True)
    )
