"""Combining limits."""

from dataclasses import replace
from typing import Any

import pytest

from etrms_core.domain.limits import (
    DEFAULT_LIMITS,
    Limits,
    changed_limits,
    loosened_limits,
    stricter,
)


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


@pytest.mark.parametrize(
    ("name", "loose", "tight"),
    [
        ("price_collar", 0.05, 0.01),
        ("maximum_order_notional", 200.0, 100.0),
        ("maximum_position_notional", None, 100.0),
        ("maximum_leverage", None, 10.0),
        ("maximum_orders_per_minute", None, 1),
        ("duplicate_window_seconds", 0.0, 5.0),
        ("symbols", ("A", "B"), ("B",)),
        ("symbols", None, ()),
        ("symbols", ("A",), ()),
    ],
)
def test_only_the_way_to_the_looser_value_is_a_loosening(
    name: str,
    loose: Any,  # noqa: ANN401
    tight: Any,  # noqa: ANN401
) -> None:
    first, second = (replace(DEFAULT_LIMITS, **{name: value}) for value in (loose, tight))
    assert loosened_limits(first, second) == loosened_limits(first, first) == ()
    assert loosened_limits(second, first) == changed_limits(second, first)
    assert len(changed_limits(first, second)) == 1


def test_a_loosening_says_what_the_limit_was_and_what_it_would_be() -> None:
    before = Limits(maximum_leverage=3.0, price_collar=0.05, symbols=("A", "B"))
    after = Limits(maximum_leverage=None, price_collar=0.01, symbols=("B", "C"))
    assert loosened_limits(before, after) == (
        "maximum_leverage from 3 to unlimited",
        "symbols from A, B to B, C",
    )
    assert len(changed_limits(before, after)) == 3


def test_another_order_of_the_symbols_loosens_nothing() -> None:
    before, after = Limits(symbols=("A", "B")), Limits(symbols=("B", "A"))
    assert loosened_limits(before, after) == ()
