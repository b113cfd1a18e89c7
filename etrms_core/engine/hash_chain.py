"""A log in which every row carries the hash of the row before it."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

GENESIS = "0" * 64


class AuditLogName(StrEnum):
    """The two chains of a run."""

    EVENTS = "events"
    CYCLES = "cycles"


@dataclass(frozen=True, slots=True)
class ChainRow:
    """A row as it lies in the store; `content` is everything of it that the hash covers."""

    sequence: int
    content: str
    previous_hash: str
    row_hash: str


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The end of what was pruned: the chain goes on after `sequence`, from `row_hash`."""

    sequence: int
    row_hash: str


@dataclass(frozen=True, slots=True)
class ChainBreak:
    """The first row that is not what was written, and why it cannot be."""

    sequence: int
    reason: str


START = Checkpoint(0, GENESIS)


def link(previous_hash: str, *, run_id: str, sequence: int, content: str) -> str:
    """SHA-256 that binds a row to its run, its number, its content and the row before it."""
    text = json.dumps([previous_hash, run_id, sequence, content], separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def first_break(
    rows: Iterable[ChainRow], *, run_id: str, start: Checkpoint = START, head: Checkpoint
) -> ChainBreak | None:
    """Walk a chain from `start` to `head` and name the first bad row; None when all are good.

    Parameters
    ----------
    rows : iterable of ChainRow
        In the order of their numbers.
    start : Checkpoint
        Where the rows begin: after the last pruned one.
    head : Checkpoint
        Number and hash of the row that was written last.
    """
    last = start
    for row in rows:
        if last.sequence >= head.sequence:
            return ChainBreak(
                row.sequence, f"it was added: the last row has number {head.sequence}"
            )
        if row.sequence <= last.sequence:
            return ChainBreak(row.sequence, "it was added, or had another number")
        reason = _fault(row, last, run_id)
        if reason is not None:
            return ChainBreak(last.sequence + 1, reason)
        last = Checkpoint(row.sequence, row.row_hash)
    if last.sequence != head.sequence:
        reason = f"rows are missing at the end, up to {head.sequence}"
        return ChainBreak(last.sequence + 1, reason)
    if last.row_hash != head.row_hash:
        return ChainBreak(last.sequence, "it is not the row that was written last")
    return None


def _fault(row: ChainRow, last: Checkpoint, run_id: str) -> str | None:
    sequence = last.sequence + 1
    if row.sequence != sequence:
        return f"it is missing: the next row has number {row.sequence}"
    if row.previous_hash != last.row_hash:
        return "it does not follow the row before it"
    if link(last.row_hash, run_id=run_id, sequence=sequence, content=row.content) != row.row_hash:
        return "its content is not what was written"
    return None
