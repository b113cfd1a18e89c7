"""Describe one file of the user's own: `python -m etrms_core.bootstrap.strategy_process`.

Arguments are the file, where to write what it holds, and how many seconds that may take.
"""

import sys
from pathlib import Path

from etrms_core.adapters.compute.strategy_descriptions import write_answer
from etrms_core.backtest.strategies.description import (
    StrategyDescription,
    describe,
    description_document,
)
from etrms_core.backtest.strategies.user_folder import strategy_source
from etrms_core.backtest.strategies.user_strategy import load_strategy
from etrms_core.bootstrap.job_worker import be_modest, end_with_the_desk
from etrms_core.errors import ConfigurationError


def main(arguments: list[str]) -> int:
    """Describe a file and return the exit code."""
    path, answer = Path(arguments[0]), Path(arguments[1])
    be_modest(float(arguments[2]))
    end_with_the_desk()
    write_answer(answer, description_document(described(path)))
    return 0


def described(path: Path) -> StrategyDescription:
    """Run a file and describe it, or say why it cannot be used."""
    name = path.stem
    try:
        file, source = strategy_source(name, path.parent)
        return describe(load_strategy(name, file, source), is_own=True)
    except ConfigurationError as error:
        reason = str(error).removeprefix(f"{error.field}: ")
        return StrategyDescription(name, name, error=reason, is_own=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
