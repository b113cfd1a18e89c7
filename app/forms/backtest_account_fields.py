"""The account that a backtest trades on, what it pays, and how orders fill."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from app.forms.backtest_field_errors import FieldErrors
from app.forms.backtest_number_fields import number_field, percent_field
from etrms_core.backtest.terms import AccountTerms, Bounds, FillTime
from etrms_core.domain.account import MarginMode

DEFAULTS = AccountTerms()
COLUMNS = 3
MODES = {MarginMode.CROSS.value: "Cross", MarginMode.ISOLATED.value: "Isolated"}
FILLS = {
    FillTime.NEXT_OPEN.value: "At the next bar's open",
    FillTime.CLOSE.value: "At the same bar's close",
}
BOUNDS = {
    Bounds.PESSIMISTIC.value: "Pessimistic",
    Bounds.OPTIMISTIC.value: "Optimistic",
    Bounds.BOTH.value: "Both",
}
FEES = {
    "taker_fee": ("Taker fee", "Of notional, paid by every market order."),
    "maker_fee": ("Maker fee", "Of notional, paid by take-profit orders that rest."),
    "liquidation_fee": ("Liquidation fee", "Of notional, paid when the venue liquidates."),
    "maintenance_margin_rate": (
        "Maintenance margin",
        "Of notional; a position is liquidated when its collateral falls below it.",
    ),
}


def account_fields(start: Mapping[str, Any], *, key: str, errors: FieldErrors) -> dict[str, Any]:
    """Draw the account, and return it as `[account]`."""
    account = _size(start, key, errors)
    with st.expander("Costs, fills and calendar"):
        account |= _fees(start, key, errors)
        account |= _fills(start, key, errors)
        account |= _calendar(start, key, errors)
    errors.below("account")
    return {name: value for name, value in account.items() if value is not None or _is_needed(name)}


def _is_needed(name: str) -> bool:
    return name != "volume_share"


def _size(start: Mapping[str, Any], key: str, errors: FieldErrors) -> dict[str, Any]:
    left, middle, right = st.columns(COLUMNS)
    with left:
        capital = number_field(
            "Initial capital (USD)",
            start.get("initial_capital", DEFAULTS.initial_capital),
            key=f"backtest_capital_{key}",
        )
        errors.below("account.initial_capital")
    with middle:
        leverage = number_field(
            "Leverage (times equity)",
            start.get("leverage", DEFAULTS.leverage),
            key=f"backtest_leverage_{key}",
            help_text="Sizes entries by equity, and bounds gross notional over equity.",
        )
        errors.below("account.leverage")
    with right:
        mode = _choice("Margin mode", MODES, start.get("margin_mode"), key=f"backtest_mode_{key}")
    return {"initial_capital": capital, "leverage": leverage, "margin_mode": mode}


def _fees(start: Mapping[str, Any], key: str, errors: FieldErrors) -> dict[str, Any]:
    typed: dict[str, Any] = {}
    columns = st.columns(COLUMNS)
    for place, (name, (label, meaning)) in enumerate(FEES.items()):
        with columns[place % COLUMNS]:
            before = start.get(name, getattr(DEFAULTS, name))
            typed[name] = percent_field(
                label, before, key=f"backtest_{name}_{key}", help_text=meaning
            )
            errors.below(f"account.{name}")
    with columns[1]:
        typed["slippage_bps"] = number_field(
            "Slippage (basis points)",
            start.get("slippage_bps", DEFAULTS.slippage_bps),
            key=f"backtest_slippage_{key}",
            help_text="Worsens every market fill; 1 basis point is 0.01 %.",
        )
        errors.below("account.slippage_bps")
    with columns[2]:
        typed["volume_share"] = percent_field(
            "Largest share of a bar's volume",
            start.get("volume_share"),
            key=f"backtest_volume_{key}",
            help_text="An order fills no more of a bar than this. Empty fills everything.",
            empty="all of it",
        )
        errors.below("account.volume_share")
    return typed


def _fills(start: Mapping[str, Any], key: str, errors: FieldErrors) -> dict[str, Any]:
    left, middle, right = st.columns(COLUMNS)
    with left:
        fill = _choice("Orders fill", FILLS, start.get("fill"), key=f"backtest_fill_{key}")
        errors.below("account.fill")
    with middle:
        bounds = _choice(
            "Where a bar touches two levels",
            BOUNDS,
            start.get("bounds"),
            key=f"backtest_bounds_{key}",
        )
        errors.below("account.bounds")
    with right:
        liquidates = st.checkbox(
            "Liquidate as a venue does",
            value=bool(start.get("liquidation", DEFAULTS.liquidation)),
            key=f"backtest_liquidation_{key}",
        )
    return {"fill": fill, "bounds": bounds, "liquidation": liquidates}


def _calendar(start: Mapping[str, Any], key: str, errors: FieldErrors) -> dict[str, Any]:
    zone = st.text_input(
        "Time zone in which a day begins, for daily losses",
        value=str(start.get("time_zone", DEFAULTS.time_zone)),
        max_chars=60,
        key=f"backtest_zone_{key}",
    )
    errors.below("account.time_zone")
    return {"time_zone": (zone or "").strip()}


def _choice(label: str, words: Mapping[str, str], before: object, *, key: str) -> str:
    choices: Sequence[str] = list(words)
    place = choices.index(before) if isinstance(before, str) and before in choices else 0
    return st.selectbox(
        label, choices, index=place, format_func=lambda each: words.get(each, each), key=key
    )
