"""The built-in exchange: a venue without real money that behaves like one."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
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
from etrms_core.adapters.exchanges.paper.order_checks import (
    VENUE,
    is_marketable,
    reject,
    require_in_time,
)
from etrms_core.adapters.exchanges.paper.order_entry import (
    cancel_order,
    clear_news,
    list_new_contracts,
    opened_account,
    place_order,
)
from etrms_core.adapters.exchanges.paper.pace import MarketPace
from etrms_core.adapters.exchanges.paper.quote_matching import take_market, touch_of
from etrms_core.adapters.exchanges.paper.state import PaperState
from etrms_core.adapters.exchanges.paper.terms import PaperTerms, Venue
from etrms_core.adapters.exchanges.paper.volatile_store import VolatileStore
from etrms_core.domain.account import AccountState, FlowKind, MarginMode
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.ledger import LedgerPage
from etrms_core.domain.market_data import OrderBook, Quote
from etrms_core.domain.order import Order, OrderRequest, OrderType, Rejection
from etrms_core.engine.ports import Clock
from etrms_core.errors import DomainError, ExchangeUnavailableError, StorageError

SAVE_EVERY = timedelta(seconds=10)


class PaperExchange:
    """`ExchangePort` over a market source: matching, margin, funding and liquidation of our own.

    Prices move when somebody looks: every call first plays what happened since the last one. After
    more than an hour the missing time is played at hourly bars, so that stops and liquidations
    happen although nobody was there. Each change is stored before it is acknowledged; while the
    store fails, every method raises ExchangeUnavailableError. What could not be stored did not
    happen: the next call begins at what the store holds then, another process's changes included.

    A contract that the market no longer lists takes no orders, and a position in it has no mark
    price; its last one still counts for margin.

    Parameters
    ----------
    account : str
        Name of the account on the desk.
    market : MarketSource
        Prices as a function of market time.
    clock : Clock
        Now, aware.
    pace : MarketPace or None
        How market time follows the clock when the account opens. An account that the store knows
        goes on where it was, at this speed from now on. None for the clock's own time, or for the
        pace of the known account.
    capital : float
        Deposit that opens an account which the store does not know, quote currency, above 0.
    store : PaperStore or None
        None keeps the account in memory only.
    """

    def __init__(  # noqa: PLR0913 (the composition root chooses each of them on its own)
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
        self._store = store or VolatileStore()
        self._capital = capital
        self._wanted_pace = pace
        self._lock = RLock()
        self._load()

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
                instruments=self._market.instruments,
                observed_at=now,
                quotes=self._quotes,
                pace=self._playback.pace,
            )

    def ledger(self, *, since: datetime, limit: int = 1_000) -> LedgerPage:
        """Read what moved the money from `since` on; the market is played up to now before."""
        with self._lock:
            self._advance()
        with _store_as_venue("read"):
            return self._store.ledger(self._account, since=since, limit=limit)

    def quotes(self) -> Mapping[str, Quote]:
        """Prices of all contracts now."""
        with self._lock:
            self._advance()
            return self._quotes

    def order_book(self, symbol: str) -> OrderBook:
        """Resting liquidity of one contract; OrderRejectedError for an unknown one."""
        if symbol not in self._market.instruments:
            raise reject(Rejection.UNKNOWN_SYMBOL, f"there is no contract {symbol!r}")
        with self._lock:
            self._advance()
            return self._book(symbol)

    def create_order(self, request: OrderRequest, *, deadline: datetime | None = None) -> Order:
        """Take an order: market orders fill against the book at once, others rest."""
        if request.account != self._account:
            raise DomainError(f"{self._account} got an order for the account {request.account!r}")
        with self._lock:
            now = self._advance()
            # Playing a long gap takes time, in which a deadline can pass.
            require_in_time(deadline, now=max(now, self._clock()))
            quote = self._quotes.get(request.symbol)
            touch = None if quote is None else touch_of(quote, request)
            order = place_order(
                self._state,
                request,
                self._market.instruments,
                self._terms,
                touch=touch,
                at=now,
            )
            is_taker = touch is not None and is_marketable(request, touch)
            if request.order_type is OrderType.MARKET or is_taker:
                venue = Venue(self._market.instruments, self._terms)
                order = take_market(self._state, order, venue=venue, book=self._book, at=now)
            self._save(now)
            return order

    def fetch_order(self, client_order_id: str) -> Order | None:
        """Look the newest order with our id up; None when the venue never saw one."""
        with self._lock:
            self._advance()
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
            now = self._advance()
            if self._state.positions or self._state.orders:
                raise reject(
                    Rejection.POSITION_OPEN, "the position mode cannot change with open positions"
                )
            self._state.hedge_mode = enabled
            self._save(now)

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

    def _load(self) -> None:
        self._state = self._store.load(self._account) or self._opened(self._capital)
        list_new_contracts(self._state, self._market.instruments, self._terms)
        now = self._clock()
        self._state.pace = pace_from(self._state.pace, self._wanted_pace, now=now)
        self._playback = Playback(self._market, self._terms, self._state.pace)
        self._quotes: Mapping[str, Quote] = {}
        self._saved_at: datetime | None = None
        self._is_in_doubt = False

    def _opened(self, capital: float) -> PaperState:
        if not isfinite(capital) or capital <= 0.0:
            raise DomainError(f"a paper account opens with a capital above 0, was {capital}")
        state = opened_account(self._market.instruments, self._terms)
        move_money(state, FlowKind.DEPOSIT, capital, at=self._clock())
        return state

    def _book(self, symbol: str) -> OrderBook:
        return self._market.order_book(symbol, self._seen_at())

    def _seen_at(self) -> datetime:
        return self._state.last_seen_at or self._playback.pace.market_time(self._clock())

    def _advance(self) -> datetime:
        """Play the market up to now and return now, which never goes back."""
        if self._is_in_doubt:
            with _store_as_venue("loaded"):
                self._load()
        now, state, pace = self._clock(), self._state, self._playback.pace
        until = pace.market_time(now)
        if state.last_seen_at is None or until > state.last_seen_at:
            self._quotes = self._playback.play(state, until)
        else:
            now = max(now, pace.desk_time(state.last_seen_at))
            self._quotes = self._quotes or self._market.quotes(state.last_seen_at)
        if self._is_due(now):
            self._save(now)
        return now

    def _is_due(self, now: datetime) -> bool:
        state = self._state
        happened = bool(state.news_fills or state.news_funding or state.news_orders)
        return happened or self._saved_at is None or now - self._saved_at >= SAVE_EVERY

    def _save(self, now: datetime) -> None:
        self._is_in_doubt = True
        with _store_as_venue("stored"):
            self._store.save(self._account, self._state)
        self._is_in_doubt = False
        clear_news(self._state)
        self._saved_at = now


@contextmanager
def _store_as_venue(done: str) -> Iterator[None]:
    try:
        yield
    except StorageError as error:
        raise ExchangeUnavailableError(
            f"the paper account could not be {done}: {error}", venue=VENUE
        ) from error


def pace_from(known: MarketPace | None, wanted: MarketPace | None, *, now: datetime) -> MarketPace:
    """Go on at the pace of a known account; a changed speed counts from now."""
    if known is None:
        return wanted or MarketPace(now, now)
    if wanted is None or known.speed == wanted.speed:
        return known
    return known.with_speed(wanted.speed, now=now)
