"""Orders that wait at the venues."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.presenters.cells import Cell, Tone, unknown
from app.presenters.numbers import distance, percent, price, quantity
from app.presenters.position_cards import Fact
from app.presenters.steps import Instruments, lot_size, tick_size
from app.presenters.times import duration
from etrms_core.domain.account import AccountState
from etrms_core.domain.identifiers import desk_of, strategy_of
from etrms_core.domain.order import Order, OrderType
from etrms_core.engine.gate_context import is_reduction

KINDS = {
    OrderType.MARKET: "market",
    OrderType.LIMIT: "limit",
    OrderType.STOP_MARKET: "stop",
    OrderType.TAKE_PROFIT_MARKET: "take-profit",
    OrderType.TRAILING_STOP_MARKET: "trailing stop",
}
NO_ORDERS = (
    "No order waits at a venue. Stops and take-profits that you place with Protect appear here."
)


@dataclass(frozen=True, slots=True)
class OrderCard:
    """One waiting order with all its figures; `level` and `away` are for the export."""

    account: str
    client_order_id: str
    title: str
    side: str
    facts: tuple[Fact, ...]
    order: Order
    level: float | None
    away: float | None


def order_cards(
    accounts: tuple[AccountState, ...], instruments: Instruments, *, now: datetime
) -> tuple[OrderCard, ...]:
    """Show every open order by account and symbol, reductions before entries."""
    cards = [
        _card(order, account, instruments, _marks(account), now)
        for account in accounts
        for order in account.orders
        if order.is_open
    ]
    return tuple(
        sorted(cards, key=lambda card: (card.account, card.title, card.order.is_entry, card.side))
    )


def order_title(order: Order) -> str:
    """Name an order by kind and side: "stop sell"."""
    return f"{KINDS[order.request.order_type]} {order.request.side.value}"


def _marks(account: AccountState) -> Mapping[str, float | None]:
    return {position.symbol: position.mark_price for position in account.positions}


def _card(
    order: Order,
    account: AccountState,
    instruments: Instruments,
    marks: Mapping[str, float | None],
    now: datetime,
) -> OrderCard:
    request = order.request
    mark = marks.get(request.symbol)
    level = request.price if request.order_type is OrderType.LIMIT else request.trigger_price
    away = None if mark is None or level is None else abs(level - mark) / mark
    tick = tick_size(instruments, account.account, request.symbol)
    lot = lot_size(instruments, account.account, request.symbol)
    return OrderCard(
        account=account.account,
        client_order_id=request.client_order_id,
        title=request.symbol,
        side=order_title(order),
        facts=(
            Fact("Account", Cell(account.account)),
            Fact("Quantity", _quantity(order, lot)),
            Fact("Level", _level(order, level, tick)),
            Fact("From the mark", _away(away, level)),
            Fact("Effect", _effect(order)),
            Fact("Waits for", Cell(duration((now - order.created_at).total_seconds()))),
            Fact("Placed by", _origin(request.client_order_id)),
        ),
        order=order,
        level=level,
        away=away,
    )


def _quantity(order: Order, lot: float | None) -> Cell:
    note = ""
    if order.filled_quantity:
        note = f"{quantity(order.filled_quantity, lot_size=lot)} filled"
    return Cell(quantity(order.remaining_quantity, lot_size=lot), note)


def _level(order: Order, level: float | None, tick: float | None) -> Cell:
    callback = order.request.callback_fraction
    if callback is not None:
        return Cell(percent(callback), "behind the best mark")
    if level is None:
        return unknown("the venue does not tell")
    return Cell(price(level, tick_size=tick))


def _away(away: float | None, level: float | None) -> Cell:
    if away is not None:
        return Cell(distance(away))
    return unknown("no mark price" if level is not None else "its level is not known")


def _effect(order: Order) -> Cell:
    if is_reduction(order.request):
        return Cell("only reduces")
    return Cell("may add risk", tone=Tone.WARNING)


def _origin(client_order_id: str) -> Cell:
    if desk_of(client_order_id) is None:
        return Cell("not this desk", help=client_order_id)
    return Cell(strategy_of(client_order_id), help=client_order_id)
