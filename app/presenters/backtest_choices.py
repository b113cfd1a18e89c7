"""Strategies to choose from, with the parameters from which a form builds itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from etrms_core.backtest.strategies.description import StrategyDescription
from etrms_core.backtest.strategies.parameter import Parameter
from etrms_core.bootstrap.strategies import describe_strategies

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

    Nothing of the owner's files is run here: a process of its own does that.
    """
    return tuple(strategy_choice(each) for each in describe_strategies(folder))


def strategy_choice(found: StrategyDescription) -> StrategyChoice:
    """Put a description into the words of the form."""
    if not found.is_own:
        return StrategyChoice(found.name, found.title, found.description, found.parameters)
    words = f"It cannot be used yet: {found.error}." if found.error else found.description
    return StrategyChoice(found.name, f"{found.title} (yours)", words or NO_WORDS, found.parameters)


def parameter_label(name: str, parameter: Parameter) -> str:
    """Name a parameter with its bounds."""
    title = parameter.title or name.replace("_", " ").capitalize()
    return f"{title} ({parameter.low:g} to {parameter.high:g})"
