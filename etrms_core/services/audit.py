"""Checking the audit log: that it is what was written, and that it can be replayed."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from etrms_core.engine.audit_ports import AuditLog
from etrms_core.engine.decision_record import decision_hash
from etrms_core.engine.hash_chain import (
    AuditLogName,
    ChainBreak,
    ChainRow,
    Checkpoint,
    first_break,
)
from etrms_core.engine.memory import CycleMemory
from etrms_core.engine.memory_document import memory_hash
from etrms_core.engine.storage_ports import RecordedCycle
from etrms_core.errors import EtrmsError, StorageError
from etrms_core.services.cycle_records import CycleInputs
from etrms_core.services.risk_monitor import decide

Progress = Callable[[int, int], None]
PROGRESS_EVERY = 200
LONGEST_REASON = 200
# A store repeats the bytes that are no text, or speaks of its own functions.
STORE_WORDS = (
    (re.compile(r".*Could not decode to UTF-8 column '(\w+)'.*"), r"its \1 is no text"),
    (re.compile(r"a bytes-like object is required.*"), "its payload is no packed text"),
    (re.compile(r": Error -?\d+ while decompressing data.*"), ""),
)


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What the walk along one chain found.

    Attributes
    ----------
    rows : int
        Good rows, up to the first bad one.
    start, head : Checkpoint
        Where the rows begin and end; whoever notes a head elsewhere can prove later that nothing
        before it was written anew.
    broken : ChainBreak or None
        The first bad row.
    """

    log: AuditLogName
    rows: int
    start: Checkpoint
    head: Checkpoint
    broken: ChainBreak | None


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """Both chains of a run."""

    run_id: str
    chains: tuple[ChainReport, ...]

    @property
    def is_good(self) -> bool:
        """Whether every row is what was written."""
        return all(chain.broken is None for chain in self.chains)


@dataclass(frozen=True, slots=True)
class Difference:
    """The first cycle that could not be made again as it was.

    Attributes
    ----------
    as_of : datetime or None
        Its time; None when it could not even be read.
    """

    sequence: int
    as_of: datetime | None
    what: str


@dataclass(frozen=True, slots=True)
class ReplayReport:
    """How many recorded cycles came out the same."""

    run_id: str
    cycles: int
    equal: int
    difference: Difference | None

    @property
    def is_good(self) -> bool:
        """Whether every recorded cycle came out the same."""
        return self.difference is None and self.equal == self.cycles


class Audit:
    """The audit of one run, as pages and commands ask for it."""

    def __init__(self, log: AuditLog) -> None:
        self._log = log

    def verify(self, progress: Progress | None = None) -> VerifyReport:
        """Walk both chains; `progress` is told rows done and in all, of each in turn."""
        return verify(self._log, progress)

    def replay(self, progress: Progress | None = None) -> ReplayReport:
        """Make every recorded cycle again; `progress` is told done and total now and then."""
        return replay(self._log, progress)


def verify(audit: AuditLog, progress: Progress | None = None) -> VerifyReport:
    """Walk both chains of a run and name the first bad row of each."""
    chains = tuple(_verify_chain(audit, log, progress) for log in AuditLogName)
    return VerifyReport(audit.run_id, chains)


def replay(audit: AuditLog, progress: Progress | None = None) -> ReplayReport:
    """Make every recorded cycle again, from the memory where each stretch begins.

    Requests, the risk cycle and the hashes are those of the live desk. A memory that is told in
    the middle must equal the one that the replay has reached, but after a gap.
    """
    start, head = _ends(audit, AuditLogName.CYCLES)
    total = head.sequence - start.sequence
    cycles = equal = 0
    first: Difference | None = None
    memory: CycleMemory | None = None
    try:
        for sequence, recorded in audit.cycles():
            cycles += 1
            memory, what = _replay_cycle(memory, recorded)
            equal += what is None
            if what is not None and first is None:
                first = Difference(sequence, recorded.as_of, what)
            if progress is not None and cycles % PROGRESS_EVERY == 0:
                progress(cycles, max(total, cycles))
    except StorageError as error:
        cycles += 1
        first = first or Difference(start.sequence + cycles, None, readable(error))
    return ReplayReport(audit.run_id, cycles, equal, first)


def _replay_cycle(
    reached: CycleMemory | None, recorded: RecordedCycle
) -> tuple[CycleMemory | None, str | None]:
    told = recorded.memory_before
    memory = reached if told is None else told
    if memory is None:
        return None, "nothing tells the memory that it started from"
    differences = []
    # Cycles that storage trouble left out led from one memory to the other.
    expected = None if recorded.is_after_gap else reached
    if expected is not None and memory_hash(memory) != memory_hash(expected):
        differences.append("the memory before it")
    try:
        result, _ = decide(memory, _inputs(recorded))
    except EtrmsError as error:
        return None, f"it fails now: {readable(error)}"
    if decision_hash(recorded.as_of, result.commands, result.memory) != recorded.decision_hash:
        differences.append("the decision")
    if memory_hash(result.memory) != recorded.memory_hash:
        differences.append("the memory after it")
    return result.memory, _sentence(differences)


def _inputs(recorded: RecordedCycle) -> CycleInputs:
    return CycleInputs(
        as_of=recorded.as_of,
        accounts=recorded.accounts,
        rules=recorded.rules,
        requests=recorded.requests,
        policy=recorded.policy,
    )


def _sentence(differences: Sequence[str]) -> str | None:
    if not differences:
        return None
    verb = "is" if len(differences) == 1 else "are"
    return f"{' and '.join(differences)} {verb} not the same"


def readable(error: EtrmsError) -> str:
    """Say in a short, printable line what is wrong with a row; never the bytes that it holds."""
    text = " ".join(str(error).split())
    for what, words in STORE_WORDS:
        text = what.sub(words, text)
    printable = "".join(each if each.isprintable() else "?" for each in text)
    cut = "" if len(printable) <= LONGEST_REASON else "..."
    return printable[:LONGEST_REASON] + cut


def _ends(audit: AuditLog, log: AuditLogName) -> tuple[Checkpoint, Checkpoint]:
    try:
        return audit.start(log), audit.head(log)
    except StorageError as error:
        raise StorageError(
            f"where the log of {log} ends cannot be read: {readable(error)}"
        ) from error


def _verify_chain(audit: AuditLog, log: AuditLogName, progress: Progress | None) -> ChainReport:
    while True:
        start, head = _ends(audit, log)
        walk = _Walk(audit, log, head, progress)
        broken = walk.first_break(start)
        if broken is None or audit.start(log) == start:
            return ChainReport(log, walk.rows, start, head, broken)
        # Rows were pruned in the meantime.


class _Walk:
    """One pass over the rows, which the desk may go on writing."""

    def __init__(
        self, audit: AuditLog, log: AuditLogName, head: Checkpoint, progress: Progress | None
    ) -> None:
        self._audit, self._log, self._head = audit, log, head
        self._progress = progress
        self.rows = 0

    def first_break(self, start: Checkpoint) -> ChainBreak | None:
        try:
            broken = first_break(
                self._rows(), run_id=self._audit.run_id, start=start, head=self._head
            )
        except StorageError as error:
            return ChainBreak(
                start.sequence + self.rows + 1, f"it cannot be read: {readable(error)}"
            )
        if broken is not None:
            self.rows = max(broken.sequence - start.sequence - 1, 0)
        return broken

    def _rows(self) -> Iterator[ChainRow]:
        for row in self._audit.rows(self._log):
            is_newer = row.sequence > self._head.sequence
            if is_newer and self._audit.head(self._log).sequence >= row.sequence:
                # The desk has written it since; it is for the next walk.
                return
            yield row
            self.rows += 1
            if self._progress is not None and self.rows % PROGRESS_EVERY == 0:
                self._progress(self.rows, max(self._head.sequence, self.rows))
