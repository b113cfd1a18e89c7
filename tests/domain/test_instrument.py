"""Contracts and their tiers."""

from math import nan
from typing import Any

import pytest

from etrms_core.domain.instrument import Instrument, MarginTiers, single_tier
from etrms_core.errors import DomainError


@pytest.mark.parametrize(
    ("floors", "rates", "amounts", "message"),
    [
        ((), (), (), "at least one"),
        ((0.0,), (0.01, 0.02), (0.0,), "as many floors as rates"),
        ((5.0,), (0.01,), (0.0,), "floors start at 0"),
        ((0.0, 0.0), (0.01, 0.02), (0.0, 0.0), "floors start at 0 and rise"),
        ((0.0,), (0.0,), (0.0,), "lie between 0 and 1"),
        ((0.0,), (nan,), (0.0,), "lie between 0 and 1"),
        ((0.0, 9.0), (0.02, 0.01), (0.0, 0.0), "do not fall"),
        ((0.0,), (0.01,), (-1.0,), "not negative"),
        ((0.0,), (0.01,), (nan,), "not negative"),
    ],
)
def test_tiers_that_contradict_themselves_are_refused(
    floors: tuple[float, ...], rates: tuple[float, ...], amounts: tuple[float, ...], message: str
) -> None:
    with pytest.raises(DomainError, match=message):
        MarginTiers(floors, rates, amounts)


def test_one_rate_can_hold_for_every_notional() -> None:
    assert single_tier(0.02) == MarginTiers((0.0,), (0.02,), (0.0,))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("tick_size", -0.1),
        ("lot_size", nan),
        ("minimum_notional", -5.0),
        ("maximum_leverage", 0.5),
        ("maximum_leverage", nan),
        ("funding_interval_hours", 0),
    ],
)
def test_an_instrument_names_the_field_that_is_wrong(field: str, value: float) -> None:
    fields: dict[str, Any] = {"symbol": "BTCUSDT", field: value}
    with pytest.raises(DomainError, match=f"BTCUSDT {field} .*was {value}"):
        Instrument(**fields)


def test_an_instrument_needs_a_symbol() -> None:
    with pytest.raises(DomainError, match="needs a symbol"):
        Instrument("")
