"""What moved the money of an account, entry by entry."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import isfinite

from etrms_core.errors import DomainError


class LedgerKind(StrEnum):
    """Why money came or went."""

    REALIZED_PNL = "realized_pnl"
    FEE = "fee"
    FUNDING = "funding"
    TRANSFER = "transfer"  # deposits and withdrawals too
    OTHER = "other"


TRADING = frozenset({LedgerKind.REALIZED_PNL, LedgerKind.FEE, LedgerKind.FUNDING})


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """One change of an account's wallet.

    Attributes
    ----------
    entry_id : str
        The same at every reading, and no other entry's of this account.
    symbol : str or None
        Contract that it belongs to; always there for results, fees and funding, never for
        transfers.
    amount : float
        Units of the asset; positive when received, so that a fee is negative.
    """

    entry_id: str
    occurred_at: datetime
    kind: LedgerKind
    amount: float
    asset: str
    symbol: str | None = None

    def __post_init__(self) -> None:
        if not self.entry_id or not self.asset:
            raise DomainError(f"a ledger entry has an id and an asset, was {self}")
        if not isfinite(self.amount):
            raise DomainError(f"{self.entry_id} amount is a finite number, was {self.amount}")
        if self.occurred_at.tzinfo is None:
            raise DomainError(f"{self.entry_id} occurred_at must carry a time zone")
        if self.kind in TRADING and not self.symbol:
            raise DomainError(f"{self.entry_id} is a {self.kind.value} without a symbol")
        if self.kind is LedgerKind.TRANSFER and self.symbol is not None:
            raise DomainError(f"{self.entry_id} is a transfer with a symbol, {self.symbol}")


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """Entries of a stretch of time, oldest first, and where the next stretch begins.

    Attributes
    ----------
    next_since : datetime or None
        None when there is nothing newer.
    """

    entries: tuple[LedgerEntry, ...]
    next_since: datetime | None = None
