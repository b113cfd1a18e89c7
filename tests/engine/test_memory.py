"""What a cycle starts from when there is nothing."""

from etrms_core.engine.memory import CycleMemory
from tests.builders import make_account
from tests.engine.desk import Desk


def test_the_empty_memory_knows_nothing_and_forbids_nothing() -> None:
    memory = CycleMemory()
    assert memory.as_of is None
    assert (memory.restrictions, memory.blocks) == ((), ())
    assert not memory.accounts
    assert not memory.breakers.keys


def test_a_cycle_leaves_the_memory_before_it_as_it_was() -> None:
    desk = Desk()
    desk.read(make_account())
    before = desk.memory
    table = before.navs.table.copy()
    desk.read(make_account(wallet=1005.0))
    assert (before.navs.table == table).all()
    assert before.accounts["main"].equity == 1000.0
    assert desk.memory.accounts["main"].equity == 1005.0
