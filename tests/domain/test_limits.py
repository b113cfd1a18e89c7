"""Combining limits."""

from dataclasses import replace
from typing import Any

import pytest

from etrms_core.domain.limits import DEFAULT_LIMITS, Limits, stricter


def test_by_default_only_price_rate_and_duplicates_are_bounded() -> None:
    assert Limits() == DEFAULT_LIMITS
    assert (DEFAULT_LIMITS.price_collar, DEFAULT_LIMITS.maximum_orders_per_minute) == (0.05, 60)
    assert DEFAULT_LIMITS.duplicate_window_seconds == 1.0
    assert DEFAULT_LIMITS.symbols is None


@pytest.mark.parametrize(
    ("name", "loose", "tight"),
    [
        ("price_collar", 0.05, 0.01),
        ("maximum_order_notional", 200.0, 100.0),
        ("maximum_order_notional", None, 100.0),
        ("maximum_position_notional", 200.0, 100.0),
        ("maximum_position_notional", None, 100.0),
        ("maximum_leverage", 20.0, 10.0),
        ("maximum_leverage", None, 10.0),
        ("maximum_orders_per_minute", 60, 1),
        ("maximum_orders_per_minute", None, 1),
        ("duplicate_window_seconds", 0.0, 5.0),
        ("symbols", ("A", "B"), ("B",)),
        ("symbols", None, ("B",)),
        ("symbols", None, ()),
        ("symbols", ("A",), ()),
    ],
)
def test_the_tighter_value_of_each_field_holds(name: str, loose: Any, tight: Any) -> None:  # noqa: ANN401
    first, second = (replace(DEFAULT_LIMITS, **{name: value}) for value in (loose, tight))
    assert stricter(first, second) == stricter(second, first) == second
    assert stricter(first, first) == first


def test_lists_without_a_common_symbol_allow_none() -> None:
    assert stricter(Limits(symbols=("A", "B")), Limits(symbols=("C",))).symbols == ()
    both = stricter(Limits(symbols=("A", "B", "C")), Limits(symbols=("C", "B")))
    assert both.symbols == ("B", "C")
