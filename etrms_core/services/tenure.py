"""Holding, watching and taking the lease: exactly one process acts for a desk."""

from collections.abc import Callable

from etrms_core.domain.lease import Lease
from etrms_core.engine.lease_ports import HolderLock, LeaseReading, LeaseStore
from etrms_core.errors import LeaseLostError

EXPIRES_AFTER_SECONDS = 5.0
RENEW_EVERY_SECONDS = 1.0


class Tenure:
    """The claim of one process to act.

    The lock of a dead holder is free at once. A holder that hangs keeps its lock but renews its
    lease no more: whoever sees the lease stand still for five seconds of its own monotonic clock
    takes it with the next number, whatever any wall clock says.

    Parameters
    ----------
    holder : str
        Names this process in the lease.
    monotonic : callable
        Seconds that never go back.
    """

    def __init__(
        self,
        leases: LeaseStore,
        lock: HolderLock,
        *,
        holder: str,
        monotonic: Callable[[], float],
    ) -> None:
        self._leases = leases
        self._lock = lock
        self._holder = holder
        self._monotonic = monotonic
        self._lease: Lease | None = None
        self._seen: LeaseReading | None = None
        self._seen_at = 0.0
        self._renewed_at = float("-inf")
        self._yields_until = float("-inf")

    @property
    def is_held(self) -> bool:
        """Whether this process may act, as far as it knows."""
        return self._lease is not None

    @property
    def lease(self) -> Lease:
        """The lease; LeaseLostError when it is not held."""
        if self._lease is None:
            raise LeaseLostError("another process acts for this desk")
        return self._lease

    def try_take(self, *, by_force: bool = False) -> bool:
        """Take the lease if nobody acts, or in any case by force; say whether it is held."""
        seen = self._leases.read()
        is_given_up = seen is not None and seen.is_released
        if self._monotonic() < self._yields_until and not (by_force or is_given_up):
            return False
        is_free = self._lock.try_acquire()
        if by_force or is_free or self._has_expired(seen):
            self._lease = self._leases.take(self._holder, seen=seen)
            self._seen = None
        if not self.is_held:
            self._lock.release()
        return self.is_held

    def renew(self) -> None:
        """Show that this process lives; LeaseLostError when another one has taken over.

        Called more often than once a second it does nothing in between.
        """
        if self._monotonic() - self._renewed_at < RENEW_EVERY_SECONDS:
            return
        try:
            self._leases.renew(self.lease)
            self._renewed_at = self._monotonic()
        except LeaseLostError:
            self._yield()
            raise
        # After a take-over from a hanging holder its lock comes free when it ends at last.
        self._lock.try_acquire()

    def retake(self) -> Lease:
        """Go on under the next number, so that whatever held the old one can no longer act."""
        seen = self._leases.read()
        if seen is None or seen.lease != self.lease:
            self._yield()
            raise LeaseLostError("another process acts for this desk")
        self._lease = self._leases.take(self._holder, seen=seen)
        return self.lease

    def release(self) -> None:
        """Give the lease up in order."""
        if self._lease is not None:
            self._leases.release(self._lease)
        self._let_go()

    def _has_expired(self, seen: LeaseReading | None) -> bool:
        if seen is None:
            return False  # whoever holds the lock is about to write its first lease
        now = self._monotonic()
        if seen != self._seen:
            self._seen, self._seen_at = seen, now
        return now - self._seen_at >= EXPIRES_AFTER_SECONDS

    def _yield(self) -> None:
        # Whoever took over from a holder that hung gets time to take the lock, too.
        self._yields_until = self._monotonic() + EXPIRES_AFTER_SECONDS
        self._let_go()

    def _let_go(self) -> None:
        self._lease = None
        self._lock.release()
