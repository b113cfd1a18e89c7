"""What a person wants of a position: by which part to reduce it, with which stops to protect it."""

import streamlit as st

from app.presenters.numbers import step_decimals
from etrms_core.domain.account import Position
from etrms_core.domain.instrument import Instrument
from etrms_core.engine.position_wishes import Protect, Reduce
from etrms_core.errors import DomainError

SHARES = {"25%": 0.25, "50%": 0.5, "75%": 0.75, "100%": 1.0}
BY_QUANTITY = "Quantity"
FALLBACK_DECIMALS = 8


def reduce_form(position: Position, instrument: Instrument | None) -> Reduce | None:
    """Ask for the part to close; None while nothing is chosen."""
    chosen = st.segmented_control(
        "How much to close", [*SHARES, BY_QUANTITY], default="50%", key="reduce_share"
    )
    if chosen is None:
        return None
    if chosen != BY_QUANTITY:
        return Reduce(fraction=SHARES[chosen])
    step = 0.0 if instrument is None else instrument.lot_size
    wanted = _number(
        f"Quantity, at most {abs(position.quantity):g}",
        step,
        "reduce_quantity",
        "Base units; rounded down to the venue's lot.",
    )
    if wanted is None:
        return None
    if wanted > abs(position.quantity):
        raise DomainError(f"at most {abs(position.quantity):g} is open, was {wanted:g}")
    return Reduce(quantity=wanted)


def protect_form(position: Position, instrument: Instrument | None) -> Protect | None:
    """Ask for stop, take-profit and trailing stop; None while none is given."""
    tick = 0.0 if instrument is None else instrument.tick_size
    is_long = position.quantity > 0.0
    worse, better = ("below", "above") if is_long else ("above", "below")
    stop = _number(f"Stop price, {worse} the mark", tick, "protect_stop", "Closes at a loss.")
    profit = _number(
        f"Take-profit price, {better} the mark", tick, "protect_profit", "Closes at a profit."
    )
    trailing = st.number_input(
        "Trailing stop, % behind the best mark",
        value=None,
        min_value=0.05,
        max_value=99.0,
        step=0.1,
        format="%.2f",
        key="protect_trailing",
        placeholder="none",
        help="Follows the price in your favour; a venue that has none says so.",
    )
    chosen = st.segmented_control(
        "Part of the position that it closes", list(SHARES), default="100%", key="protect_share"
    )
    if stop is None and profit is None and trailing is None:
        return None
    share = SHARES[chosen or "100%"]
    return Protect(
        stop_price=stop,
        take_profit_price=profit,
        trailing_fraction=None if trailing is None else trailing / 100.0,
        quantity=None if share == 1.0 else share * abs(position.quantity),
    )


def _number(label: str, step: float, key: str, help_text: str) -> float | None:
    decimals = step_decimals(step) if step else FALLBACK_DECIMALS
    value = st.number_input(
        label,
        value=None,
        min_value=0.0,
        step=step or 10.0**-FALLBACK_DECIMALS,
        format=f"%.{decimals}f",
        key=key,
        placeholder="none",
        help=help_text,
    )
    if value is not None and value <= 0.0:
        raise DomainError(f"{label}: a number above 0 is needed, was {value:g}")
    return value
