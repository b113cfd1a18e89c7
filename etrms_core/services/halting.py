"""Throwing the kill switch and telling how far it has come."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass

from etrms_core.engine.gate_context import is_reduction
from etrms_core.engine.storage_ports import RequestProgress
from etrms_core.errors import EtrmsError
from etrms_core.services.desk import Desk
from etrms_core.services.risk_state import RiskState
from etrms_core.services.supervisor import Role

ACKNOWLEDGED_WITHIN_SECONDS = 1.0
DONE_WITHIN_SECONDS = 30.0
LOOK_EVERY_SECONDS = 0.02
CYCLE_SECONDS = 0.25
LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class HaltOutcome:
    """What a kill switch has reached.

    Attributes
    ----------
    halted, done : bool
        Whether a cycle carried it out, and whether nothing is left to do.
    open_positions, open_entry_orders : int or None
        What is open at the venues; None when no cycle ever read them.
    """

    halted: bool
    done: bool
    open_positions: int | None
    open_entry_orders: int | None


def halt_outcome(state: RiskState | None) -> HaltOutcome:
    """Read from a state how far a kill switch has come."""
    if state is None:
        return HaltOutcome(halted=False, done=False, open_positions=None, open_entry_orders=None)
    kill = state.memory.kill_switch
    orders = [order for account in state.accounts for order in account.orders]
    return HaltOutcome(
        halted=kill is not None,
        done=kill is not None and kill.is_done,
        open_positions=sum(len(account.positions) for account in state.accounts),
        open_entry_orders=sum(
            order.is_open and not is_reduction(order.request) for order in orders
        ),
    )


def is_acknowledged(desk: Desk, number: int) -> bool:
    """Wait up to a second for the desk that acts to begin, and say whether it did."""
    deadline = time.monotonic() + ACKNOWLEDGED_WITHIN_SECONDS
    while time.monotonic() < deadline:
        if desk.progress(number) is not RequestProgress.WAITING:
            return True
        time.sleep(LOOK_EVERY_SECONDS)
    return False


def outcome_when_done(read: Callable[[], RiskState | None]) -> HaltOutcome:
    """Read again and again until all is done, for half a minute at most."""
    deadline = time.monotonic() + DONE_WITHIN_SECONDS
    while True:
        outcome = halt_outcome(read())
        if outcome.done or time.monotonic() >= deadline:
            return outcome
        time.sleep(CYCLE_SECONDS)


def carried_out(desk: Desk, number: int) -> RiskState | None:
    """Return the newest state that is stored, None before a wish of this number is part of it."""
    return desk.stored_state() if desk.progress(number) is RequestProgress.DONE else None


def answer_halt(desk: Desk, wish: Mapping[str, object]) -> Iterator[dict[str, object]]:
    """Throw the kill switch for a caller: say at once whether this desk acts, then the outcome.

    Parameters
    ----------
    wish : mapping
        ``{"halt": reason, "flatten": bool}``; anything else is answered by an error.
    """
    reason, flatten = wish.get("halt"), wish.get("flatten", False)
    if not isinstance(reason, str) or len(reason) > LONGEST_REASON or not isinstance(flatten, bool):
        yield {"acts": False, "error": "write halt (a reason of up to 500 letters) and flatten"}
    elif desk.role is not Role.ACTIVE:
        yield {"acts": False}
    else:
        yield from _halted(desk, reason, flatten=flatten)


def _halted(desk: Desk, reason: str, *, flatten: bool) -> Iterator[dict[str, object]]:
    try:
        number = desk.halt(reason, flatten=flatten)
    except EtrmsError as error:
        yield {"acts": False, "error": str(error)}
        return
    acts = is_acknowledged(desk, number)
    yield {"acts": acts}
    if acts:
        yield asdict(outcome_when_done(lambda: carried_out(desk, number)))
