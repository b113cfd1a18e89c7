"""Equal decisions have equal hashes, and any difference shows."""

from dataclasses import replace
from datetime import timedelta

import pytest

from etrms_core.domain.commands import CancelOrders, ClosePosition, Command, ReducePosition
from etrms_core.engine.decision_record import decision_hash
from etrms_core.engine.memory_document import memory_document, memory_from_document
from etrms_core.engine.risk_cycle import CycleResult
from tests.builders import NOW
from tests.engine.desk import HALVE, Desk, long_account, make_rule


def triggered(threshold: float = 0.1) -> CycleResult:
    desk = Desk(rules=(make_rule("drawdown", threshold, HALVE),))
    desk.read(long_account())
    return desk.read(long_account(80.0))


def hash_of(result: CycleResult, *commands: Command) -> str:
    return decision_hash(NOW, commands or result.commands, result.memory)


def test_the_same_decision_has_the_same_hash_also_after_storing_its_memory() -> None:
    result = triggered()
    assert result.commands
    stored = memory_from_document(memory_document(result.memory))
    assert hash_of(result) == hash_of(triggered())
    assert hash_of(replace(result, memory=stored)) == hash_of(result)


@pytest.mark.parametrize("what", ["quantity", "kind", "cause", "none", "time", "state"])
def test_another_decision_has_another_hash(what: str) -> None:
    result = triggered()
    (command,) = result.commands
    assert isinstance(command, ReducePosition)
    cause = replace(command.causes[0], reason="another")
    other = {
        "quantity": lambda: hash_of(result, replace(command, quantity=command.quantity + 1e-9)),
        "kind": lambda: hash_of(
            result, ClosePosition(command.key, command.quantity, command.causes)
        ),
        "cause": lambda: hash_of(result, replace(command, causes=(cause,))),
        "none": lambda: decision_hash(NOW, (), result.memory),
        "time": lambda: decision_hash(
            NOW + timedelta(microseconds=1), result.commands, result.memory
        ),
        "state": lambda: decision_hash(NOW, result.commands, triggered(0.5).memory),
    }[what]()
    assert other != hash_of(result)


def test_the_order_of_commands_counts() -> None:
    result = triggered()
    both = (*result.commands, CancelOrders("main", None, ()))
    assert hash_of(result, *both) != hash_of(result, *both[::-1])
