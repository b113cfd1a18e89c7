"""Lots and ticks."""

from decimal import ROUND_FLOOR, Decimal
from math import isnan, nan

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from etrms_core.kernels.rounding import (
    floor_to_step,
    is_on_step,
    round_to_step,
    step_tolerance,
    steps_to_value,
)
from tests.kernels.inputs import agree, generators

STEPS = ("0.001", "0.01", "0.1", "0.5", "0.05", "0.0025", "1", "5", "10", "0.00000001")
ANY_STEP = st.sampled_from([float(step) for step in STEPS] + [0.3, 0.007])


def test_rounding_agrees_with_its_twins() -> None:
    for generator in generators(200):
        step = float(generator.choice([0.0, 0.001, 0.1, 0.25, 0.3, 1.0, 10.0]))
        value = float(generator.exponential(100.0))
        for kernel_value in (value, 0.3, 1e30):
            agree(floor_to_step, kernel_value, step)
            agree(round_to_step, kernel_value, step)
            agree(is_on_step, kernel_value, step)
        agree(steps_to_value, float(generator.integers(0, 1000)), step or 1.0)
        agree(step_tolerance, value)


@pytest.mark.parametrize(
    ("value", "step", "expected"),
    [
        (0.3, 0.1, 0.3),
        (0.1 + 0.2, 0.1, 0.3),
        (0.007, 0.001, 0.007),
        (0.29, 0.1, 0.2),
        (1.999, 0.5, 1.5),
        (123.0, 10.0, 120.0),
        (0.05, 0.1, 0.0),
        (7.7, 0.0, 7.7),
    ],
)
def test_quantities_are_cut_to_the_lot(value: float, step: float, expected: float) -> None:
    assert floor_to_step(value, step) == expected


@given(st.integers(0, 10**9), st.sampled_from(STEPS))
def test_a_decimal_number_of_lots_comes_back_as_the_very_double(count: int, step: str) -> None:
    value = float(count * Decimal(step))
    assert floor_to_step(value, float(step)) == value
    assert round_to_step(value, float(step)) == value
    assert is_on_step(value, float(step))


@given(st.decimals(0, 10**7, places=4), st.sampled_from(STEPS[:-1]))
def test_a_decimal_quantity_is_cut_as_on_paper(value: Decimal, step: str) -> None:
    lots = (value / Decimal(step)).to_integral_value(ROUND_FLOOR)
    assert floor_to_step(float(value), float(step)) == float(lots * Decimal(step))


@given(st.floats(0.0, 1e9), ANY_STEP)
def test_cutting_never_adds_is_idempotent_and_leaves_whole_lots(value: float, step: float) -> None:
    assume(value / step <= 1e12)  # a double cannot tell more steps apart
    cut = floor_to_step(value, step)
    noise = step * step_tolerance(value / step) * (1.0 + 1e-9) + 4e-16 * value
    assert value - step <= cut <= value + noise
    assert floor_to_step(cut, step) == cut
    assert is_on_step(cut, step)


def test_an_absurd_quantity_stays_absurd() -> None:
    assert floor_to_step(1e30, 0.001) == pytest.approx(1e30)
    assert isnan(floor_to_step(nan, 0.1))


def test_prices_go_to_the_nearest_tick() -> None:
    assert round_to_step(100.04, 0.1) == 100.0
    assert round_to_step(100.06, 0.1) == 100.1
    assert round_to_step(99.5, 0.0) == 99.5


def test_a_large_price_off_the_tick_is_noticed() -> None:
    assert not is_on_step(65000.123, 0.01)
    assert not is_on_step(120000.05, 0.1)
    assert is_on_step(65000.12, 0.01)
    assert is_on_step(12345.678, 0.0)
