"""A journal that takes records when nothing else does, and gives back only what is whole."""

import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etrms_core.adapters.storage.emergency_journal import EmergencyJournalFile
from etrms_core.domain.events import DeskEvent, DeskEventKind
from etrms_core.engine.memory import CycleMemory
from etrms_core.engine.memory_document import memory_hash
from etrms_core.engine.storage_ports import CycleRecord
from etrms_core.errors import StorageError
from tests.builders import NOW, make_account, make_position
from tests.engine.intents import make_intent


def record(number: int = 0) -> CycleRecord:
    event = DeskEvent(NOW, DeskEventKind.SOURCE_ERROR, "main", f"number {number}")
    return CycleRecord(
        memory=CycleMemory(as_of=NOW),
        accounts=(make_account(make_position()),),
        events=(event,),
        intents=(make_intent(),),
        taken=(number,),
    )


def journal(folder: Path, *, reserved_bytes: int = 4096) -> EmergencyJournalFile:
    return EmergencyJournalFile(folder / "emergency.journal", reserved_bytes=reserved_bytes)


def test_without_a_file_there_is_nothing(tmp_path: Path) -> None:
    reading = journal(tmp_path).read()
    assert (reading.journal_id, reading.records, reading.damage) == ("", (), None)


def test_records_come_back_in_order_as_they_were_written(tmp_path: Path) -> None:
    kept = journal(tmp_path)
    for number in range(5):
        kept.append(record(number))
    reading = journal(tmp_path).read()
    assert reading.damage is None
    assert [each.taken for each in reading.records] == [(number,) for number in range(5)]
    first = reading.records[0]
    assert (first.accounts, first.events, first.intents) == (
        record().accounts,
        record().events,
        record().intents,
    )
    assert memory_hash(first.memory) == memory_hash(record().memory)


def test_room_is_made_ahead_of_need_and_the_file_is_the_owners_alone(tmp_path: Path) -> None:
    kept = journal(tmp_path, reserved_bytes=100_000)
    kept.prepare()
    file = tmp_path / "emergency.journal"
    assert file.stat().st_size == 100_000
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    kept.append(record())
    assert file.stat().st_size == 100_000
    before = kept.read().journal_id
    kept.prepare()
    assert (kept.read().journal_id, len(kept.read().records)) == (before, 1)


def test_it_grows_when_it_must(tmp_path: Path) -> None:
    kept = journal(tmp_path, reserved_bytes=100)
    for number in range(10):
        kept.append(record(number))
    assert len(kept.read().records) == 10


def test_a_cleared_journal_is_another_one(tmp_path: Path) -> None:
    kept = journal(tmp_path)
    kept.append(record())
    before = kept.read()
    kept.clear()
    after = kept.read()
    assert (after.records, after.damage) == ((), None)
    assert before.journal_id != after.journal_id != ""


@pytest.mark.parametrize("kept_share", [0.3, 0.6, 0.95])
def test_a_journal_cut_in_the_middle_gives_what_is_whole_and_says_so(
    tmp_path: Path, kept_share: float
) -> None:
    kept = journal(tmp_path, reserved_bytes=64)
    for number in range(4):
        kept.append(record(number))
    file = tmp_path / "emergency.journal"
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * kept_share)])
    reading = kept.read()
    whole = len(reading.records)
    assert whole < 4
    assert reading.damage == f"{file} is cut or damaged after {whole} records"
    assert [each.taken for each in reading.records] == [(number,) for number in range(whole)]


def test_what_comes_after_a_damaged_record_goes_over_it(tmp_path: Path) -> None:
    kept = journal(tmp_path)
    kept.append(record(0))
    file = tmp_path / "emergency.journal"
    end = file.read_bytes().rstrip(b"\0")
    kept.append(record(1))
    content = bytearray(file.read_bytes())
    content[len(end) + 40] ^= 0xFF
    file.write_bytes(content)
    assert kept.read().damage is not None
    kept.append(record(2))
    reading = kept.read()
    assert [each.taken for each in reading.records] == [(0,), (2,)]


@given(content=st.binary(max_size=400))
@settings(max_examples=2000, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_bytes_make_reading_fail(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "emergency.journal").write_bytes(content)
    reading = journal(tmp_path).read()
    assert reading.records == ()
    assert (reading.damage is None) == (not content)


@given(data=st.data())
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_flipped_byte_costs_no_record_before_it(tmp_path: Path, data: st.DataObject) -> None:
    file = tmp_path / "emergency.journal"
    file.unlink(missing_ok=True)
    kept = journal(tmp_path, reserved_bytes=64)
    ends = []
    for number in range(3):
        kept.append(record(number))
        ends.append(file.stat().st_size)
    content = bytearray(file.read_bytes())
    at = data.draw(st.integers(24, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))
    file.write_bytes(content)
    reading = kept.read()
    whole = sum(end <= at for end in ends)
    assert [each.taken for each in reading.records][:whole] == [(n,) for n in range(whole)]
    assert len(reading.records) < 3


def test_a_folder_that_cannot_be_used_is_a_storage_error(tmp_path: Path) -> None:
    kept = EmergencyJournalFile(tmp_path / "missing" / "emergency.journal")
    with pytest.raises(StorageError, match=r"cannot be read or written \(No such file"):
        kept.append(record())
