"""Backtests against the peers, measured in the same run: warm, CPU seconds."""

import json
import math
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from benchmarks.report import Line

# Task, peer, and how many times faster than it we want to be at least.
MATCHES = (
    ("T1", "raptorbt", 2.0),
    ("T1", "vectorbt", 4.0),
    ("T3", "vectorbt", 20.0),
    ("T4", "vectorbt", 50.0),
)
WORDS = {
    "T1": "one symbol, 1,000,000 bars, a breaker armed",
    "T3": "20 symbols, 100,000 bars, stops",
    "T4": "20 symbols, 100,000 bars, drawdown breaker",
}
SAME_WITHIN = 1e-9


def measure() -> Iterator[Line]:
    """Yield a line for every match, then the growth in bars."""
    ours = {task: _run(task, "ours") for task in WORDS}
    for task, peer, wanted in MATCHES:
        other = _run(task, peer)
        yield Line(
            f"backtest_{task}",
            ours[task]["cpu_s"],
            f"{WORDS[task]}; {ours[task]['peak_mb']:.0f} MB; {_agreement(ours[task], other)}",
            target_s=other["cpu_s"] / wanted,
            peer=peer,
            peer_s=other["cpu_s"],
            ratio=other["cpu_s"] / ours[task]["cpu_s"],
        )
    yield Line(
        "backtest_first_in_process",
        ours["T1"]["first_s"],
        "imports, frames and the first T1 with a warm cache",
        target_s=3.0,
    )
    for task in ("T1", "T4"):
        half = _run(task, "ours", share=0.25)
        slope = math.log(ours[task]["cpu_s"] / half["cpu_s"]) / math.log(4.0)
        yield Line(
            f"backtest_{task}_growth",
            ours[task]["cpu_s"],
            f"log-log slope in bars {slope:.2f}, wanted at most 1.05",
        )


def _run(task: str, engine: str, *, share: float = 1.0) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.backtest_child", task, engine, str(share)]
    told = subprocess.run(command, capture_output=True, check=True, text=True)  # noqa: S603
    answer: dict[str, Any] = json.loads(told.stdout.splitlines()[-1])
    return answer


def _agreement(ours: dict[str, Any], other: dict[str, Any]) -> str:
    theirs = other["final_equity"]
    if math.isnan(theirs):
        return "other sizing, equity not compared"
    off = abs(ours["final_equity"] / theirs - 1.0)
    word = "equal" if off <= SAME_WITHIN else "DIFFERENT"
    return f"final equity {word} (off by {off:.1e})"
