"""Small replays: bars written by hand or drawn at random, and what to do with them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from etrms_core.bootstrap.replay_venue import open_replay_venue, reopen_replay_venue
from etrms_core.domain.account import MarginMode
from etrms_core.domain.market_data import FundingSettlement
from etrms_core.engine.ports import BarVenue
from etrms_core.services.replay import ReplaySetup, ReplayState, run_replay, start_replay
from etrms_core.services.replay_checkpoint import CheckpointFile, input_fingerprint
from etrms_core.services.replay_inputs import AlignedBars, GivenPosition, align_bars
from tests.engine.desk import CLOSE_POSITION, HALVE, NOTIFY, make_rule

START = datetime(2025, 10, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
FALLING = (
    (100.0, 101.0, 99.0, 100.0),
    (100.0, 100.0, 94.0, 95.0),
    (96.0, 97.0, 90.0, 92.0),
    (91.0, 93.0, 88.0, 90.0),
)


def frame_of(rows: Sequence[Sequence[float]]) -> pd.DataFrame:
    """Build hourly bars of open, high, low, close; the volume is 1."""
    index = pd.date_range(START, periods=len(rows), freq="1h", name="time")
    frame = pd.DataFrame(rows, columns=["open", "high", "low", "close"], index=index)
    return frame.assign(volume=1.0)


def bars_of(**rows: Sequence[Sequence[float]]) -> AlignedBars:
    """Align hand-written bars of some symbols."""
    return align_bars({name: frame_of(each) for name, each in rows.items()}, timeframe=HOUR)


def random_frame(
    rng: np.random.Generator, n_bars: int, *, volatility: float = 0.03
) -> pd.DataFrame:
    """Draw bars without gaps in price."""
    close = 100.0 * np.exp(np.cumsum(volatility * rng.standard_normal(n_bars)))
    opened = np.concatenate([[100.0], close[:-1]])
    spread = volatility * np.abs(rng.standard_normal((2, n_bars)))
    high = np.maximum(opened, close) * (1.0 + spread[0])
    low = np.minimum(opened, close) * (1.0 - np.minimum(spread[1], 0.5))
    return frame_of(np.column_stack([opened, high, low, close]).tolist())


def random_case(seed: int, *, n_bars: int = 30) -> tuple[AlignedBars, ReplaySetup]:
    """Draw three symbols with missing bars, cross and isolated positions, funding and rules."""
    rng = np.random.default_rng(seed)
    frames = {}
    for symbol in ("AAA", "BBB", "CCC"):
        frame = random_frame(rng, n_bars)
        kept = rng.random(n_bars) > 0.15
        kept[0] = True
        frames[symbol] = frame[kept]
    bars = align_bars(frames, timeframe=HOUR)
    setup = ReplaySetup(
        positions=(
            GivenPosition(symbol="AAA", quantity=20.0, entry_price=101.0, leverage=5.0),
            GivenPosition(symbol="BBB", quantity=-12.0, entry_price=98.0),
            GivenPosition(
                symbol="CCC",
                quantity=15.0,
                entry_price=100.0,
                leverage=8.0,
                margin_mode=MarginMode.ISOLATED,
            ),
        ),
        rules=(
            make_rule(
                "drawdown",
                0.05,
                HALVE,
                {"kind": "pause_trading", "seconds": 7_200.0},
                name="half",
                cooldown_seconds=3_600.0,
                drawdown_peak="since_rearm",
            ),
            make_rule(
                "position_loss",
                0.04,
                CLOSE_POSITION,
                name="per symbol",
                scope={"kind": "symbol"},
            ),
            make_rule("gross_leverage", 1.5, NOTIFY, name="tell", for_seconds=7_200.0),
            make_rule(
                "equity",
                2_960.0,
                {"kind": "place_guard_stop", "distance": 0.03},
                name="stop",
                comparison="<=",
                cooldown_seconds=7_200.0,
            ),
        ),
        capital=3_000.0,
        leverage=4.0,
        funding={
            symbol: tuple(
                FundingSettlement(symbol, START + timedelta(hours=at), rate)
                for at, rate in zip(
                    (0, 4.5, 8, 16, 24), rng.normal(0.0, 0.001, 5).tolist(), strict=True
                )
            )
            for symbol in ("AAA", "CCC")
        },
    )
    return bars, setup


def play(
    bars: AlignedBars,
    setup: ReplaySetup,
    *,
    after_bar: Callable[[ReplayState], None] = lambda state: None,
) -> ReplayState:
    """Run a replay from the start to its end."""
    venue = open_replay_venue(bars, setup)
    return run_replay(bars, setup, start_replay(bars, setup, venue), venue, after_bar=after_bar)


def equities(state: ReplayState) -> list[float]:
    """List the equity after every bar, the capital first, to the cent."""
    return [round(row.equity, 2) for row in state.equity]


def checkpoint_file(directory: Path, bars: AlignedBars, setup: ReplaySetup) -> CheckpointFile:
    """Open the checkpoint of these inputs."""
    return CheckpointFile(directory, fingerprint=input_fingerprint(bars, setup))


def take_up(
    file: CheckpointFile, bars: AlignedBars, setup: ReplaySetup
) -> tuple[ReplayState, BarVenue]:
    """Read a checkpoint back, or start anew."""
    known = file.load()
    if known is None:
        venue = open_replay_venue(bars, setup)
        return start_replay(bars, setup, venue), venue
    return known.state, reopen_replay_venue(known.venue, bars, setup)


def files_in(directory: Path) -> Mapping[str, bytes]:
    """Read every file below a folder."""
    return {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }
