"""What the engine needs from venues and clocks."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from etrms_core.domain.account import AccountState, FundingPayment, MarginMode
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.ledger import LedgerPage
from etrms_core.domain.market_data import BarStep, FundingSettlement, OrderBook, Quote
from etrms_core.domain.order import Fill, Order, OrderRequest

Clock = Callable[[], datetime]


class ExchangePort(Protocol):
    """One account on one venue.

    Every method raises `ExchangeUnavailableError` when the venue does not answer, and then what it
    did is unknown; `OrderRejectedError` when it says no.
    """

    @property
    def account(self) -> str:
        """Name of the account on the desk."""

    @property
    def venue(self) -> str:
        """Stable identifier of the venue."""

    @property
    def is_paper(self) -> bool:
        """Whether no real money is behind it."""

    def instruments(self) -> Mapping[str, Instrument]:
        """Contracts that can be traded, by symbol."""

    def fetch_account(self) -> AccountState:
        """Read balances, positions, open orders, recent fills and flows."""

    def ledger(self, *, since: datetime, limit: int = 1_000) -> LedgerPage:
        """Read what moved the money of the account from `since` on, oldest first.

        A page holds whole moments: `limit` entries, or a few more where many have one time, or
        fewer. Between two readings of the account its entries add up to what the wallet changed.
        """

    def quotes(self) -> Mapping[str, Quote]:
        """Prices of all contracts now, by symbol."""

    def order_book(self, symbol: str) -> OrderBook:
        """Resting liquidity of one contract."""

    def create_order(self, request: OrderRequest, *, deadline: datetime | None = None) -> Order:
        """Send an order; it is acknowledged, perhaps filled, when this returns.

        A request that reaches the venue after `deadline` is not taken there (rejection `expired`).
        """

    def fetch_order(self, client_order_id: str) -> Order | None:
        """Look an order up by the id that we gave it; None when the venue never saw it."""

    def cancel_order(self, client_order_id: str) -> Order:
        """Cancel an open order and return it as it ended."""

    def set_leverage(self, symbol: str, leverage: float) -> None:
        """Choose the leverage of a symbol."""

    def set_margin_mode(self, symbol: str, mode: MarginMode) -> None:
        """Choose cross or isolated margin; refused while a position is open."""


@dataclass(frozen=True, slots=True)
class VenueNews:
    """What a venue executed since it was asked last, oldest first."""

    fills: tuple[Fill, ...]
    funding: tuple[FundingPayment, ...]


class BarVenue(ExchangePort, Protocol):
    """A venue that lives on bars which its caller plays."""

    def play(self, step: BarStep, funding: Iterable[FundingSettlement] = ()) -> None:
        """Play one bar: funding at its open, the bar, then funding inside it."""

    def equity(self) -> float:
        """Wallet plus unrealised results at the last marks, quote currency."""

    def take_news(self) -> VenueNews:
        """Return what was executed since the last call."""

    def document(self) -> dict[str, Any]:
        """Write the account as JSON, so that it can be opened again as it is."""
