"""What a person may want of one open position, and the orders that would bring it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite

from etrms_core.domain.account import Position
from etrms_core.domain.identifiers import PositionKey
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.market_data import BookLevel
from etrms_core.domain.order import Order, OrderRequest, OrderSide
from etrms_core.errors import DomainError


@dataclass(frozen=True, slots=True)
class Close:
    """Close the whole position at the market."""


@dataclass(frozen=True, slots=True)
class Reduce:
    """Close a part at the market: a fraction in (0, 1] of what is open, or base units above 0."""

    fraction: float | None = None
    quantity: float | None = None

    def __post_init__(self) -> None:
        if (self.fraction is None) is (self.quantity is None):
            raise DomainError("a reduction is by a fraction or by a quantity")
        if self.fraction is not None and not 0.0 < self.fraction <= 1.0:
            raise DomainError(f"the fraction to close lies in (0, 1], was {self.fraction}")
        if self.quantity is not None:
            _require_positive("the quantity to close", self.quantity)


@dataclass(frozen=True, slots=True)
class Protect:
    """Let stops wait at the venue.

    Attributes
    ----------
    stop_price, take_profit_price : float or None
        Mark prices that trigger, quote currency.
    trailing_fraction : float or None
        Distance of a trailing stop from the best mark, in (0, 1).
    quantity : float or None
        Base units that each of them closes; None for all that is open.
    """

    stop_price: float | None = None
    take_profit_price: float | None = None
    trailing_fraction: float | None = None
    quantity: float | None = None

    def __post_init__(self) -> None:
        if (self.stop_price, self.take_profit_price, self.trailing_fraction) == (None, None, None):
            raise DomainError("protecting needs a stop, a take-profit or a trailing stop")
        for name, value in (
            ("the stop price", self.stop_price),
            ("the take-profit price", self.take_profit_price),
            ("the quantity to protect", self.quantity),
        ):
            if value is not None:
                _require_positive(name, value)
        distance = self.trailing_fraction
        if distance is not None and not 0.0 < distance < 1.0:
            raise DomainError(f"the distance of a trailing stop lies in (0, 1), was {distance}")


Wish = Close | Reduce | Protect


class Effect(StrEnum):
    """What becomes of an order that waits already."""

    ORPHANED = "orphaned"  # nothing is left that it could close
    OVERSIZED = "oversized"  # larger than what is left
    DUPLICATE = "duplicate"  # it and the new one together are larger than the position


@dataclass(frozen=True, slots=True)
class AffectedOrder:
    """An order that waits already, and what becomes of it."""

    order: Order
    effect: Effect


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionReading:
    """An open position with what is known around it.

    Attributes
    ----------
    orders : sequence of Order
        Those of its account.
    instrument : Instrument or None
        None when the venue does not list it: nothing is rounded.
    opposite : sequence of BookLevel
        The side of the book that closing it takes from, best first; empty when unknown.
    taker_fee : float or None
        Fraction of notional.
    liquidation_price : float or None
        Quote currency; None when nothing liquidates it or nobody knows.
    """

    key: PositionKey
    position: Position
    orders: Sequence[Order] = ()
    instrument: Instrument | None = None
    opposite: Sequence[BookLevel] = ()
    taker_fee: float | None = None
    liquidation_price: float | None = None

    @property
    def closing_side(self) -> OrderSide:
        """The side that takes this position down."""
        return OrderSide.SELL if self.position.quantity > 0.0 else OrderSide.BUY

    @property
    def lot_size(self) -> float:
        """Base units; 0 rounds nothing."""
        return 0.0 if self.instrument is None else self.instrument.lot_size


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedOrder:
    """An order with what it would bring, quote currency; None where nobody knows.

    Attributes
    ----------
    price : float or None
        At which it would fill: by the book for a market order, else its trigger.
    realized_pnl : float or None
        Price result of the part that it closes, before fees.
    """

    request: OrderRequest
    price: float | None
    notional: float | None
    realized_pnl: float | None
    fee: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionPlan:
    """What would be sent for a position.

    Attributes
    ----------
    left_open : float
        Signed base units that stay open once every market order of it is filled.
    """

    orders: tuple[PlannedOrder, ...]
    left_open: float
    affected: tuple[AffectedOrder, ...]
    warnings: tuple[str, ...]


def _require_positive(name: str, value: float) -> None:
    if not (isfinite(value) and value > 0.0):
        raise DomainError(f"{name} is a number above 0, was {value}")
