"""A strategy of the user's own, made of the source of its file.

Its code is as free as the user is. It runs in workers and on the command line only, never in the
process that serves pages and guards accounts.
"""

import inspect
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import pandas as pd

from etrms_core.backtest.signals import Signals
from etrms_core.backtest.strategies.history import History
from etrms_core.backtest.strategies.parameter import Parameter
from etrms_core.backtest.strategies.strategy import Params, Strategy
from etrms_core.backtest.strategies.user_signals import read_signals
from etrms_core.errors import ConfigurationError

FIELD = "strategy.name"
LONGEST_REASON = 300
SignalFunction = Callable[..., pd.DataFrame]


def load_strategy(name: str, path: Path, source: str) -> Strategy:
    """Run the source of a file once and take what it defines.

    Raises
    ------
    ConfigurationError
        Naming the file, and the line where one is to blame.
    """
    place = str(path)
    # A name that no import can reach, so that a strategy shadows no library.
    module = ModuleType(f"etrms strategy {name}")
    vars(module).update({"__file__": place, "Parameter": Parameter})
    _guarded(lambda: _execute(compile(source, place, "exec"), module), place)
    function = vars(module).get("signals")
    if not inspect.isfunction(function):
        raise _refusal(place, "it defines no function signals(bars, ...)")
    parameters = _parameters(vars(module).get("PARAMETERS", {}), place)
    _require_parameters(function, parameters, place)
    title, description = _words(name, vars(module).get("__doc__"))
    return Strategy(
        name=name,
        title=title,
        description=description,
        parameters=parameters,
        compute=_computing(function, place),
    )


def strategy_of_function(function: SignalFunction, params: Params) -> Strategy:
    """Make a strategy of a function `signals(bars, **params)` with parameters that stay."""
    code = inspect.unwrap(function)
    place = inspect.getsourcefile(code) or "strategy"
    fixed = dict(params)

    def compute(history: History, _: Params) -> Signals:
        return _computing(function, place)(history, fixed)

    name = getattr(function, "__name__", "signals")
    return Strategy(name=name, title=name, description="", parameters={}, compute=compute)


def _execute(code: CodeType, module: ModuleType) -> None:
    exec(code, vars(module))  # noqa: S102  # nosec B102  the user's own code, from one folder


def _computing(function: SignalFunction, place: str) -> Callable[[History, Params], Signals]:
    def compute(history: History, params: Params) -> Signals:
        # A copy: what a strategy changes in its bars must not change the market.
        bars = history.bars.copy()
        found = _guarded(lambda: function(bars, **params), place)
        try:
            return read_signals(found, pd.DatetimeIndex(history.bars.index))
        except ConfigurationError as error:
            raise _refusal(place, str(error)) from error

    return compute


def _guarded(call: Callable[[], Any], place: str) -> Any:  # noqa: ANN401  whatever it returns
    try:
        return call()
    except (Exception, SystemExit) as error:
        raise _refusal(place, _reason(error), line=_line(error, place)) from error


def _refusal(place: str, reason: str, *, line: int | None = None) -> ConfigurationError:
    where = Path(place).name if line is None else f"{Path(place).name}, line {line}"
    return ConfigurationError(f"{where}: {reason}", field=FIELD)


def _reason(error: BaseException) -> str:
    words = error.msg if isinstance(error, SyntaxError) else str(error)
    first = next(iter(words.strip().splitlines()), "")[:LONGEST_REASON]
    return f"{type(error).__name__}: {first}" if first else type(error).__name__


def _line(error: BaseException, place: str) -> int | None:
    if isinstance(error, SyntaxError) and error.filename == place:
        return error.lineno
    frames = traceback.extract_tb(error.__traceback__)
    return next((frame.lineno for frame in reversed(frames) if frame.filename == place), None)


def _parameters(found: object, place: str) -> dict[str, Parameter]:
    if not isinstance(found, Mapping):
        raise _refusal(place, f"PARAMETERS is a dict, was {type(found).__name__}")
    for name, parameter in found.items():
        if not isinstance(name, str) or not name.isidentifier() or name == "bars":
            raise _refusal(place, f"a parameter has a name of letters, digits and _, was {name!r}")
        if not isinstance(parameter, Parameter):
            raise _refusal(
                place, f"PARAMETERS[{name!r}] is a Parameter, was {type(parameter).__name__}"
            )
    return dict(found)


def _require_parameters(
    function: SignalFunction, parameters: Mapping[str, Parameter], place: str
) -> None:
    try:
        inspect.signature(function).bind(None, **dict.fromkeys(parameters))
    except TypeError as error:
        raise _refusal(place, f"signals() does not fit PARAMETERS: {error}") from error


def _words(name: str, text: object) -> tuple[str, str]:
    title, _, description = (text if isinstance(text, str) else "").strip().partition("\n")
    plain = name.replace("_", " ").capitalize()
    return title.strip().rstrip(".") or plain, " ".join(description.split())
