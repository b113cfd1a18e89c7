"""The kill switch: halt everywhere, cancel entries, and on request flatten, until a person resumes.

What is left to do is worked out anew from each reading, so that it goes on after a crash, after an
answer that was lost, and when a venue comes back.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from etrms_core.domain.account import AccountState, Position
from etrms_core.domain.events import DeskEvent, DeskEventKind
from etrms_core.domain.identifiers import PORTFOLIO, PositionKey, client_order_id
from etrms_core.domain.intents import CancelById, Intent, IntentState, Origin, SubmitOrder
from etrms_core.domain.order import OrderRequest, OrderSide, OrderType
from etrms_core.engine.gate_context import is_reduction
from etrms_core.engine.memory import CycleMemory, KillSwitch
from etrms_core.engine.restrictions import Restriction, TradingState
from etrms_core.engine.settlement import is_refused_for_now
from etrms_core.kernels.breaker_state import ARMED

SOURCE = "kill_switch"
STRATEGY = "kill"


def engage(
    memory: CycleMemory, *, reason: str, flatten: bool, now: datetime
) -> tuple[CycleMemory, DeskEvent]:
    """Halt everything; a second call adds flattening but never takes it back."""
    standing = memory.kill_switch
    since = now if standing is None else standing.since
    wants_flat = flatten or (standing is not None and standing.flatten)
    is_done = standing is not None and standing.is_done and standing.flatten == wants_flat
    text = reason or ("no reason given" if standing is None else standing.reason)
    halt = Restriction(
        PORTFOLIO, TradingState.HALTED, since, None, SOURCE, f"the kill switch is on: {text}"
    )
    others = tuple(each for each in memory.restrictions if each.source != SOURCE)
    after = replace(
        memory,
        kill_switch=KillSwitch(since, text, wants_flat, is_done),
        restrictions=(halt, *others),
        blocks=(halt, *(each for each in memory.blocks if each.source != SOURCE)),
    )
    what = "entries are cancelled and positions closed" if wants_flat else "entries are cancelled"
    event = DeskEvent(
        now, DeskEventKind.TRADING_HALTED, SOURCE, f"trading is halted, {what}: {text}"
    )
    return after, event


def disengage(memory: CycleMemory, *, who: str, now: datetime) -> tuple[CycleMemory, DeskEvent]:
    """End the halt; what breakers restrict stays."""
    after = replace(
        memory,
        kill_switch=None,
        restrictions=tuple(each for each in memory.restrictions if each.source != SOURCE),
        blocks=tuple(each for each in memory.blocks if each.source != SOURCE),
    )
    return after, DeskEvent(now, DeskEventKind.TRADING_RESUMED, SOURCE, f"{who} resumed trading")


def finish(memory: CycleMemory, *, now: datetime) -> tuple[CycleMemory, tuple[DeskEvent, ...]]:
    """Note that nothing is left to do; the halt goes on."""
    kill = memory.kill_switch
    if kill is None or kill.is_done:
        return memory, ()
    kind = DeskEventKind.FLATTENED if kill.flatten else DeskEventKind.ENTRIES_CANCELLED
    text = "nothing is open any more" if kill.flatten else "no entry order is open any more"
    after = replace(memory, kill_switch=replace(kill, is_done=True))
    return after, (DeskEvent(now, kind, SOURCE, f"kill switch: {text}"),)


def is_complete(
    memory: CycleMemory, accounts: Sequence[AccountState], open_intents: Sequence[Intent]
) -> bool:
    """Whether every account, read after the switch was thrown, shows that all is done."""
    kill = memory.kill_switch
    if kill is None or kill.is_done or any(_is_ours(intent) for intent in open_intents):
        return False
    return all(
        _was_read_since(account, kill)
        and not (kill.flatten and account.positions)
        and not any(
            order.is_open and (kill.flatten or not is_reduction(order.request))
            for order in account.orders
        )
        for account in accounts
    )


def kill_intents(
    memory: CycleMemory,
    accounts: Sequence[AccountState],
    open_intents: Sequence[Intent],
    *,
    desk_id: str,
    now: datetime,
) -> tuple[Intent, ...]:
    """Plan what the kill switch still has to do at this reading, and end what nobody wants now.

    Closes that a venue refuses would be tried for ever. Those of the kill switch end when a person
    resumes, those of a breaker when it is armed again or the kill switch closes everything.

    Parameters
    ----------
    accounts : sequence of AccountState
        The last known state of every account; one that was not read after the switch was thrown
        is acted on as it was last seen, and never taken for flat.
    open_intents : sequence of Intent
        What is on its way already and is not sent twice.
    """
    unwanted = tuple(intent for intent in open_intents if _is_unwanted(intent, memory))
    ended = tuple(
        replace(intent, state=IntentState.ABANDONED, detail="no longer wanted: it was refused")
        for intent in unwanted
    )
    kill = memory.kill_switch
    if kill is None or kill.is_done:
        return ended
    left = tuple(intent for intent in open_intents if intent not in unwanted)
    return (*ended, *_wanted(kill, accounts, left, desk_id, now))


def _is_unwanted(intent: Intent, memory: CycleMemory) -> bool:
    if not is_refused_for_now(intent):
        return False
    is_flattening = memory.kill_switch is not None and memory.kill_switch.flatten
    if _is_ours(intent):
        return not is_flattening
    breakers = memory.breakers
    tripped = {
        key
        for key, state in zip(breakers.keys, breakers.memory["state"].tolist(), strict=True)
        if state != ARMED
    }
    causes = {(cause.rule_id, cause.scope) for cause in intent.causes}
    return is_flattening or not causes & tripped


def _wanted(
    kill: KillSwitch,
    accounts: Sequence[AccountState],
    open_intents: Sequence[Intent],
    desk_id: str,
    now: datetime,
) -> Iterator[Intent]:
    cancelling = _orders_being_cancelled(open_intents)
    closing = _positions_being_closed(open_intents)
    for account in accounts:
        is_flat = kill.flatten and _is_flat(account, kill, open_intents)
        orders = tuple(
            order.request.client_order_id
            for order in account.orders
            if order.is_open
            and (is_flat or not is_reduction(order.request))
            and order.request.client_order_id not in cancelling
        )
        if orders:
            action = CancelById(account.account, orders)
            nonce = _nonce(kill, f"cancel|{account.account}", now)
            yield _intent(action, f"et-{desk_id}-{STRATEGY}-{nonce}", now)
        if kill.flatten:
            for position in account.positions:
                key = account.key(position)
                if key not in closing:
                    request = _close_request(account, position, kill, desk_id, now)
                    yield _intent(SubmitOrder(request), request.client_order_id, now)


def _close_request(
    account: AccountState, position: Position, kill: KillSwitch, desk_id: str, now: datetime
) -> OrderRequest:
    nonce = _nonce(kill, f"close|{account.key(position)}", now)
    return OrderRequest(
        client_order_id=client_order_id(desk=desk_id, strategy=STRATEGY, nonce=nonce),
        account=account.account,
        symbol=position.symbol,
        side=OrderSide.SELL if position.quantity > 0.0 else OrderSide.BUY,
        order_type=OrderType.MARKET,
        quantity=abs(position.quantity),
        reduce_only=True,
        position_side=position.side,
    )


def _intent(action: CancelById | SubmitOrder, intent_id: str, now: datetime) -> Intent:
    return Intent(intent_id=intent_id, action=action, origin=Origin.KILL_SWITCH, decided_at=now)


def _is_ours(intent: Intent) -> bool:
    return intent.origin is Origin.KILL_SWITCH


def _is_flat(account: AccountState, kill: KillSwitch, open_intents: Sequence[Intent]) -> bool:
    busy = {key.account for key in _positions_being_closed(open_intents)}
    return not account.positions and account.account not in busy and _was_read_since(account, kill)


def _was_read_since(account: AccountState, kill: KillSwitch) -> bool:
    return account.observed_at is not None and account.observed_at > kill.since


def _orders_being_cancelled(open_intents: Sequence[Intent]) -> frozenset[str]:
    return frozenset(
        order_id
        for intent in open_intents
        if isinstance(intent.action, CancelById)
        for order_id in intent.action.client_order_ids
    )


def _positions_being_closed(open_intents: Sequence[Intent]) -> frozenset[PositionKey]:
    requests = (
        intent.action.request for intent in open_intents if isinstance(intent.action, SubmitOrder)
    )
    return frozenset(
        PositionKey(request.account, request.symbol, request.position_side)
        for request in requests
        if is_reduction(request) and request.order_type is OrderType.MARKET
    )


def _nonce(kill: KillSwitch, what: str, now: datetime) -> str:
    text = f"{kill.since.isoformat()}|{what}|{now.isoformat()}"
    return hashlib.sha256(text.encode()).hexdigest()[:12]
