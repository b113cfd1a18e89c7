"""Numbers as text."""

from math import inf, nan

import pytest

from app.presenters.numbers import (
    MINUS,
    distance,
    metric_name,
    metric_value,
    money,
    multiple,
    percent,
    plain,
    price,
    quantity,
    signed_money,
    signed_percent,
    step_decimals,
)
from etrms_core.risk.metrics import Metric


@pytest.mark.parametrize("write", [money, signed_money, percent, signed_percent, multiple, price])
@pytest.mark.parametrize("missing", [None, nan])
def test_an_unknown_number_is_a_dash_and_never_0(write: object, missing: float | None) -> None:
    assert callable(write)
    assert write(missing) == "\N{EN DASH}"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1234.5, "1,234.50 USD"),
        (-0.126, f"{MINUS}0.13 USD"),
        (0.0, "0.00 USD"),
        (-0.001, "0.00 USD"),
        (2.5e9, "2,500,000,000.00 USD"),
    ],
)
def test_money_has_separators_a_dollar_and_no_negative_zero(value: float, text: str) -> None:
    assert money(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(12.3, "+12.30 USD"), (-12.3, f"{MINUS}12.30 USD"), (0.001, "0.00 USD"), (-0.001, "0.00 USD")],
)
def test_a_result_carries_its_sign_unless_it_rounds_to_0(value: float, text: str) -> None:
    assert signed_money(value) == text


def test_a_fraction_is_shown_as_a_percentage() -> None:
    assert percent(0.1234) == "12.34%"
    assert signed_percent(0.1) == "+10.00%"
    assert signed_percent(-0.1) == f"{MINUS}10.00%"


def test_an_infinite_distance_is_none_and_an_infinite_ratio_says_what_lacks() -> None:
    assert distance(inf) == "none"
    assert distance(0.123) == "12.3%"
    assert percent(inf) == "no equity"
    assert multiple(inf) == "no equity"


@pytest.mark.parametrize(
    ("value", "tick", "text"),
    [
        (95_000.0, 0.1, "95,000.0"),
        (0.17234, 0.00001, "0.17234"),
        (0.1, 0.0001, "0.1000"),
        (3_300.0, 5.0, "3,300"),
        (95_123.456, None, "95,123.5"),
        (0.000012345678, None, "0.0000123457"),
    ],
)
def test_a_price_has_the_decimals_of_its_tick(value: float, tick: float | None, text: str) -> None:
    assert price(value, tick_size=tick) == text


@pytest.mark.parametrize(
    ("value", "lot", "text"),
    [(-0.1, 0.001, "0.100"), (20_295.0, 1.0, "20,295"), (1.5, None, "1.5"), (100.0, None, "100")],
)
def test_a_size_is_unsigned_and_has_the_decimals_of_its_lot(
    value: float, lot: float | None, text: str
) -> None:
    assert quantity(value, lot_size=lot) == text


@pytest.mark.parametrize(("step", "decimals"), [(0.001, 3), (1e-05, 5), (1.0, 0), (10.0, 0)])
def test_decimals_of_a_step_survive_exponents(step: float, decimals: int) -> None:
    assert step_decimals(step) == decimals


@pytest.mark.parametrize(
    ("metric", "value", "text"),
    [
        (Metric.EQUITY, 1000.0, "1,000.00 USD"),
        (Metric.DRAWDOWN, 0.05, "5.00%"),
        (Metric.FUNDING_RATE, 0.0001, "0.0100%"),
        (Metric.GROSS_LEVERAGE, 1.5, "1.50x"),
        (Metric.NAV, 1.01234, "1.0123"),
        (Metric.LIQUIDATION_DISTANCE, inf, "none"),
        (Metric.DATA_AGE_SECONDS, 65.0, "1 min 5 s"),
        (Metric.CONSECUTIVE_LOSSES, 3.0, "3"),
    ],
)
def test_a_metric_is_written_in_its_unit(metric: Metric, value: float, text: str) -> None:
    assert metric_value(metric, value) == text


@pytest.mark.parametrize("metric", list(Metric))
def test_every_metric_has_a_dash_for_unknown_and_a_name(metric: Metric) -> None:
    assert metric_value(metric, None) == "\N{EN DASH}"
    assert metric_name(metric)[0].isupper()
    assert "_" not in metric_name(metric)


def test_plain_keeps_the_digits_asked_for() -> None:
    assert plain(-1234.5678, 1) == f"{MINUS}1,234.6"
