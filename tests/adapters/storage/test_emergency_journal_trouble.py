"""The journal on a full disk, beside another process, in a file that is damaged or not its own."""

import json
import os
import resource
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from etrms_core.adapters.storage.emergency_journal import (
    FRAME,
    HEADER,
    EmergencyJournalFile,
    record_checksum,
)
from etrms_core.errors import StorageError
from tests.adapters.storage.test_emergency_journal import journal, record

NAME = "emergency.journal"


@contextmanager
def limited_file_size(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond a size, bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def taken(kept: EmergencyJournalFile) -> list[int]:
    return [number for each in kept.read().records for number in each.taken]


def frame(journal_id: str, number: int, body: bytes) -> bytes:
    return FRAME.pack(len(body), record_checksum(journal_id, number, body)) + body


def test_a_full_disk_refuses_no_record_while_there_is_room_in_the_file(tmp_path: Path) -> None:
    kept = journal(tmp_path, reserved_bytes=64 * 1024)
    kept.prepare()
    with limited_file_size(64 * 1024):
        for number in range(20):
            kept.append(record(number))
        kept.clear()
        kept.append(record(99))
    assert taken(kept) == [99]


def test_a_journal_that_cannot_grow_says_so_and_keeps_what_it_has(tmp_path: Path) -> None:
    kept = journal(tmp_path, reserved_bytes=4096)
    kept.prepare()
    with limited_file_size(4096):
        with pytest.raises(StorageError, match=f"no room left for .*{NAME}; free some space"):
            fill(kept)
        written = taken(kept)
    assert written == list(range(len(written)))
    assert len(written) >= 2
    kept.append(record(77))
    assert taken(kept) == [*written, 77]
    assert kept.read().damage is None


def fill(kept: EmergencyJournalFile) -> None:
    for number in range(20):
        kept.append(record(number))


def test_emptying_needs_no_new_room(tmp_path: Path) -> None:
    kept = journal(tmp_path, reserved_bytes=64 * 1024)
    kept.append(record(0))
    with limited_file_size(1024):
        kept.clear()
    assert (tmp_path / NAME).stat().st_size == 64 * 1024
    assert taken(kept) == []


def test_where_there_is_no_room_to_reserve_a_small_journal_is_better_than_none(
    tmp_path: Path,
) -> None:
    kept = journal(tmp_path, reserved_bytes=64 * 1024)
    with limited_file_size(8 * 1024):
        kept.prepare()
        kept.append(record(1))
        assert taken(kept) == [1]
    kept.prepare()
    assert taken(kept) == [1]
    kept.clear()
    kept.prepare()
    assert (tmp_path / NAME).stat().st_size == 64 * 1024


def test_a_journal_that_has_grown_is_small_again_when_it_is_emptied(tmp_path: Path) -> None:
    kept = journal(tmp_path, reserved_bytes=1024)
    for number in range(10):
        kept.append(record(number))
    assert (tmp_path / NAME).stat().st_size > 4096
    kept.clear()
    assert (tmp_path / NAME).stat().st_size == 1024
    assert (taken(kept), kept.read().damage) == ([], None)


def test_what_was_emptied_never_comes_back_under_the_new_id(tmp_path: Path) -> None:
    kept = journal(tmp_path)
    for number in range(3):
        kept.append(record(number))
    before = (tmp_path / NAME).read_bytes()
    kept.clear()
    after = bytearray((tmp_path / NAME).read_bytes())
    # As if the end that clearing writes behind the new id had not reached the disk.
    after[HEADER : HEADER + FRAME.size] = before[HEADER : HEADER + FRAME.size]
    (tmp_path / NAME).write_bytes(after)
    assert taken(kept) == []


def test_a_shorter_record_over_a_longer_damaged_one_ends_the_journal(tmp_path: Path) -> None:
    kept = journal(tmp_path)
    kept.append(record(0))
    start = len((tmp_path / NAME).read_bytes().rstrip(b"\0"))
    content = bytearray((tmp_path / NAME).read_bytes())
    content[start : start + 3000] = os.urandom(3000)
    (tmp_path / NAME).write_bytes(content)
    kept.append(record(1))
    assert (taken(kept), kept.read().damage) == ([0, 1], None)


def test_two_processes_write_one_after_the_other_into_one_file(tmp_path: Path) -> None:
    one, other = journal(tmp_path), journal(tmp_path)
    one.append(record(0))
    other.append(record(1))
    one.append(record(2))
    other.clear()
    one.append(record(3))
    assert taken(other) == [3]


def test_a_damaged_journal_is_kept_beside_the_new_one_when_it_is_emptied(tmp_path: Path) -> None:
    kept = journal(tmp_path)
    kept.append(record(0))
    with (tmp_path / NAME).open("r+b") as file:
        file.seek(HEADER + FRAME.size + 5)
        file.write(b"XXXX")
    damaged = (tmp_path / NAME).read_bytes()
    kept.clear()
    assert (kept.read().records, kept.read().damage) == ((), None)
    (beside,) = tmp_path.glob(f"{NAME}.damaged-*")
    assert beside.read_bytes() == damaged


def test_another_file_of_that_name_is_neither_written_nor_lost(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("my shopping list\n" * 10)
    kept = journal(tmp_path)
    assert kept.read().damage == f"{tmp_path / NAME} does not begin like a journal"
    with pytest.raises(StorageError, match="is no journal; move it away"):
        kept.append(record())
    kept.clear()
    kept.append(record(5))
    assert taken(kept) == [5]
    (beside,) = tmp_path.glob(f"{NAME}.damaged-*")
    assert beside.read_text().startswith("my shopping list")


def test_rights_of_others_are_taken_away(tmp_path: Path) -> None:
    kept = journal(tmp_path)
    kept.prepare()
    (tmp_path / NAME).chmod(0o644)
    kept.prepare()
    assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o600


def assert_reading_never_raises(folder: Path, content: bytes) -> None:
    (folder / NAME).write_bytes(content)
    reading = journal(folder).read()
    assert (reading.records, reading.damage is None) == ((), not content)


# Bodies whose checksum is right, so that everything behind it has to bear them.
bodies = st.one_of(
    st.binary(max_size=60),
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
        lambda inner: st.one_of(
            st.lists(inner, max_size=4),
            st.dictionaries(
                st.sampled_from(
                    ["version", "memory", "accounts", "events", "intents", "taken", "recorded"]
                ),
                inner,
                max_size=7,
            ),
        ),
        max_leaves=12,
    ).map(lambda document: zlib.compress(json.dumps(document).encode())),
)
files = st.one_of(
    st.binary(max_size=300),
    st.binary(max_size=100).map(lambda tail: b"ETRMSJ1\n" + b"0" * 16 + b"\1" + tail),
    bodies.filter(bool).map(
        lambda body: b"ETRMSJ1\n" + b"0" * 16 + frame("0" * 16, 0, body) + bytes(30)
    ),
)


@given(content=files)
@example(
    content=b"ETRMSJ1\n" + b"0" * 16 + frame("0" * 16, 0, zlib.compress(b"[" * 200_000)),
)
@settings(max_examples=2_000, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_file_makes_reading_fail(tmp_path: Path, content: bytes) -> None:
    assert_reading_never_raises(tmp_path, content)


@pytest.mark.soak
@given(content=files)
@settings(max_examples=100_000, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_file_makes_reading_fail_in_a_long_search(tmp_path: Path, content: bytes) -> None:
    assert_reading_never_raises(tmp_path, content)
