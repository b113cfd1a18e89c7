"""Price and quantity steps."""

from app.presenters.steps import lot_size, tick_size
from etrms_core.domain.instrument import Instrument

KNOWN = {("main", "BTCUSDT"): Instrument("BTCUSDT", tick_size=0.1, lot_size=0.001)}


def test_steps_come_from_the_contract_of_that_account() -> None:
    assert tick_size(KNOWN, "main", "BTCUSDT") == 0.1
    assert lot_size(KNOWN, "main", "BTCUSDT") == 0.001


def test_a_contract_that_is_missing_or_unrounded_has_no_step() -> None:
    unrounded = {("main", "X"): Instrument("X")}
    assert tick_size(KNOWN, "other", "BTCUSDT") is None
    assert lot_size(KNOWN, "other", "BTCUSDT") is None
    assert tick_size(unrounded, "main", "X") is None
    assert lot_size(unrounded, "main", "X") is None
