"""A chain names the first row that is not what was written."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etrms_core.engine.hash_chain import (
    START,
    ChainBreak,
    ChainRow,
    Checkpoint,
    first_break,
    link,
)

CONTENTS = st.lists(st.text(max_size=8), min_size=1, max_size=12)


def chain(contents: Sequence[str], *, start: Checkpoint = START) -> list[ChainRow]:
    rows: list[ChainRow] = []
    last = start
    for content in contents:
        sequence = last.sequence + 1
        row_hash = link(last.row_hash, run_id="live", sequence=sequence, content=content)
        rows.append(ChainRow(sequence, content, last.row_hash, row_hash))
        last = Checkpoint(sequence, row_hash)
    return rows


def end_of(rows: Sequence[ChainRow]) -> Checkpoint:
    return Checkpoint(rows[-1].sequence, rows[-1].row_hash) if rows else START


def broken(
    rows: Sequence[ChainRow], head: Checkpoint, *, start: Checkpoint = START
) -> ChainBreak | None:
    return first_break(rows, run_id="live", start=start, head=head)


@given(CONTENTS)
def test_what_was_written_is_good_from_the_start_and_from_any_checkpoint(
    contents: list[str],
) -> None:
    rows = chain(contents)
    for pruned in range(len(rows) + 1):
        start = end_of(rows[:pruned])
        assert broken(rows[pruned:], end_of(rows), start=start) is None


@given(CONTENTS, st.data())
def test_a_changed_row_is_named(contents: list[str], data: st.DataObject) -> None:
    rows = chain(contents)
    head, at = end_of(rows), data.draw(st.integers(0, len(rows) - 1))
    row = rows[at]
    changes = (
        replace(row, sequence=at + 100),
        replace(row, content=row.content + "x"),
        replace(row, previous_hash="x"),
        replace(row, row_hash="x"),
    )
    rows[at] = data.draw(st.sampled_from(changes))
    found = broken(rows, head)
    assert found is not None
    assert found.sequence == at + 1


@pytest.mark.parametrize("number", [-1, 1, 2])
def test_a_row_with_a_number_that_was_before_is_named_by_it(number: int) -> None:
    rows = chain(["a", "b", "c", "d"])
    head = end_of(rows)
    rows[2] = replace(rows[2], sequence=number)
    assert broken(rows, head) == ChainBreak(number, "it was added, or had another number")


@given(CONTENTS, st.data())
def test_a_removed_row_is_named(contents: list[str], data: st.DataObject) -> None:
    rows = chain(contents)
    head, at = end_of(rows), data.draw(st.integers(0, len(rows) - 1))
    del rows[at]
    found = broken(rows, head)
    assert found is not None
    assert (found.sequence, "missing" in found.reason) == (at + 1, True)


@given(CONTENTS.filter(lambda contents: len(contents) > 1), st.data())
def test_swapped_rows_are_named_even_when_their_numbers_are_swapped_too(
    contents: list[str], data: st.DataObject
) -> None:
    rows = chain(contents)
    head, at = end_of(rows), data.draw(st.integers(0, len(rows) - 2))
    first, second = rows[at], rows[at + 1]
    rows[at] = replace(second, sequence=first.sequence)
    rows[at + 1] = replace(first, sequence=second.sequence)
    found = broken(rows, head)
    assert found is not None
    assert found.sequence == at + 1


@given(CONTENTS, st.text(max_size=4))
def test_a_row_added_at_the_end_is_named_even_with_a_right_hash(
    contents: list[str], added: str
) -> None:
    rows = chain(contents)
    forged = chain([added], start=end_of(rows))
    found = broken([*rows, *forged], end_of(rows))
    assert found == ChainBreak(len(rows) + 1, f"it was added: the last row has number {len(rows)}")


@pytest.mark.parametrize("kept", [0, 2])
def test_rows_cut_off_at_the_end_are_named(kept: int) -> None:
    rows = chain(["a", "b", "c"])
    found = broken(rows[:kept], end_of(rows))
    assert found == ChainBreak(kept + 1, "rows are missing at the end, up to 3")


def test_a_chain_written_anew_does_not_end_in_the_noted_hash() -> None:
    head = end_of(chain(["a", "b"]))
    found = broken(chain(["a", "forged"]), head)
    assert found == ChainBreak(2, "it is not the row that was written last")


def test_a_row_belongs_to_one_run() -> None:
    rows = chain(["a"])
    assert first_break(rows, run_id="other", head=end_of(rows)) == ChainBreak(
        1, "its content is not what was written"
    )
