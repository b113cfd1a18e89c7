"""What a person wants of a position: by which part to reduce it, with which stops to protect it."""

from collections.abc import Callable

import streamlit as st

from app.presenters.numbers import quantity, step_decimals
from etrms_core.domain.account import Position
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.plain_words import plain_decimal
from etrms_core.engine.position_wishes import Protect, Reduce
from etrms_core.errors import DomainError
from etrms_core.kernels.rounding import floor_to_step, round_to_step

SHARES = {"25%": 0.25, "50%": 0.5, "75%": 0.75, "100%": 1.0}
BY_QUANTITY = "Quantity"
FALLBACK_DECIMALS = 8
# Percent.
SMALLEST_TRAILING, LARGEST_TRAILING, TRAILING_STEP = 0.05, 99.0, 0.01
Rounding = Callable[[float, float], float]


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
    held = quantity(position.quantity, lot_size=step or None)
    wanted = _number(
        f"Quantity, at most {held}",
        step,
        "reduce_quantity",
        "Base units; rounded down to the venue's lot.",
        onto=floor_to_step,
    )
    if wanted is None:
        return None
    if wanted > abs(position.quantity):
        raise DomainError(f"at most {held} is open, was {plain_decimal(wanted)}")
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
    trailing = _trailing()
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


def _trailing() -> float | None:
    # Without bounds of its own: a field keeps what it refuses to itself, and what was typed before
    # would stay in force.
    _put_onto_step("protect_trailing", TRAILING_STEP, round_to_step)
    trailing = st.number_input(
        "Trailing stop, % behind the best mark",
        value=None,
        step=0.1,
        format="%.2f",
        key="protect_trailing",
        placeholder="none",
        help="Follows the price in your favour; a venue that has none says so.",
    )
    if trailing is not None and not SMALLEST_TRAILING <= trailing <= LARGEST_TRAILING:
        raise DomainError(
            f"Trailing stop: lies between {SMALLEST_TRAILING:g}% and {LARGEST_TRAILING:g}%, "
            f"was {plain_decimal(trailing)}%"
        )
    return trailing


def _number(
    label: str, step: float, key: str, help_text: str, *, onto: Rounding = round_to_step
) -> float | None:
    decimals = step_decimals(step) if step else FALLBACK_DECIMALS
    _put_onto_step(key, step, onto)
    value = st.number_input(
        label,
        value=None,
        step=step or 10.0**-FALLBACK_DECIMALS,
        format=f"%.{decimals}f",
        key=key,
        placeholder="none",
        help=help_text,
    )
    if value is not None and value <= 0.0:
        raise DomainError(f"{label}: a number above 0 is needed, was {plain_decimal(value)}")
    return value


def _put_onto_step(key: str, step: float, onto: Rounding) -> None:
    """Show what will be sent: a price on its tick, a quantity on its lot."""
    typed = st.session_state.get(key)
    if typed is None or not typed > 0.0:
        return
    # What is less than one step stays as it is, and is refused by its own name.
    st.session_state[key] = float(onto(typed, step)) or typed
