"""A cycle that went through a journal is the cycle that was decided."""

import json
import zlib
from dataclasses import replace
from math import inf, nan

import numpy as np
import pytest

from etrms_core.adapters.storage.record_document import record_body, record_from_body
from etrms_core.domain.intents import CancelById, ChangeLeverage
from etrms_core.domain.policy import DEFAULT_POLICY
from etrms_core.engine.memory import CycleMemory
from etrms_core.engine.memory_document import memory_hash
from etrms_core.engine.storage_ports import CycleRecord, DeskRequest, RecordedCycle, RequestKind
from etrms_core.errors import StorageError
from tests.builders import NOW
from tests.contracts.desk_store_contract import (
    A_MOMENT,
    breaker_event,
    desk_event,
    full_account,
    reading,
)
from tests.contracts.intent_log_contract import make_intent
from tests.engine.test_memory_document import RULES, lived


def full_record() -> CycleRecord:
    memory = lived(3).memory
    recorded = RecordedCycle(
        as_of=A_MOMENT,
        accounts=(full_account(),),
        rules=RULES,
        requests=(DeskRequest(RequestKind.FLATTEN, "smoke", NOW, A_MOMENT, 4),),
        policy=replace(DEFAULT_POLICY, time_zone="Europe/Berlin"),
        decision_hash="a" * 64,
        memory_hash=memory_hash(memory),
        memory_before=lived(4).memory,
        is_after_gap=True,
    )
    return CycleRecord(
        memory=memory,
        accounts=(full_account(),),
        events=(breaker_event(inf, at=A_MOMENT), breaker_event(None), desk_event()),
        point=reading(1.0),
        intents=(
            make_intent("et-1"),
            replace(make_intent("et-2"), action=CancelById("main", ("a", "b"))),
            replace(make_intent("et-3"), action=ChangeLeverage("main", "BTCUSDT", 2.5)),
        ),
        taken=(4, -1),
        recorded=recorded,
    )


def test_a_record_comes_back_with_every_field() -> None:
    written = full_record()
    read = record_from_body(record_body(written))
    assert memory_hash(read.memory) == memory_hash(written.memory)
    for name in ("accounts", "events", "point", "intents", "taken"):
        assert getattr(read, name) == getattr(written, name)
    assert read.recorded is not None
    assert written.recorded is not None
    assert memory_hash(read.recorded.memory_before or CycleMemory()) == memory_hash(
        written.recorded.memory_before or CycleMemory()
    )
    assert replace(read.recorded, memory_before=None) == replace(
        written.recorded, memory_before=None
    )


def test_no_field_of_a_record_has_its_default_here() -> None:
    empty = CycleRecord(memory=CycleMemory(), accounts=())
    for name in CycleRecord.__dataclass_fields__:
        assert getattr(full_record(), name) != getattr(empty, name)


def test_a_small_record_comes_back() -> None:
    read = record_from_body(record_body(CycleRecord(memory=CycleMemory(), accounts=())))
    assert (read.accounts, read.events, read.point, read.recorded) == ((), (), None, None)
    assert memory_hash(read.memory) == memory_hash(CycleMemory())


def test_unknown_numbers_in_the_memory_come_back() -> None:
    memory = lived(3).memory
    table = memory.navs.table.copy()
    table[0, 0], table[-1, 0] = nan, inf
    memory = replace(memory, navs=replace(memory.navs, table=table))
    read = record_from_body(record_body(CycleRecord(memory=memory, accounts=())))
    np.testing.assert_array_equal(read.memory.navs.table, table)


def test_nan_where_the_database_takes_none_is_refused() -> None:
    record = CycleRecord(memory=CycleMemory(), accounts=(), events=(breaker_event(nan),))
    with pytest.raises(StorageError, match="NaN, which is never stored"):
        record_body(record)


@pytest.mark.parametrize("name", ["memory", "accounts", "events", "intents", "taken", "version"])
@pytest.mark.parametrize("damage", [None, 7, "x", [{}], {"a": 1}, [[]], 1e400, [1e400]])
def test_a_damaged_part_is_a_storage_error(name: str, damage: object) -> None:
    document = json.loads(zlib.decompress(record_body(full_record())))
    document[name] = damage
    with pytest.raises(StorageError, match="a journal record cannot be read"):
        record_from_body(zlib.compress(json.dumps(document).encode()))


def test_a_record_of_another_version_is_refused_with_both_versions() -> None:
    document = json.loads(zlib.decompress(record_body(full_record())))
    document["version"] = 9
    with pytest.raises(StorageError, match="of version 9, this program reads 1"):
        record_from_body(zlib.compress(json.dumps(document).encode()))
