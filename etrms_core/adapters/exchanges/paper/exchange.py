"""The built-in exchange: a venue without real money that behaves like one."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from math import isfinite
from threading import RLock

from etrms_core.adapters.exchanges.paper.account_settings import (
    change_leverage,
    change_margin_mode,
    move_money,
)
from etrms_core.adapters.exchanges.paper.account_view import account_view
from etrms_core.adapters.exchanges.paper.market_playback import Playback
from etrms_core.adapters.exchanges.paper.market_source import MarketSource, PaperStore
from etrms_core.adapters.exchanges.paper.order_checks import VENUE, reject
from etrms_core.adapters.exchanges.paper.order_entry import (
    cancel_order,
    clear_news,
    opened_account,
    place_order,
)
from etrms_core.adapters.exchanges.paper.pace import MarketPace
from etrms_core.adapters.exchanges.paper.quote_matching import take_market
from etrms_core.adapters.exchanges.paper.settlement import end_order
from etrms_core.adapters.exchanges.paper.state import PaperState
from etrms_core.adapters.exchanges.paper.terms import PaperTerms
from etrms_core.domain.account import AccountState, FlowKind, MarginMode
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.market_data import OrderBook, Quote
from etrms_core.domain.order import Order, OrderRequest, OrderStatus, OrderType, Rejection
from etrms_core.engine.ports import Clock
from etrms_core.errors import DomainError

SAVE_EVERY = timedelta(seconds=10)


class PaperExchange:
    """`ExchangePort` over a market source: matching, margin, funding and liquidation of our own.

    Prices move when somebody looks: every call first plays what happened since the last one. After
    more than an hour the missing time is played at hourly bars, so that stops and liquidations
    happen although nobody was there. Each change is stored before it is acknowledged.

    Parameters
    ----------
    account : str
        Name of the account on the desk.
    market : MarketSource
        Prices as a function of market time.
    clock : Clock
        Now, aware.
    pace : MarketPace or None
        How market time follows the clock when the account opens; None for the clock's own time.
        An account that the store knows goes on at its own pace.
    capital : float
        Deposit that opens an account which the store does not know, quote currency, above 0.
    store : PaperStore or None
        None keeps the account in memory only.
    """

    def __init__(
        self,
        account: str,
        *,
        market: MarketSource,
        clock: Clock,
        pace: MarketPace | None = None,
        capital: float = 10_000.0,
        terms: PaperTerms | None = None,
        store: PaperStore | None = None,
    ) -> None:
        self._account = account
        self._market = market
        self._clock = clock
        self._terms = terms or PaperTerms()
        self._store = store
        self._lock = RLock()
        self._quotes: Mapping[str, Quote] = {}
        self._saved_at: datetime | None = None
        known = None if store is None else store.load(account)
        self._state = known or self._opened(capital)
        now = clock()
        wanted = pace or MarketPace(now, now)
        self._state.pace = pace_from(self._state.pace, wanted, now=now)
        self._playback = Playback(market, self._terms, self._state.pace)

    @property
    def account(self) -> str:
        """Name of the account on the desk."""
        return self._account

    @property
    def venue(self) -> str:
        """Always `paper`."""
        return VENUE

    @property
    def is_paper(self) -> bool:
        """Always true."""
        return True

    def instruments(self) -> Mapping[str, Instrument]:
        """Contracts that can be traded, by symbol."""
        return self._market.instruments

    def fetch_account(self) -> AccountState:
        """Play the market up to now and show the account."""
        with self._lock:
            now = self._advance()
            return account_view(
                self._state,
                account=self._account,
                venue=self.venue,
                instruments=self._market.instruments,
                quotes=self._quotes,
                observed_at=now,
                pace=self._playback.pace,
            )

    def quotes(self) -> Mapping[str, Quote]:
        """Prices of all contracts now."""
        with self._lock:
            self._advance()
            return self._quotes

    def order_book(self, symbol: str) -> OrderBook:
        """Resting liquidity of one contract; OrderRejectedError for an unknown one."""
        if symbol not in self._market.instruments:
            raise reject(Rejection.UNKNOWN_SYMBOL, f"there is no contract {symbol!r}")
        return self._market.order_book(symbol, self._playback.pace.market_time(self._clock()))

    def create_order(self, request: OrderRequest) -> Order:
        """Take an order: market orders fill against the book at once, others rest."""
        with self._lock:
            now = self._advance()
            order = place_order(self._state, request, self._market.instruments, self._terms, at=now)
            if request.order_type is OrderType.MARKET:
                order = self._take(order, now)
            elif request.order_type is OrderType.LIMIT:
                order = self._match_now(order, now)
            self._save(now)
            return order

    def fetch_order(self, client_order_id: str) -> Order | None:
        """Look an order up by our id; None when the venue never saw it."""
        with self._lock:
            return self._state.used_ids.get(client_order_id)

    def cancel_order(self, client_order_id: str) -> Order:
        """Cancel an open order."""
        with self._lock:
            now = self._advance()
            order = cancel_order(self._state, client_order_id)
            self._save(now)
            return order

    def set_leverage(self, symbol: str, leverage: float) -> None:
        """Choose the leverage of a symbol, also of its open position."""
        with self._lock:
            now = self._advance()
            change_leverage(self._state, symbol, leverage, self._market.instruments)
            self._save(now)

    def set_margin_mode(self, symbol: str, mode: MarginMode) -> None:
        """Choose cross or isolated margin of a symbol; refused while a position is open."""
        with self._lock:
            now = self._advance()
            change_margin_mode(self._state, symbol, mode, self._market.instruments)
            self._save(now)

    def set_hedge_mode(self, *, enabled: bool) -> None:
        """Choose hedge or one-way mode; refused while anything is open."""
        with self._lock:
            if self._state.positions or self._state.orders:
                raise reject(
                    Rejection.POSITION_OPEN, "the position mode cannot change with open positions"
                )
            self._state.hedge_mode = enabled
            self._save(self._clock())

    def deposit(self, amount: float) -> None:
        """Add money, quote currency."""
        self._move_money(FlowKind.DEPOSIT, amount)

    def withdraw(self, amount: float) -> None:
        """Take money out; refused beyond what no position needs."""
        self._move_money(FlowKind.WITHDRAWAL, -amount)

    def _move_money(self, kind: FlowKind, amount: float) -> None:
        with self._lock:
            now = self._advance()
            move_money(self._state, kind, amount, at=now)
            self._save(now)

    def _opened(self, capital: float) -> PaperState:
        if not isfinite(capital) or capital <= 0.0:
            raise DomainError(f"a paper account opens with a capital above 0, was {capital}")
        state = opened_account(self._market.instruments, self._terms)
        move_money(state, FlowKind.DEPOSIT, capital, at=self._clock())
        return state

    def _take(self, order: Order, now: datetime) -> Order:
        return take_market(
            self._state,
            order,
            terms=self._terms,
            book=self.order_book,
            at=now,
        )

    def _match_now(self, order: Order, now: datetime) -> Order:
        request, quote = order.request, self._quotes[order.request.symbol]
        touch = quote.ask if request.side.sign > 0.0 else quote.bid
        if request.price is None or request.side.sign * (request.price - touch) < 0.0:
            return order
        if request.post_only:
            end_order(self._state, request.client_order_id, OrderStatus.EXPIRED)
            raise reject(
                Rejection.POST_ONLY,
                f"post-only {request.side.value} at {request.price:g} would take {touch:g}",
            )
        return self._take(order, now)

    def _advance(self) -> datetime:
        """Play the market up to now and return now."""
        now, state = self._clock(), self._state
        until = self._playback.pace.market_time(now)
        if state.last_seen_at is not None and until <= state.last_seen_at:
            return self._playback.pace.desk_time(state.last_seen_at)
        self._quotes = self._playback.play(state, until)
        happened = bool(state.news_fills or state.news_funding or state.news_orders)
        if happened or self._saved_at is None or now - self._saved_at >= SAVE_EVERY:
            self._save(now)
        return now

    def _save(self, now: datetime) -> None:
        if self._store is not None:
            self._store.save(self._account, self._state)
        clear_news(self._state)
        self._saved_at = now


def pace_from(known: MarketPace | None, wanted: MarketPace, *, now: datetime) -> MarketPace:
    """Go on at the pace of a known account; a changed speed counts from now."""
    if known is None:
        return wanted
    return known if known.speed == wanted.speed else known.with_speed(wanted.speed, now=now)
