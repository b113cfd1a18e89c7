"""The gate with what it has to know: limits, restrictions, accounts, prices, recent orders."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from threading import Lock

from etrms_core.domain.account import AccountState
from etrms_core.domain.identifiers import PositionSide, strategy_of
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.intents import Intent, Origin, SubmitOrder
from etrms_core.domain.limits import Limits
from etrms_core.domain.order import OrderRequest, OrderType
from etrms_core.engine.gate import capped_quantity, check_order, is_reduction
from etrms_core.engine.gate_context import GateContext, RecentOrder, RefusedOrder, position_of
from etrms_core.engine.gate_sizes import added_notional
from etrms_core.engine.ports import Clock, ExchangePort
from etrms_core.engine.restrictions import Restriction
from etrms_core.engine.settlement import is_refused_for_now
from etrms_core.errors import EtrmsError, OrderRefusedError

REMEMBERED = timedelta(minutes=1)
NO_ROUNDING = 0.0
OWN = frozenset({Origin.BREAKER, Origin.KILL_SWITCH})


@dataclass(frozen=True, slots=True)
class DeskView:
    """The desk as the gate sees it at this moment.

    Attributes
    ----------
    equity, gross_notional : float or None
        Of the whole portfolio, USD.
    in_flight : tuple of Intent
        Open ones, of which something may still come.
    storage_trouble : str or None
        What is wrong with the database.
    """

    accounts: Mapping[str, AccountState]
    restrictions: tuple[Restriction, ...]
    equity: float | None
    gross_notional: float | None
    in_flight: tuple[Intent, ...]
    storage_trouble: str | None = None


class GateKeeper:
    """Lets an intent out or refuses it; one at a time, so that two orders see each other."""

    def __init__(
        self,
        exchanges: Mapping[str, ExchangePort],
        *,
        limits: Callable[[], Limits],
        view: Callable[[], DeskView],
        clock: Clock,
        stale_after_seconds: float,
    ) -> None:
        self._exchanges = exchanges
        self._limits = limits
        self._view = view
        self._clock = clock
        self._stale_after = stale_after_seconds
        self._turn = Lock()
        self._recent: list[RecentOrder] = []

    def require(self, intent: Intent) -> Intent:
        """Return the intent as it may go out: a reduction is never larger than what is live.

        Raises
        ------
        OrderRefusedError
            With the code and the sentence of the check that it fails.
        """
        if not isinstance(intent.action, SubmitOrder):
            return intent
        with self._turn:
            request, context = self._met(intent.action.request, intent)
            refused = check_order(request, context)
            if refused is not None:
                raise OrderRefusedError(refused.sentence, code=refused.code)
            added = added_notional(request, context)
            self._recent.append(RecentOrder(context.now, request, added))
        return replace(intent, action=SubmitOrder(request))

    def check(self, intent: Intent) -> RefusedOrder | None:
        """Say why an intent would be refused now, None when it would pass; nothing remembers it."""
        if not isinstance(intent.action, SubmitOrder):
            return None
        with self._turn:
            return check_order(*self._met(intent.action.request, intent))

    def _met(self, request: OrderRequest, intent: Intent) -> tuple[OrderRequest, GateContext]:
        context = self._context(request, intent, self._view())
        return _capped(request, intent, context), context

    def _context(self, request: OrderRequest, intent: Intent, view: DeskView) -> GateContext:
        now = self._clock()
        unread = tuple(each for each in self._recent if _is_unread(each, view.accounts))
        self._recent = [
            each for each in self._recent if now - each.sent_at <= REMEMBERED or each in unread
        ]
        account = view.accounts.get(request.account)
        return GateContext(
            limits=self._limits(),
            restrictions=view.restrictions,
            account=account,
            instrument=self._instrument(request),
            mark_price=self._mark_price(request, account),
            equity=view.equity,
            gross_notional=view.gross_notional,
            strategy=strategy_of(request.client_order_id),
            recent=tuple(self._recent),
            unread=unread,
            now=now,
            stale_after_seconds=self._stale_after,
            reserved=_reserved(request, intent, view.in_flight),
            storage_trouble=view.storage_trouble,
        )

    def _instrument(self, request: OrderRequest) -> Instrument | None:
        exchange = self._exchanges.get(request.account)
        try:
            return None if exchange is None else exchange.instruments().get(request.symbol)
        except EtrmsError:
            return None

    def _mark_price(self, request: OrderRequest, account: AccountState | None) -> float | None:
        position = None if account is None else position_of(account, request)
        if position is not None:
            return position.mark_price
        exchange = self._exchanges.get(request.account)
        try:
            quote = None if exchange is None else exchange.quotes().get(request.symbol)
        except EtrmsError:
            return None
        return None if quote is None else quote.mark_price


def _capped(request: OrderRequest, intent: Intent, context: GateContext) -> OrderRequest:
    """Shrink what the desk itself decided to what is live now; a person's order is refused."""
    if not (is_reduction(request) and intent.origin in OWN) or context.account is None:
        return request
    position = position_of(context.account, request)
    lot = NO_ROUNDING if context.instrument is None else context.instrument.lot_size
    left = capped_quantity(request, position, context.reserved, lot)
    return replace(request, quantity=left) if 0.0 < left < request.quantity else request


def _reserved(request: OrderRequest, intent: Intent, in_flight: tuple[Intent, ...]) -> float:
    """Sum what reductions on their way may still take from a leg.

    A net position needs none: there venues keep every reduce-only order from flipping it, and what
    an order of unknown fate has taken already would be counted twice. What the venue has refused
    takes nothing while it waits for its next try.
    """
    if request.position_side is PositionSide.NET:
        return 0.0
    others = (
        each.action.request
        for each in in_flight
        if isinstance(each.action, SubmitOrder)
        and each.intent_id != intent.intent_id
        and each.attempts > 0
        and not is_refused_for_now(each)
    )
    return sum(
        other.quantity
        for other in others
        if is_reduction(other)
        and other.order_type is OrderType.MARKET
        and (other.account, other.symbol, other.position_side)
        == (request.account, request.symbol, request.position_side)
    )


def _is_unread(order: RecentOrder, accounts: Mapping[str, AccountState]) -> bool:
    account = accounts.get(order.request.account)
    read_at = None if account is None else account.observed_at
    return read_at is None or order.sent_at >= read_at
