"""The form of limits: units, empty fields, refusals."""

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from app.forms import limits_form as limits_form_module
from etrms_core.domain.limits import DEFAULT_LIMITS, Limits

SET = Limits(
    price_collar=1.0 / 30.0,
    maximum_order_notional=1_000.0,
    maximum_position_notional=25_000.125,
    maximum_leverage=3.25,
    maximum_orders_per_minute=30,
    duplicate_window_seconds=2.5,
    symbols=("ETHUSDT", "BTCUSDT"),
)


def page() -> None:
    import streamlit as st  # noqa: PLC0415  the script

    from app.forms.limits_form import limits_form  # noqa: PLC0415

    st.session_state["result"] = limits_form(st.session_state["stored"])


def show(stored: Limits) -> AppTest:
    shown = AppTest.from_function(page, default_timeout=60)
    shown.session_state["stored"] = stored
    shown.run()
    assert not shown.exception
    return shown


def empty(shown: AppTest, key: str | None) -> None:
    """Empty a field of numbers, which the test runner's own way does not."""
    assert key is not None
    shown.session_state[key] = None


def send(shown: AppTest) -> Limits | None:
    shown.button[0].click().run()
    assert not shown.exception
    result: Limits | None = shown.session_state["result"]
    return result


@pytest.mark.parametrize("stored", [DEFAULT_LIMITS, SET, replace(SET, symbols=())])
def test_what_is_not_touched_comes_back_to_the_last_digit(stored: Limits) -> None:
    assert limits_form_module.PERCENT == 100.0
    shown = show(stored)
    assert shown.session_state["result"] is None
    assert send(shown) == stored


def test_percent_units_and_symbols_become_limits() -> None:
    shown = show(DEFAULT_LIMITS)
    values = {each.label: each for each in shown.number_input}
    values["Leverage (times equity)"].set_value(2.5)
    values["Position size (USD)"].set_value(20_000.0)
    values["Price collar (% of the mark price)"].set_value(2.0)
    values["Duplicate window (s)"].set_value(0.0)
    values["Entry orders per minute"].set_value(90)
    shown.text_input[0].set_value(" ethusdt, BTCUSDT ,,btcusdt ")
    assert send(shown) == Limits(
        price_collar=0.02,
        maximum_position_notional=20_000.0,
        maximum_leverage=2.5,
        maximum_orders_per_minute=90,
        duplicate_window_seconds=0.0,
        symbols=("BTCUSDT", "ETHUSDT"),
    )


def test_an_emptied_field_sets_no_limit() -> None:
    shown = show(SET)
    for each in shown.number_input:
        if each.label.startswith(("Leverage", "Position", "Order", "Entry")):
            empty(shown, each.key)
    assert send(shown) == replace(
        SET,
        maximum_leverage=None,
        maximum_position_notional=None,
        maximum_order_notional=None,
        maximum_orders_per_minute=None,
    )


def test_the_box_forbids_every_symbol() -> None:
    shown = show(SET)
    shown.checkbox[0].check()
    limits = send(shown)
    assert limits is not None
    assert limits.symbols == ()


def test_a_limit_of_0_is_refused_with_its_name() -> None:
    shown = show(DEFAULT_LIMITS)
    shown.number_input[0].set_value(0.0)
    assert send(shown) is None
    assert shown.error[0].value == "Nothing is changed. Leverage must be above 0, was 0.0."
