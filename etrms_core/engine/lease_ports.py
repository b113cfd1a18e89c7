"""The one lease of a desk, and the lock beside it."""

from dataclasses import dataclass
from typing import Protocol

from etrms_core.domain.lease import Lease


@dataclass(frozen=True, slots=True)
class LeaseReading:
    """The lease as it lies in the store.

    Attributes
    ----------
    renewals : int
        Grows with each renewal; a reader who sees it stand still knows that nobody renews.
    is_released : bool
        The holder gave it up in order.
    """

    lease: Lease
    renewals: int
    is_released: bool


class LeaseStore(Protocol):
    """The one lease of a desk."""

    def read(self) -> LeaseReading | None:
        """Return the lease; None before the first was taken."""

    def take(self, holder: str, *, seen: LeaseReading | None) -> Lease | None:
        """Take the lease with the next number if it is still as it was seen, else return None."""

    def renew(self, lease: Lease) -> None:
        """Show that the holder lives; LeaseLostError when another one took it."""

    def release(self, lease: Lease) -> None:
        """Give it up; nothing happens when it is lost already."""


class HolderLock(Protocol):
    """A lock that the operating system or the database server frees when its process dies."""

    def try_acquire(self) -> bool:
        """Take the lock without waiting; True when it is held, also when it was held before."""

    def release(self) -> None:
        """Free the lock."""
