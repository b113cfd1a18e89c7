"""What the pre-trade gate knows and how it answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from etrms_core.domain.account import AccountState, Position
from etrms_core.domain.identifiers import PositionSide
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.limits import Limits
from etrms_core.domain.order import OrderRequest, OrderSide
from etrms_core.engine.restrictions import Restriction


class Refusal(StrEnum):
    """Why the gate does not let an order out."""

    TRADING_RESTRICTED = "trading_restricted"
    STORAGE_TROUBLE = "storage_trouble"
    UNKNOWN_SYMBOL = "unknown_symbol"
    SYMBOL_NOT_ALLOWED = "symbol_not_allowed"
    NOT_A_NUMBER = "not_a_number"
    ACCOUNT_STALE = "account_stale"
    NO_PRICE = "no_price"
    PRICE_COLLAR = "price_collar"
    ORDER_NOTIONAL = "order_notional"
    POSITION_NOTIONAL = "position_notional"
    LEVERAGE = "leverage"
    ORDER_RATE = "order_rate"
    DUPLICATE = "duplicate"
    NOT_REDUCING = "not_reducing"


@dataclass(frozen=True, slots=True)
class RefusedOrder:
    """A refusal: its code, and one sentence with the numbers."""

    code: Refusal
    sentence: str


@dataclass(frozen=True, slots=True)
class RecentOrder:
    """An order that the gate let out.

    Attributes
    ----------
    added_notional : float
        By how much it alone could enlarge its position as that was known then, USD; NaN unknown.
    """

    sent_at: datetime
    request: OrderRequest
    added_notional: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class GateContext:
    """The state of the desk that an order meets; None where unknown.

    Attributes
    ----------
    account : AccountState or None
        The order's account as it was last shown.
    instrument : Instrument or None
        The order's contract; None when the venue does not list it.
    mark_price : float or None
        Quote currency.
    equity, gross_notional : float or None
        Of the whole portfolio, USD.
    strategy : str
        The one that the order belongs to.
    recent : sequence of RecentOrder
        What left the desk in the last minute, or before it and not shown yet.
    unread : sequence of RecentOrder
        Those of all accounts that `gross_notional` cannot hold yet: their account was not read
        since.
    reserved : float
        Base units of the order's position that market reductions in flight already take.
    storage_trouble : str or None
        What is wrong with the database; then nothing may add risk.
    """

    limits: Limits
    restrictions: Sequence[Restriction]
    account: AccountState | None
    instrument: Instrument | None
    mark_price: float | None
    equity: float | None
    gross_notional: float | None
    strategy: str
    recent: Sequence[RecentOrder]
    now: datetime
    stale_after_seconds: float
    unread: Sequence[RecentOrder] = ()
    reserved: float = 0.0
    storage_trouble: str | None = None


CLOSES = {PositionSide.LONG: OrderSide.SELL, PositionSide.SHORT: OrderSide.BUY}


def is_reduction(request: OrderRequest) -> bool:
    """Whether an order means to take risk away.

    In hedge mode the side decides, since venues refuse the flag there; an order that carries the
    flag means to reduce, whether it can or not.
    """
    return request.reduce_only or CLOSES.get(request.position_side) is request.side


def position_of(account: AccountState, request: OrderRequest) -> Position | None:
    """Find the position or leg that an order acts on; None when the account shows none."""
    for position in account.positions:
        if (position.symbol, position.side) == (request.symbol, request.position_side):
            return position
    return None


def order_words(request: OrderRequest) -> str:
    """Name an order by side, quantity and symbol."""
    return f"{request.side.value} {request.quantity:g} {request.symbol}"
