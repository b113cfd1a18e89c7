"""Amounts as a trader types them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.presenters.typed_amounts import (
    read_amount,
    read_duration,
    write_amount,
    write_duration,
)
from etrms_core.errors import ConfigurationError
from etrms_core.risk.metrics import Unit


@pytest.mark.parametrize(
    ("typed", "unit", "value"),
    [
        ("10 %", Unit.FRACTION, 0.1),
        ("10", Unit.FRACTION, 0.1),
        (" 12.3%", Unit.FRACTION, 0.123),
        (".5 %", Unit.FRACTION, 0.005),
        ("-1 %", Unit.FRACTION, -0.01),
        ("3x", Unit.MULTIPLE, 3.0),
        ("3 times", Unit.MULTIPLE, 3.0),
        ("1,500", Unit.MONEY, 1500.0),
        ("$1,234,567.5", Unit.MONEY, 1234567.5),
        ("250 USD", Unit.MONEY, 250.0),
        ("1e6", Unit.MONEY, 1e6),
        ("5", Unit.COUNT, 5.0),
        ("1 h 30 min", Unit.SECONDS, 5400.0),
    ],
)
def test_an_amount_is_read_in_its_unit(typed: str, unit: Unit, value: float) -> None:
    assert read_amount(typed, unit) == value


@pytest.mark.parametrize(
    ("typed", "unit"),
    [
        ("", Unit.FRACTION),
        ("ten", Unit.FRACTION),
        ("10,5 %", Unit.FRACTION),  # a comma for a point must not become 105
        ("1,500 %", Unit.FRACTION),
        ("1,50", Unit.MONEY),
        ("nan", Unit.MONEY),
        ("inf", Unit.MONEY),
        ("=1+1", Unit.COUNT),
        ("<b>1</b>", Unit.COUNT),
        ("9" * 50, Unit.MONEY),
        ("10 %", Unit.MONEY),
    ],
)
def test_what_is_no_amount_is_refused_with_an_example(typed: str, unit: Unit) -> None:
    with pytest.raises(ConfigurationError, match="type it like"):
        read_amount(typed, unit)


@pytest.mark.parametrize(
    ("typed", "seconds"),
    [
        ("90", 90.0),
        ("90 s", 90.0),
        ("1.5 h", 5400.0),
        ("2d", 172_800.0),
        ("1 day 2 hours", 93_600.0),
        ("5minutes", 300.0),
        ("5 m", 300.0),
        ("0", 0.0),
    ],
)
def test_a_time_is_read_with_its_units(typed: str, seconds: float) -> None:
    assert read_duration(typed) == seconds


@pytest.mark.parametrize("typed", ["", "soon", "5 weeks", "-5 s", "5 s or so", "1" * 60, "nan s"])
def test_what_is_no_time_is_refused(typed: str) -> None:
    with pytest.raises(ConfigurationError):
        read_duration(typed)


@given(
    st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12).filter(
        lambda value: value == 0 or abs(value) > 1e-9
    ),
    st.sampled_from([Unit.FRACTION, Unit.MULTIPLE, Unit.MONEY, Unit.COUNT]),
)
def test_what_is_written_is_read_back_to_the_last_digit(value: float, unit: Unit) -> None:
    assert read_amount(write_amount(value, unit), unit) == value


@given(st.integers(0, 366 * 86_400))
def test_a_time_that_is_written_is_read_back(seconds: int) -> None:
    assert read_duration(write_duration(float(seconds))) == seconds


def test_amounts_are_written_without_needless_digits() -> None:
    assert write_amount(0.1, Unit.FRACTION) == "10 %"
    assert write_amount(3.0, Unit.MULTIPLE) == "3x"
    assert write_amount(1500.0, Unit.MONEY) == "1500 USD"
    assert write_duration(86_400.0) == "1 d"
    assert write_duration(5_400.5) == "1 h 30 min 0.5 s"
    assert (write_duration(0.0), write_duration(None), write_amount(None, Unit.COUNT)) == (
        "0 s",
        "",
        "",
    )
