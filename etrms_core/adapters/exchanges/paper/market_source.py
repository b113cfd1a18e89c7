"""Where the paper exchange's prices come from, and where its state is kept."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from etrms_core.adapters.exchanges.paper.state import PaperState
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.ledger import LedgerPage
from etrms_core.domain.market_data import Bar, FundingSettlement, OrderBook, Quote


class MarketSource(Protocol):
    """Prices as a function of time."""

    @property
    def instruments(self) -> Mapping[str, Instrument]:
        """Contracts by symbol."""

    def quotes(self, at: datetime) -> Mapping[str, Quote]:
        """Prices of all contracts at a time."""

    def order_book(self, symbol: str, at: datetime) -> OrderBook:
        """Resting liquidity at a time."""

    def bars(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, Mapping[str, Bar]]]:
        """Complete hourly bars that open in [start, end), oldest first."""

    def funding(self, after: datetime, until: datetime) -> Sequence[FundingSettlement]:
        """Settlements with after < settled_at <= until, oldest first."""


class PaperStore(Protocol):
    """Durable state of one paper account."""

    def load(self, account: str) -> PaperState | None:
        """State as it was last saved, None for an account that never was."""

    def save(self, account: str, state: PaperState) -> None:
        """Store the state with its news in one transaction; the caller clears the news.

        StorageError also when another process has saved the account since it was loaded or saved
        here last.
        """

    def ledger(self, account: str, *, since: datetime, limit: int) -> LedgerPage:
        """Read what the stored news did to the wallet from `since` on, as the port says it."""
