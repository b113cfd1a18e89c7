"""`make bench`: one JSON line a task."""

import sys

from benchmarks import (
    backtest_speed,
    decision_to_wire,
    durability,
    kernel_rows,
    replay_speed,
    risk_cycle,
    start_up,
    warm_up,
)
from benchmarks.report import emit

TASKS = {
    "kernel_rows": kernel_rows.measure,
    "risk_cycle": risk_cycle.measure,
    "durability": durability.measure,
    "decision_to_wire": decision_to_wire.measure,
    "backtest": backtest_speed.measure,
    "replay": replay_speed.measure,
    "warm_up": warm_up.measure,
    "start_up": start_up.measure,
}


def main() -> None:
    """Run the tasks named on the command line, all without a name."""
    for name in sys.argv[1:] or TASKS:
        for line in TASKS[name]():
            emit(line)


main()
