"""Limits in the trader's words."""

from dataclasses import fields, replace

import pytest

from app.presenters.limit_fields import (
    BY_NAME,
    changed_fields,
    is_looser,
    limit_text,
    told_error,
)
from etrms_core.domain.limits import DEFAULT_LIMITS, Limits, loosened_limits
from etrms_core.engine.limits_document import parse_limits
from etrms_core.errors import ConfigurationError

SET = Limits(
    price_collar=0.025,
    maximum_order_notional=1_000.0,
    maximum_position_notional=25_000.5,
    maximum_leverage=3.0,
    maximum_orders_per_minute=1_200,
    duplicate_window_seconds=2.5,
    symbols=("BTCUSDT", "ETHUSDT"),
)


def test_every_limit_has_words() -> None:
    assert set(BY_NAME) == {field.name for field in fields(Limits)}


@pytest.mark.parametrize(
    ("name", "text", "default"),
    [
        ("price_collar", "2.50%", "5.00%"),
        ("maximum_order_notional", "1,000.00 USD", "no limit"),
        ("maximum_position_notional", "25,000.50 USD", "no limit"),
        ("maximum_leverage", "3.00x", "no limit"),
        ("maximum_orders_per_minute", "1,200", "60"),
        ("duplicate_window_seconds", "2.5 s", "1 s"),
        ("symbols", "BTCUSDT, ETHUSDT", "all symbols"),
    ],
)
def test_a_limit_is_written_with_its_unit_and_an_empty_one_says_so(
    name: str, text: str, default: str
) -> None:
    assert limit_text(name, SET) == text
    assert limit_text(name, DEFAULT_LIMITS) == default


def test_no_digit_of_a_limit_is_lost() -> None:
    fine = Limits(price_collar=0.00125, maximum_leverage=2.125, maximum_order_notional=0.001)
    assert limit_text("price_collar", fine) == "0.125%"
    assert limit_text("maximum_leverage", fine) == "2.125x"
    assert limit_text("maximum_order_notional", fine) == "0.001 USD"
    assert limit_text("price_collar", Limits(price_collar=1.0 / 30.0)) == "3.33333333%"


def test_no_symbol_is_not_all_symbols_and_no_window_is_off() -> None:
    nothing = replace(SET, symbols=(), duplicate_window_seconds=0.0)
    assert limit_text("symbols", nothing) == "no symbol at all"
    assert limit_text("duplicate_window_seconds", nothing) == "off"


def test_each_limit_is_judged_alone_as_the_lock_judges_all() -> None:
    after = replace(DEFAULT_LIMITS, maximum_leverage=5.0, price_collar=0.5)
    changed = [field.name for field in changed_fields(DEFAULT_LIMITS, after)]
    assert changed == ["maximum_leverage", "price_collar"]
    looser = [name for name in changed if is_looser(name, DEFAULT_LIMITS, after)]
    assert looser == ["price_collar"]
    assert loosened_limits(DEFAULT_LIMITS, after) == ("price_collar from 0.05 to 0.5",)
    assert is_looser("symbols", replace(SET, symbols=()), SET)
    assert not is_looser("symbols", DEFAULT_LIMITS, SET)


def test_a_wrong_limit_is_named_as_on_the_page() -> None:
    with pytest.raises(ConfigurationError) as wrong:
        parse_limits({"maximum_leverage": 0.0})
    assert told_error(wrong.value) == "Leverage must be above 0, was 0.0."
    assert told_error(ConfigurationError("is no text")) == "Is no text."
