"""A throttle on wrong passphrases of the vault, which forgets with the process."""

from threading import Lock
from weakref import WeakKeyDictionary

from etrms_core.engine.sign_in_ports import LoginFailures, LoginSource
from etrms_core.services.desk import Desk
from etrms_core.services.login_guard import LoginGuard


class TriesInMemory:
    """A `LoginFailureStore` of one process.

    Whoever can start the process anew can try the vault without it.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._failures: dict[LoginSource, LoginFailures] = {}

    def failures(self, source: LoginSource) -> LoginFailures | None:
        """Return what is counted of a source; None when nothing is."""
        return self._failures.get(source)

    def replace_failures(self, failures: LoginFailures, *, seen: LoginFailures | None) -> bool:
        """Store a count unless another try was counted since `seen` was read."""
        with self._lock:
            if self._failures.get(failures.source) != seen:
                return False
            self._failures[failures.source] = failures
            return True

    def forget_failures(self, source: LoginSource) -> None:
        """Forget a source."""
        with self._lock:
            self._failures.pop(source, None)

    def forget_old_failures(self, *, before: object) -> None:
        """Keep them: there are as few sources as addresses that the owner is signed in from."""


_GUARDS: "WeakKeyDictionary[Desk, LoginGuard]" = WeakKeyDictionary()


def passphrase_guard(desk: Desk) -> LoginGuard:
    """Return the guard that counts wrong passphrases of a desk in this process."""
    return _GUARDS.setdefault(desk, LoginGuard(TriesInMemory(), clock=desk.now))
