"""Price and quantity steps of the contracts that are shown."""

from collections.abc import Mapping

from etrms_core.domain.instrument import Instrument

# By account and symbol; a contract that is missing is shown with significant digits.
Instruments = Mapping[tuple[str, str], Instrument]


def tick_size(instruments: Instruments, account: str, symbol: str) -> float | None:
    """Return the price step of a contract, None when the venue does not tell."""
    instrument = instruments.get((account, symbol))
    return None if instrument is None else instrument.tick_size or None


def lot_size(instruments: Instruments, account: str, symbol: str) -> float | None:
    """Return the quantity step of a contract, None when the venue does not tell."""
    instrument = instruments.get((account, symbol))
    return None if instrument is None else instrument.lot_size or None
