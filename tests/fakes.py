"""Hand-written stand-ins for what lies outside the core."""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from datetime import UTC, datetime, timedelta

from etrms_core.adapters.exchanges.paper.ledger import NewsBook, page_of
from etrms_core.adapters.exchanges.paper.state import PaperState
from etrms_core.domain.account import AccountState, MarginMode
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.ledger import LedgerEntry, LedgerPage
from etrms_core.domain.market_data import Bar, BookLevel, FundingSettlement, OrderBook, Quote
from etrms_core.domain.order import Order, OrderRequest, OrderStatus
from etrms_core.errors import OrderRejectedError, StorageError
from tests.storage_fakes import (
    InMemoryDeskStore,
    InMemoryIntentLog,
    InMemoryJournal,
    InMemoryLeaseStore,
    InMemoryLimitsStore,
    InMemoryOwnerStore,
    in_memory_stores,
)

# Told on from their own module, so that a test finds every fake here.
__all__ = [
    "InMemoryDeskStore",
    "InMemoryIntentLog",
    "InMemoryJournal",
    "InMemoryLeaseStore",
    "InMemoryLimitsStore",
    "InMemoryOwnerStore",
    "in_memory_stores",
]


class ManualClock:
    """A clock that stands until it is told to move."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **duration: float) -> None:
        """Move by a `timedelta` of these units."""
        self.now += timedelta(**duration)


class ScriptedMarket:
    """A `MarketSource` whose marks are steps that a test writes down.

    The bid lies `half_spread` below the mark and the ask as much above it; each side of the book
    has one level of every size in `sizes`, `gap` apart. Hourly bars follow from the marks.
    """

    def __init__(
        self,
        start: datetime,
        marks: Mapping[str, float],
        *,
        instruments: Sequence[Instrument] = (),
        half_spread: float = 0.05,
        sizes: Sequence[float] = (1_000.0,),
        gap: float = 0.1,
    ) -> None:
        contracts = instruments or [Instrument(symbol) for symbol in marks]
        self.instruments: dict[str, Instrument] = {each.symbol: each for each in contracts}
        self.half_spread = half_spread
        self.sizes = sizes
        self.gap = gap
        self.settlements: list[FundingSettlement] = []
        self._steps: dict[str, list[tuple[datetime, float]]] = {
            symbol: [(start, mark)] for symbol, mark in marks.items()
        }

    def move(self, at: datetime, **marks: float) -> None:
        """From `at` on the symbols have these marks; written down in the order of time."""
        for symbol, mark in marks.items():
            self._steps[symbol].append((at, mark))

    def delist(self, symbol: str) -> None:
        """List a symbol no longer."""
        del self.instruments[symbol]

    def mark(self, symbol: str, at: datetime) -> float:
        return next(mark for since, mark in reversed(self._steps[symbol]) if since <= at)

    def quotes(self, at: datetime) -> Mapping[str, Quote]:
        return {symbol: self._quote(symbol, at) for symbol in self.instruments}

    def order_book(self, symbol: str, at: datetime) -> OrderBook:
        quote = self._quote(symbol, at)
        bids, asks = (
            tuple(
                BookLevel(best + side * number * self.gap, size)
                for number, size in enumerate(self.sizes)
            )
            for best, side in ((quote.bid, -1.0), (quote.ask, 1.0))
        )
        return OrderBook(symbol, at, bids, asks)

    def bars(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, Mapping[str, Bar]]]:
        opens_at = start
        while opens_at < end:
            yield opens_at, {symbol: self._bar(symbol, opens_at) for symbol in self.instruments}
            opens_at += timedelta(hours=1)

    def funding(self, after: datetime, until: datetime) -> Sequence[FundingSettlement]:
        return [each for each in self.settlements if after < each.settled_at <= until]

    def _quote(self, symbol: str, at: datetime) -> Quote:
        mark = self.mark(symbol, at)
        return Quote(symbol, at, mark, mark - self.half_spread, mark + self.half_spread)

    def _bar(self, symbol: str, opens_at: datetime) -> Bar:
        closes_at = opens_at + timedelta(hours=1)
        open_ = self.mark(symbol, opens_at)
        inside = [mark for since, mark in self._steps[symbol] if opens_at < since < closes_at]
        seen = [open_, *inside]
        return Bar(open_, max(seen), min(seen), seen[-1], 1.0)


class InMemoryPaperStore:
    """A `PaperStore` that keeps copies, as a database would.

    `trouble`, when set, is raised by `save`, `load_trouble` by `load`.
    """

    def __init__(self) -> None:
        self.trouble: StorageError | None = None
        self.load_trouble: StorageError | None = None
        self.saves = 0
        self._states: dict[str, PaperState] = {}
        self._versions: dict[str, int] = {}
        self._known: dict[str, int] = {}
        self._books: dict[str, NewsBook] = {}

    def opened_again(self) -> "InMemoryPaperStore":
        """Open what another process would open: the same accounts, with a memory of its own."""
        other = InMemoryPaperStore()
        other._states, other._versions = self._states, self._versions
        other._books = self._books
        return other

    def load(self, account: str) -> PaperState | None:
        if self.load_trouble is not None:
            raise self.load_trouble
        self._known[account] = self._versions.get(account, 0)
        return deepcopy(self._states.get(account))

    def save(self, account: str, state: PaperState) -> None:
        if self.trouble is not None:
            raise self.trouble
        version = self._versions.get(account, 0)
        if self._known.get(account, 0) != version:
            raise StorageError(f"another process has changed the account {account!r} since")
        self.saves += 1
        self._known[account] = self._versions[account] = version + 1
        self._note(account, state)
        kept = deepcopy(state)
        for news in (kept.news_fills, kept.news_orders, kept.news_flows, kept.news_funding):
            news.clear()
        self._states[account] = kept

    def ledger(self, account: str, *, since: datetime, limit: int) -> LedgerPage:
        if self.load_trouble is not None:
            raise self.load_trouble
        entries = self._books.setdefault(account, NewsBook()).entries()
        return page_of({each.entry_id: each for each in entries}.values(), since=since, limit=limit)

    def _note(self, account: str, state: PaperState) -> None:
        self._books.setdefault(account, NewsBook()).note(state)


class ScriptedExchange:
    """An `ExchangePort` that shows what a test puts on it and writes down what it is asked.

    `trouble` is raised by every reading, `refusal` by every order, cancellation and setting.
    Orders rest and never fill.
    """

    def __init__(
        self,
        state: AccountState,
        *,
        instruments: Sequence[Instrument] = (Instrument("BTCUSDT"),),
        log: list[str] | None = None,
    ) -> None:
        self.state = state
        self.log: list[str] = [] if log is None else log
        self.trouble: Exception | None = None
        self.refusal: Exception | None = None
        self.requests: list[OrderRequest] = []
        self.deadlines: list[datetime | None] = []
        self.cancelled: list[str] = []
        self.leverages: dict[str, float] = {}
        self.entries: list[LedgerEntry] = []
        self.ledger_reads: list[datetime] = []
        self._instruments = {each.symbol: each for each in instruments}

    @property
    def account(self) -> str:
        return self.state.account

    @property
    def venue(self) -> str:
        return self.state.venue

    @property
    def is_paper(self) -> bool:
        return self.state.is_paper

    def instruments(self) -> Mapping[str, Instrument]:
        return self._instruments

    def fetch_account(self) -> AccountState:
        self.log.append("fetch_account")
        if self.trouble is not None:
            raise self.trouble
        return self.state

    def ledger(self, *, since: datetime, limit: int = 1_000) -> LedgerPage:
        self.ledger_reads.append(since)
        if self.trouble is not None:
            raise self.trouble
        return page_of(self.entries, since=since, limit=limit)

    def quotes(self) -> Mapping[str, Quote]:
        at = self.state.observed_at or datetime.min.replace(tzinfo=UTC)
        return {symbol: Quote(symbol, at, 100.0, 99.9, 100.1) for symbol in self._instruments}

    def order_book(self, symbol: str) -> OrderBook:
        quote = self.quotes()[symbol]
        bids, asks = (BookLevel(quote.bid, 1_000.0),), (BookLevel(quote.ask, 1_000.0),)
        return OrderBook(symbol, quote.observed_at, bids, asks)

    def create_order(self, request: OrderRequest, *, deadline: datetime | None = None) -> Order:
        self._ask("create_order")
        self.deadlines.append(deadline)
        self.requests.append(request)
        return self._order(request, OrderStatus.NEW)

    def fetch_order(self, client_order_id: str) -> Order | None:
        for request in reversed(self.requests):
            if request.client_order_id == client_order_id:
                return self._order(request, OrderStatus.NEW)
        return None

    def cancel_order(self, client_order_id: str) -> Order:
        self._ask("cancel_order")
        self.cancelled.append(client_order_id)
        for order in self.state.orders:
            if order.request.client_order_id == client_order_id:
                return self._order(order.request, OrderStatus.CANCELED)
        raise OrderRejectedError("no such order", venue=self.venue, code="unknown_order")

    def set_leverage(self, symbol: str, leverage: float) -> None:
        self._ask("set_leverage")
        self.leverages[symbol] = leverage

    def set_margin_mode(self, symbol: str, mode: MarginMode) -> None:
        self._ask("set_margin_mode")

    def _ask(self, what: str) -> None:
        self.log.append(what)
        if self.refusal is not None:
            raise self.refusal

    def _order(self, request: OrderRequest, status: OrderStatus) -> Order:
        at = self.state.observed_at or datetime.min.replace(tzinfo=UTC)
        return Order(order_id="1", request=request, status=status, created_at=at)
