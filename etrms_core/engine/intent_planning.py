"""From commands to intents: which order, with which id, and how much of it."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

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
from etrms_core.domain.events import BreakerEvent, BreakerEventKind
from etrms_core.domain.identifiers import PositionKey, client_order_id
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.intents import (
    Action,
    CancelById,
    ChangeLeverage,
    Intent,
    Origin,
    SubmitOrder,
)
from etrms_core.domain.order import OrderRequest, OrderSide, OrderType
from etrms_core.engine.gate_context import is_reduction
from etrms_core.engine.intent_events import cause_events
from etrms_core.errors import DomainError
from etrms_core.kernels.rounding import floor_to_step, round_to_step

BREAKER_STRATEGY = "breaker"
CANCEL, LEVERAGE = "cancel", "leverage"
NO_ROUNDING = 0.0


@dataclass(frozen=True, slots=True)
class Desk:
    """What planning looks up: accounts and contracts as they were last seen.

    Attributes
    ----------
    instruments : mapping
        By account and symbol; a contract that is missing rounds nothing.
    """

    desk_id: str
    accounts: Mapping[str, AccountState]
    instruments: Mapping[str, Mapping[str, Instrument]]


def plan_intents(
    commands: Sequence[Command], desk: Desk, *, now: datetime
) -> tuple[tuple[Intent, ...], tuple[BreakerEvent, ...]]:
    """Turn each command into one intent, or into an event that says why there is nothing to do."""
    intents: list[Intent] = []
    events: list[BreakerEvent] = []
    for command in commands:
        try:
            planned = _plan(command, desk)
        except DomainError as error:
            events += cause_events(command.causes, BreakerEventKind.ERROR, str(error), now)
            continue
        if planned is None:
            text = "no entry order is open"
            events += cause_events(command.causes, BreakerEventKind.ACTED, text, now)
            continue
        intent_id, action = planned
        intents.append(
            Intent(
                intent_id=intent_id,
                action=action,
                origin=Origin.BREAKER,
                decided_at=now,
                causes=command.causes,
            )
        )
    return tuple(intents), tuple(events)


def trigger_nonce(cause: Cause, key: object) -> str:
    """Twelve characters that are the same for the same trigger and target."""
    text = f"{cause.rule_id}|{cause.scope}|{cause.triggered_at.isoformat()}|{cause.action}|{key}"
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def live_position(accounts: Mapping[str, AccountState], key: PositionKey) -> Position:
    """Find a position in the newest account states; DomainError when it is flat."""
    for position in _shown(accounts, key.account).positions:
        if (position.symbol, position.side) == (key.symbol, key.side):
            return position
    raise DomainError(f"{key} is already flat")


def _plan(command: Command, desk: Desk) -> tuple[str, Action] | None:
    match command:
        case ReducePosition() | ClosePosition():
            request = _reduction(command, desk)
            return request.client_order_id, SubmitOrder(request)
        case PlaceGuardStop():
            request = _guard_stop(command, desk)
            return request.client_order_id, SubmitOrder(request)
        case SetLeverage(account=account, symbol=symbol, leverage=leverage, causes=causes):
            intent_id = _id(desk, LEVERAGE, causes[0], f"{account}:{symbol}")
            return intent_id, ChangeLeverage(account, symbol, leverage)
        case CancelOrders(account=account, symbol=symbol, causes=causes):
            orders = entry_ids(_shown(desk.accounts, account), symbol)
            intent_id = _id(desk, CANCEL, causes[0], f"{account}:{symbol or ''}")
            return (intent_id, CancelById(account, orders)) if orders else None


def entry_ids(account: AccountState, symbol: str | None) -> tuple[str, ...]:
    """Ids of the open entry orders of an account, in one symbol or in all."""
    return tuple(
        order.request.client_order_id
        for order in account.orders
        if order.is_open
        and not is_reduction(order.request)
        and symbol in (None, order.request.symbol)
    )


def _reduction(command: ReducePosition | ClosePosition, desk: Desk) -> OrderRequest:
    key = command.key
    position = live_position(desk.accounts, key)
    lot = _lot(desk, key)
    wanted = min(command.quantity, abs(position.quantity))
    size = floor_to_step(wanted, lot) if lot > NO_ROUNDING else wanted
    if size <= 0.0:
        raise DomainError(f"{wanted:g} {key.symbol} is less than one lot of {lot:g}")
    return OrderRequest(
        client_order_id=_id(desk, BREAKER_STRATEGY, command.causes[0], key),
        account=key.account,
        symbol=key.symbol,
        side=OrderSide.SELL if position.quantity > 0.0 else OrderSide.BUY,
        order_type=OrderType.MARKET,
        quantity=size,
        reduce_only=True,
        position_side=key.side,
    )


def _guard_stop(command: PlaceGuardStop, desk: Desk) -> OrderRequest:
    key = command.key
    position = live_position(desk.accounts, key)
    instrument = desk.instruments.get(key.account, {}).get(key.symbol)
    size, level = min(command.quantity, abs(position.quantity)), command.trigger_price
    if instrument is not None:
        size = floor_to_step(size, instrument.lot_size)
        level = round_to_step(level, instrument.tick_size)
    return OrderRequest(
        client_order_id=_id(desk, BREAKER_STRATEGY, command.causes[0], key),
        account=key.account,
        symbol=key.symbol,
        side=OrderSide.SELL if position.quantity > 0.0 else OrderSide.BUY,
        order_type=OrderType.STOP_MARKET,
        quantity=size,
        trigger_price=level,
        reduce_only=True,
        position_side=key.side,
    )


def _lot(desk: Desk, key: PositionKey) -> float:
    instrument = desk.instruments.get(key.account, {}).get(key.symbol)
    return NO_ROUNDING if instrument is None else instrument.lot_size


def _id(desk: Desk, strategy: str, cause: Cause, target: object) -> str:
    return client_order_id(desk=desk.desk_id, strategy=strategy, nonce=trigger_nonce(cause, target))


def _shown(accounts: Mapping[str, AccountState], account: str) -> AccountState:
    if account not in accounts:
        raise DomainError(f"there is no account {account!r}, only {sorted(accounts)}")
    return accounts[account]
