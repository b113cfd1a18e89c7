"""What changed on the accounts between two readings."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from etrms_core.domain.account import AccountState
from etrms_core.domain.events import DeskEvent, DeskEventKind
from etrms_core.domain.identifiers import PositionKey
from etrms_core.engine.memory import CycleMemory
from etrms_core.risk.trade_ledger import TradeLedger


def position_events(
    before: TradeLedger, after: TradeLedger, accounts: Sequence[AccountState], *, as_of: datetime
) -> Iterator[DeskEvent]:
    """Report the positions that opened, changed or closed since the last reading."""
    for account in accounts:
        name = account.account
        old_rows, new_rows = before.held.get(name), after.held.get(name, ())
        if old_rows is None or old_rows == new_rows:
            continue
        old = {(symbol, side): quantity for symbol, side, quantity in old_rows}
        new = {(symbol, side): quantity for symbol, side, quantity in new_rows}
        liquidated = {
            (fill.symbol, fill.position_side)
            for fill in account.fills
            if fill.reason == "liquidation" and fill.fill_id not in before.seen.get(name, {})
        }
        for key in sorted(set(old) | set(new)):
            was, now = old.get(key, 0.0), new.get(key, 0.0)
            if was != now:
                subject = str(PositionKey(name, *key))
                kind = _kind(was, now, was_liquidated=key in liquidated)
                yield DeskEvent(as_of, kind, subject, f"quantity {was:g} -> {now:g}")


def account_events(
    memory: CycleMemory, accounts: Sequence[AccountState], *, as_of: datetime
) -> Iterator[DeskEvent]:
    """Report the accounts that were read for the first time and those that are gone."""
    present = {account.account for account in accounts}
    for account in accounts:
        if account.account not in memory.qualities:
            text = f"{account.account} on {account.venue} is watched from now on"
            yield DeskEvent(as_of, DeskEventKind.ACCOUNT_JOINED, account.account, text)
    for name in memory.qualities:
        if name not in present:
            yield DeskEvent(as_of, DeskEventKind.ACCOUNT_LEFT, name, f"{name} is no longer watched")


def jump_event(account: str, change: float, as_of: datetime) -> DeskEvent:
    """Say that a reading needs a second one before anybody acts on it."""
    text = (
        f"equity of {account} changed by {change:+,.2f} USD without a trade or a flow that "
        "explains it; breakers wait for one more reading"
    )
    return DeskEvent(as_of, DeskEventKind.EQUITY_JUMP_HELD, account, text)


def _kind(was: float, now: float, *, was_liquidated: bool) -> DeskEventKind:
    if was_liquidated:
        return DeskEventKind.POSITION_LIQUIDATED
    if was == 0.0:
        return DeskEventKind.POSITION_OPENED
    return DeskEventKind.POSITION_CLOSED if now == 0.0 else DeskEventKind.POSITION_CHANGED
