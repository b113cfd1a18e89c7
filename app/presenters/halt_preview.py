"""What the kill switch will do, what it has done, and what is left, in words with numbers."""

from dataclasses import dataclass

from app.presenters.numbers import money
from etrms_core.domain.account import AccountState
from etrms_core.engine.gate_context import is_reduction
from etrms_core.services.risk_state import RiskState

PHRASE = "HALT"


@dataclass(frozen=True, slots=True)
class HaltLine:
    """One account: what happens to its orders and positions."""

    account: str
    text: str


def halt_preview(state: RiskState | None, *, flatten: bool) -> tuple[HaltLine, ...]:
    """Say for every account what throwing the switch does, as of the newest reading."""
    if state is None:
        return ()
    return tuple(
        HaltLine(account.account, _planned(account, flatten=flatten)) for account in state.accounts
    )


def halt_progress(state: RiskState | None) -> tuple[HaltLine, ...]:
    """Say for every account what is still open."""
    if state is None:
        return ()
    errors = state.source_errors
    return tuple(
        HaltLine(
            account.account,
            f"not answering: {errors[account.account]}"
            if account.account in errors
            else _left(account),
        )
        for account in state.accounts
    )


def halt_result(state: RiskState | None) -> str:
    """Say in one sentence how far the switch has come."""
    kill = None if state is None else state.memory.kill_switch
    if state is None or kill is None:
        return "The halt is stored. The desk carries it out now."
    if not kill.is_done:
        return "Trading is halted. The desk is cancelling and closing what is left."
    if kill.flatten:
        return "Trading is halted and nothing is open any more."
    return "Trading is halted. No entry order is open any more; stops stay."


def _planned(account: AccountState, *, flatten: bool) -> str:
    entries, stops = _orders(account)
    positions = f"{count(len(account.positions), 'position')}{_size(account)}"
    cancelled = f"{count(entries, 'entry order')} cancelled"
    if flatten:
        closed = f"{positions} closed at market"
        return f"{cancelled}, {closed}, then {count(stops, 'stop')} cancelled"
    kept = f"{positions} kept with {count(stops, 'stop')}"
    return f"{cancelled}, {kept}"


def _size(account: AccountState) -> str:
    if not account.positions:
        return ""
    marks = [each.mark_price for each in account.positions]
    sizes = [abs(each.quantity) for each in account.positions]
    known = [mark * size for mark, size in zip(marks, sizes, strict=True) if mark is not None]
    return f" (notional {money(sum(known))})" if len(known) == len(marks) else " (notional unknown)"


def _left(account: AccountState) -> str:
    entries, stops = _orders(account)
    positions = count(len(account.positions), "position")
    return f"{count(entries, 'entry order')}, {positions} and {count(stops, 'stop')} open"


def _orders(account: AccountState) -> tuple[int, int]:
    waiting = [order for order in account.orders if order.is_open]
    stops = sum(is_reduction(order.request) for order in waiting)
    return len(waiting) - stops, stops


def count(number: int, what: str) -> str:
    """Write "1 position", "no position", "3 positions"."""
    return f"{number or 'no'} {what}{'' if number <= 1 else 's'}"
