"""Bounded parameters: whole or not, and errors that name the field."""

from math import inf, nan

import numpy as np
import pytest

from etrms_core.backtest.strategies import Parameter
from etrms_core.errors import ConfigurationError

FAST = Parameter(10, 2, 200, "Fast average", "Bars.")
FIELD = "strategy.params.fast"


@pytest.mark.parametrize("value", [2, 200, 50.0, np.int64(7), np.float64(8.0)])
def test_a_whole_parameter_takes_whole_numbers(value: float) -> None:
    checked = FAST.checked(value, field=FIELD)
    assert checked == value
    assert type(checked) is int


def test_a_parameter_with_a_broken_default_takes_any_number() -> None:
    width = Parameter(2.0, 0, 10)
    assert not width.is_whole
    assert type(width.checked(3, field=FIELD)) is float
    assert (type(width.low), type(width.high)) == (float, float)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (500, "lies between 2 and 200, was 500"),
        (1, "lies between 2 and 200, was 1"),
        (2.5, "is a whole number, was 2.5"),
        (nan, "is a number, was nan"),
        (inf, "is a number, was inf"),
        (True, "is a number, was True"),
        ("7", "is a number, was '7'"),
        (None, "is a number, was None"),
    ],
)
def test_a_value_that_cannot_be_names_the_field(value: object, told: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        FAST.checked(value, field=FIELD)
    assert str(caught.value) == f"{FIELD}: {told}"
    assert caught.value.field == FIELD


@pytest.mark.parametrize(
    "values",
    [
        (1, 2, 3),
        (4, 2, 3),
        (2, 2.5, 3),
        (2, 1, 3.0),
        (nan, 0.0, 1.0),
        (1.0, 0.0, inf),
        (True, 0, 1),
    ],
)
def test_a_parameter_that_contradicts_itself_is_refused(
    values: tuple[float, float, float],
) -> None:
    with pytest.raises(ConfigurationError, match="was"):
        Parameter(*values)
