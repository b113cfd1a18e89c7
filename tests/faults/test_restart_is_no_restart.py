"""A desk that is restarted decides what it would have decided: in every state, at every change."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etrms_core.adapters.storage.stores import open_stores
from etrms_core.engine.kill_switch import engage
from etrms_core.engine.memory import CycleMemory
from etrms_core.engine.memory_document import (
    memory_document,
    memory_from_document,
    memory_hash,
)
from etrms_core.engine.storage_ports import CycleRecord, RequestKind
from etrms_core.kernels import breaker_state as states
from etrms_core.kernels.breaker_state import NEVER_MS
from tests.engine.desk import NEVER
from tests.faults.restarts import Life, Step, live, utc

ASK = RequestKind
CALM = Step()
STALE = {"b": 15.0}
FLAT_A = (0.0, 10.0)
TRIGGER_AND_ARM = [Step(requests=((ASK.TRIGGER_BREAKER, "again"),)), Step(after=2.0)]


def rows(memory: CycleMemory, rule_id: str) -> list[Any]:
    return [
        memory.breakers.memory[row]
        for row, (owner, _) in enumerate(memory.breakers.keys)
        if owner == rule_id
    ]


def in_state(rule_id: str, state: int) -> Callable[[CycleMemory], bool]:
    return lambda memory: any(row.state == state for row in rows(memory, rule_id))


def restricted_by(rule_id: str) -> Callable[[CycleMemory], bool]:
    return lambda memory: any(each.source == rule_id for each in memory.restrictions)


# What leads to each state, and how it shows in the memory.
STATES: dict[str, tuple[list[Step], Callable[[CycleMemory], bool]]] = {
    "armed": ([CALM, CALM], in_state("half", states.ARMED)),
    "holding": (
        [CALM, Step(mark=97.0), Step(mark=97.0)],
        lambda memory: rows(memory, "hold")[0].breach_since_ms != NEVER_MS,
    ),
    "cooling_down": ([CALM, Step(mark=93.0)], in_state("half", states.COOLING_DOWN)),
    "waiting_reset": (
        [CALM, Step(mark=93.0), Step(after=4.0, mark=93.0)],
        in_state("half", states.WAITING_RESET),
    ),
    "latched": ([CALM, Step(mark=87.0)], in_state("latch", states.LATCHED)),
    "paused": ([CALM, Step(mark=91.0)], restricted_by("pause")),
    "reduce_only": ([CALM, Step(mark=93.0)], restricted_by("mode")),
    "owed": ([CALM, Step(mark=93.0, ages=STALE)], lambda memory: bool(memory.owed)),
    "throttled": (
        [CALM, *TRIGGER_AND_ARM, *TRIGGER_AND_ARM],
        lambda memory: rows(memory, "again")[0].previous_trigger_ms != NEVER_MS,
    ),
    "unknown": (
        [CALM, Step(mark=None)],
        lambda memory: bool(rows(memory, "hold")[0].is_unknown),
    ),
    "in_transit": (
        [CALM, Step(transfer=-30.0, wallets=(970.0, 1_000.0))],
        lambda memory: bool(memory.in_transit),
    ),
    "credited": (
        [CALM, Step(transfer=30.0, wallets=(1_000.0, 1_030.0))],
        lambda memory: bool(memory.recent_credits),
    ),
    "pending": (
        [CALM, Step(deposit=50.0, wallets=(1_050.0, 1_000.0), ages={"b": 200.0})],
        lambda memory: bool(memory.pending_flows),
    ),
    "held": (
        [CALM, Step(wallets=(1_100.0, 1_000.0))],
        lambda memory: memory.held_accounts == {"a"},
    ),
    "losing": (
        [Step(quantities=FLAT_A), Step(quantities=FLAT_A, trade=-5.0)],
        lambda memory: any(t.consecutive_losses for t in memory.ledger.tallies.values()),
    ),
    "never_read": ([CALM, Step(ages={"b": NEVER})], lambda memory: "b" in memory.accounts),
    "halted": (
        [CALM, Step(requests=((ASK.FLATTEN, "enough"),))],
        lambda memory: memory.kill_switch is not None and not memory.kill_switch.is_done,
    ),
    "halt_done": (
        [CALM, Step(requests=((ASK.HALT, "enough"), (ASK.HALT_DONE, "")))],
        lambda memory: memory.kill_switch is not None and memory.kill_switch.is_done,
    ),
    "triggered_by_hand": (
        [CALM, Step(requests=((ASK.TRIGGER_BREAKER, "half"),))],
        in_state("half", states.COOLING_DOWN),
    ),
}

# Zone, moment of the change, and seconds from the last cycle before it to the first after it.
CHANGES: dict[str, tuple[str, datetime, float]] = {
    "a new day before a clock change": ("Europe/Berlin", utc(2025, 10, 25, 22), 40.0),
    "the hour that comes twice": ("Europe/Berlin", utc(2025, 10, 26, 1), 40.0),
    "a new week after 25 hours": ("Europe/Berlin", utc(2025, 10, 26, 23), 40.0),
    "a new month": ("Europe/Berlin", utc(2025, 10, 31, 23), 40.0),
    "a new week after 23 hours": ("Europe/Berlin", utc(2026, 3, 29, 22), 40.0),
    "a midnight that does not exist": ("Asia/Beirut", utc(2026, 3, 28, 22), 40.0),
    "the clock goes back by an hour": ("Europe/Berlin", utc(2025, 10, 25, 22), -3_600.0),
    "the clock jumps by 8 hours": ("America/New_York", utc(2025, 11, 2, 4), 8 * 3_600.0),
}


def path(state: str, change: str) -> tuple[list[Step], datetime, str]:
    """Lead to a state just before a change, cross it, and show what is remembered."""
    zone, moment, gap = CHANGES[change]
    before, _ = STATES[state]
    last = replace(before[-1], after=1.0, requests=(), transfer=0.0, deposit=0.0, trade=None)
    sent = (last.wallets[0] - 30.0, last.wallets[1])
    after = [
        replace(last, after=gap),
        replace(last, trade=-2.0),
        replace(last, transfer=-30.0, wallets=sent),
        Step(mark=98.0, wallets=last.wallets),
        Step(mark=96.9, ages={"a": 12.0}, trade=-1.0),
        Step(mark=96.0),
        *TRIGGER_AND_ARM,
        Step(mark=95.0, transfer=30.0, wallets=(1_000.0, 1_030.0)),
        Step(mark=92.0, after=3.0),
        Step(mark=92.0, quantities=(10.0, 0.0), requests=((ASK.RESET_BREAKER, "latch"),)),
        Step(quantities=(0.0, 0.0), requests=((ASK.HALT_DONE, ""),)),
        Step(mark=101.0, after=61.0, requests=((ASK.RESUME, "owner"),)),
        Step(mark=94.0),
        Step(mark=None),
        Step(mark=86.0, after=5.0),
    ]
    start = moment - timedelta(seconds=20) + timedelta(microseconds=123_457)
    return [*before, *after], start, zone


def through_text(memory: CycleMemory) -> CycleMemory:
    return memory_from_document(json.loads(json.dumps(memory_document(memory))))


SHOWN = ("commands", "events", "values")


def difference(
    one: Life, other: Life, *, names: tuple[str, ...] = (*SHOWN, "kept", "memory_hash")
) -> str:
    """Name the first thing that two lives told differently, nothing when there is none."""
    for number, (told, retold) in enumerate(zip(one.told, other.told, strict=True)):
        for name in names:
            if getattr(told, name) != getattr(retold, name):
                return f"{name} of cycle {number}"
    return ""


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("state", STATES)
def test_a_desk_restarted_before_every_cycle_tells_the_same(state: str, change: str) -> None:
    steps, start, zone = path(state, change)
    once = live(steps, start=start, time_zone=zone)
    reached = STATES[state][1]
    assert reached(once.states[len(STATES[state][0]) - 1])
    assert difference(once, live(steps, start=start, time_zone=zone, restart=through_text)) == ""


RANDOM_STEPS = st.builds(
    Step,
    after=st.sampled_from(
        [0.0, 0.0004, 1.0, 1.0, 1.0, 2.5, 4.0, 61.0, 3_601.0, 28_800.0, -3_600.0]
    ),
    mark=st.sampled_from([100.0, 101.3, 99.0, 97.0, 94.9, 93.0, 91.0, 86.7, None]),
    quantities=st.sampled_from([(10.0, 10.0), (10.0, 0.0), (-3.0, 10.0), (0.1 + 0.2, 1e-9)]),
    wallets=st.sampled_from(
        [(1_000.0, 1_000.0), (970.0, 1_000.0), (1_000.0, 1_030.0), (-0.0, 1.0)]
    ),
    ages=st.sampled_from([{}, {}, {}, {"a": 12.0}, STALE, {"b": 200.0}, {"a": NEVER, "b": NEVER}]),
    transfer=st.sampled_from([0.0, 0.0, -30.0, 30.0]),
    trade=st.sampled_from([None, None, -1.5, 2.0]),
    requests=st.lists(
        st.sampled_from(
            [
                (ASK.RESET_BREAKER, "latch"),
                (ASK.RESET_BREAKER, "mode"),
                (ASK.TRIGGER_BREAKER, "half"),
                (ASK.TRIGGER_BREAKER, "gone"),
                (ASK.HALT, "enough"),
                (ASK.FLATTEN, "enough"),
                (ASK.HALT_DONE, ""),
                (ASK.RESUME, "owner"),
            ]
        ),
        max_size=1,
    ).map(tuple),
)


@settings(max_examples=150, deadline=None)
@given(
    steps=st.lists(RANDOM_STEPS, min_size=2, max_size=20),
    change=st.sampled_from(sorted(CHANGES)),
    restarts_at=st.frozensets(st.integers(0, 19)),
)
def test_random_paths_with_restarts_anywhere_tell_the_same(
    steps: list[Step], change: str, restarts_at: frozenset[int]
) -> None:
    zone, moment, _ = CHANGES[change]
    start = moment - timedelta(seconds=10)
    once = live(steps, start=start, time_zone=zone)
    again = live(steps, start=start, time_zone=zone, restart=through_text, restarts_at=restarts_at)
    assert difference(once, again) == ""


def test_a_wish_of_a_person_that_waits_in_the_memory_survives() -> None:
    steps, start, zone = path("armed", "a new day before a clock change")
    memory = replace(
        live(steps, start=start, time_zone=zone).memory, forced=frozenset({"half", "again"})
    )
    memory, _ = engage(memory, reason="", flatten=True, now=start)
    back = through_text(memory)
    assert (back.forced, back.kill_switch) == (memory.forced, memory.kill_switch)
    assert memory_hash(back) == memory_hash(memory)


# What only shows elsewhere: blocks are worked out anew by each cycle and used between two.
SHOWN_ELSEWHERE = {"version", "blocks", "forced"}
PARTS = sorted(set(memory_document(CycleMemory())) - SHOWN_ELSEWHERE - {"breakers", "navs"})
FORGOTTEN: Mapping[str, Any] = {
    "state": states.ARMED,
    "peak": 0.0,
    "breach_since_ms": NEVER_MS,
    "triggered_at_ms": NEVER_MS,
    "previous_trigger_ms": NEVER_MS,
    "is_unknown": False,
}


def forget(part: str) -> Callable[[CycleMemory], CycleMemory]:
    empty = memory_document(CycleMemory())

    def restart(memory: CycleMemory) -> CycleMemory:
        document = memory_document(memory)
        if part in FORGOTTEN:
            n_rows = len(document["breakers"]["keys"])
            document["breakers"][part] = [FORGOTTEN[part]] * n_rows
        else:
            document[part] = empty[part]
        return memory_from_document(document)

    return restart


@pytest.mark.parametrize("part", [*PARTS, "breakers", "navs", *FORGOTTEN])
def test_a_desk_that_forgets_anything_is_found_out(part: str) -> None:
    for state in STATES:
        for change in ("a new day before a clock change", "the clock goes back by an hour"):
            steps, start, zone = path(state, change)
            once = live(steps, start=start, time_zone=zone)
            try:
                again = live(steps, start=start, time_zone=zone, restart=forget(part))
            except (KeyError, IndexError):
                return
            if difference(once, again, names=SHOWN):
                return
    pytest.fail(f"no path shows that {part} was forgotten")


def test_a_memory_written_before_kill_switch_and_triggers_by_hand_still_loads() -> None:
    steps, start, zone = path("owed", "a new month")
    memory = live(steps[:3], start=start, time_zone=zone).memory
    document = memory_document(memory)
    del document["kill_switch"], document["forced"]
    loaded = memory_from_document(json.loads(json.dumps({**document, "version": 1})))
    assert memory_hash(loaded) == memory_hash(memory)


def test_a_desk_that_keeps_its_memory_on_disk_tells_the_same(tmp_path: Path) -> None:
    location = tmp_path / "desk.db"

    def through_disk(memory: CycleMemory) -> CycleMemory:
        opened = open_stores(location)
        lease = opened.stores.lease.take("test", seen=opened.stores.lease.read())
        assert lease is not None
        opened.stores.desk.save_cycle(CycleRecord(memory=memory, accounts=()), lease=lease)
        opened.close()
        reopened = open_stores(location)
        loaded = reopened.stores.desk.load_memory()
        reopened.close()
        return loaded

    for state in ("cooling_down", "owed", "halted"):
        steps, start, zone = path(state, "a new week after 25 hours")
        once = live(steps, start=start, time_zone=zone)
        again = live(steps, start=start, time_zone=zone, restart=through_disk)
        assert difference(once, again) == ""
