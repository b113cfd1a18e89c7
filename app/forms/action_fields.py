"""The actions of a breaker, in their order, each with its argument."""

import streamlit as st

from app.forms.amount_fields import AmountFields
from app.presenters.rule_titles import ACTION_TITLES
from etrms_core.breakers.rules import ARGUMENTS, ActionKind, BreakerAction
from etrms_core.errors import ConfigurationError
from etrms_core.risk.metrics import Unit

MOST_ACTIONS = 9
UNITS = {
    "fraction": ("By how much of the position", Unit.FRACTION),
    "seconds": ("For how long", Unit.SECONDS),
    "leverage": ("To which leverage", Unit.MULTIPLE),
    "distance": ("How far from the mark price", Unit.FRACTION),
}
# What is offered first.
USUAL = {"fraction": 0.5, "seconds": 3_600.0, "leverage": 3.0, "distance": 0.05}


def action_fields(
    start: tuple[BreakerAction, ...], fields: AmountFields, *, key: str
) -> tuple[BreakerAction, ...]:
    """Draw one row for each action and one for another; return those that are whole."""
    found: list[BreakerAction] = []
    for place in range(MOST_ACTIONS):
        old = start[place] if place < len(start) else None
        kind = _kind(place, old, key)
        if kind is None:
            break
        action = _action(place, kind, old, fields)
        if action is not None:
            found.append(action)
    return tuple(found)


def _kind(place: int, old: BreakerAction | None, key: str) -> ActionKind | None:
    kinds = list(ActionKind)
    return st.selectbox(
        "Action" if place == 0 else f"Then, action {place + 1}",
        kinds,
        index=None if old is None else kinds.index(old.kind),
        format_func=lambda each: ACTION_TITLES[each],
        placeholder="choose what it does" if place == 0 else "nothing more",
        key=f"action_{place}_{key}",
    )


def _action(
    place: int, kind: ActionKind, old: BreakerAction | None, fields: AmountFields
) -> BreakerAction | None:
    if kind not in ARGUMENTS:
        return BreakerAction(kind)
    argument = ARGUMENTS[kind][0]
    label, unit = UNITS[argument]
    is_same = old is not None and old.kind is kind
    start = old.argument if old is not None and is_same else USUAL[argument]
    value = fields.amount(label, start, unit, name=f"argument_{place}_{kind.value}")
    if value is None:
        return None
    try:
        return BreakerAction(kind, value)
    except ConfigurationError as error:
        fields.is_readable = False
        st.error(f"{label}: {str(error).partition(': ')[2]}")
        return None
