"""Drawdown on unitised NAV."""

from math import isnan, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etrms_core.kernels.drawdown import advance_units, drawdown_fraction, period_loss
from tests.kernels.inputs import agree, generators

Step = tuple[float, float]
STEPS = st.lists(st.tuples(st.floats(0.5, 2.0), st.floats(-0.9, 3.0)), max_size=30)


def test_drawdown_kernels_agree_with_their_twins() -> None:
    for generator in generators(200):
        first, second = generator.uniform(0.0, 2.0, 2).tolist()
        for peak in (second, 0.0, -1.0, nan):
            for nav in (first, 0.0, nan):
                agree(drawdown_fraction, nav, peak)
                agree(period_loss, nav, peak)
        equity, flow = generator.normal(50.0, 100.0, 2).tolist()
        for units in (0.0, 80.0):
            for nav in (0.0, first):
                agree(advance_units, equity, flow, units, nav)
                agree(advance_units, equity, equity, units, nav)


def test_drawdown_is_the_share_of_the_peak_that_is_lost() -> None:
    assert drawdown_fraction(0.75, 1.5) == 0.5
    assert drawdown_fraction(1.6, 1.5) == 0.0
    assert drawdown_fraction(0.0, 1.5) == 1.0
    assert drawdown_fraction(1.0, 0.0) == 0.0


def test_period_loss_is_negative_after_a_gain() -> None:
    assert period_loss(1.5, 1.0) == -0.5
    assert period_loss(0.5, 1.0) == 0.5
    assert period_loss(1.0, 0.0) == 0.0


@pytest.mark.parametrize("peak", [1.0, 0.0])
def test_an_unknown_nav_is_not_a_drawdown_of_zero(peak: float) -> None:
    assert isnan(drawdown_fraction(nan, peak))
    assert isnan(period_loss(nan, peak))


def test_an_unknown_peak_is_not_a_drawdown_of_zero() -> None:
    assert isnan(drawdown_fraction(1.0, nan))
    assert isnan(period_loss(1.0, nan))


@given(st.floats(0.0, 1e9), st.floats(0.0, 1e9))
def test_drawdown_lies_between_zero_and_one(nav: float, peak: float) -> None:
    assert 0.0 <= drawdown_fraction(nav, peak) <= 1.0


def test_an_account_starts_with_one_unit_per_dollar() -> None:
    assert advance_units(500.0, 0.0, 0.0, 0.0) == (1.0, 500.0, True)


def test_a_withdrawal_is_no_drawdown() -> None:
    nav, units, restarted = advance_units(300.0, -200.0, 500.0, 1.0)
    assert (nav, units, restarted) == (1.0, 300.0, False)


@given(STEPS)
def test_flows_never_change_nav(steps: list[Step]) -> None:
    equity, units, nav, expected = 1000.0, 1000.0, 1.0, 1.0
    for growth, share in steps:
        flow = share * equity * growth
        equity = equity * growth + flow
        expected *= growth
        nav, units, restarted = advance_units(equity, flow, units, nav)
        assert not restarted
    assert nav == pytest.approx(expected, rel=1e-9)
    assert nav * units == pytest.approx(equity, rel=1e-9)


def test_an_emptied_account_keeps_its_nav_and_goes_on_with_the_next_money() -> None:
    nav, units, restarted = advance_units(0.0, -600.0, 500.0, 1.0)
    assert (nav, units, restarted) == (1.2, 0.0, False)
    assert advance_units(0.0, 0.0, units, nav) == (1.2, 0.0, False)
    assert advance_units(240.0, 240.0, units, nav) == (1.2, 200.0, False)


def test_a_ruined_account_restarts_at_one() -> None:
    nav, units, restarted = advance_units(-5.0, 0.0, 500.0, 1.1)
    assert (nav, units, restarted) == (0.0, 0.0, False)
    assert advance_units(-5.0, 0.0, units, nav) == (0.0, 0.0, False)
    assert advance_units(100.0, 105.0, units, nav) == (1.0, 100.0, True)


def test_ruin_and_rescue_between_two_readings_restart_at_one() -> None:
    assert advance_units(90.0, 100.0, 500.0, 1.1) == (1.0, 90.0, True)
