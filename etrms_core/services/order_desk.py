"""The one way out for orders: every order passes here, whoever wants it."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from threading import RLock

from etrms_core.domain.account import AccountState, Position
from etrms_core.domain.commands import (
    CancelOrders,
    Cause,
    ClosePosition,
    Command,
    PlaceGuardStop,
    ReducePosition,
    SetLeverage,
)
from etrms_core.domain.events import BreakerEvent, BreakerEventKind, DeskEvent, DeskEventKind
from etrms_core.domain.identifiers import PositionKey, client_order_id, strategy_of
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.order import Order, OrderRequest, OrderSide, OrderType
from etrms_core.engine.ports import ExchangePort
from etrms_core.engine.restrictions import OrderScope, Restriction, refusal
from etrms_core.errors import DomainError, EtrmsError, OrderRefusedError, OrderRejectedError
from etrms_core.kernels.rounding import floor_to_step, round_to_step

BREAKER_STRATEGY = "breaker"


class OrderDesk:
    """Checks the trading state, names orders, sends them, and says what came of it.

    Parameters
    ----------
    exchanges : mapping of str to ExchangePort
        By account name.
    blocks : callable
        The restrictions in force now.
    desk_id : str
        Four characters that mark this desk's orders.
    after_order : callable
        Called with every order that a venue took.
    """

    def __init__(
        self,
        exchanges: Mapping[str, ExchangePort],
        *,
        blocks: Callable[[], Sequence[Restriction]],
        desk_id: str,
        after_order: Callable[[Order], None] = lambda order: None,
    ) -> None:
        self._exchanges = exchanges
        self._blocks = blocks
        self._desk_id = desk_id
        self._after_order = after_order
        self._lock = RLock()

    def order_id(self, *, strategy: str, nonce: str) -> str:
        """Compose a client order id of this desk."""
        return client_order_id(desk=self._desk_id, strategy=strategy, nonce=nonce)

    def submit(self, request: OrderRequest) -> Order:
        """Send an order unless trading is restricted where it would count.

        Raises
        ------
        OrderRefusedError
            If a restriction forbids it.
        ExchangeError
            If the venue refuses or does not answer.
        """
        exchange = self._exchange(request.account)
        scope = OrderScope(exchange.venue, request.symbol, strategy_of(request.client_order_id))
        why_not = refusal(self._blocks(), scope, adds_risk=not request.reduce_only)
        if why_not is not None:
            raise OrderRefusedError(why_not)
        with self._lock:
            order = exchange.create_order(request)
        self._after_order(order)
        return order

    def execute(
        self, command: Command, accounts: Mapping[str, AccountState], *, now: datetime
    ) -> tuple[BreakerEvent, ...]:
        """Carry out a breaker's command; a refusal becomes an event, never an exception."""
        try:
            detail = self._carry_out(command, accounts)
        except EtrmsError as error:
            return _events(command.causes, BreakerEventKind.ERROR, str(error), now)
        return _events(command.causes, BreakerEventKind.ACTED, detail, now)

    def _carry_out(self, command: Command, accounts: Mapping[str, AccountState]) -> str:
        match command:
            case (
                ReducePosition(key=key, quantity=quantity)
                | ClosePosition(key=key, quantity=quantity)
            ):
                return self._reduce(key, quantity, command.causes, accounts)
            case CancelOrders(account=account, symbol=symbol):
                return self._cancel_entries(_shown(accounts, account), symbol)
            case SetLeverage(account=account, symbol=symbol, leverage=leverage):
                self._exchange(account).set_leverage(symbol, leverage)
                return f"leverage of {account}:{symbol} set to {leverage:g}"
            case PlaceGuardStop():
                return self._place_stop(command, accounts)

    def _reduce(
        self,
        key: PositionKey,
        quantity: float,
        causes: Sequence[Cause],
        accounts: Mapping[str, AccountState],
    ) -> str:
        position = live_position(accounts, key)
        lot = self._instrument(key).lot_size
        wanted = min(quantity, abs(position.quantity))
        size = floor_to_step(wanted, lot)
        if size <= 0.0:
            raise DomainError(f"{wanted:g} {key.symbol} is less than one lot of {lot:g}")
        order = self.submit(
            OrderRequest(
                client_order_id=self.order_id(
                    strategy=BREAKER_STRATEGY, nonce=trigger_nonce(causes[0], key)
                ),
                account=key.account,
                symbol=key.symbol,
                side=OrderSide.SELL if position.quantity > 0.0 else OrderSide.BUY,
                order_type=OrderType.MARKET,
                quantity=size,
                reduce_only=True,
                position_side=key.side,
            )
        )
        return _order_sentence(order)

    def _place_stop(self, command: PlaceGuardStop, accounts: Mapping[str, AccountState]) -> str:
        key = command.key
        position = live_position(accounts, key)
        instrument = self._instrument(key)
        size = min(command.quantity, abs(position.quantity))
        order = self.submit(
            OrderRequest(
                client_order_id=self.order_id(
                    strategy=BREAKER_STRATEGY, nonce=trigger_nonce(command.causes[0], key)
                ),
                account=key.account,
                symbol=key.symbol,
                side=OrderSide.SELL if position.quantity > 0.0 else OrderSide.BUY,
                order_type=OrderType.STOP_MARKET,
                quantity=floor_to_step(size, instrument.lot_size),
                trigger_price=round_to_step(command.trigger_price, instrument.tick_size),
                reduce_only=True,
                position_side=key.side,
            )
        )
        return f"{_order_sentence(order)} at {order.request.trigger_price:g}"

    def _cancel_entries(self, account: AccountState, symbol: str | None) -> str:
        exchange = self._exchange(account.account)
        cancelled = 0
        for order in account.orders:
            if order.is_open and order.is_entry and symbol in (None, order.request.symbol):
                try:
                    exchange.cancel_order(order.request.client_order_id)
                    cancelled += 1
                except OrderRejectedError:
                    continue  # it filled or ended in the meantime: nothing is left to cancel
        return f"{cancelled} entry orders of {account.account} cancelled"

    def _exchange(self, account: str) -> ExchangePort:
        if account not in self._exchanges:
            raise DomainError(f"there is no account {account!r}, only {sorted(self._exchanges)}")
        return self._exchanges[account]

    def _instrument(self, key: PositionKey) -> Instrument:
        instruments = self._exchange(key.account).instruments()
        if key.symbol not in instruments:
            raise DomainError(f"{key.account} lists {key.symbol} no longer")
        return instruments[key.symbol]


def live_position(accounts: Mapping[str, AccountState], key: PositionKey) -> Position:
    """Find a position in the newest account states."""
    for position in _shown(accounts, key.account).positions:
        if (position.symbol, position.side) == (key.symbol, key.side):
            return position
    raise DomainError(f"{key} is already flat")


def trigger_nonce(cause: Cause, key: PositionKey) -> str:
    """Twelve characters that are the same for the same trigger and position."""
    text = f"{cause.rule_id}|{cause.scope}|{cause.triggered_at.isoformat()}|{cause.action}|{key}"
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def refusal_event(request: OrderRequest, reason: str, now: datetime) -> DeskEvent:
    """Say that an order was not sent or not taken."""
    text = f"{request.side.value} {request.quantity:g} {request.symbol}: {reason}"
    return DeskEvent(now, DeskEventKind.ORDER_REFUSED, request.account, text)


def _shown(accounts: Mapping[str, AccountState], account: str) -> AccountState:
    if account not in accounts:
        raise DomainError(f"there is no account {account!r}, only {sorted(accounts)}")
    return accounts[account]


def _order_sentence(order: Order) -> str:
    request = order.request
    filled = "" if order.average_price is None else f", filled at {order.average_price:g}"
    return (
        f"reduce-only {request.order_type.value} {request.side.value} {request.quantity:g} "
        f"{request.symbol} on {request.account}{filled}"
    )


def _events(
    causes: Sequence[Cause], kind: BreakerEventKind, detail: str, now: datetime
) -> tuple[BreakerEvent, ...]:
    return tuple(
        BreakerEvent(
            occurred_at=now,
            kind=kind,
            rule_id=cause.rule_id,
            breaker=cause.rule_name,
            scope=cause.scope,
            value=None,
            threshold=cause.threshold,
            action=cause.action,
            detail=detail,
        )
        for cause in causes
    )
