"""The paper exchange driven by bars that the caller plays: the venue of replays."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from etrms_core.adapters.exchanges.paper.account_settings import (
    change_leverage,
    change_margin_mode,
)
from etrms_core.adapters.exchanges.paper.account_view import account_view
from etrms_core.adapters.exchanges.paper.bar_matching import (
    apply_bar,
    fill_at_price,
    mark_at_open,
)
from etrms_core.adapters.exchanges.paper.ledger import NewsBook, page_of
from etrms_core.adapters.exchanges.paper.order_checks import VENUE, reject, require_in_time
from etrms_core.adapters.exchanges.paper.order_entry import cancel_order, clear_news, place_order
from etrms_core.adapters.exchanges.paper.quote_matching import apply_funding
from etrms_core.adapters.exchanges.paper.state import PaperState
from etrms_core.adapters.exchanges.paper.state_document import state_document
from etrms_core.adapters.exchanges.paper.terms import BarFill, PaperTerms, Venue
from etrms_core.domain.account import AccountState, MarginMode
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.ledger import LedgerPage
from etrms_core.domain.market_data import BarStep, FundingSettlement, OrderBook, Quote
from etrms_core.domain.order import Order, OrderRequest, OrderType, Rejection
from etrms_core.engine.ports import VenueNews
from etrms_core.kernels.account import unrealized_pnl


class BarDrivenExchange:
    """`ExchangePort` over bars that the caller plays one by one: the venue of replays.

    Parameters
    ----------
    instruments : mapping of str to Instrument
        Contracts by symbol; their order is the order in which symbols are served.
    """

    def __init__(
        self,
        account: str,
        *,
        instruments: Mapping[str, Instrument],
        terms: PaperTerms,
        state: PaperState,
        opened_at: datetime,
    ) -> None:
        self._account = account
        self._venue = Venue(instruments, terms)
        self.state = state
        self._now = state.last_seen_at or opened_at
        self._closes: dict[str, float] = {}
        self._taken = NewsBook()

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

    def play(self, step: BarStep, funding: Iterable[FundingSettlement] = ()) -> None:
        """Play one bar: funding at its open, the bar, then funding inside it."""
        at_open, inside = [], []
        for settlement in funding:
            if settlement.settled_at <= step.opens_at:
                at_open.append(settlement)
            else:
                inside.append(settlement)
        mark_at_open(self.state, step.marks)
        apply_funding(self.state, at_open)
        apply_bar(self.state, self._venue, step)
        apply_funding(self.state, inside)
        self._closes.update((symbol, bar.close) for symbol, bar in step.bars.items())
        self._now = self.state.last_seen_at = step.closes_at

    def equity(self) -> float:
        """Wallet plus unrealised results at the last marks, quote currency."""
        total = self.state.wallet
        for position in self.state.positions.values():
            mark = self.state.marks[position.symbol]
            total += unrealized_pnl(position.quantity, position.entry_price, mark)
        return total

    def take_news(self) -> VenueNews:
        """Return what was executed since the last call."""
        self._taken.note(self.state)
        news = VenueNews(tuple(self.state.news_fills), tuple(self.state.news_funding))
        clear_news(self.state)
        return news

    def document(self) -> dict[str, Any]:
        """Write the account as JSON; the news must have been taken."""
        return state_document(self.state)

    def instruments(self) -> Mapping[str, Instrument]:
        """Contracts that can be traded, by symbol."""
        return self._venue.instruments

    def fetch_account(self) -> AccountState:
        """Show the account at the last bar's close."""
        return account_view(
            self.state,
            account=self._account,
            instruments=self._venue.instruments,
            observed_at=self._now,
        )

    def ledger(self, *, since: datetime, limit: int = 1_000) -> LedgerPage:
        """Read what moved the money since this object was opened."""
        pending = NewsBook()
        pending.note(self.state)
        return page_of((*self._taken.entries(), *pending.entries()), since=since, limit=limit)

    def quotes(self) -> Mapping[str, Quote]:
        """Show the last marks as quotes without a spread."""
        return {
            symbol: Quote(symbol, self._now, mark, mark, mark)
            for symbol, mark in self.state.marks.items()
        }

    def order_book(self, symbol: str) -> OrderBook:
        """Refuse: bars hold no book."""
        raise reject(Rejection.NO_MARKET, f"bars of {symbol} hold no order book")

    def create_order(self, request: OrderRequest, *, deadline: datetime | None = None) -> Order:
        """Take an order: a market order waits for the next open, or fills at this close."""
        require_in_time(deadline, now=self._now)
        price = self._last_price(request.symbol)
        order = place_order(
            self.state,
            request,
            self._venue.instruments,
            self._venue.terms,
            touch=price,
            at=self._now,
        )
        fills_now = self._venue.terms.bar_fill is BarFill.CLOSE
        if request.order_type is OrderType.MARKET and fills_now and price is not None:
            fill_at_price(self.state, self._venue, request.client_order_id, price, self._now)
            return self.state.used_ids[request.client_order_id]
        return order

    def fetch_order(self, client_order_id: str) -> Order | None:
        """Look the newest order with our id up."""
        return self.state.used_ids.get(client_order_id)

    def cancel_order(self, client_order_id: str) -> Order:
        """Cancel an open order."""
        return cancel_order(self.state, client_order_id)

    def set_leverage(self, symbol: str, leverage: float) -> None:
        """Choose the leverage of a symbol, also of its open position."""
        change_leverage(self.state, symbol, leverage, self._venue.instruments)

    def set_margin_mode(self, symbol: str, mode: MarginMode) -> None:
        """Choose cross or isolated margin of a symbol; refused while a position is open."""
        change_margin_mode(self.state, symbol, mode, self._venue.instruments)

    def _last_price(self, symbol: str) -> float | None:
        """Return the last close of the trade bars, the mark before the first bar."""
        return self._closes.get(symbol, self.state.marks.get(symbol))
