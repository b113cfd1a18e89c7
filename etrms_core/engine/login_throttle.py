"""How long a source of failed logins must wait."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from etrms_core.engine.sign_in_ports import LoginFailures, LoginSource


@dataclass(frozen=True, slots=True)
class LoginThrottle:
    """Exponential back-off that always ends by itself.

    Attributes
    ----------
    free_failures : int
        The failure with this number is the first that is followed by a wait.
    forgotten_after : timedelta
        Without a failure for so long, counting begins anew.
    """

    free_failures: int = 5
    first_wait: timedelta = timedelta(seconds=30)
    longest_wait: timedelta = timedelta(minutes=15)
    forgotten_after: timedelta = timedelta(days=1)

    def wait_after(self, failures: int) -> timedelta:
        """Return the wait that follows the failure with this number: 30 s, doubling to 15 min."""
        doublings = failures - self.free_failures
        if doublings < 0:
            return timedelta(0)
        if doublings >= (self.longest_wait // self.first_wait).bit_length():
            return self.longest_wait
        return min(self.first_wait * (1 << doublings), self.longest_wait)

    def after_failure(
        self, source: LoginSource, known: LoginFailures | None, *, now: datetime
    ) -> LoginFailures:
        """Count one more failure."""
        is_old = known is None or now - known.failed_at >= self.forgotten_after
        failures = 1 if known is None or is_old else known.failures + 1
        wait = self.wait_after(failures)
        return LoginFailures(source, failures, now, now + wait if wait else None)


def waiting(known: LoginFailures | None, *, now: datetime) -> timedelta:
    """Return how long the source must still wait, 0 when it may try."""
    if known is None or known.not_before is None:
        return timedelta(0)
    return max(known.not_before - now, timedelta(0))
