"""What became of the orders that breakers gave in a run, in the words of the live order desk."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from etrms_core.backtest.breaker_accounts import DESK_ID, RunTerms
from etrms_core.backtest.breaker_scopes import ACCOUNT, VENUE
from etrms_core.backtest.simulation_run import FillReason
from etrms_core.backtest.terms import FillTime
from etrms_core.domain.account import AccountState, MarginMode
from etrms_core.domain.commands import Command
from etrms_core.domain.events import BreakerEvent
from etrms_core.domain.intents import CancelById, ChangeLeverage, Intent, IntentState, SubmitOrder
from etrms_core.domain.order import Order, OrderRequest, OrderStatus, OrderType
from etrms_core.engine.intent_events import intent_events, order_sentence
from etrms_core.engine.intent_planning import Desk, plan_intents
from etrms_core.kernels.account import apply_fill
from etrms_core.kernels.arrays import Record, Records, copied
from etrms_core.kernels.margin import initial_margin
from etrms_core.kernels.simulated_decisions import change_leverage
from etrms_core.risk.calendar import to_ms


def order_events(
    commands: Sequence[Command],
    state: AccountState,
    terms: RunTerms,
    seen: Records,
    wallet: float,
    fills: Records,
) -> Iterator[BreakerEvent]:
    """Say of each order what the venue did with it when it was given."""
    if not commands:
        return
    now = state.observed_at
    assert now is not None  # noqa: S101 (a simulated account is read at every close)
    desk = Desk(DESK_ID, {ACCOUNT: state}, {ACCOUNT: terms.instruments})
    intents, events = plan_intents(commands, desk, now=now)
    yield from events
    book = copied(seen)
    close_fills = _close_fills(terms, fills, to_ms(now))
    for intent in intents:
        after = _answered(intent, terms, book, wallet, close_fills)
        wallet += _reduced(intent, terms, book, close_fills)
        for event in intent_events(after, now=now):
            if isinstance(event, BreakerEvent):
                yield event


def _close_fills(terms: RunTerms, fills: Records, time_ms: int) -> Mapping[str, Record]:
    """Find the fills of what breakers ordered, of the very close at which they did."""
    if terms.account.fill is not FillTime.CLOSE:
        return {}
    # Times never fall, so that the fills of one close are found by halving.
    start, stop = (int(np.searchsorted(fills.time_ms, time_ms, side)) for side in ("left", "right"))
    return {
        terms.symbols[int(fill.symbol)]: fill
        for fill in fills[start:stop]
        if fill.reason == FillReason.BREAKER and not fill.inside
    }


def _answered(
    intent: Intent,
    terms: RunTerms,
    book: Records,
    wallet: float,
    close_fills: Mapping[str, Record],
) -> Intent:
    match intent.action:
        case SubmitOrder(request=request):
            order = _order(intent, request, close_fills)
            return replace(intent, state=IntentState.DONE, detail=order_sentence(order))
        case CancelById(account=account, client_order_ids=order_ids):
            text = f"{len(order_ids)} orders of {account} cancelled"
            return replace(intent, state=IntentState.DONE, detail=text)
        case ChangeLeverage():
            return _leverage_answered(intent, intent.action, terms, book, wallet)


def _reduced(
    intent: Intent, terms: RunTerms, book: Records, close_fills: Mapping[str, Record]
) -> float:
    """Take a reduction down from what is held, or let it wait; returns what the wallet gains."""
    match intent.action:
        case SubmitOrder(request=request) if request.order_type is OrderType.MARKET:
            position = book[terms.symbols.index(request.symbol)]
        case _:
            return 0.0
    fill = close_fills.get(request.symbol)
    if fill is None:
        position.exit_quantity = max(request.quantity, float(position.exit_quantity))
        return 0.0
    position.quantity, position.entry_price, realized = apply_fill(
        position.quantity, position.entry_price, fill.quantity, fill.price
    )
    return float(realized - fill.fee)


def _order(intent: Intent, request: OrderRequest, close_fills: Mapping[str, Record]) -> Order:
    order = Order(
        order_id=intent.intent_id,
        request=request,
        status=OrderStatus.NEW,
        created_at=intent.decided_at,
    )
    fill = close_fills.get(request.symbol)
    if fill is None or request.order_type is not OrderType.MARKET:
        return order
    return replace(
        order,
        status=OrderStatus.FILLED,
        filled_quantity=min(request.quantity, abs(float(fill.quantity))),
        average_price=float(fill.price),
    )


def _leverage_answered(
    intent: Intent, action: ChangeLeverage, terms: RunTerms, book: Records, wallet: float
) -> Intent:
    row, leverage = terms.symbols.index(action.symbol), action.leverage
    is_isolated = terms.account.margin_mode is MarginMode.ISOLATED
    change_leverage(book, row, wallet, is_isolated, leverage)
    if book[row].leverage == leverage:
        text = f"leverage of {action.account}:{action.symbol} set to {leverage:g}"
        return replace(intent, state=IntentState.DONE, detail=text)
    return replace(
        intent,
        state=IntentState.REFUSED,
        detail=f"{VENUE}: {_why_refused(book[row], terms, action, is_isolated=is_isolated)}",
    )


def _why_refused(
    position: Record, terms: RunTerms, action: ChangeLeverage, *, is_isolated: bool
) -> str:
    """Say why the paper exchange leaves a leverage as it is, in its words."""
    symbol, leverage = action.symbol, action.leverage
    largest = terms.instruments[symbol].maximum_leverage
    if not 1.0 <= leverage <= largest:
        return f"leverage of {symbol} lies between 1 and {largest:g}, was {leverage:g}"
    if is_isolated:
        return f"leverage of the isolated position in {symbol} cannot be lowered"
    notional = abs(float(position.quantity)) * float(position.mark_price)
    more = initial_margin(notional, leverage) - initial_margin(notional, float(position.leverage))
    return f"leverage {leverage:g} of {symbol} needs {more:.2f} more margin"
