"""What the kill switch will do, what it has done, and what is left, in words with numbers."""

from dataclasses import dataclass

from app.presenters.cells import Cell, Tone
from app.presenters.numbers import money, percent, plain, quantity
from app.presenters.position_cards import side_words
from app.presenters.steps import Instruments, lot_size
from etrms_core.domain.account import AccountState
from etrms_core.engine.gate_context import is_reduction
from etrms_core.risk.protection import Guarding, Protection, protection_of
from etrms_core.risk.snapshot import DataQuality
from etrms_core.services.risk_state import RiskState

PHRASE = "HALT"
# The order in which positions are named.
RANKS = {
    each: rank
    for rank, each in enumerate(
        (Guarding.NONE, Guarding.UNVERIFIED, Guarding.PARTLY, Guarding.WHOLE)
    )
}


@dataclass(frozen=True, slots=True)
class HaltLine:
    """One account: what happens to its orders and positions, and each position in words."""

    account: str
    text: str
    positions: tuple[Cell, ...] = ()


def halt_preview(
    state: RiskState | None, instruments: Instruments, *, flatten: bool
) -> tuple[HaltLine, ...]:
    """Say for every account what throwing the switch does, as of the newest reading.

    Positions are named one by one, those first that no stop guards.
    """
    if state is None:
        return ()
    fresh = {
        source.account for source in state.snapshot.sources if source.quality is DataQuality.FRESH
    }
    return tuple(
        HaltLine(
            account.account,
            _planned(account, flatten=flatten),
            _positions(account, instruments, is_known=account.account in fresh),
        )
        for account in state.accounts
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


def _positions(
    account: AccountState, instruments: Instruments, *, is_known: bool
) -> tuple[Cell, ...]:
    told = []
    for position in account.positions:
        protection = protection_of(position, account.orders, is_known=is_known)
        lot = lot_size(instruments, account.account, position.symbol)
        side = side_words(account.key(position), position.quantity)
        notional = "notional unknown"
        if position.mark_price is not None:
            amount = abs(position.quantity) * position.mark_price
            notional = f"notional {plain(amount, 2)} {position.quote_asset}"
        text = f"{position.symbol} {side} {quantity(position.quantity, lot_size=lot)}, {notional}"
        guarded = _guarded(protection)
        told.append((RANKS[protection.guarding], Cell(text, guarded.text, guarded.tone)))
    return tuple(cell for _, cell in sorted(told, key=lambda pair: pair[0]))


def _guarded(protection: Protection) -> Cell:
    match protection.guarding:
        case Guarding.NONE:
            return Cell("no stop: nothing limits its loss", tone=Tone.WARNING)
        case Guarding.UNVERIFIED:
            return Cell("whether a stop guards it is not known now", tone=Tone.WARNING)
        case Guarding.PARTLY:
            share = percent(protection.covered, digits=0)
            return Cell(f"a stop closes only {share} of it", tone=Tone.WARNING)
        case Guarding.WHOLE:
            return Cell("a stop closes all of it")


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
