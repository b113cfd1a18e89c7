"""The commitment lock: what tightens counts at once, what loosens needs a password and waits."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog

from etrms_core.domain.events import DeskEvent, DeskEventKind
from etrms_core.domain.lease import Lease
from etrms_core.engine.change_document import PendingChange, pending_request, read_pending
from etrms_core.engine.change_ports import CommittedSettings, Settlement, Swap
from etrms_core.engine.changes import (
    Change,
    CommitSettings,
    Standing,
    loosened_by,
    told_change,
)
from etrms_core.engine.desk_stores import DeskStores
from etrms_core.engine.ports import Clock
from etrms_core.engine.storage_ports import DeskRequest, RequestKind
from etrms_core.errors import ConfigurationError, LeaseLostError, StorageError
from etrms_core.services.change_settling import (
    SUBJECT,
    applied,
    expectation,
    final_step,
    sentence_of,
)
from etrms_core.services.waiting_time import WaitingTime

log = structlog.get_logger(__name__)

AT_ONCE = timedelta(0)
TRIES = 5
FILE = "the settings file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighing:
    """What a change would be.

    Attributes
    ----------
    sentence : str
        What it changes, from what to what; empty when it changes nothing.
    loosened : tuple of str
        What of it is looser; then it needs the owner's password.
    delay : timedelta
        How long it would wait.
    """

    sentence: str
    loosened: tuple[str, ...]
    delay: timedelta

    @property
    def loosens(self) -> bool:
        """Whether anything becomes looser."""
        return bool(self.loosened)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a change that was asked for.

    Attributes
    ----------
    pending : PendingChange or None
        What waits; None when the change is made.
    """

    sentence: str
    loosened: tuple[str, ...] = ()
    pending: PendingChange | None = None


class Commitment:
    """Weighs, makes, keeps waiting and cancels changes, in any process.

    A change is compared with what it would replace in the transaction that makes it, so that of
    two people, or of a person and a change that falls due, neither undoes the other's unseen.

    Parameters
    ----------
    fallback_delay : timedelta
        How long a loosening waits before any setting was committed to.
    seconds : callable or None
        Seconds that never go back; None takes those of the clock.
    """

    def __init__(
        self,
        stores: DeskStores,
        *,
        clock: Clock,
        fallback_delay: timedelta,
        seconds: Callable[[], float] | None = None,
    ) -> None:
        self._stores = stores
        self._clock = clock
        self._fallback_delay = fallback_delay
        self._waiting = WaitingTime(clock, seconds)

    @property
    def delay(self) -> timedelta:
        """How long a loosening waits now: not at all while every account is a paper account."""
        if all(account.is_paper for account in self._stores.desk.load_accounts()):
            return AT_ONCE
        settings = self._stores.changes.settings()
        return (
            self._fallback_delay if settings is None else timedelta(seconds=settings.delay_seconds)
        )

    def weigh(self, change: Change) -> Weighing:
        """Say what a change would loosen and how long it would wait; nothing is changed."""
        standing = self._standing()
        loosened = loosened_by(change, standing)
        return Weighing(
            sentence=told_change(change, standing),
            loosened=loosened,
            delay=self.delay if loosened else AT_ONCE,
        )

    def ask(
        self,
        change: Change,
        *,
        by: str,
        is_confirmed: bool = False,
        delay: timedelta | None = None,
    ) -> Outcome:
        """Make a change that tightens, and let one that loosens wait for its time.

        Parameters
        ----------
        is_confirmed : bool
            Whether the caller has checked the owner's password; a loosening needs it.
        delay : timedelta or None
            How long a loosening waits, where that is known better; None takes `delay`.

        Raises
        ------
        ConfigurationError
            If it loosens and is not confirmed, or cannot be made.
        """
        for _ in range(TRIES):
            standing = self._standing()
            loosened = loosened_by(change, standing)
            if loosened and not is_confirmed:
                raise ConfigurationError(
                    f"this loosens what protects you ({'; '.join(loosened)}), so it needs the "
                    "owner's password",
                    field="password",
                )
            sentence = told_change(change, standing)
            outcome = Outcome(sentence=sentence, loosened=loosened)
            waits = self.delay if delay is None else delay
            if loosened and waits > AT_ONCE:
                expected = expectation(change, standing, self._stores)
                return self._keep_waiting(outcome, change, expected, by=by, delay=waits)
            step = applied(change, standing, by=by, now=self._clock())
            if not sentence or self._stores.changes.settle(step) is not None:
                return outcome
        raise StorageError("what was to be changed goes on changing; try again")

    def pending(self) -> tuple[PendingChange, ...]:
        """Return what waits, in the order of asking; what cannot be read is left out."""
        found = []
        for request in self._requests():
            try:
                found.append(read_pending(request))
            except ConfigurationError:
                continue
        return tuple(found)

    def remaining(self, pending: PendingChange) -> timedelta:
        """How long a change still waits, as far as this process can tell."""
        return self._waiting.remaining(pending.number, pending.due_at)

    def cancel(self, number: int, *, by: str) -> None:
        """Give up a change that waits; that tightens, so it needs no password.

        Raises
        ------
        ConfigurationError
            If no change with this number waits.
        """
        request = next((each for each in self._requests() if each.number == number), None)
        event = DeskEvent(
            self._clock(),
            DeskEventKind.CHANGE_CANCELLED,
            SUBJECT,
            f"{by} cancelled change {number}",
        )
        if request is not None:
            event = replace(event, detail=f"{event.detail}: {sentence_of(request)}")
            settlement = Settlement(taken=number, events=(event,))
            if self._stores.changes.settle(settlement) is not None:
                return
        raise ConfigurationError(f"no change {number} waits; it is made, refused or cancelled")

    def observe(self) -> None:
        """Note what waits, so that from now on a clock set forward does not shorten the wait."""
        self._waiting.observe((each.number, each.due_at) for each in self._requests())

    def carry_out_due(self, lease: Lease) -> tuple[DeskEvent, ...]:
        """Make each change whose time has come, exactly once, or refuse it; return the events.

        A change, the end of its waiting and its event are one transaction: after a crash it is
        made or it waits.

        Raises
        ------
        LeaseLostError
            If another process acts by now.
        """
        self.observe()
        events: list[DeskEvent] = []
        for request in self._requests():
            if self._waiting.remaining(request.number, request.due_at) <= AT_ONCE:
                step = final_step(request, self._standing(), self._stores, now=self._clock())
                settlement = replace(step, lease=lease)
                if self._stores.changes.settle(settlement) is not None:
                    events += [each for each in settlement.events if isinstance(each, DeskEvent)]
        return tuple(events)

    def look(self, lease: Lease | None) -> None:
        """Make what is due with the right to act, or only note what waits; never fails."""
        try:
            if lease is None:
                self.observe()
            else:
                self.carry_out_due(lease)
        except (LeaseLostError, StorageError) as error:
            log.warning("changes that wait are looked at again later", reason=str(error))

    def adopt(self, wanted: CommittedSettings) -> CommittedSettings:
        """Go over to the settings of the file, at once or later; return those that count now.

        What the file asked for before and asks for no more is cancelled.
        """
        committed = self._stores.changes.settings()
        if committed is None:
            self._stores.changes.settle(Settlement(settings=Swap(None, wanted)))
            return wanted
        asked = CommitSettings(wanted)
        waiting = [each for each in self.pending() if isinstance(each.change, CommitSettings)]
        for each in waiting:
            if each.change != asked:
                self.cancel(each.number, by=FILE)
        if committed != wanted and all(each.change != asked for each in waiting):
            # Whoever can write the file needs no password: the wait is what protects.
            self.ask(asked, by=FILE, is_confirmed=True)
        return self._stores.changes.settings() or wanted

    def _keep_waiting(
        self, outcome: Outcome, change: Change, expected: str, *, by: str, delay: timedelta
    ) -> Outcome:
        now = self._clock()
        pending = PendingChange(
            change=change,
            by=by,
            sentence=outcome.sentence,
            expected=expected,
            requested_at=now,
            due_at=now + delay,
        )
        text = (
            f"{by} asked for a change that takes effect at "
            f"{pending.due_at.isoformat(timespec='seconds')}: {outcome.sentence}"
        )
        event = DeskEvent(now, DeskEventKind.CHANGE_REQUESTED, SUBJECT, text)
        step = Settlement(added=pending_request(pending), events=(event,))
        number = self._stores.changes.settle(step) or 0
        return replace(outcome, pending=replace(pending, number=number))

    def _requests(self) -> tuple[DeskRequest, ...]:
        waiting = self._stores.desk.requests()
        return tuple(each for each in waiting if each.kind is RequestKind.CHANGE)

    def _standing(self) -> Standing:
        stores = self._stores
        return Standing(
            rules=stores.desk.rules(),
            limits=stores.limits.limits(),
            settings=stores.changes.settings(),
        )
