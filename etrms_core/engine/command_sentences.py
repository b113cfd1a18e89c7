"""Commands in a trader's words: what would go out, and why something is left alone."""

from collections.abc import Iterator, Sequence

from etrms_core.breakers.rules import ActionKind, BreakerAction
from etrms_core.domain.account import Position
from etrms_core.domain.commands import (
    CancelOrders,
    ClosePosition,
    Command,
    PlaceGuardStop,
    ReducePosition,
    SetLeverage,
)
from etrms_core.domain.identifiers import PositionKey, PositionSide
from etrms_core.engine.intent_planning import entry_ids
from etrms_core.engine.merging import Plan
from etrms_core.risk.snapshot import RiskSnapshot


def command_in_words(command: Command, snapshot: RiskSnapshot) -> str:
    """Say which order would go where: side, quantity, and its notional at the mark."""
    match command:
        case ReducePosition(key=key, quantity=quantity) | ClosePosition(key=key, quantity=quantity):
            held = abs(_position(snapshot, key).quantity)
            part = "all" if isinstance(command, ClosePosition) else f"{quantity / held:.2%}"
            return (
                f"{_order(snapshot, key, quantity)} at market, reduce-only: "
                f"{part} of the {_leg(snapshot, key)} in {key.account}"
            )
        case PlaceGuardStop(key=key, quantity=quantity, trigger_price=trigger_price):
            return (
                f"rest a stop over the {_leg(snapshot, key)} in {key.account}, reduce-only, at a "
                f"mark price of {trigger_price:,.8g}: {_order(snapshot, key, quantity)}"
            )
        case SetLeverage(account=account, symbol=symbol, leverage=leverage):
            return f"lower the leverage of {symbol} in {account} to {leverage:g}x"
        case CancelOrders(account=account, symbol=symbol):
            where = account if symbol is None else f"{account}, {symbol}"
            found = next(each for each in snapshot.table.accounts if each.account == account)
            count = len(entry_ids(found, symbol))
            if not count:
                return f"cancel nothing in {where}: no entry order is open"
            orders = "1 open entry order" if count == 1 else f"{count} open entry orders"
            return f"cancel {orders} in {where}"


def why_untouched(
    action: BreakerAction, members: Sequence[int], plan: Plan, snapshot: RiskSnapshot
) -> Iterator[str]:
    """Say why positions of a scope get nothing from an action that nothing held back.

    Parameters
    ----------
    members : sequence of int
        Rows of the position table that count in the scope.
    plan : Plan
        What the action alone leads to.
    """
    for row in members:
        key, position = snapshot.table.keys[row], snapshot.table.rows[row]
        what = f"the {_leg(snapshot, key)} in {key.account}"
        match action.kind:
            case ActionKind.SET_LEVERAGE:
                if (key.account, key.symbol) not in plan.leverages:
                    yield f"{what} has a leverage of {position.leverage:g}x already"
            case ActionKind.PLACE_GUARD_STOP if key not in plan.guards:
                has_mark = position.mark_price is not None
                yield f"{what} {'is guarded already' if has_mark else 'has no mark price'}"
            case ActionKind.REDUCE_POSITION | ActionKind.CLOSE_POSITION:
                if key not in plan.reductions:
                    yield f"{what} does not breach"


def _order(snapshot: RiskSnapshot, key: PositionKey, quantity: float) -> str:
    position = _position(snapshot, key)
    side = "sell" if position.quantity > 0.0 else "buy"
    if position.mark_price is None:
        return f"{side} {quantity:,.8g} {key.symbol} (the mark price is unknown)"
    notional = quantity * position.mark_price
    return (
        f"{side} {quantity:,.8g} {key.symbol} "
        f"({notional:,.2f} {position.quote_asset} at the mark price of {position.mark_price:,.8g})"
    )


def _leg(snapshot: RiskSnapshot, key: PositionKey) -> str:
    is_long = _position(snapshot, key).quantity > 0.0
    hedged = "" if key.side is PositionSide.NET else " leg"
    return f"{'long' if is_long else 'short'} {key.symbol}{hedged}"


def _position(snapshot: RiskSnapshot, key: PositionKey) -> Position:
    return snapshot.table.rows[snapshot.table.keys.index(key)]
