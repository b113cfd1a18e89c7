"""Strategies to choose from, with the parameters from which a form builds itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from etrms_core.backtest.static_strategy import read_strategy
from etrms_core.backtest.strategies import BUILT_IN
from etrms_core.backtest.strategies.parameter import Parameter
from etrms_core.backtest.strategies.user_folder import strategy_files, strategy_source
from etrms_core.errors import ConfigurationError

NO_WORDS = "A strategy of yours; its file has no description."


@dataclass(frozen=True, slots=True)
class StrategyChoice:
    """A strategy."""

    name: str
    title: str
    description: str
    parameters: Mapping[str, Parameter]


def strategy_choices(folder: Path) -> tuple[StrategyChoice, ...]:
    """List the built-in strategies, then the owner's own from a folder.

    Nothing of the owner's files is run here: a worker does that.
    """
    built_in = (
        StrategyChoice(each.name, each.title, each.description, each.parameters)
        for each in BUILT_IN.values()
    )
    return (*built_in, *(_own(path.stem, folder) for path in strategy_files(folder)))


def parameter_label(name: str, parameter: Parameter) -> str:
    """Name a parameter with its bounds."""
    title = parameter.title or name.replace("_", " ").capitalize()
    return f"{title} ({parameter.low:g} to {parameter.high:g})"


def _own(name: str, folder: Path) -> StrategyChoice:
    title = f"{name} (yours)"
    try:
        _, source = strategy_source(name, folder)
    except ConfigurationError as error:
        return StrategyChoice(name, title, f"It cannot be used: {error}.", {})
    found = read_strategy(name, source)
    return StrategyChoice(name, title, found.description or NO_WORDS, found.parameters)
