"""One account as its venue last showed it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from math import isfinite

from etrms_core.domain.identifiers import PositionKey, PositionSide
from etrms_core.domain.instrument import DEFAULT_TIERS, MarginTiers
from etrms_core.domain.order import Fill, Order
from etrms_core.errors import DomainError


class MarginMode(StrEnum):
    """Which money backs a position."""

    CROSS = "cross"
    ISOLATED = "isolated"


class FlowKind(StrEnum):
    """Money that came or went without a trade."""

    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"
    TRANSFER = "transfer"


def _require_finite(owner: str, name: str, value: float | None) -> None:
    if value is not None and not isfinite(value):
        raise DomainError(f"{owner} {name} is a finite number, was {value}")


def _require_aware(owner: str, name: str, value: datetime | None) -> None:
    if value is not None and value.tzinfo is None:
        raise DomainError(f"{owner} {name} must carry a time zone")


@dataclass(frozen=True, slots=True)
class Balance:
    """Wallet balance of one asset; results of closed trades are in it, open ones are not.

    Attributes
    ----------
    amount : float
        Units of the asset; may be negative.
    price : float or None
        Reporting currency (USD) per unit; None when nobody knows.
    haircut : float
        Share of the value that does not count as collateral, in [0, 1).
    """

    asset: str
    amount: float
    price: float | None
    haircut: float = 0.0

    def __post_init__(self) -> None:
        _require_finite(self.asset, "amount", self.amount)
        _require_finite(self.asset, "price", self.price)
        if self.price is not None and self.price <= 0.0:
            raise DomainError(f"{self.asset} price is above 0, was {self.price}")
        if not 0.0 <= self.haircut < 1.0:
            raise DomainError(f"{self.asset} haircut lies in [0, 1), was {self.haircut}")


@dataclass(frozen=True, slots=True)
class Position:
    """An open perpetual-futures position.

    Attributes
    ----------
    quantity : float
        Signed base units; positive is long. Never 0: a closed position is absent.
    entry_price : float
        Average price of what is open, quote currency.
    mark_price : float or None
        The venue's margin price; None when unknown, and then every figure built on it is unknown.
    leverage : float or None
        Chosen leverage; None when the venue does not say (never 0).
    isolated_margin : float
        Money set aside for an isolated position, quote currency; 0 when cross.
    opened_at : datetime or None
        When the position was last flat, aware.
    funding_rate : float or None
        Fraction of notional at the next settlement; positive means longs pay.
    liquidation_price : float or None
        What the venue says, for comparison with ours.
    """

    symbol: str
    quantity: float
    entry_price: float
    mark_price: float | None
    side: PositionSide = PositionSide.NET
    leverage: float | None = None
    margin_mode: MarginMode = MarginMode.CROSS
    isolated_margin: float = 0.0
    tiers: MarginTiers = DEFAULT_TIERS
    opened_at: datetime | None = None
    funding_rate: float | None = None
    next_funding_at: datetime | None = None
    quote_asset: str = "USDT"
    liquidation_price: float | None = None

    def __post_init__(self) -> None:
        if not isfinite(self.quantity) or self.quantity == 0.0:
            raise DomainError(f"{self.symbol} quantity is finite and not 0, was {self.quantity}")
        if not isfinite(self.entry_price) or self.entry_price <= 0.0:
            raise DomainError(f"{self.symbol} entry_price is above 0, was {self.entry_price}")
        if self.mark_price is not None and not 0.0 < self.mark_price < float("inf"):
            raise DomainError(f"{self.symbol} mark_price is above 0, was {self.mark_price}")
        if self.leverage is not None and not 0.0 < self.leverage < float("inf"):
            raise DomainError(f"{self.symbol} leverage is above 0, was {self.leverage}")
        _require_finite(self.symbol, "isolated_margin", self.isolated_margin)
        _require_finite(self.symbol, "funding_rate", self.funding_rate)
        _require_aware(self.symbol, "opened_at", self.opened_at)
        wrong_sign = {
            PositionSide.LONG: self.quantity < 0.0,
            PositionSide.SHORT: self.quantity > 0.0,
        }
        if wrong_sign.get(self.side, False):
            raise DomainError(f"{self.symbol} {self.side.value} leg has quantity {self.quantity}")


@dataclass(frozen=True, slots=True)
class Flow:
    """A deposit, withdrawal or transfer; positive amounts arrive.

    A `transfer` moves money between accounts of the same trader: its debit counts as in transit
    until the credit shows, at most 30 minutes.
    """

    flow_id: str
    occurred_at: datetime
    kind: FlowKind
    asset: str
    amount: float

    def __post_init__(self) -> None:
        _require_finite(self.flow_id, "amount", self.amount)
        _require_aware(self.flow_id, "occurred_at", self.occurred_at)


@dataclass(frozen=True, slots=True)
class LedgerTotal:
    """Results of one symbol since the account is watched, quote currency.

    `realized_pnl` is before fees, `fees` are paid (at least 0), `funding` is positive when
    received.
    """

    symbol: str
    realized_pnl: float = 0.0
    fees: float = 0.0
    funding: float = 0.0

    @property
    def net(self) -> float:
        """Realised price result less fees plus funding."""
        return self.realized_pnl - self.fees + self.funding


@dataclass(frozen=True, slots=True)
class FundingPayment:
    """Funding of one leg at one settlement, quote currency, positive when received."""

    symbol: str
    side: PositionSide
    paid_at: datetime
    amount: float


@dataclass(frozen=True, slots=True)
class AccountState:
    """What one venue showed of one account.

    Attributes
    ----------
    observed_at : datetime or None
        When the venue answered, aware UTC; None when the account could never be read.
    flows, fills : tuple
        Recent ones, oldest first; readings may overlap, ids tell them apart.
    ledger : tuple of LedgerTotal or None
        Cumulative results by symbol; None when the venue does not tell.
    """

    account: str
    venue: str
    observed_at: datetime | None
    balances: tuple[Balance, ...] = ()
    positions: tuple[Position, ...] = ()
    orders: tuple[Order, ...] = ()
    flows: tuple[Flow, ...] = ()
    fills: tuple[Fill, ...] = ()
    ledger: tuple[LedgerTotal, ...] | None = field(default=())
    is_paper: bool = True

    def __post_init__(self) -> None:
        _require_aware(self.account, "observed_at", self.observed_at)
        keys = [(position.symbol, position.side) for position in self.positions]
        if len(set(keys)) != len(keys):
            raise DomainError(f"{self.account} shows a position twice: {keys}")

    def key(self, position: Position) -> PositionKey:
        """Identity of one of this account's positions."""
        return PositionKey(self.account, position.symbol, position.side)
