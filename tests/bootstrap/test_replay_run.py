"""`etrms replay` from files to files, stopped wherever one can stop it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import FrameType

import numpy as np
import pandas as pd
import pytest

from etrms_core.bootstrap.replay_run import ReplayRequest, replay_files
from etrms_core.breakers.rule_document import parse_rules_toml
from etrms_core.errors import ConfigurationError, DataError, StorageError
from etrms_core.services.replay_checkpoint import FILE_NAME
from etrms_core.services.replay_inputs import read_positions
from tests.engine.desk import HALVE, make_rule
from tests.services.replays import FALLING, START, files_in, frame_of, random_case, random_frame

RULES_TOML = """
[[breakers]]
name = "half"
metric = "drawdown"
threshold = 0.05
cooldown_seconds = 36000.0
drawdown_peak = "since_rearm"
actions = [{ kind = "reduce_position", fraction = 0.5 }]

[[breakers]]
name = "told"
metric = "gross_leverage"
threshold = 2.0
actions = [{ kind = "notify" }]
"""


def write_bars(path: Path, frame: pd.DataFrame) -> Path:
    frame.reset_index().to_csv(path, index=False)
    return path


def small_request(folder: Path, **changes: object) -> ReplayRequest:
    bars, setup = random_case(2)
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(9)
    request = ReplayRequest(
        bars={
            symbol: write_bars(folder / f"{symbol}.csv", random_frame(rng, len(bars.times)))
            for symbol in bars.tables
        },
        positions=setup.positions,
        rules=setup.rules,
        capital=setup.capital,
        leverage=setup.leverage,
        out=folder / "out",
    )
    return replace(request, **changes)


def test_a_finished_replay_leaves_its_files_and_no_checkpoint(tmp_path: Path) -> None:
    outcome = replay_files(small_request(tmp_path))
    assert (outcome.bars, outcome.resumed_at) == (30, 0)
    written = files_in(tmp_path / "out")
    assert FILE_NAME not in written
    assert set(written) >= {"equity.csv", "trades.csv", "orders.csv", "breaker_events.csv"}
    assert len(written["equity.csv"].splitlines()) == 1 + 1 + 30


def test_the_same_replay_twice_writes_the_same_bytes(tmp_path: Path) -> None:
    request = small_request(tmp_path)
    replay_files(request)
    replay_files(replace(request, out=tmp_path / "again"))
    first, second = files_in(request.out), files_in(tmp_path / "again")
    assert first == second
    assert len(first["orders.csv"].splitlines()) > 1


@pytest.mark.parametrize("stop_at", [1, 2, 13, 29, 30])
def test_a_replay_stopped_after_a_bar_goes_on_from_it(stop_at: int, tmp_path: Path) -> None:
    def stop(done: int, _total: int) -> None:
        if done == stop_at:
            raise KeyboardInterrupt

    request = small_request(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        replay_files(request, progress=stop)
    assert replay_files(request).resumed_at == stop_at
    once = replace(request, out=tmp_path / "once")
    assert replay_files(once).resumed_at == 0
    assert files_in(request.out) == files_in(once.out)


def interrupt_in(name: str) -> Callable[[int, int], None]:
    """Interrupt when a function of this name is called for the first time after bar 1."""

    def watch(frame: FrameType, event: str, _argument: object) -> None:
        if event == "call" and frame.f_code.co_name == name:
            sys.setprofile(None)
            raise KeyboardInterrupt

    def progress(done: int, _total: int) -> None:
        if done == 1:
            sys.setprofile(watch)

    return progress


@pytest.mark.parametrize(
    "name",
    [
        "play",
        "apply_bar",
        "fetch_account",
        "run_risk_cycle",
        "evaluate_breakers",
        "_record",
        "take_news",
    ],
)
def test_an_interruption_inside_a_bar_spoils_nothing(name: str, tmp_path: Path) -> None:
    request = small_request(tmp_path)
    try:
        with pytest.raises(KeyboardInterrupt):
            replay_files(request, progress=interrupt_in(name))
    finally:
        sys.setprofile(None)
    replay_files(request)
    once = replace(request, out=tmp_path / "once")
    replay_files(once)
    assert files_in(request.out) == files_in(once.out)


def test_another_input_starts_anew_in_the_folder_of_an_unfinished_one(tmp_path: Path) -> None:
    def stop(done: int, _total: int) -> None:
        if done == 5:
            raise KeyboardInterrupt

    request = small_request(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        replay_files(request, progress=stop)
    assert replay_files(replace(request, capital=5_000.0)).resumed_at == 0


def test_a_damaged_account_in_the_checkpoint_names_the_file(tmp_path: Path) -> None:
    def stop(done: int, _total: int) -> None:
        raise KeyboardInterrupt

    request = small_request(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        replay_files(request, progress=stop)
    path = request.out / FILE_NAME
    document = json.loads(path.read_text(encoding="utf-8"))
    document["venue"]["wallet"] = "much"
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(StorageError, match=r"\.replay\.json is damaged"):
        replay_files(request)


def test_bars_of_different_timeframes_are_refused_by_name(tmp_path: Path) -> None:
    slow = frame_of(FALLING)
    slow.index = pd.date_range(START, periods=4, freq="4h", name="time")
    request = small_request(tmp_path)
    mixed = {**request.bars, "SLOW": write_bars(tmp_path / "slow.csv", slow)}
    with pytest.raises(DataError, match=r"one timeframe, were AAA 1h.*SLOW 4h"):
        replay_files(replace(request, bars=mixed))


def test_no_bars_or_funding_of_a_stranger_names_the_option(tmp_path: Path) -> None:
    request = small_request(tmp_path)
    with pytest.raises(ConfigurationError, match="--bars"):
        replay_files(replace(request, bars={}))
    with pytest.raises(ConfigurationError, match="--funding: XRP has no bars"):
        replay_files(replace(request, funding={"XRP": tmp_path / "none.csv"}))


def test_nothing_is_written_when_a_symbol_is_unknown(tmp_path: Path) -> None:
    request = small_request(tmp_path)
    rule = make_rule("position_loss", 0.1, HALVE, scope={"kind": "symbol", "name": "XRP"})
    with pytest.raises(ConfigurationError, match=r"breakers\.0\.scope\.name: XRP"):
        replay_files(replace(request, rules=(rule,)))
    assert not request.out.exists()


def command(folder: Path, out: Path) -> list[str]:
    return [
        sys.executable,
        *("-m", "app.cli", "replay", "--bars", f"AAA={folder / 'AAA.csv'}"),
        *("--bars", f"BBB={folder / 'BBB.csv'}", "--positions", str(folder / "positions.json")),
        *("--breakers", str(folder / "rules.toml"), "--capital", "3000", "--out", str(out)),
    ]


def catches_sigterm(process: subprocess.Popen[bytes]) -> bool:
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    (caught,) = [line.split()[1] for line in status.splitlines() if line.startswith("SigCgt")]
    return bool(int(caught, 16) >> (signal.SIGTERM - 1) & 1)


def environment() -> Mapping[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="looks into /proc")
def test_a_terminated_replay_goes_on_with_the_same_command(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    for symbol in ("AAA", "BBB"):
        write_bars(tmp_path / f"{symbol}.csv", random_frame(rng, 2_000, volatility=0.004))
    (tmp_path / "rules.toml").write_text(RULES_TOML, encoding="utf-8")
    held = [
        {"symbol": "AAA", "quantity": 30.0, "entry_price": 100.0, "leverage": 5.0},
        {"symbol": "BBB", "quantity": -30.0, "entry_price": 100.0, "leverage": 5.0},
    ]
    (tmp_path / "positions.json").write_text(json.dumps(held), encoding="utf-8")

    stopped = subprocess.Popen(  # noqa: S603  our own command
        command(tmp_path, tmp_path / "out"), env=environment(), stderr=subprocess.PIPE
    )
    while not catches_sigterm(stopped):
        time.sleep(0.01)
    time.sleep(0.3)
    stopped.terminate()
    _, complaint = stopped.communicate(timeout=60)
    assert stopped.returncode == 1, complaint
    assert b"run the same command again" in complaint
    checkpoint = json.loads((tmp_path / "out" / FILE_NAME).read_text(encoding="utf-8"))
    assert 0 < checkpoint["next_bar"] < 2_000

    done = subprocess.run(  # noqa: S603  our own command
        command(tmp_path, tmp_path / "out"), env=environment(), capture_output=True, check=True
    )
    assert b"continued at bar" in done.stderr
    once = ReplayRequest(
        bars={symbol: tmp_path / f"{symbol}.csv" for symbol in ("AAA", "BBB")},
        positions=read_positions(tmp_path / "positions.json"),
        rules=parse_rules_toml(RULES_TOML),
        capital=3_000.0,
        out=tmp_path / "once",
    )
    assert replay_files(once).metrics["breaker_triggers"] > 0
    assert files_in(tmp_path / "out") == files_in(once.out)
