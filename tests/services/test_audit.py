"""The audit names the first bad row and the first decision that would be another one."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from etrms_core.domain.account import AccountState
from etrms_core.engine.hash_chain import (
    START,
    AuditLogName,
    ChainBreak,
    ChainRow,
    Checkpoint,
    link,
)
from etrms_core.engine.memory import CycleMemory
from etrms_core.engine.memory_document import memory_document, memory_from_document
from etrms_core.engine.storage_ports import DeskRequest, RecordedCycle, RequestKind
from etrms_core.errors import StorageError
from etrms_core.services import audit as audit_module
from etrms_core.services.audit import Audit, Difference, readable, replay, verify
from etrms_core.services.cycle_records import CycleInputs, CycleRecorder
from etrms_core.services.risk_monitor import decide
from tests.builders import NOW
from tests.engine.desk import HALVE, PATIENT, long_account, make_rule

EVENTS, CYCLES = AuditLogName.EVENTS, AuditLogName.CYCLES
RULES = (make_rule("drawdown", 0.1, HALVE, latched=True),)
MARKS = (100.0, 97.0, 80.0, 80.0, 85.0, 110.0, 90.0, 95.0)


class ListedAudit:
    """An `AuditLog` over lists; `meanwhile` runs once, before the row with that number is read."""

    run_id = "live"

    def __init__(self, recorded: Sequence[RecordedCycle] = ()) -> None:
        self.recorded = list(enumerate(recorded, start=1))
        self.lists: dict[AuditLogName, list[ChainRow]] = {EVENTS: [], CYCLES: []}
        self.starts = {EVENTS: START, CYCLES: START}
        self.heads = {EVENTS: START, CYCLES: START}
        self.meanwhile: tuple[int, Callable[[], None]] | None = None
        self.unreadable: int | None = None

    def write(self, log: AuditLogName, *contents: str) -> None:
        for content in contents:
            last = self.heads[log]
            sequence = last.sequence + 1
            row_hash = link(last.row_hash, run_id=self.run_id, sequence=sequence, content=content)
            self.lists[log].append(ChainRow(sequence, content, last.row_hash, row_hash))
            self.heads[log] = Checkpoint(sequence, row_hash)

    def prune(self, log: AuditLogName, count: int) -> None:
        removed = self.lists[log][:count][-1]
        del self.lists[log][:count]
        self.starts[log] = Checkpoint(removed.sequence, removed.row_hash)

    def rows(self, log: AuditLogName) -> Iterator[ChainRow]:
        last = 0
        while True:
            if self.meanwhile is not None and self.meanwhile[0] == last + 1:
                happen, self.meanwhile = self.meanwhile[1], None
                happen()
            row = next((each for each in self.lists[log] if each.sequence > last), None)
            if row is None:
                return
            if row.sequence == self.unreadable:
                raise StorageError("the disk fails")
            yield row
            last = row.sequence

    def start(self, log: AuditLogName) -> Checkpoint:
        return self.starts[log]

    def head(self, log: AuditLogName) -> Checkpoint:
        return self.heads[log]

    def cycles(self) -> Iterator[tuple[int, RecordedCycle]]:
        for number, recorded in self.recorded:
            if number == self.unreadable:
                raise StorageError(f"cycle {number} cannot be read")
            yield number, recorded


def written(*, rows: int = 5) -> ListedAudit:
    audit = ListedAudit()
    for log in AuditLogName:
        audit.write(log, *(f"{log} {number}" for number in range(rows)))
    return audit


def seen_at(mark: float, number: int) -> tuple[AccountState, ...]:
    account = replace(long_account(mark), observed_at=NOW + timedelta(minutes=4 * number))
    return (account,)


def record(marks: Sequence[float] = MARKS) -> list[RecordedCycle]:
    """Record cycles four minutes apart: the memory is told every third time."""
    recorder, memory, cycles = CycleRecorder(), CycleMemory(), []
    for number, mark in enumerate(marks):
        at = NOW + timedelta(minutes=4 * number)
        reset = DeskRequest(RequestKind.RESET_BREAKER, "guard", at)
        inputs = CycleInputs(
            as_of=at,
            accounts=seen_at(mark, number),
            rules=RULES,
            requests=(reset,) if number == 4 else (),
            policy=PATIENT,
        )
        result, _ = decide(memory, inputs)
        cycles.append(recorder.recorded(memory, inputs, result))
        memory = result.memory
    return cycles


def difference_of(cycles: Sequence[RecordedCycle]) -> Difference:
    difference = replay(ListedAudit(cycles)).difference
    assert difference is not None
    return difference


def test_a_good_log_is_good_and_tells_its_ends() -> None:
    audit = written()
    report = Audit(audit).verify()
    assert report.is_good
    assert [(chain.log, chain.rows, chain.broken) for chain in report.chains] == [
        (EVENTS, 5, None),
        (CYCLES, 5, None),
    ]
    assert [chain.head for chain in report.chains] == [audit.heads[EVENTS], audit.heads[CYCLES]]


@pytest.mark.parametrize("log", list(AuditLogName))
def test_the_first_bad_row_of_each_log_is_named(log: AuditLogName) -> None:
    audit = written()
    audit.lists[log][2] = replace(audit.lists[log][2], content="other")
    report = verify(audit)
    assert not report.is_good
    bad = {chain.log: (chain.rows, chain.broken) for chain in report.chains}
    assert bad.pop(log) == (2, ChainBreak(3, "its content is not what was written"))
    assert list(bad.values()) == [(5, None)]


def test_a_row_that_cannot_be_fetched_is_named() -> None:
    audit = written()
    audit.unreadable = 4
    chain = verify(audit).chains[0]
    assert (chain.rows, chain.broken) == (
        3,
        ChainBreak(4, "it cannot be read: the disk fails"),
    )


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ("x.db failed: Could not decode to UTF-8 column 'payload' with text '\ufffd\x1b['", None),
        ("the disk\n fails", "the disk fails"),
        ("a\x1b[31m\x00b", "a?[31m?b"),
        ("x cannot be read: a bytes-like object is required, not 'str'", "x cannot be read: its "),
        ("its payload is damaged: Error -3 while decompressing data: x", "its payload is damaged"),
        ("y" * 500, "y" * 200 + "..."),
    ],
)
def test_what_is_wrong_with_a_row_is_short_and_printable(found: str, said: str | None) -> None:
    told = readable(StorageError(found))
    assert told.startswith(said or "its payload is no text")
    assert told.isprintable()
    assert "\ufffd" not in told
    assert len(told) <= 203


def test_rows_that_the_desk_writes_meanwhile_are_no_break() -> None:
    audit = written()
    audit.meanwhile = (4, lambda: audit.write(EVENTS, "new", "newer"))
    report = verify(audit)
    assert report.is_good
    assert report.chains[0].rows == 5


def test_rows_that_are_pruned_meanwhile_are_no_break() -> None:
    audit = written()
    audit.meanwhile = (1, lambda: audit.prune(EVENTS, 3))
    chain = verify(audit).chains[0]
    assert (chain.broken, chain.start.sequence, chain.rows) == (None, 3, 2)


def test_a_row_beyond_the_last_one_is_named() -> None:
    audit = written()
    head = audit.heads[EVENTS]
    audit.write(EVENTS, "forged")
    audit.heads[EVENTS] = head
    assert verify(audit).chains[0].broken == ChainBreak(
        6, "it was added: the last row has number 5"
    )


def test_every_recorded_cycle_comes_out_the_same() -> None:
    cycles = record()
    assert [cycle.memory_before is not None for cycle in cycles].count(True) == 3
    report = Audit(ListedAudit(cycles)).replay()
    assert (report.cycles, report.equal, report.difference) == (8, 8, None)
    assert report.is_good


def test_nothing_recorded_is_good() -> None:
    assert replay(ListedAudit()).is_good


@pytest.mark.parametrize("number", range(len(MARKS)))
@pytest.mark.parametrize(
    ("decided", "left", "what"),
    [
        (False, True, "the decision is not the same"),
        (True, False, "the memory after it is not the same"),
        (False, False, "the decision and the memory after it are not the same"),
    ],
)
def test_another_outcome_than_the_recorded_one_is_named(
    number: int, decided: bool, left: bool, what: str
) -> None:
    cycles = record()
    told = cycles[number]
    cycles[number] = replace(
        told,
        decision_hash=told.decision_hash if decided else "0" * 64,
        memory_hash=told.memory_hash if left else "0" * 64,
    )
    assert difference_of(cycles) == Difference(number + 1, cycles[number].as_of, what)
    assert replay(ListedAudit(cycles)).equal == 7


def test_other_inputs_than_the_recorded_ones_are_named() -> None:
    whole = record()
    changes: dict[str, RecordedCycle] = {
        "accounts": replace(whole[4], accounts=seen_at(84.9, 4)),
        "rules": replace(whole[2], rules=(make_rule("drawdown", 0.5, HALVE),)),
        "requests": replace(whole[4], requests=()),
        "as_of": replace(whole[5], as_of=whole[5].as_of + timedelta(microseconds=1)),
    }
    for name, changed in changes.items():
        cycles = [changed if each.as_of == changed.as_of else each for each in whole]
        if name == "as_of":
            cycles[5] = changed
        assert difference_of(cycles).sequence in {3, 5, 6}, name


def test_a_told_memory_that_is_not_the_one_reached_is_named() -> None:
    cycles = record()
    told = cycles[3].memory_before
    assert told is not None
    document = memory_document(told)
    document["known_scopes"] = []
    cycles[3] = replace(cycles[3], memory_before=memory_from_document(document))
    assert "the memory before it" in difference_of(cycles).what
    assert difference_of(cycles).sequence == 4


def test_after_a_gap_the_told_memory_is_where_the_replay_goes_on_and_all_else_counts() -> None:
    whole = record(MARKS[:5])
    told = replay_memory(whole, until=3)
    after = replace(whole[3], memory_before=told, is_after_gap=True)
    left_out = [whole[0], whole[1], after, whole[4]]
    assert replay(ListedAudit(left_out)).is_good
    unmarked = [*left_out[:2], replace(after, is_after_gap=False), whole[4]]
    assert difference_of(unmarked).what == "the memory before it is not the same"
    for changed in (replace(after, decision_hash="0"), replace(after, memory_hash="0")):
        assert difference_of([*left_out[:2], changed, whole[4]]).sequence == 3


def replay_memory(cycles: Sequence[RecordedCycle], *, until: int) -> CycleMemory:
    memory = CycleMemory()
    for each in cycles[:until]:
        inputs = CycleInputs(
            as_of=each.as_of,
            accounts=each.accounts,
            rules=each.rules,
            requests=each.requests,
            policy=each.policy,
        )
        memory = decide(memory, inputs)[0].memory
    return memory


def test_a_difference_ends_with_the_next_told_memory() -> None:
    cycles = record()
    cycles[1] = replace(cycles[1], accounts=seen_at(96.0, 1))
    report = replay(ListedAudit(cycles))
    assert report.difference is not None
    assert report.difference.sequence == 2
    # Two and three come out different, and the memory told with four is not the one reached.
    assert report.equal == 5


def test_a_stretch_without_its_beginning_is_named_and_the_next_one_replayed() -> None:
    cycles = record()[1:]
    report = replay(ListedAudit(cycles))
    assert report.difference == Difference(
        1, cycles[0].as_of, "nothing tells the memory that it started from"
    )
    assert (report.cycles, report.equal) == (7, 5)


def test_a_cycle_that_fails_now_is_named() -> None:
    cycles = record()
    cycles[4] = replace(cycles[4], accounts=())
    difference = difference_of(cycles)
    assert difference.sequence == 5
    assert "fails now" in difference.what


def test_a_cycle_that_cannot_be_read_is_named() -> None:
    audit = ListedAudit(record())
    audit.unreadable = 6
    report = replay(audit)
    assert (report.cycles, report.equal) == (6, 5)
    assert report.difference == Difference(6, None, "cycle 6 cannot be read")
    assert not report.is_good


def test_a_walk_tells_rows_done_and_in_all_of_each_chain() -> None:
    told: list[tuple[int, int]] = []
    rows = 2 * audit_module.PROGRESS_EVERY + 1
    report = Audit(written(rows=rows)).verify(lambda done, total: told.append((done, total)))
    assert report.is_good
    steps = [(audit_module.PROGRESS_EVERY, rows), (2 * audit_module.PROGRESS_EVERY, rows)]
    assert told == 2 * steps


def test_progress_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_module, "PROGRESS_EVERY", 3)
    audit = ListedAudit(record())
    audit.heads[CYCLES] = Checkpoint(8, "")
    told: list[tuple[int, int]] = []
    Audit(audit).replay(progress=lambda done, total: told.append((done, total)))
    assert told == [(3, 8), (6, 8)]
