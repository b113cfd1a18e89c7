"""The fingerprint of a strategy of the user's own."""

from pathlib import Path

from etrms_core.backtest.run_files import file_sha256
from etrms_core.backtest.strategies import BUILT_IN
from etrms_core.backtest.strategies.user_folder import strategy_files, strategy_source

SOURCES = "strategies/"


def source_hashes(strategy: str, folder: Path | None) -> dict[str, str]:
    """Hash the bytes of a strategy's file: the key is ``strategies/my_breakout.py`` and the like.

    A built-in strategy has none; one that does not exist is refused by whoever runs it.

    Raises
    ------
    ConfigurationError, DataError
        If the file cannot be read or used.
    """
    if folder is None or strategy in BUILT_IN:
        return {}
    if strategy not in [path.stem for path in strategy_files(folder)]:
        return {}
    path, _ = strategy_source(strategy, folder)
    return {f"{SOURCES}{path.name}": file_sha256(path)}
