"""What trading costs on the paper exchange, and when market orders fill in bars."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite

from etrms_core.domain.instrument import Instrument
from etrms_core.errors import ConfigurationError


class BarFill(StrEnum):
    """When a market order fills while the exchange is driven by bars."""

    NEXT_OPEN = "next_open"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class PaperTerms:
    """Fees are fractions of notional, at least 0; `slippage_bps` moves market fills against us."""

    maker_fee: float = 0.0002
    taker_fee: float = 0.0004
    liquidation_fee: float = 0.0125
    slippage_bps: float = 0.0
    bar_fill: BarFill = BarFill.NEXT_OPEN
    default_leverage: float = 10.0

    def __post_init__(self) -> None:
        for name, value in (
            ("maker_fee", self.maker_fee),
            ("taker_fee", self.taker_fee),
            ("liquidation_fee", self.liquidation_fee),
            ("slippage_bps", self.slippage_bps),
        ):
            if not isfinite(value) or value < 0.0:
                raise ConfigurationError(f"is a number >= 0, was {value}", field=name)
        if not 0.0 < self.default_leverage < float("inf"):
            raise ConfigurationError(
                f"is a number above 0, was {self.default_leverage}", field="leverage"
            )


@dataclass(frozen=True, slots=True)
class Venue:
    """What stays the same while prices go by."""

    instruments: Mapping[str, Instrument]
    terms: PaperTerms

    def lot_size(self, symbol: str) -> float:
        """Return the lot of a contract; 0, which rounds nothing, when it lost its market."""
        instrument = self.instruments.get(symbol)
        return 0.0 if instrument is None else instrument.lot_size
