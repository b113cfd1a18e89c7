"""What a cycle leaves behind: how often readings and memories are kept, which wishes are due."""

from dataclasses import replace
from datetime import timedelta

from etrms_core.engine.decision_record import decision_hash
from etrms_core.engine.memory import CycleMemory
from etrms_core.engine.memory_document import memory_hash
from etrms_core.engine.storage_ports import AccountEquity, DeskRequest, RequestKind
from etrms_core.services.cycle_records import (
    HISTORY_EVERY,
    KEYFRAME_EVERY,
    CycleInputs,
    CycleRecorder,
    account_equities,
)
from etrms_core.services.risk_monitor import decide
from tests.builders import NOW
from tests.engine.desk import long_account, make_rule
from tests.services.acting import POLICY

ONE_SECOND = timedelta(seconds=1)


def inputs_at(seconds: float) -> CycleInputs:
    now = NOW + timedelta(seconds=seconds)
    return CycleInputs(
        as_of=now,
        accounts=(replace(long_account(), observed_at=now),),
        rules=(make_rule("drawdown", 0.1),),
        requests=(),
        policy=POLICY,
    )


def test_a_reading_is_kept_at_once_and_then_every_ten_seconds() -> None:
    recorder, kept = CycleRecorder(), []
    memory = CycleMemory()
    for second in range(25):
        result, _ = decide(memory, inputs_at(second))
        memory = result.memory
        point = recorder.point(result.snapshot)
        if point is not None:
            kept.append((point.observed_at - NOW) / ONE_SECOND)
            assert (point.equity, point.nav, point.drawdown) == (1_000.0, 1.0, 0.0)
            assert (point.gross_exposure, point.gross_leverage) == (1_000.0, 1.0)
            assert point.accounts == (AccountEquity("main", 1_000.0),)
    assert kept == [0, 10, 20]
    assert timedelta(seconds=10) == HISTORY_EVERY


def test_an_account_whose_reading_is_too_old_has_no_equity() -> None:
    inputs = inputs_at(0.0)
    old = replace(inputs.accounts[0], observed_at=NOW - timedelta(days=1))
    result, _ = decide(CycleMemory(), replace(inputs, accounts=(old,)))
    assert account_equities(result.snapshot) == (AccountEquity("main", None),)


def test_the_memory_before_a_decision_is_kept_at_a_start_and_now_and_then() -> None:
    recorder, every = CycleRecorder(), KEYFRAME_EVERY / ONE_SECOND
    memory, keyframes = CycleMemory(), []
    for second in (0.0, 1.0, every - 1.0, every, every + 1.0, 2 * every):
        inputs = inputs_at(second)
        result, _ = decide(memory, inputs)
        recorded = recorder.recorded(memory, inputs, result)
        if recorded.memory_before is not None:
            keyframes.append(second)
            assert recorded.memory_before is memory
        memory = result.memory
    assert keyframes == [0.0, every, 2 * every]
    assert CycleRecorder().recorded(memory, inputs, result).memory_before is memory


def test_a_recorded_cycle_holds_all_inputs_and_the_hashes_of_what_came_of_them() -> None:
    inputs = replace(inputs_at(1.0), requests=(DeskRequest(RequestKind.HALT, "enough", NOW),))
    result, _ = decide(CycleMemory(), inputs)
    recorded = CycleRecorder().recorded(CycleMemory(), inputs, result)
    assert (recorded.as_of, recorded.accounts, recorded.rules, recorded.requests) == (
        inputs.as_of,
        inputs.accounts,
        inputs.rules,
        inputs.requests,
    )
    assert recorded.policy == inputs.policy
    assert recorded.memory_hash == memory_hash(result.memory)
    assert recorded.decision_hash == decision_hash(inputs.as_of, result.commands, result.memory)


def test_the_same_inputs_give_the_same_record() -> None:
    one, two = (
        CycleRecorder().recorded(CycleMemory(), inputs, decide(CycleMemory(), inputs)[0])
        for inputs in (inputs_at(1.0), inputs_at(1.0))
    )
    assert (one.decision_hash, one.memory_hash) == (two.decision_hash, two.memory_hash)
