"""One trigger has one effect at the exchange, wherever the process is killed (P1, P2).

The venue lives in this process, desks in others. A seed that fails is played again alone with
`ETRMS_FAULT_SEED=<seed> make test ARGS="-k killed_at_random tests/faults"`.
"""

import os
import random
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.doubles.faulty_wire import Fault, scripted, seeded
from tests.faults.desks import Nursery, Stage, stage

KILLED, DONE = -9, 0
HALF = {"BTCUSDT": 0.5, "ETHUSDT": 0.5}
STEPS = ("save", "update", "create", "look")
WINDOW_MS, MARGIN_MS = 150, 50
SEED = os.environ.get("ETRMS_FAULT_SEED")
SEEDS = range(20) if SEED is None else [int(SEED)]
KILLS_PER_SEED = 3


def settle_before_the_crash(nursery: Nursery, played: Stage) -> None:
    """Let a desk see the account as it is, so that peaks and baselines lie before the crash."""
    assert nursery.run(played.birth(triggers=0)) == [DONE]


def assert_one_effect(played: Stage, note: object = "") -> None:
    fills = Counter(fill.client_order_id for fill in played.our_fills())
    told = (note, dict(fills), [call for call in played.wire.calls if call.fault is not Fault.PASS])
    assert played.held() == HALF, told
    assert len(fills) == len(HALF), told


@pytest.mark.parametrize("passes", [1, 2])
@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_a_kill_at_any_step_loses_nothing_and_doubles_nothing(
    nursery: Nursery, tmp_path: Path, step: str, moment: str, passes: int
) -> None:
    # A lost answer makes the desk look, so that it can be killed there.
    faults = {"create_order": [Fault.LOSE_ANSWER]} if step == "look" else {}
    with stage(tmp_path / "home", scripted(faults)) as played:
        settle_before_the_crash(nursery, played)
        played.crash()
        first = played.birth(kill_at=f"{step}:{moment}", kill_pass=passes)
        assert nursery.run(first) in ([KILLED], [DONE])
        assert nursery.run(played.birth()) == [DONE]
        assert_one_effect(played, (step, moment, passes))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_desk_killed_at_random_on_a_bad_wire_acts_once(
    nursery: Nursery, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 (a test)
    plan = seeded(seed, rate=0.4, calls=("create_order", "fetch_order", "fetch_account"))
    with stage(tmp_path / "home") as played:
        settle_before_the_crash(nursery, played)
        played.wire.plan = plan
        played.crash()
        landed = 0
        for _ in range(20):
            kill_after = chance.uniform(0.02, 0.35)
            landed += nursery.run(played.birth(), kill_after=kill_after) == [KILLED]
            if landed == KILLS_PER_SEED:
                break
        assert landed == KILLS_PER_SEED
        played.wire.plan = seeded(seed, rate=0.2, calls=("create_order", "fetch_order"))
        assert nursery.run(played.birth()) == [DONE]
        assert_one_effect(played, f"seed {seed}")


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 434))
def test_a_thousand_random_kills_lose_nothing_and_double_nothing(
    nursery: Nursery, tmp_path: Path, seed: int
) -> None:
    test_a_desk_killed_at_random_on_a_bad_wire_acts_once(nursery, tmp_path, seed)


@pytest.mark.parametrize("fault", [fault for fault in Fault if fault is not Fault.PASS])
def test_an_answer_that_cannot_be_trusted_is_looked_for_and_never_taken_for_failure(
    nursery: Nursery, tmp_path: Path, fault: Fault
) -> None:
    with stage(tmp_path / "home", scripted({"create_order": [fault, fault]})) as played:
        settle_before_the_crash(nursery, played)
        played.crash()
        assert nursery.run(played.birth()) == [DONE]
        assert_one_effect(played, fault)


def test_an_order_that_arrives_after_its_deadline_is_sent_again_and_counts_once(
    nursery: Nursery, tmp_path: Path
) -> None:
    with stage(tmp_path / "home", scripted({"create_order": [Fault.DELAY_REQUEST]})) as played:
        played.wire.delay_seconds = 0.5
        settle_before_the_crash(nursery, played)
        played.crash()
        assert nursery.run(played.birth()) == [DONE]
        assert_one_effect(played)


@pytest.mark.parametrize("round_", range(20))
def test_two_desks_that_recover_at_once_act_as_one(
    nursery: Nursery, tmp_path: Path, round_: int
) -> None:
    step = ("create:after", "create:before", "update:after", "save:after")[round_ % 4]
    with stage(tmp_path / "home") as played:
        settle_before_the_crash(nursery, played)
        played.crash()
        assert nursery.run(played.birth(kill_at=step, kill_pass=1)) in ([KILLED], [DONE])
        assert nursery.run(played.birth(), played.birth()) == [DONE, DONE]
        assert_one_effect(played, round_)


@pytest.mark.parametrize("protection", ["log", "query", "deadline", "lease"])
def test_the_proof_notices_when_a_protection_is_taken_out(
    nursery: Nursery, tmp_path: Path, protection: str
) -> None:
    plan = scripted({"create_order": [Fault.LOSE_ANSWER]})
    if protection == "deadline":
        plan = scripted({"create_order": [Fault.DELAY_REQUEST]})
    with stage(tmp_path / "home", plan) as played:
        played.wire.delay_seconds = 0.6
        settle_before_the_crash(nursery, played)
        played.crash()
        match protection:
            case "log":
                nursery.run(played.birth(kill_at="create:before"))
                nursery.run(played.birth(without="log", seconds=1.0))
            case "query":
                nursery.run(played.birth(without="query"))
            case "deadline":
                # The venue takes late orders, and the desk does not wait for them.
                nursery.run(played.birth(without="deadline", margin_ms=0))
                time.sleep(played.wire.delay_seconds)
            case "lease":
                both = [played.birth(without="lease", seconds=3.0) for _ in range(2)]
                nursery.run(*both)
        with pytest.raises(AssertionError):
            assert_one_effect(played)
