"""What a person does to open positions and orders: first what it would do, then doing it once."""

import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from math import isnan

from etrms_core.domain.account import AccountState, Position
from etrms_core.domain.identifiers import MANUAL, PositionKey
from etrms_core.domain.intents import CancelById, Intent, IntentState, Origin, SubmitOrder
from etrms_core.domain.order import OrderRequest, OrderSide, OrderStatus
from etrms_core.engine.gate_context import Refusal, is_reduction
from etrms_core.engine.intent_events import describe, order_sentence
from etrms_core.engine.ports import Clock, ExchangePort
from etrms_core.engine.position_orders import capped_request, plan_orders, taker_fee_rate
from etrms_core.engine.position_wishes import PositionReading, Wish
from etrms_core.engine.storage_ports import IntentLog
from etrms_core.errors import (
    DomainError,
    ExchangeError,
    LeaseLostError,
    OrderRefusedError,
    OrderRejectedError,
    StorageError,
)
from etrms_core.risk.protection import is_last_stop
from etrms_core.services.guard import Guard
from etrms_core.services.position_outcomes import (
    CancelPreview,
    NotActing,
    OrderOutcome,
    Outcome,
    PositionPreview,
    Refused,
    Rejected,
    Sent,
    Unknown,
    known_outcome,
)
from etrms_core.services.position_readings import (
    found_position,
    instrument_of,
    opposite_levels,
    position_at,
)
from etrms_core.services.risk_state import RiskState

NONCE_BYTES = 6
# The newest entries of the log among which a person's own are looked for.
LOOKED_THROUGH = 300
MOST_OF_A_MINUTE = 10_000
UNDER_WAY = "it is on its way already; the desk goes on looking"


class PositionActions:
    """Closes, reduces and protects positions and cancels orders for a person.

    Every order goes through the one order desk. Its id is made when the preview is, so that a
    preview which is carried out three times, or after a crash, is one order.

    Parameters
    ----------
    guard : callable
        Returns the one that acts; LeaseLostError in a process that does not.
    find : callable
        Returns what is written of an order by its id.
    state : callable
        Returns the newest state, for the liquidation prices.
    nonce : callable
        Makes a short word that is never made again.
    """

    def __init__(
        self,
        guard: Callable[[], Guard],
        intents: IntentLog,
        *,
        find: Callable[[str], Intent | None],
        state: Callable[[], RiskState | None],
        clock: Clock,
        nonce: Callable[[], str] = lambda: secrets.token_hex(NONCE_BYTES),
    ) -> None:
        self._guard = guard
        self._intents = intents
        self._find = find
        self._state = state
        self._clock = clock
        self._nonce = nonce

    def new_nonce(self) -> str:
        """Make what tells one action of a person from all others."""
        return self._nonce()

    def preview(self, key: PositionKey, wish: Wish, *, nonce: str | None = None) -> PositionPreview:
        """Measure what an action would send and what the gate would say to it; send nothing.

        Parameters
        ----------
        nonce : str or None
            That of an earlier preview of the same action; None makes a new one.

        Raises
        ------
        DomainError
            If nothing is open there, or the wish cannot be an order.
        LeaseLostError
            If another process acts for the desk.
        """
        guard, nonce = self._guard(), nonce or self._nonce()
        account, position = found_position(guard, key)
        plan = plan_orders(
            wish,
            self._reading(guard, account, key, position),
            order_id=lambda letter: guard.orders.order_id(
                strategy=MANUAL, nonce=f"{nonce}{letter}"
            ),
        )
        return PositionPreview(
            nonce=nonce,
            key=key,
            wish=wish,
            position=position,
            plan=plan,
            verdicts=tuple(guard.check(self._intent(each.request)) for each in plan.orders),
            measured_at=self._clock(),
        )

    def carry_out(self, preview: PositionPreview) -> tuple[OrderOutcome, ...]:
        """Send what a preview showed, capped by what is open now, each order once for ever."""
        return tuple(self._carry_out(each.request, preview.key) for each in preview.plan.orders)

    def outcomes(self, preview: PositionPreview) -> tuple[OrderOutcome, ...]:
        """Say what became of a preview that was carried out, by what is written down."""
        requests = (each.request for each in preview.plan.orders)
        return tuple(OrderOutcome(each, self._stored_outcome(each)) for each in requests)

    def preview_cancel(self, account: str, client_order_id: str) -> CancelPreview:
        """Find an order that would be cancelled; DomainError when it is not open any more."""
        guard = self._guard()
        state = guard.accounts().get(account)
        orders = () if state is None else state.orders
        for order in orders:
            if order.request.client_order_id == client_order_id and order.is_open:
                nonce = f"{self._nonce()}c"
                return CancelPreview(
                    intent_id=guard.orders.order_id(strategy=MANUAL, nonce=nonce),
                    order=order,
                    is_last_stop=state is not None and is_last_stop(order, state),
                )
        raise DomainError(f"the order {client_order_id} is not open any more on {account}")

    def cancel(self, preview: CancelPreview) -> Outcome:
        """Cancel an order; carrying the same preview out again changes nothing."""
        request = preview.order.request
        intent = Intent(
            intent_id=preview.intent_id,
            action=CancelById(request.account, (request.client_order_id,)),
            origin=Origin.PERSON,
            decided_at=self._clock(),
        )
        try:
            guard = self._guard()
            after = guard.carry_out(intent)
        except LeaseLostError as error:
            return NotActing(str(error))
        except StorageError as error:
            return Refused(str(error), code=Refusal.STORAGE_TROUBLE)
        if after.state is IntentState.DONE:
            return _ended(guard.exchange(request.account), request)
        return known_outcome(after)

    def recent(self, *, limit: int = 20) -> tuple[Intent, ...]:
        """Return what persons asked for lately and how it stands, newest first."""
        own = (
            each
            for each in self._intents.recent(limit=LOOKED_THROUGH)
            if each.origin is Origin.PERSON
        )
        return tuple(own)[:limit]

    def entries_sent(self, *, since: datetime) -> int:
        """Count what the limit of orders per minute counts: what left the desk and adds risk."""
        decided = self._intents.recent(since=since, limit=MOST_OF_A_MINUTE)
        return sum(
            isinstance(each.action, SubmitOrder)
            and each.attempts > 0
            and not is_reduction(each.action.request)
            for each in decided
        )

    def _reading(
        self, guard: Guard, account: AccountState, key: PositionKey, position: Position
    ) -> PositionReading:
        exchange = guard.exchange(key.account)
        side = OrderSide.SELL if position.quantity > 0.0 else OrderSide.BUY
        own_fills = [fill for fill in account.fills if fill.symbol == key.symbol]
        return PositionReading(
            key=key,
            position=position,
            orders=account.orders,
            instrument=instrument_of(exchange, key.symbol),
            opposite=opposite_levels(exchange, key.symbol, side),
            taker_fee=taker_fee_rate(own_fills or account.fills),
            liquidation_price=self._liquidation_price(key),
        )

    def _liquidation_price(self, key: PositionKey) -> float | None:
        state = self._state()
        if state is None or key not in state.snapshot.table.keys:
            return None
        row = state.snapshot.table.keys.index(key)
        price = float(state.snapshot.positions.liquidation_price[row])
        return None if isnan(price) else price

    def _carry_out(self, request: OrderRequest, key: PositionKey) -> OrderOutcome:
        try:
            guard = self._guard()
            known = self._known(request)
            if known is not None:
                return OrderOutcome(request, known_outcome(known))
            instrument = instrument_of(guard.exchange(key.account), key.symbol)
            lot_size = 0.0 if instrument is None else instrument.lot_size
            capped = capped_request(request, position_at(guard, key), lot_size=lot_size)
            if capped is None:
                text = f"nothing of {key} is open any more that it would close"
                return self._kept(guard, request, Refused(text, code=Refusal.NOT_REDUCING))
            return self._submitted(guard, capped)
        except LeaseLostError as error:
            return OrderOutcome(request, NotActing(str(error)))
        except StorageError as error:
            return OrderOutcome(request, Refused(str(error), code=Refusal.STORAGE_TROUBLE))

    def _submitted(self, guard: Guard, request: OrderRequest) -> OrderOutcome:
        try:
            order = guard.orders.submit(request)
        except OrderRefusedError as error:
            if error.code == Refusal.DUPLICATE:
                return OrderOutcome(request, self._stored_outcome(request))
            return self._kept(guard, request, Refused(str(error), code=error.code))
        except OrderRejectedError as error:
            stored = self._stored_outcome(request)
            # What came too late is looked for and sent again: it is not over yet.
            is_open = isinstance(stored, Unknown)
            return OrderOutcome(request, stored if is_open else Rejected(str(error), error.code))
        except ExchangeError as error:
            return OrderOutcome(request, Unknown(str(error)))
        except DomainError as error:
            return OrderOutcome(request, Refused(str(error)))
        return OrderOutcome(request, Sent(order_sentence(order), order))

    def _stored_outcome(self, request: OrderRequest) -> Outcome:
        known = self._known(request)
        return Unknown(UNDER_WAY) if known is None else known_outcome(known)

    def _known(self, request: OrderRequest) -> Intent | None:
        # While the database cannot be read the order desk's own log still knows what it sent.
        with suppress(StorageError):
            return self._find(request.client_order_id)
        return None

    def _kept(self, guard: Guard, request: OrderRequest, refused: Refused) -> OrderOutcome:
        """Write a refusal down beside the orders, so that the person finds it there."""
        intent = replace(self._intent(request), state=IntentState.REFUSED, detail=refused.detail)
        with suppress(StorageError):
            guard.carry_out(intent)
        return OrderOutcome(request, refused)

    def _intent(self, request: OrderRequest) -> Intent:
        return Intent(
            intent_id=request.client_order_id,
            action=SubmitOrder(request),
            origin=Origin.PERSON,
            decided_at=self._clock(),
        )


def _ended(exchange: ExchangePort, request: OrderRequest) -> Outcome:
    """Tell a cancelled order from one that filled in the meantime."""
    what = describe(SubmitOrder(request))
    try:
        order = exchange.fetch_order(request.client_order_id)
    except ExchangeError:
        order = None
    if order is None:
        return Sent(f"{what} is not open any more")
    if order.status is OrderStatus.FILLED:
        return Rejected(f"nothing was left to cancel: {order_sentence(order)}", "unknown_order")
    filled = f" after {order.filled_quantity:g} of it were filled" if order.filled_quantity else ""
    return Sent(f"{what} is cancelled{filled}", order)
