"""The one way out to venues: everything passes the gate and is written down before it is sent.

decide -> store the intent -> store that it is sent, with a deadline -> send -> store the answer.
An answer that does not come, or cannot be read, leaves the intent as sent: a look at the venue
settles it. The process may die anywhere in between.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from threading import Lock
from typing import Protocol

import structlog

from etrms_core.domain.events import Event
from etrms_core.domain.identifiers import client_order_id
from etrms_core.domain.intents import (
    CancelById,
    ChangeLeverage,
    Intent,
    IntentState,
    Origin,
    SubmitOrder,
)
from etrms_core.domain.lease import Lease
from etrms_core.domain.order import Order, OrderRequest
from etrms_core.engine.gate_context import Refusal
from etrms_core.engine.intent_events import intent_events
from etrms_core.engine.ports import Clock, ExchangePort
from etrms_core.engine.settlement import (
    DEFAULT_PATIENCE,
    Patience,
    after_answer,
    after_look,
    after_rejection,
    mark_sent,
)
from etrms_core.errors import (
    DomainError,
    EtrmsError,
    ExchangeError,
    ExchangeUnavailableError,
    LeaseLostError,
    OrderRefusedError,
    OrderRejectedError,
    StorageError,
)
from etrms_core.services.cancelling import cancel_all

log = structlog.get_logger(__name__)


class IntentSink(Protocol):
    """Where intents are written down; every method returns only when that is durable."""

    def add_intent(self, intent: Intent, *, lease: Lease) -> bool:
        """Store a new intent; False when its id is known."""

    def update_intent(self, intent: Intent, *, lease: Lease) -> None:
        """Store how far a known one has come."""

    def find_intent(self, intent_id: str) -> Intent | None:
        """Return an intent as it was stored last."""

    def append_events(self, events: Sequence[Event]) -> None:
        """Store what happened to a person's order."""


class Gate(Protocol):
    """What every intent passes right before it is written down as sent."""

    def require(self, intent: Intent) -> Intent:
        """Return the intent as it may go out; OrderRefusedError when it may not."""


class OrderDesk:
    """Sends intents and settles those whose fate is unknown.

    Parameters
    ----------
    exchanges : mapping of str to ExchangePort
        By account name.
    lease : Lease
        The right to act; another holder's larger number makes every write, and so every order,
        fail with LeaseLostError.
    desk_id : str
        Four characters that mark this desk's orders.
    after_order : callable
        Called with every order that a venue took.
    patience : Patience
        How long the fate of a request stays open.
    """

    def __init__(  # noqa: PLR0913 (the composition root chooses each of them on its own)
        self,
        exchanges: Mapping[str, ExchangePort],
        *,
        sink: IntentSink,
        gate: Gate,
        lease: Lease,
        clock: Clock,
        desk_id: str,
        after_order: Callable[[Order], None] = lambda order: None,
        patience: Patience = DEFAULT_PATIENCE,
    ) -> None:
        self._exchanges = exchanges
        self._sink = sink
        self._gate = gate
        self._lease = lease
        self._clock = clock
        self._desk_id = desk_id
        self._after_order = after_order
        self._patience = patience
        self._lock = Lock()
        self._under_way: set[str] = set()

    def order_id(self, *, strategy: str, nonce: str) -> str:
        """Compose a client order id of this desk."""
        return client_order_id(desk=self._desk_id, strategy=strategy, nonce=nonce)

    def submit(self, request: OrderRequest, *, origin: Origin = Origin.PERSON) -> Order:
        """Send an order and return it as the venue took it.

        Raises
        ------
        DomainError
            If there is no such account, or the venue cannot even read the order.
        OrderRefusedError
            If the gate stops it; nothing was sent.
        OrderRejectedError
            If the venue says no.
        ExchangeUnavailableError
            If nobody knows what became of it; the desk goes on looking.
        LeaseLostError
            If another process acts for the desk now; nothing was sent.
        """
        intent = Intent(
            intent_id=request.client_order_id,
            action=SubmitOrder(request),
            origin=origin,
            decided_at=self._clock(),
        )
        self._exchange(request.account)
        with self._claimed(intent) as is_ours:
            self._admit(intent, is_ours=is_ours)
            settled, answer = self._send(intent)
        if origin is Origin.PERSON:
            self._tell(settled)
        if isinstance(answer, EtrmsError):
            raise answer
        if answer is None:
            raise ExchangeUnavailableError(settled.detail, venue=request.account)
        return answer

    def _admit(self, intent: Intent, *, is_ours: bool) -> None:
        """Let an intent through the gate and write it down; a person's refusal is an event."""
        try:
            self._gate.require(intent)
            self._write_down(intent, is_ours=is_ours)
        except OrderRefusedError as error:
            if intent.origin is Origin.PERSON:
                self._tell(replace(intent, state=IntentState.REFUSED, detail=str(error)))
            raise

    def _tell(self, intent: Intent) -> None:
        try:
            self._sink.append_events(intent_events(intent, now=self._clock()))
        except StorageError:
            # The person hears the answer itself, which counts for more.
            log.exception("an order's event could not be stored", order=intent.intent_id)

    def _write_down(self, intent: Intent, *, is_ours: bool) -> None:
        if not is_ours or not self._sink.add_intent(intent, lease=self._lease):
            text = f"an order {intent.intent_id} was sent before"
            raise OrderRefusedError(text, code=Refusal.DUPLICATE)

    def advance(self, intent: Intent) -> tuple[Intent, tuple[Event, ...]]:
        """Bring an open intent on: send what is decided, look for what was sent.

        Returns it as it stands now, with the events that say so; unchanged while another thread
        has it in hand.
        """
        with self._claimed(intent) as is_ours:
            # Between the caller's reading and now another thread may have finished it.
            known = self._sink.find_intent(intent.intent_id) if is_ours else None
            if known is None or not known.is_open:
                return intent, ()
            after = self._sent_or_settled(known)
        # A cancellation is repeated every cycle while a venue is down: it is told once.
        is_told_already = known.attempts > 0 and not isinstance(known.action, SubmitOrder)
        is_unknown = after.state is IntentState.SENT and after.attempts > known.attempts
        is_news = not after.is_open or (is_unknown and not is_told_already)
        return after, intent_events(after, now=self._clock()) if is_news else ()

    def _sent_or_settled(self, intent: Intent) -> Intent:
        try:
            exchange = self._exchange(intent.account)
        except DomainError as error:
            return self._end(intent, str(error))
        if intent.state is IntentState.SENT and isinstance(intent.action, SubmitOrder):
            looked = self._look(intent, intent.action.request, exchange)
            if looked.state is not IntentState.DECIDED:
                return looked
            intent = looked
        if not intent.is_protective and intent.attempts == 0:
            return self._end(intent, "the desk stopped before it was sent")
        try:
            intent = self._gate.require(intent)
        except OrderRefusedError as error:
            return self._stored(replace(intent, state=IntentState.REFUSED, detail=str(error)))
        return self._send(intent)[0]

    def _look(self, intent: Intent, request: OrderRequest, exchange: ExchangePort) -> Intent:
        try:
            found = exchange.fetch_order(request.client_order_id)
        except ExchangeError as error:
            log.info("an order cannot be looked up", order=intent.intent_id, reason=str(error))
            return intent
        after = after_look(intent, found, now=self._clock(), patience=self._patience)
        if found is not None:
            self._after_order(found)
        is_sent_again = after.state is IntentState.DECIDED
        return after if after == intent or is_sent_again else self._stored(after)

    def _send(self, intent: Intent) -> tuple[Intent, Order | EtrmsError | None]:
        sent = mark_sent(intent, now=self._clock(), patience=self._patience)
        self._sink.update_intent(sent, lease=self._lease)
        if sent.deadline_at is None or self._clock() >= sent.deadline_at:
            return sent, None  # the process slept in between; a look will tell
        try:
            answer = self._perform(sent)
        except OrderRejectedError as error:
            settled = after_rejection(sent, code=error.code, reason=str(error))
            return self._stored_answer(settled), error
        except ExchangeError as error:
            return self._stored_answer(replace(sent, detail=f"no answer: {error}")), error
        except DomainError as error:
            settled = replace(sent, state=IntentState.REFUSED, detail=str(error))
            return self._stored_answer(settled), error
        if isinstance(answer, Order):
            settled = self._stored_answer(after_answer(sent, answer))
            self._after_order(answer)
            return settled, answer
        return self._stored_answer(replace(sent, state=IntentState.DONE, detail=answer)), None

    def _exchange(self, account: str) -> ExchangePort:
        if account not in self._exchanges:
            raise DomainError(f"there is no account {account!r}, only {sorted(self._exchanges)}")
        return self._exchanges[account]

    def _perform(self, intent: Intent) -> Order | str:
        exchange = self._exchange(intent.account)
        match intent.action:
            case SubmitOrder(request=request):
                return exchange.create_order(request, deadline=intent.deadline_at)
            case CancelById(account=account, client_order_ids=order_ids):
                cancelled = cancel_all(exchange, order_ids)
                return f"{cancelled} orders of {account} cancelled"
            case ChangeLeverage(account=account, symbol=symbol, leverage=leverage):
                exchange.set_leverage(symbol, leverage)
                return f"leverage of {account}:{symbol} set to {leverage:g}"

    def _end(self, intent: Intent, reason: str) -> Intent:
        return self._stored(replace(intent, state=IntentState.ABANDONED, detail=reason))

    def _stored(self, intent: Intent) -> Intent:
        self._sink.update_intent(intent, lease=self._lease)
        return intent

    def _stored_answer(self, intent: Intent) -> Intent:
        try:
            return self._stored(intent)
        except (StorageError, LeaseLostError):
            # The venue has answered; what is stored still says "sent", and a look will tell.
            log.exception("an answer could not be stored", order=intent.intent_id)
            return intent

    @contextmanager
    def _claimed(self, intent: Intent) -> Iterator[bool]:
        with self._lock:
            is_ours = intent.intent_id not in self._under_way
            self._under_way.add(intent.intent_id)
        try:
            yield is_ours
        finally:
            if is_ours:
                with self._lock:
                    self._under_way.discard(intent.intent_id)
