"""What a simulated account pays, how much it trades, and when it leaves a position."""

from dataclasses import dataclass
from enum import StrEnum
from math import isfinite
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from etrms_core.domain.account import MarginMode
from etrms_core.errors import ConfigurationError

LARGEST_LEVERAGE = 1_000.0


class FillTime(StrEnum):
    """When an order that a signal or a breaker gives at a bar's close fills."""

    NEXT_OPEN = "next_open"
    CLOSE = "close"


class Bounds(StrEnum):
    """Which reading of a bar that touches two levels a run reports."""

    PESSIMISTIC = "pessimistic"
    OPTIMISTIC = "optimistic"
    BOTH = "both"


class Direction(StrEnum):
    """Which positions a strategy may open."""

    LONG_ONLY = "long_only"
    SHORT_ONLY = "short_only"
    LONG_SHORT = "long_short"


class SizeKind(StrEnum):
    """What the size of an entry means.

    `equity_fraction` v: ``v * leverage * equity / (price * (1 + taker_fee))``; `notional`: quote
    currency; `quantity`: base units; `risk_fraction` v: loses ``v * equity`` at the stop;
    `volatility_target` v: annual volatility of the position over equity, as a fraction.
    """

    EQUITY_FRACTION = "equity_fraction"
    NOTIONAL = "notional"
    QUANTITY = "quantity"
    RISK_FRACTION = "risk_fraction"
    VOLATILITY_TARGET = "volatility_target"


def _require(field: str, value: float, low: float, high: float, words: str) -> None:
    if not isfinite(value) or not low <= value <= high:
        raise ConfigurationError(f"{words}, was {value}", field=field)


def _require_above_zero(field: str, value: float) -> None:
    if not isfinite(value) or value <= 0.0:
        raise ConfigurationError(f"is a number above 0, was {value}", field=field)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountTerms:
    """The account that a run trades on: fees are fractions of notional, money is quote currency.

    Attributes
    ----------
    leverage : float
        For sizing, margin, and the cap of gross notional over equity after an entry.
    maintenance_margin_rate : float
        Where an instrument gives no tiers.
    time_zone : str
        IANA name of the zone whose midnight starts days, weeks and months.
    volume_share : float or None
        Largest share of a bar's volume that an order fills; the rest of an entry is given up, the
        rest of an exit goes on at the next bar. None fills everything.
    """

    initial_capital: float = 10_000.0
    leverage: float = 1.0
    margin_mode: MarginMode = MarginMode.CROSS
    maker_fee: float = 0.0002
    taker_fee: float = 0.0004
    liquidation_fee: float = 0.0125
    slippage_bps: float = 0.0
    maintenance_margin_rate: float = 0.005
    fill: FillTime = FillTime.NEXT_OPEN
    liquidation: bool = True
    bounds: Bounds = Bounds.PESSIMISTIC
    time_zone: str = "UTC"
    volume_share: float | None = None

    def __post_init__(self) -> None:
        _require_above_zero("account.initial_capital", self.initial_capital)
        _require(
            "account.leverage", self.leverage, 1e-6, LARGEST_LEVERAGE, "lies above 0 and up to 1000"
        )
        for name, fee in (
            ("maker_fee", self.maker_fee),
            ("taker_fee", self.taker_fee),
            ("liquidation_fee", self.liquidation_fee),
        ):
            _require(f"account.{name}", fee, 0.0, 0.5, "is a fraction from 0 to 0.5")
        _require("account.slippage_bps", self.slippage_bps, 0.0, 5_000.0, "lies between 0 and 5000")
        if not 0.0 < self.maintenance_margin_rate < 1.0:
            raise ConfigurationError(
                f"lies between 0 and 1, was {self.maintenance_margin_rate}",
                field="account.maintenance_margin_rate",
            )
        if self.volume_share is not None and not 0.0 < self.volume_share <= 1.0:
            raise ConfigurationError(
                f"is a share above 0 and up to 1, was {self.volume_share}",
                field="account.volume_share",
            )
        try:
            ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ConfigurationError(
                f"is the name of a time zone such as Europe/Berlin, was {self.time_zone!r}",
                field="account.time_zone",
            ) from error


@dataclass(frozen=True, slots=True)
class SizeRule:
    """How much an entry buys or sells."""

    kind: SizeKind = SizeKind.EQUITY_FRACTION
    value: float = 1.0

    def __post_init__(self) -> None:
        _require_above_zero("strategy.size.value", self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingTerms:
    """What becomes of signals: allowed direction, size, and exits as fractions of entry price."""

    direction: Direction = Direction.LONG_ONLY
    size: SizeRule = SizeRule()
    stop_loss: float | None = None
    take_profit: float | None = None
    trailing_stop: float | None = None

    def __post_init__(self) -> None:
        for name, value, high in (
            ("stop_loss", self.stop_loss, 1.0),
            ("take_profit", self.take_profit, 100.0),
            ("trailing_stop", self.trailing_stop, 1.0),
        ):
            if value is not None and not 0.0 < value < high:
                raise ConfigurationError(
                    f"lies between 0 and {high:g}, was {value}", field=f"strategy.{name}"
                )
        if self.size.kind is SizeKind.RISK_FRACTION and self.stop_loss is None:
            raise ConfigurationError(
                "risk_fraction needs a stop_loss, since the risk is the way to the stop",
                field="strategy.size.kind",
            )
