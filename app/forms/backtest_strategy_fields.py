"""What a backtest trades: the strategy with its parameters, direction, size and stops."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from app.components.literal_text import literally
from app.forms.backtest_field_errors import FieldErrors
from app.forms.backtest_number_fields import ALL_DIGITS, number_field, percent_field
from app.presenters.backtest_choices import StrategyChoice, parameter_label
from etrms_core.backtest.strategies.parameter import Parameter
from etrms_core.backtest.terms import Direction, SizeKind

COLUMNS = 3
FIRST_STRATEGY = "sma_cross"
DIRECTIONS = {
    Direction.LONG_ONLY.value: "Long only",
    Direction.SHORT_ONLY.value: "Short only",
    Direction.LONG_SHORT.value: "Long and short",
}
SIZES = {
    SizeKind.EQUITY_FRACTION.value: "Share of equity",
    SizeKind.NOTIONAL.value: "Notional (USD)",
    SizeKind.QUANTITY.value: "Quantity",
    SizeKind.RISK_FRACTION.value: "Share of equity at risk to the stop",
    SizeKind.VOLATILITY_TARGET.value: "Annual volatility to aim for",
}
FIRST_VALUES = {
    SizeKind.EQUITY_FRACTION.value: 1.0,
    SizeKind.NOTIONAL.value: 1_000.0,
    SizeKind.QUANTITY.value: 1.0,
    SizeKind.RISK_FRACTION.value: 0.01,
    SizeKind.VOLATILITY_TARGET.value: 0.2,
}
IN_PERCENT = frozenset(
    {
        SizeKind.EQUITY_FRACTION.value,
        SizeKind.RISK_FRACTION.value,
        SizeKind.VOLATILITY_TARGET.value,
    }
)
LARGEST_SIZE = 10_000.0
STOPS = {
    "stop_loss": ("Stop loss", "Closes at this loss from the entry price."),
    "take_profit": ("Take profit", "Closes at this gain from the entry price."),
    "trailing_stop": ("Trailing stop", "Closes this far from the best price since the entry."),
}


def strategy_fields(
    start: Mapping[str, Any],
    choices: Sequence[StrategyChoice],
    *,
    key: str,
    errors: FieldErrors,
) -> dict[str, Any]:
    """Draw the strategy, and return it as `[strategy]`."""
    by_name = {choice.name: choice for choice in choices}
    names = list(by_name)
    wanted = str(start.get("name") or FIRST_STRATEGY)
    name = st.selectbox(
        "Strategy",
        names,
        index=names.index(wanted) if wanted in names else 0,
        format_func=lambda each: by_name[each].title if each in by_name else each,
        key=f"backtest_strategy_{key}",
    )
    errors.below("strategy.name")
    if name not in by_name:
        return {"name": "", "params": {}}
    chosen = by_name[name]
    st.markdown(literally(chosen.description))
    before = start.get("params") if name == start.get("name") else None
    params = _parameters(chosen, before or {}, key=f"{key}_{name}", errors=errors)
    return {"name": name, "params": params} | _trading(start, key, errors)


def _parameters(
    choice: StrategyChoice, before: Mapping[str, Any], *, key: str, errors: FieldErrors
) -> dict[str, float | None]:
    typed: dict[str, float | None] = {}
    columns = st.columns(COLUMNS)
    for place, (name, parameter) in enumerate(choice.parameters.items()):
        with columns[place % COLUMNS]:
            typed[name] = _parameter(name, parameter, before.get(name), key)
            errors.below(f"strategy.params.{name}", f"params.{name}", name)
    errors.below("strategy.params", "params")
    return typed


def _parameter(name: str, parameter: Parameter, before: float | None, key: str) -> float | None:
    # The bounds are told and checked with everything else: a field that silently changes what was
    # typed would run something else.
    label, meaning = parameter_label(name, parameter), parameter.help or None
    value = parameter.default if before is None else before
    if parameter.is_whole:
        return st.number_input(
            label, value=int(value), step=1, help=meaning, key=f"parameter_{name}_{key}"
        )
    return st.number_input(
        label,
        value=float(value),
        format=ALL_DIGITS,
        help=meaning,
        key=f"parameter_{name}_{key}",
    )


def _trading(start: Mapping[str, Any], key: str, errors: FieldErrors) -> dict[str, Any]:
    left, middle, right = st.columns(COLUMNS)
    with left:
        directions = list(DIRECTIONS)
        direction = st.selectbox(
            "Direction",
            directions,
            index=_place(directions, start.get("direction")),
            format_func=lambda each: DIRECTIONS.get(each, each),
            key=f"backtest_direction_{key}",
        )
        errors.below("strategy.direction")
    size = start.get("size") or {}
    with middle:
        kinds = list(SIZES)
        kind = st.selectbox(
            "Size of an entry",
            kinds,
            index=_place(kinds, size.get("kind")),
            format_func=lambda each: SIZES.get(each, each),
            key=f"backtest_size_kind_{key}",
        )
        errors.below("strategy.size.kind")
    with right:
        first = size.get("value") if kind == size.get("kind") else None
        value = _size_value(kind, FIRST_VALUES[kind] if first is None else first, key)
        errors.below("strategy.size.value", "strategy.size")
    trading: dict[str, Any] = {"direction": direction, "size": {"kind": kind, "value": value}}
    return trading | _stops(start, key, errors)


def _size_value(kind: str, value: float, key: str) -> float | None:
    if kind in IN_PERCENT:
        return percent_field(
            "How much", value, key=f"backtest_size_{key}_{kind}", largest=LARGEST_SIZE
        )
    return number_field("How much", value, key=f"backtest_size_{key}_{kind}")


def _stops(start: Mapping[str, Any], key: str, errors: FieldErrors) -> dict[str, float]:
    typed = {}
    for column, (name, (label, meaning)) in zip(st.columns(COLUMNS), STOPS.items(), strict=True):
        with column:
            value = percent_field(
                label,
                start.get(name),
                key=f"backtest_{name}_{key}",
                help_text=meaning,
                largest=None,
                empty="none",
            )
            errors.below(f"strategy.{name}")
        if value is not None:
            typed[name] = value
    return typed


def _place(choices: Sequence[str], wanted: object) -> int:
    return choices.index(wanted) if isinstance(wanted, str) and wanted in choices else 0
