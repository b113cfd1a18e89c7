"""Calls to venues in threads of their own, so that a slow venue holds up nobody else."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from threading import Condition, Thread
from time import monotonic
from typing import Generic, TypeVar

import structlog

from etrms_core.errors import EtrmsError

log = structlog.get_logger(__name__)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Returned(Generic[T]):
    """A call that ended: with a value, or with the error that it raised."""

    name: str
    value: T | None = None
    error: str | None = None


class Errands(Generic[T]):
    """At most one running call for each name; what ends late is collected later.

    The threads are daemons: one that hangs for ever does not keep the process alive.
    """

    def __init__(self, *, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._changed = Condition()
        self._running: dict[str, float] = {}
        self._returned: list[Returned[T]] = []
        self._is_hurried = False

    def start(self, name: str, call: Callable[[], T]) -> bool:
        """Begin a call unless one of this name is running; say whether it began."""
        with self._changed:
            if name in self._running:
                return False
            self._running[name] = self._clock()
        thread = Thread(target=self._run, args=(name, call), name=f"errand-{name}", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:  # the system has no thread left
            self._end(Returned(name, error=str(error)))
        return True

    def collect(self, names: Collection[str], *, timeout_seconds: float) -> list[Returned[T]]:
        """Wait for these calls, at most this time or until hurried; return all that ended."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._is_hurried or not any(name in self._running for name in names),
                timeout_seconds,
            )
            self._is_hurried = False
            return self._taken()

    def take(self) -> list[Returned[T]]:
        """Return what has ended, without waiting."""
        with self._changed:
            return self._taken()

    def hurry(self) -> None:
        """Let the present or the next `collect` wait no longer."""
        with self._changed:
            self._is_hurried = True
            self._changed.notify_all()

    def running_seconds(self) -> dict[str, float]:
        """How long each running call has been on its way."""
        with self._changed:
            now = self._clock()
            return {name: now - since for name, since in self._running.items()}

    def _taken(self) -> list[Returned[T]]:
        ended, self._returned = self._returned, []
        return ended

    def _run(self, name: str, call: Callable[[], T]) -> None:
        returned: Returned[T] = Returned(name, error="it ended without saying why")
        try:
            returned = Returned(name, value=call())
        except EtrmsError as error:
            returned = Returned(name, error=str(error))
        # A job runner: whatever it is, an attempt to end the process included, the caller hears of
        # it. Raised further it would end this thread only.
        except BaseException as error:
            returned = Returned(name, error=f"{type(error).__name__}: {error}")
            log.exception("a call to a venue failed", name=name)
        finally:
            self._end(returned)

    def _end(self, returned: Returned[T]) -> None:
        with self._changed:
            del self._running[returned.name]
            self._returned.append(returned)
            self._changed.notify_all()
