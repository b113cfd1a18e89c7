"""What a change of rules, limits or settings needs stored, all of it or nothing."""

from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from etrms_core.breakers.rules import BreakerRule
from etrms_core.domain.events import Event
from etrms_core.domain.lease import Lease
from etrms_core.domain.limits import Limits
from etrms_core.engine.storage_ports import DeskRequest

Kept = TypeVar("Kept")


@dataclass(frozen=True, slots=True, kw_only=True)
class CommittedSettings:
    """Settings of the file that count only once they are committed to.

    Attributes
    ----------
    delay_seconds : float
        How long a loosening waits where real money is.
    """

    time_zone: str
    delay_seconds: float


@dataclass(frozen=True, slots=True)
class Swap(Generic[Kept]):
    """Replaces what is stored, if it still is what was seen."""

    seen: Kept
    after: Kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """One step of a change.

    Attributes
    ----------
    taken : int or None
        Number of the waiting request that this settles; nothing happens when it waits no more.
    added : DeskRequest or None
        A request that begins to wait.
    lease : Lease or None
        The right to act, where only the desk that acts may do this.
    """

    taken: int | None = None
    added: DeskRequest | None = None
    rules: Swap[tuple[BreakerRule, ...]] | None = None
    limits: Swap[Limits] | None = None
    settings: Swap[CommittedSettings | None] | None = None
    events: tuple[Event, ...] = ()
    lease: Lease | None = None


class ChangeStore(Protocol):
    """Where changes are settled; StorageError when the database fails."""

    def settings(self) -> CommittedSettings | None:
        """Return the settings that are committed to; None before the first."""

    def settle(self, settlement: Settlement) -> int | None:
        """Store a settlement in one transaction.

        Returns
        -------
        int or None
            The number of the added request, 0 without one; None, and nothing stored, when the
            taken request waits no more or something is not as it was seen.

        Raises
        ------
        LeaseLostError
            If a lease is given and is not the newest.
        """
