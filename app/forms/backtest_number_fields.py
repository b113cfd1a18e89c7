"""Fields for numbers of a bundle: fractions are typed as percentages."""

import streamlit as st

PERCENT = 100.0
ALL_DIGITS = "%.12g"
DIGITS = 12


def number_field(
    label: str, value: float | None, *, key: str, help_text: str = "", smallest: float = 0.0
) -> float | None:
    """Draw a field for a number; None when it is empty."""
    return st.number_input(
        label,
        value=None if value is None else float(value),
        min_value=smallest,
        format=ALL_DIGITS,
        help=help_text or None,
        key=key,
    )


def percent_field(
    label: str,
    value: float | None,
    *,
    key: str,
    help_text: str = "",
    largest: float | None = PERCENT,
    empty: str = "",
) -> float | None:
    """Draw a field in percent and return a fraction; None when it is empty."""
    typed = st.number_input(
        f"{label} (%)",
        value=None if value is None else round(float(value) * PERCENT, DIGITS),
        min_value=0.0,
        max_value=largest,
        format=ALL_DIGITS,
        placeholder=empty or None,
        help=help_text or None,
        key=key,
    )
    return None if typed is None else round(typed / PERCENT, DIGITS + 2)
