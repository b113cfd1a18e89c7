"""The kill switch where no desk of this machine answers."""

from pathlib import Path

from app.cli.kill_command import THIS_PROCESS
from app.cli.kill_without_desk import halt_without_desk
from etrms_core.bootstrap import open_desk
from tests.app.cli.traded_home import trade


def test_it_acts_by_itself_and_the_halt_is_stored(home: Path) -> None:
    home.mkdir()
    trade(home)
    assert halt_without_desk("the market is mad", flatten=True) == {
        "halted": True,
        "done": True,
        "open_positions": 0,
        "open_entry_orders": 0,
        "acted": THIS_PROCESS,
    }
    desk = open_desk(home)
    state = desk.stored_state()
    desk.close()
    assert state is not None
    assert state.memory.kill_switch is not None
    assert state.memory.kill_switch.reason == "the market is mad"
