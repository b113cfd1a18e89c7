"""What the engine needs from the outside world."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from etrms_core.breakers.rules import BreakerRule
from etrms_core.domain.account import AccountState, FundingPayment, MarginMode
from etrms_core.domain.events import Event
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.market_data import BarStep, FundingSettlement, OrderBook, Quote
from etrms_core.domain.order import Fill, Order, OrderRequest
from etrms_core.engine.memory import CycleMemory

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

    def quotes(self) -> Mapping[str, Quote]:
        """Prices of all contracts now, by symbol."""

    def order_book(self, symbol: str) -> OrderBook:
        """Resting liquidity of one contract."""

    def create_order(self, request: OrderRequest) -> Order:
        """Send an order; it is acknowledged, perhaps filled, when this returns."""

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


@dataclass(frozen=True, slots=True)
class HistoryPoint:
    """One stored reading of the portfolio; None where it was unknown."""

    observed_at: datetime
    equity: float | None
    nav: float | None
    drawdown: float | None
    gross_exposure: float | None


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as it lies in the store, with its number in the order of writing."""

    sequence: int
    event: Event


class RequestKind(StrEnum):
    """What another process can ask of the running desk."""

    RESET_BREAKER = "reset_breaker"


@dataclass(frozen=True, slots=True)
class DeskRequest:
    """A wish for the desk that holds the monitor; `subject` is the rule concerned."""

    kind: RequestKind
    subject: str
    requested_at: datetime


class DeskStore(Protocol):
    """What the desk remembers. Every method raises StorageError when it cannot."""

    def load_memory(self) -> CycleMemory:
        """Memory of the last stored cycle, the empty one at the very start."""

    def load_accounts(self) -> tuple[AccountState, ...]:
        """Account states of the last stored cycle."""

    def save_cycle(
        self,
        memory: CycleMemory,
        accounts: Sequence[AccountState],
        events: Sequence[Event],
        point: HistoryPoint | None,
    ) -> None:
        """Store one cycle in one transaction: all of it or nothing."""

    def append_events(self, events: Sequence[Event]) -> None:
        """Store events that happened between cycles."""

    def events(
        self, *, since: datetime | None = None, kinds: Sequence[str] = (), limit: int = 100
    ) -> tuple[StoredEvent, ...]:
        """Newest events first, of these kinds (all when empty)."""

    def rules(self) -> tuple[BreakerRule, ...]:
        """Breaker rules in saved order."""

    def save_rules(self, rules: Sequence[BreakerRule]) -> None:
        """Replace all rules."""

    def add_request(self, request: DeskRequest) -> None:
        """Leave a wish for the running desk."""

    def take_requests(self) -> tuple[DeskRequest, ...]:
        """Return the waiting wishes in order and remove them."""

    def history(self, *, since: datetime) -> tuple[HistoryPoint, ...]:
        """Return stored readings, oldest first."""
