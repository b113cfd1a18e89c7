"""Counting failed logins, and making their sources wait."""

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from etrms_core.engine.login_throttle import LoginThrottle, waiting
from etrms_core.engine.ports import Clock
from etrms_core.engine.sign_in_ports import LoginFailureStore, LoginSource, SourceKind
from etrms_core.services.owner import login_name

THIS_MACHINE = "this machine"
BUCKET_DIGITS = 4
NETWORK_BITS = 64  # one customer's share of IPv6 addresses
DEFAULT_THROTTLE = LoginThrottle()


class LoginGuard:
    """Counts a try as failed before the password is looked at, and forgets it when it was right.

    So of many tries at once no more are looked at than of as many one after the other. What is
    counted lies in the database: a restart changes nothing.
    """

    def __init__(
        self,
        store: LoginFailureStore,
        *,
        clock: Clock,
        throttle: LoginThrottle = DEFAULT_THROTTLE,
    ) -> None:
        self._store = store
        self._clock = clock
        self._throttle = throttle

    def wait_of(self, sources: Sequence[LoginSource]) -> timedelta:
        """Return how long these sources must still wait."""
        now = self._clock()
        return max(waiting(self._store.failures(source), now=now) for source in sources)

    def count(self, sources: Sequence[LoginSource]) -> timedelta:
        """Count a try of sources that need not wait; a wait means that it must not be looked at."""
        wait = self.wait_of(sources)
        for source in sources:
            wait = wait or self._count(source)
        return wait

    def forget(self, sources: Sequence[LoginSource]) -> None:
        """Forget the failures of sources whose password was right, and what is long ago."""
        for source in sources:
            self._store.forget_failures(source)
        self._store.forget_old_failures(before=self._clock() - self._throttle.forgotten_after)

    def _count(self, source: LoginSource) -> timedelta:
        while True:
            now, seen = self._clock(), self._store.failures(source)
            wait = waiting(seen, now=now)
            if wait:
                return wait
            counted = self._throttle.after_failure(source, seen, now=now)
            if self._store.replace_failures(counted, seen=seen):
                return timedelta(0)


def account_source(name: str) -> LoginSource:
    """Return what tries with a name are counted under: one of 65,536 buckets, known name or not.

    The table stays small, and a password that was typed as a name cannot be guessed from it.
    """
    digest = hashlib.sha256(login_name(name).encode(errors="surrogatepass")).hexdigest()
    return LoginSource(SourceKind.ACCOUNT, digest[:BUCKET_DIGITS])


def address_source(address: str | None) -> LoginSource:
    """Return what tries from an address are counted under; None is this machine."""
    return LoginSource(SourceKind.ADDRESS, address_name(address))


def address_name(address: str | None) -> str:
    """Write an address as one client: IPv6 by its network, loopback as this machine."""
    try:
        parsed = ip_address(address or "127.0.0.1")
    except ValueError:
        return "unknown address"
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    if parsed.is_loopback:
        return THIS_MACHINE
    if isinstance(parsed, IPv4Address):
        return str(parsed)
    return str(IPv6Network((int(parsed), NETWORK_BITS), strict=False))
