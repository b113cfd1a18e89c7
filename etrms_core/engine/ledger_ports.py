"""The desk's own copy of every account's ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from etrms_core.domain.ledger import LedgerEntry


@dataclass(frozen=True, slots=True)
class LedgerReading:
    """How the ledger of one account was read last.

    Attributes
    ----------
    read_at : datetime or None
        When everything up to then had been copied; None when that never was.
    failed_at : datetime or None
        When the last try failed; None when it did not.
    reason : str
        The venue's own words, empty without a failure.
    """

    account: str
    read_at: datetime | None = None
    failed_at: datetime | None = None
    reason: str = ""


class LedgerStore(Protocol):
    """Entries and readings; every method raises StorageError when it cannot."""

    def add(self, account: str, entries: Sequence[LedgerEntry]) -> None:
        """Store entries in one transaction; those whose id is known stay as they are."""

    def newest(self, account: str) -> datetime | None:
        """Time of the newest entry, None without any."""

    def entries(self, account: str, *, since: datetime, limit: int) -> tuple[LedgerEntry, ...]:
        """Return the newest entries from `since` on, newest first."""

    def note(self, reading: LedgerReading) -> None:
        """Replace what is known of the reading of an account."""

    def readings(self) -> tuple[LedgerReading, ...]:
        """Return how every account was read last, by name."""
