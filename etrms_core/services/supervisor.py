"""The watchdog: takes the lease, keeps it while the monitor lives, restarts one that does not."""

from collections.abc import Callable
from enum import StrEnum
from threading import Event as Flag
from threading import RLock, Thread

import structlog

from etrms_core.domain.events import DeskEventKind
from etrms_core.domain.lease import Lease
from etrms_core.errors import EtrmsError, LeaseLostError, StorageError
from etrms_core.services.alarms import AlarmBoard, AlarmCode
from etrms_core.services.guard import Guard
from etrms_core.services.rhythm import SAME_AGAIN_SECONDS, Rhythm
from etrms_core.services.tenure import Tenure

log = structlog.get_logger(__name__)

TICK_SECONDS = 0.25
HUNG_AFTER_SECONDS = 8.0


class Role(StrEnum):
    """What this process does for the desk."""

    IDLE = "idle"  # shows what is stored; never acts
    STANDBY = "standby"  # waits for the lease
    ACTIVE = "active"  # guards the accounts


class Supervisor:
    """Ticks in a thread of its own, apart from the monitor that it watches.

    A monitor that is silent for eight seconds is replaced by a new one, built from what is stored,
    under the next fencing number: should the old one wake, it can no longer act.

    Parameters
    ----------
    begin : callable
        Builds the guard of a new lease; `StorageError` when that is not possible now.
    note : callable
        Takes what happened: a kind and a sentence.
    dead_after_seconds : float
        Age of the last good cycle from which the monitor counts as dead.
    """

    def __init__(
        self,
        tenure: Tenure,
        *,
        begin: Callable[[Lease], Guard],
        note: Callable[[DeskEventKind, str], None],
        alarms: AlarmBoard,
        dead_after_seconds: float,
    ) -> None:
        self._tenure = tenure
        self._begin = begin
        self._note = note
        self._alarms = alarms
        self._dead_after = dead_after_seconds
        self._turn = RLock()
        self._stop = Flag()
        self._thread: Thread | None = None
        self._guard: Guard | None = None
        self._rhythm = Rhythm()
        self.on_tick: list[Callable[[], None]] = []

    @property
    def role(self) -> Role:
        """What this process does now."""
        if self._guard is not None and self._tenure.is_held:
            return Role.ACTIVE
        return Role.IDLE if self._thread is None else Role.STANDBY

    @property
    def guard(self) -> Guard:
        """The guard that acts; LeaseLostError in a process that does not act."""
        if self._guard is None:
            raise LeaseLostError("this process does not act for the desk: another one does")
        return self._guard

    def start(self) -> None:
        """Take the lease as soon as it is free, then guard; the first try at once."""
        self.tick()
        self._thread = Thread(target=self._run, name="watchdog", daemon=True)
        self._thread.start()

    def act_alone(self, *, by_force: bool) -> bool:
        """Take the lease and build the guard, without any thread; say whether it may act."""
        with self._turn:
            if self._guard is None and self._tenure.try_take(by_force=by_force):
                self._guard = self._begin(self._tenure.lease)
            return self._guard is not None

    def close(self) -> None:
        """Stop watching and guarding, and give the lease up."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        with self._turn:
            if self._guard is not None:
                self._guard.stop()
                self._guard = None
            try:
                self._tenure.release()
            except StorageError:
                log.warning("the lease could not be given up; it expires by itself")

    def tick(self) -> None:
        """Look once after lease and monitor."""
        with self._turn:
            if self._guard is None:
                self._stand_by()
            elif not self._guard.thread.is_alive:
                self._restart(AlarmCode.MONITOR_DEAD, "the monitor's thread has died")
            elif self._guard.thread.silent_seconds > HUNG_AFTER_SECONDS:
                silent = self._guard.thread.silent_seconds
                self._restart(AlarmCode.MONITOR_HUNG, f"the monitor was silent for {silent:.0f} s")
            else:
                self._keep(self._guard)
        for listener in self.on_tick:
            listener()

    def _stand_by(self) -> None:
        if self._tenure.is_held or self._tenure.try_take():
            lease = self._tenure.lease
            self._start(lease)
            text = f"this process acts from now on, number {lease.fence}"
            self._note(DeskEventKind.LEASE_TAKEN, text)

    def _keep(self, guard: Guard) -> None:
        try:
            self._tenure.renew()
        except LeaseLostError:
            guard.abandon()
            self._step_down()
            return
        age = guard.thread.age_seconds
        if age is not None and age < self._dead_after and guard.thread.last_error is None:
            self._alarms.clear(AlarmCode.MONITOR_DEAD)
            self._alarms.clear(AlarmCode.MONITOR_HUNG)
        elif guard.thread.last_error is not None and (age is None or age > self._dead_after):
            reason = f"no cycle succeeds: {guard.thread.last_error}"
            self._alarms.sound(AlarmCode.MONITOR_DEAD, reason)

    def _restart(self, code: AlarmCode, reason: str) -> None:
        self._alarms.sound(code, reason)
        guard, self._guard = self._guard, None
        if guard is not None:
            guard.abandon()
        try:
            lease = self._tenure.retake()
        except LeaseLostError:
            self._step_down()
            return
        self._note(DeskEventKind.MONITOR_RESTARTED, f"{reason}; a new one acts, {lease.fence}")
        self._start(lease)

    def _start(self, lease: Lease) -> None:
        guard = self._begin(lease)
        guard.start()
        self._guard = guard

    def _step_down(self) -> None:
        self._guard = None
        # They spoke of a monitor that has no work any more.
        self._alarms.clear(AlarmCode.MONITOR_DEAD)
        self._alarms.clear(AlarmCode.MONITOR_HUNG)
        self._note(DeskEventKind.LEASE_LOST, "another process acts from now on; this one stands by")

    def _run(self) -> None:
        while not self._stop.wait(TICK_SECONDS):
            try:
                self.tick()
            except EtrmsError as error:
                if self._rhythm.is_due(str(error), every_seconds=SAME_AGAIN_SECONDS):
                    log.warning("the watchdog could not look after the desk", reason=str(error))
            except Exception as error:  # part of the monitor's loop: the watchdog never dies
                if self._rhythm.is_due(type(error).__name__, every_seconds=SAME_AGAIN_SECONDS):
                    log.exception("the watchdog failed")
