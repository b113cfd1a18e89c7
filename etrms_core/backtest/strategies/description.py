"""What a form needs to know of a strategy, and how one process tells another."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from etrms_core.backtest.strategies.parameter import Parameter
from etrms_core.backtest.strategies.strategy import Strategy
from etrms_core.errors import ConfigurationError, DataError

LONGEST_TITLE, LONGEST_TEXT = 80, 2_000
MOST_PARAMETERS = 50


@dataclass(frozen=True, slots=True)
class StrategyDescription:
    """A strategy to choose, or why it cannot be.

    Attributes
    ----------
    parameters : mapping of str to Parameter
        In the order of a form; empty where there is an error.
    error : str
        One sentence; empty when the strategy can be used.
    is_own : bool
        Whether it is a file of the user's.
    """

    name: str
    title: str
    description: str = ""
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    error: str = ""
    is_own: bool = False


def describe(strategy: Strategy, *, is_own: bool = False) -> StrategyDescription:
    """Describe a strategy."""
    return StrategyDescription(
        strategy.name,
        strategy.title[:LONGEST_TITLE],
        strategy.description[:LONGEST_TEXT],
        dict(strategy.parameters),
        is_own=is_own,
    )


def description_document(found: StrategyDescription) -> dict[str, Any]:
    """Write a description of one of the user's own strategies for JSON."""
    return {
        "name": found.name,
        "title": found.title,
        "description": found.description,
        "parameters": [
            [name, each.default, each.low, each.high, each.title, each.help]
            for name, each in found.parameters.items()
        ],
        "error": found.error,
    }


def read_description(document: object, name: str) -> StrategyDescription:
    """Read what a process that ran the user's code says of it; nothing of it is believed unseen.

    Raises
    ------
    DataError
        If it is no description of the strategy of that name.
    """
    try:
        return _read(document, name)
    except (ConfigurationError, KeyError, TypeError, ValueError) as error:
        raise DataError(f"{name}: its description cannot be read: {error}") from error


def _read(document: object, name: str) -> StrategyDescription:
    if not isinstance(document, dict) or document["name"] != name:
        raise ValueError("it speaks of something else")
    rows = document["parameters"][:MOST_PARAMETERS]
    return StrategyDescription(
        name,
        _text(document["title"], LONGEST_TITLE),
        _text(document["description"], LONGEST_TEXT),
        {
            _text(parameter, LONGEST_TITLE): Parameter(
                default, low, high, _text(title, LONGEST_TITLE), _text(words, LONGEST_TEXT)
            )
            for parameter, default, low, high, title, words in rows
        },
        _text(document["error"], LONGEST_TEXT),
        is_own=True,
    )


def _text(value: object, longest: int) -> str:
    if not isinstance(value, str):
        raise TypeError(f"a text was {type(value).__name__}")
    return value[:longest]
