"""Orders and fills."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import isfinite

from etrms_core.domain.identifiers import PositionSide
from etrms_core.errors import DomainError


class OrderSide(StrEnum):
    """Direction of an order."""

    BUY = "buy"
    SELL = "sell"

    @property
    def sign(self) -> float:
        """Plus one for buy, minus one for sell."""
        return 1.0 if self is OrderSide.BUY else -1.0


class OrderType(StrEnum):
    """How an order waits and at which price it fills."""

    MARKET = "market"
    LIMIT = "limit"
    STOP_MARKET = "stop_market"
    TAKE_PROFIT_MARKET = "take_profit_market"
    TRAILING_STOP_MARKET = "trailing_stop_market"


CONDITIONAL = frozenset(
    {OrderType.STOP_MARKET, OrderType.TAKE_PROFIT_MARKET, OrderType.TRAILING_STOP_MARKET}
)


class OrderStatus(StrEnum):
    """Life of an order as venues tell it."""

    NEW = "new"
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    CANCELED = "canceled"
    EXPIRED = "expired"


class Rejection(StrEnum):
    """Why a venue refuses an order or a setting."""

    UNKNOWN_SYMBOL = "unknown_symbol"
    QUANTITY_STEP = "quantity_step"
    QUANTITY_LIMIT = "quantity_limit"
    PRICE_STEP = "price_step"
    MINIMUM_NOTIONAL = "minimum_notional"
    INSUFFICIENT_MARGIN = "insufficient_margin"
    REDUCE_ONLY = "reduce_only"
    POST_ONLY = "post_only"
    WOULD_TRIGGER = "would_trigger_immediately"
    DUPLICATE_ID = "duplicate_client_order_id"
    UNKNOWN_ORDER = "unknown_order"
    LEVERAGE_LIMIT = "leverage_limit"
    POSITION_OPEN = "position_open"
    POSITION_SIDE = "position_side"
    INSUFFICIENT_BALANCE = "insufficient_balance"
    NO_MARKET = "no_market"
    EXPIRED = "expired"  # it arrived after its deadline; it was not taken


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRequest:
    """An order that somebody wants to send.

    Attributes
    ----------
    quantity : float
        Base units, above 0; the side carries the direction.
    price : float or None
        Limit price in quote currency, only for limit orders.
    trigger_price : float or None
        Mark price that activates a stop or take-profit.
    callback_fraction : float or None
        Distance of a trailing stop from the best mark price, fraction in (0, 1).
    """

    client_order_id: str
    account: str
    symbol: str
    side: OrderSide
    order_type: OrderType
    quantity: float
    price: float | None = None
    trigger_price: float | None = None
    callback_fraction: float | None = None
    reduce_only: bool = False
    post_only: bool = False
    position_side: PositionSide = PositionSide.NET

    def __post_init__(self) -> None:
        if not isfinite(self.quantity) or self.quantity <= 0.0:
            raise DomainError(f"order quantity is above 0, was {self.quantity}")
        for name in _NEEDED[self.order_type]:
            self._require_positive(name)
        if self.callback_fraction is not None and not 0.0 < self.callback_fraction < 1.0:
            raise DomainError(f"callback_fraction lies in (0, 1), was {self.callback_fraction}")
        if self.post_only and self.order_type is not OrderType.LIMIT:
            raise DomainError("only limit orders can be post-only")

    def _require_positive(self, name: str) -> None:
        value = {
            "price": self.price,
            "trigger_price": self.trigger_price,
            "callback_fraction": self.callback_fraction,
        }[name]
        if value is None or not isfinite(value) or value <= 0.0:
            raise DomainError(f"a {self.order_type.value} order needs {name} above 0, was {value}")

    @property
    def signed_quantity(self) -> float:
        """Quantity with the sign of the side."""
        return self.side.sign * self.quantity


_NEEDED: dict[OrderType, tuple[str, ...]] = {
    OrderType.MARKET: (),
    OrderType.LIMIT: ("price",),
    OrderType.STOP_MARKET: ("trigger_price",),
    OrderType.TAKE_PROFIT_MARKET: ("trigger_price",),
    OrderType.TRAILING_STOP_MARKET: ("callback_fraction",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order as the venue holds it."""

    order_id: str
    request: OrderRequest
    status: OrderStatus
    created_at: datetime
    filled_quantity: float = 0.0
    average_price: float | None = None

    @property
    def is_open(self) -> bool:
        """Whether the order can still fill."""
        return self.status in (OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED)

    @property
    def remaining_quantity(self) -> float:
        """Quantity that has not been filled, base units."""
        return self.request.quantity - self.filled_quantity

    @property
    def is_entry(self) -> bool:
        """Whether the order may add risk."""
        return not self.request.reduce_only


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """One execution.

    Attributes
    ----------
    quantity : float
        Signed base units; positive bought.
    realized_pnl : float
        Price result of the part that closed, before fees, quote currency.
    fee : float
        Paid, at least 0, quote currency.
    reason : str
        Why it happened: ``order``, ``liquidation``, ``stop_loss`` ...
    """

    fill_id: str
    client_order_id: str
    symbol: str
    position_side: PositionSide
    quantity: float
    price: float
    fee: float
    realized_pnl: float
    filled_at: datetime
    reason: str = "order"
    is_maker: bool = False
