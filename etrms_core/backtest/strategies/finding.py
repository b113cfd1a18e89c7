"""Strategies by name."""

from pathlib import Path

from etrms_core.backtest.strategies.built_in import BUILT_IN
from etrms_core.backtest.strategies.close_names import unknown_name
from etrms_core.backtest.strategies.strategy import Strategy
from etrms_core.backtest.strategies.user_folder import strategy_files, strategy_source
from etrms_core.backtest.strategies.user_strategy import FIELD, load_strategy
from etrms_core.errors import ConfigurationError


def find_strategy(name: str, folder: Path | None = None) -> Strategy:
    """Return a built-in strategy, else the one of a file in a folder, which runs its code.

    Raises
    ------
    ConfigurationError
        If there is neither, with the names close to it, or the file cannot be used.
    """
    if name in BUILT_IN:
        return BUILT_IN[name]
    own = [] if folder is None else [path.stem for path in strategy_files(folder)]
    if folder is None or name not in own:
        raise ConfigurationError(unknown_name("no strategy", name, {*BUILT_IN, *own}), field=FIELD)
    path, source = strategy_source(name, folder)
    return load_strategy(name, path, source)
