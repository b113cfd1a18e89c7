"""The kill switch where no desk of this machine answers."""

from dataclasses import asdict
from functools import partial
from typing import Any

from app.cli.kill_command import RUNNING_DESK, THIS_PROCESS
from etrms_core.bootstrap import open_desk_to_act
from etrms_core.services.halting import carried_out, is_acknowledged, outcome_when_done
from etrms_core.settings import home_directory


def halt_without_desk(reason: str, *, flatten: bool) -> dict[str, Any]:
    """Leave the wish for a desk on another machine; where nobody takes it up, act in this process.

    Raises
    ------
    StorageError
        When the database cannot be used.
    """
    desk = open_desk_to_act(home_directory())
    try:
        number = desk.halt(reason, flatten=flatten)
        acts_here = desk.act_alone() or not is_acknowledged(desk, number)
        if acts_here:
            desk.act_alone(by_force=True)
        read = desk.refresh if acts_here else partial(carried_out, desk, number)
        outcome = outcome_when_done(read)
    finally:
        desk.close()
    return {**asdict(outcome), "acted": THIS_PROCESS if acts_here else RUNNING_DESK}
