"""A recorded cycle comes back as it was, and a damaged one says so."""

import json
from contextlib import suppress
from dataclasses import replace
from math import inf, isnan, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etrms_core.adapters.storage.cycle_rows import (
    CHUNK,
    cycle_content,
    cycle_text,
    pack,
    read_cycle,
    unpack,
)
from etrms_core.adapters.storage.moments import to_us
from etrms_core.domain.account import AccountState, LedgerTotal
from etrms_core.domain.policy import RiskPolicy
from etrms_core.engine.memory import CycleMemory
from etrms_core.engine.memory_document import memory_hash
from etrms_core.engine.storage_ports import DeskRequest, RecordedCycle, RequestKind
from etrms_core.errors import StorageError
from tests.builders import make_account, make_position
from tests.contracts.desk_store_contract import A_MOMENT, full_account
from tests.engine.desk import HALVE, NOTIFY, Desk, long_account, make_rule

TEXTS = st.binary(max_size=64).flatmap(
    lambda unit: st.integers(0, 2_000).map(lambda times: unit * times)
)


def recorded(
    *, accounts: tuple[AccountState, ...] = (), memory_before: CycleMemory | None = None
) -> RecordedCycle:
    return RecordedCycle(
        as_of=A_MOMENT,
        accounts=accounts or (full_account(), make_account()),
        rules=(make_rule("drawdown", 0.1, HALVE, NOTIFY, name="a"), make_rule(name="b")),
        requests=(DeskRequest(RequestKind.RESET_BREAKER, "a", A_MOMENT, A_MOMENT, 7),),
        policy=RiskPolicy("Europe/Berlin", clock_jump_seconds=inf),
        decision_hash="d" * 64,
        memory_hash="m" * 64,
        memory_before=memory_before,
    )


def again(cycle: RecordedCycle) -> RecordedCycle:
    return read_cycle(cycle_text(cycle), columns_of(cycle))


def columns_of(cycle: RecordedCycle) -> dict[str, object]:
    return {
        "as_of_us": to_us(cycle.as_of),
        "decision_hash": cycle.decision_hash,
        "memory_hash": cycle.memory_hash,
    }


def test_a_cycle_comes_back_with_every_field() -> None:
    assert again(recorded()) == recorded()
    after_gap = replace(recorded(), is_after_gap=True)
    assert again(after_gap) == after_gap


def test_a_row_of_an_earlier_version_tells_of_no_gap() -> None:
    cycle = recorded()
    document = json.loads(cycle_text(replace(cycle, is_after_gap=True)))
    del document["is_after_gap"]
    assert read_cycle(json.dumps(document).encode(), columns_of(cycle)) == cycle


def test_the_memory_before_it_comes_back_with_its_infinities_and_nan() -> None:
    desk = Desk(rules=(make_rule("drawdown", 0.1, HALVE, latched=True),))
    desk.read(long_account())
    memory = desk.read(long_account(None)).memory
    loaded = again(recorded(memory_before=memory)).memory_before
    assert loaded is not None
    assert memory_hash(loaded) == memory_hash(memory)


def test_numbers_that_are_not_finite_survive() -> None:
    account = replace(make_account(), ledger=(LedgerTotal("X", inf, nan, -inf),))
    (loaded,) = again(recorded(accounts=(account,))).accounts
    assert loaded.ledger is not None
    total = loaded.ledger[0]
    assert (total.realized_pnl, isnan(total.fees), total.funding) == (inf, True, -inf)


@given(TEXTS, TEXTS)
def test_a_text_comes_back_whatever_lay_before_it(text: bytes, before: bytes) -> None:
    assert unpack(pack(text, before), before) == text
    assert unpack(pack(text)) == text


def test_a_text_beyond_what_deflate_sees_is_still_small_against_the_one_before() -> None:
    def text(mark: float) -> bytes:
        names = [f"C{number}USDT" for number in range(200)]
        positions = [
            make_position(name, 1.0 + len(name) / 7, 90.0 + number, mark_price=mark + number)
            for number, name in enumerate(names)
        ]
        return cycle_text(recorded(accounts=(make_account(*positions),)))

    before, after = text(100.5), text(100.75)
    assert len(after) > 4 * CHUNK
    assert len(pack(after, before)) < len(pack(after)) / 2
    assert unpack(pack(after, before), before) == after


@pytest.mark.parametrize("before", [b"", b"the text before " * 100])
def test_any_flipped_byte_and_any_cut_is_damage(before: bytes) -> None:
    payload = pack(cycle_text(recorded()), before)
    text = unpack(payload, before)
    for at in range(len(payload)):
        flipped = bytearray(payload)
        flipped[at] ^= 1 << at % 8
        # A bit of padding may say nothing; the text is then the same.
        with suppress(StorageError):
            assert unpack(bytes(flipped), before) == text
    for length in range(1, len(payload)):
        with pytest.raises(StorageError, match="cut off"):
            unpack(payload[:length], before)


def test_another_text_before_it_is_damage() -> None:
    payload = pack(b"one and two", b"one and three")
    with pytest.raises(StorageError, match="damaged"):
        unpack(payload, b"one and four ")
    with pytest.raises(StorageError, match="damaged"):
        unpack(payload)


@pytest.mark.parametrize("name", ["as_of_us", "payload", "decision_hash", "memory_hash"])
@pytest.mark.parametrize("value", [None, 1.5, "other", b"other"])
def test_the_content_covers_every_column_and_stands_any_damage(name: str, value: object) -> None:
    columns = {
        "as_of_us": 1,
        "is_keyframe": True,
        "payload": b"p",
        "decision_hash": "d",
        "memory_hash": "m",
    }
    assert cycle_content({**columns, name: value}) != cycle_content(columns)
    assert cycle_content({**columns, "is_keyframe": 1}) == cycle_content(columns)
    assert cycle_content({**columns, "is_keyframe": 3}) != cycle_content(columns)
