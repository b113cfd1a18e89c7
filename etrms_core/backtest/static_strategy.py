"""What the file of a strategy says of itself, told from its text: none of its code is run."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from etrms_core.backtest.strategies.parameter import Parameter
from etrms_core.errors import ConfigurationError

PARAMETERS = "PARAMETERS"
ARGUMENTS = ("default", "low", "high", "title", "help")


@dataclass(frozen=True, slots=True)
class StaticStrategy:
    """A strategy before anybody runs it.

    Attributes
    ----------
    description : str
        The docstring of the file, or what is wrong with it.
    parameters : mapping of str to Parameter
        Those that are written as plain numbers; others keep their defaults.
    """

    name: str
    description: str
    parameters: Mapping[str, Parameter]


def read_strategy(name: str, source: str) -> StaticStrategy:
    """Read docstring and parameters of a file; what cannot be read is left out and told."""
    try:
        module = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return StaticStrategy(name, f"This file is no Python: {error}.", {})
    return StaticStrategy(name, ast.get_docstring(module) or "", dict(_parameters(module)))


def _parameters(module: ast.Module) -> Iterator[tuple[str, Parameter]]:
    for table in _tables(module):
        for key, value in zip(table.keys, table.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                parameter = _parameter(value)
                if parameter is not None:
                    yield key.value, parameter


def _tables(module: ast.Module) -> Iterator[ast.Dict]:
    for statement in module.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Dict() as table):
                if name == PARAMETERS:
                    yield table
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.Dict() as table):
                if name == PARAMETERS:
                    yield table


def _parameter(value: ast.expr) -> Parameter | None:
    if not isinstance(value, ast.Call):
        return None
    named = dict(zip(ARGUMENTS, value.args, strict=False))
    named |= {each.arg: each.value for each in value.keywords if each.arg is not None}
    try:
        return Parameter(**{name: ast.literal_eval(each) for name, each in named.items()})
    except (ValueError, TypeError, ConfigurationError):
        return None
