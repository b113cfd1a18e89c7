"""What trading costs."""

import pytest

from etrms_core.adapters.exchanges.paper.terms import BarFill, PaperTerms, Venue
from etrms_core.domain.instrument import Instrument
from etrms_core.errors import ConfigurationError


@pytest.mark.parametrize("field", ["maker_fee", "taker_fee", "liquidation_fee", "slippage_bps"])
@pytest.mark.parametrize("value", [-0.1, float("nan"), float("inf")])
def test_costs_are_not_negative(field: str, value: float) -> None:
    with pytest.raises(ConfigurationError, match=field):
        PaperTerms(**{field: value})  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf")])
def test_leverage_is_above_zero(value: float) -> None:
    with pytest.raises(ConfigurationError, match="leverage"):
        PaperTerms(default_leverage=value)


def test_market_orders_fill_at_the_next_open_unless_asked_otherwise() -> None:
    assert PaperTerms().bar_fill is BarFill.NEXT_OPEN


def test_a_contract_without_a_market_has_no_lot() -> None:
    venue = Venue({"BTCUSDT": Instrument("BTCUSDT", lot_size=0.001)}, PaperTerms())
    assert (venue.lot_size("BTCUSDT"), venue.lot_size("GONE")) == (0.001, 0.0)
