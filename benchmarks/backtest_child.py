"""One engine at one backtest task, in a process of its own: `python -m ... TASK ENGINE [SHARE]`."""

import json
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.backtest_market import MinuteBars

RUNS = 5


def main() -> None:
    """Print CPU seconds (median of the warm runs), the first run's, memory and final equity."""
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    task, engine = sys.argv[1], sys.argv[2]
    share = float(sys.argv[3]) if len(sys.argv) > 3 else 1.0
    from benchmarks.backtest_market import task_bars  # noqa: PLC0415  after the environment

    bars = task_bars(task, share=share)
    started = time.perf_counter()
    run = _prepared(engine, task, bars)
    equity = run()
    first = time.perf_counter() - started
    seconds = []
    for _ in range(RUNS):
        began = time.process_time()
        run()
        seconds.append(time.process_time() - began)
    answer = {
        "cpu_s": statistics.median(seconds),
        "first_s": first,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0,
        "final_equity": equity,
    }
    sys.stdout.write(json.dumps(answer) + "\n")


def _prepared(engine: str, task: str, bars: "MinuteBars") -> Callable[[], float]:
    if engine == "vectorbt":
        from benchmarks.backtest_vectorbt import prepare  # noqa: PLC0415
    elif engine == "raptorbt":
        from benchmarks.backtest_raptorbt import prepare  # noqa: PLC0415
    else:
        from benchmarks.backtest_ours import prepare  # noqa: PLC0415
    return prepare(task, bars)


main()
