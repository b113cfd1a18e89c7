"""Numbers and times within a sentence."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etrms_core.domain.plain_words import LARGEST_WRITTEN_OUT, plain_decimal, time_words


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1e-9, "0.000000001"),
        (-1e-7, "-0.0000001"),
        (0.30000000000000004, "0.3"),
        (100.0, "100"),
        (-0.0, "0"),
        (96_000.5, "96000.5"),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        (1e300, "1e+300"),
    ],
)
def test_a_number_has_no_exponent_and_no_needless_zeros(value: float, text: str) -> None:
    assert plain_decimal(value) == text


@given(st.floats(-LARGEST_WRITTEN_OUT, LARGEST_WRITTEN_OUT, exclude_min=True, exclude_max=True))
def test_a_number_that_is_written_out_is_itself_to_twelve_digits(value: float) -> None:
    text = plain_decimal(value)
    assert "e" not in text
    assert float(Decimal(text)) == pytest.approx(value, rel=1e-11)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0, "0 s"),
        (0.5, "0.5 s"),
        (-1.0, "-1 s"),
        (60.0, "1 minute"),
        (5_400.0, "1.5 hours"),
        (86_400.0, "1 day"),
        (31_622_400.0, "366 days"),
        (float("inf"), "inf"),
        (float("nan"), "nan"),
    ],
)
def test_a_time_is_written_in_the_largest_unit_that_it_fills(seconds: float, words: str) -> None:
    assert time_words(seconds) == words
