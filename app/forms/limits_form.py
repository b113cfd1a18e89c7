"""The form in which the trader sets the limits of the gate."""

from typing import Any

import streamlit as st

from app.presenters.limit_fields import BY_NAME, told_error
from etrms_core.domain.limits import Limits
from etrms_core.engine.change_document import fingerprint
from etrms_core.engine.limits_document import limits_mapping, parse_limits
from etrms_core.errors import ConfigurationError

EMPTY = "no limit"
COLUMNS = 2
PERCENT = 100.0
ALL_DIGITS = "%.12g"


def limits_form(stored: Limits) -> Limits | None:
    """Draw the form with what is stored; return what was typed once it is sent and right."""
    # Other limits are another form: what somebody else changed is never overwritten unseen.
    key = fingerprint(limits_mapping(stored))[:12]
    with st.form(f"limits_{key}"):
        st.markdown("An empty field sets no limit.")
        typed = _typed(stored, key)
        is_sent = st.form_submit_button("Review changes", type="primary", key="review_limits")
    if not is_sent:
        return None
    try:
        return parse_limits(typed)
    except ConfigurationError as error:
        st.error(f"Nothing is changed. {told_error(error)}")
        return None


def _typed(stored: Limits, key: str) -> dict[str, Any]:
    left, right = st.columns(COLUMNS)
    with left:
        document: dict[str, Any] = {
            "maximum_leverage": _number("maximum_leverage", "times equity", stored, key),
            "maximum_position_notional": _number("maximum_position_notional", "USD", stored, key),
            "maximum_order_notional": _number("maximum_order_notional", "USD", stored, key),
        }
    with right:
        document["maximum_orders_per_minute"] = _count(stored, key)
        document["price_collar"] = _collar(stored, key)
        document["duplicate_window_seconds"] = _window(stored, key)
    document["symbols"] = _symbols(stored, key)
    return document


def _number(name: str, unit: str, stored: Limits, key: str) -> float | None:
    field = BY_NAME[name]
    _begin_with(f"{name}_{key}", limits_mapping(stored)[name])
    return st.number_input(
        f"{field.label} ({unit})",
        value=None,
        min_value=0.0,
        format=ALL_DIGITS,
        placeholder=EMPTY,
        help=field.meaning,
        key=f"{name}_{key}",
    )


def _count(stored: Limits, key: str) -> int | None:
    field = BY_NAME["maximum_orders_per_minute"]
    _begin_with(f"{field.name}_{key}", stored.maximum_orders_per_minute)
    return st.number_input(
        field.label,
        value=None,
        min_value=0,
        step=1,
        placeholder=EMPTY,
        help=field.meaning,
        key=f"{field.name}_{key}",
    )


def _begin_with(key: str, value: float | None) -> None:
    # A field that begins with a number of its own can be changed, but not be emptied any more.
    st.session_state.setdefault(key, value)


def _collar(stored: Limits, key: str) -> float:
    field = BY_NAME["price_collar"]
    shown = st.number_input(
        f"{field.label} (% of the mark price)",
        value=round(stored.price_collar * PERCENT, 10),
        min_value=0.0,
        max_value=PERCENT,
        format=ALL_DIGITS,
        required=True,
        help=f"{field.meaning} Always bounded: 100 % at most.",
        key=f"{field.name}_{key}",
    )
    # What was not touched comes back to the last digit.
    return (
        stored.price_collar
        if shown == round(stored.price_collar * PERCENT, 10)
        else (shown / PERCENT)
    )


def _window(stored: Limits, key: str) -> float:
    field = BY_NAME["duplicate_window_seconds"]
    return st.number_input(
        f"{field.label} (s)",
        value=stored.duplicate_window_seconds,
        min_value=0.0,
        max_value=60.0,
        format=ALL_DIGITS,
        required=True,
        help=f"{field.meaning} 0 refuses none; 60 s at most.",
        key=f"{field.name}_{key}",
    )


def _symbols(stored: Limits, key: str) -> list[str] | None:
    field = BY_NAME["symbols"]
    typed = st.text_input(
        f"{field.label} (separated by commas)",
        value=", ".join(stored.symbols or ()),
        placeholder="all symbols",
        help=field.meaning,
        key=f"{field.name}_{key}",
    )
    is_closed = st.checkbox(
        "No symbol at all: nothing may be opened",
        value=stored.symbols == (),
        key=f"no_symbol_{key}",
    )
    names = sorted({name.strip().upper() for name in typed.split(",") if name.strip()})
    if is_closed:
        return []
    return (
        list(stored.symbols) if stored.symbols and set(names) == set(stored.symbols) else names
    ) or None
