"""Trades built from fills: which strategy holds what, losing streaks, trades per day.

On a netted symbol the shares of strategies follow fills first in, first out. What no fill of ours
explains is `manual`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from etrms_core.domain.account import AccountState
from etrms_core.domain.identifiers import (
    MANUAL,
    PORTFOLIO,
    PositionKey,
    PositionSide,
    Scope,
    ScopeKind,
    strategy_of,
)
from etrms_core.domain.order import Fill
from etrms_core.kernels.account import apply_fill
from etrms_core.risk.calendar import to_ms

DUST = 1e-9
MEMORY_MS = 2 * 24 * 3600 * 1000

Holdings = tuple[tuple[str, PositionSide, float], ...]


@dataclass(frozen=True, slots=True)
class Lot:
    """A part of a position that one strategy opened, signed base units."""

    strategy: str
    quantity: float


@dataclass(frozen=True, slots=True)
class OpenTrade:
    """A round trip that is not closed: its lots, oldest first, and its result so far."""

    lots: tuple[Lot, ...] = ()
    result: float = 0.0

    @property
    def quantity(self) -> float:
        """Signed base units of all lots."""
        return sum((lot.quantity for lot in self.lots), 0.0)


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of one scope: closed trades lost in a row, trades opened since local midnight."""

    consecutive_losses: int = 0
    trades_today: int = 0


@dataclass(frozen=True, slots=True)
class TradeLedger:
    """Open trades and tallies.

    Attributes
    ----------
    seen : mapping
        By account the fills that were counted, with their times in ms, of the last two days.
    held : mapping
        By account the positions at the last reading: symbol, side and signed quantity.
    """

    trades: Mapping[PositionKey, OpenTrade] = field(default_factory=dict)
    tallies: Mapping[Scope, Tally] = field(default_factory=dict)
    seen: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    held: Mapping[str, Holdings] = field(default_factory=dict)
    day_start_ms: int = 0


def fold_fills(
    ledger: TradeLedger, accounts: Iterable[AccountState], *, day_start: datetime, day_start_ms: int
) -> TradeLedger:
    """Count the fills that these accounts show and the ledger has not seen.

    Fills of an account that is read for the first time are history: they explain who holds what
    but count in no tally.
    """
    if day_start_ms != ledger.day_start_ms:
        tallies = {scope: replace(tally, trades_today=0) for scope, tally in ledger.tallies.items()}
        ledger = replace(ledger, tallies=tallies, day_start_ms=day_start_ms)
    for account in accounts:
        held = tuple((row.symbol, row.side, row.quantity) for row in account.positions)
        fresh = _fresh_fills(ledger.seen.get(account.account), account.fills)
        if fresh or account.account not in ledger.seen:
            ledger = _fold_account(ledger, account, fresh, day_start)
        elif held == ledger.held.get(account.account):
            continue
        trades = _explain(ledger.trades, account)
        ledger = replace(ledger, trades=trades, held={**ledger.held, account.account: held})
    return ledger


def strategy_shares(
    ledger: TradeLedger, key: PositionKey, quantity: float
) -> tuple[tuple[str, float], ...]:
    """Strategies behind a position with their shares, adding up to 1; `manual` for the rest."""
    trade = ledger.trades.get(key)
    if trade is None:
        return ((MANUAL, 1.0),)
    shares: dict[str, float] = {}
    for lot in trade.lots:
        shares[lot.strategy] = shares.get(lot.strategy, 0.0) + lot.quantity / quantity
    return tuple(sorted(shares.items()))


def _fresh_fills(seen: Mapping[str, int] | None, fills: Sequence[Fill]) -> tuple[Fill, ...]:
    if not seen:
        return tuple(fills)
    oldest = max(seen.values()) - MEMORY_MS
    return tuple(
        fill for fill in fills if fill.fill_id not in seen and to_ms(fill.filled_at) >= oldest
    )


def _fold_account(
    ledger: TradeLedger, account: AccountState, fresh: Sequence[Fill], day_start: datetime
) -> TradeLedger:
    seen = ledger.seen.get(account.account)
    trades, tallies = dict(ledger.trades), dict(ledger.tallies)
    for fill in fresh:
        key = PositionKey(account.account, fill.symbol, fill.position_side)
        before = trades.get(key, OpenTrade())
        trades[key] = _after_fill(before, fill)
        if seen is not None:
            today = fill.filled_at >= day_start
            _count(tallies, account.venue, before, trades[key], fill, today=today)
    counted = {**(seen or {}), **{fill.fill_id: to_ms(fill.filled_at) for fill in fresh}}
    oldest = max(counted.values(), default=0) - MEMORY_MS
    recent = {fill_id: at for fill_id, at in counted.items() if at >= oldest}
    return replace(
        ledger, trades=trades, tallies=tallies, seen={**ledger.seen, account.account: recent}
    )


def _explain(
    trades: Mapping[PositionKey, OpenTrade], account: AccountState
) -> dict[PositionKey, OpenTrade]:
    """Make the lots of an account add up to its positions; the rest is `manual`."""
    explained = {key: trade for key, trade in trades.items() if key.account != account.account}
    for row in account.positions:
        key = account.key(row)
        trade = trades.get(key, OpenTrade())
        missing = row.quantity - trade.quantity
        if abs(missing) > DUST * abs(row.quantity):
            grew = missing * row.quantity > 0.0 and trade.quantity * row.quantity >= 0.0
            lots = trade.lots if grew else ()
            rest = missing if grew else row.quantity
            trade = replace(trade, lots=(*lots, Lot(MANUAL, rest)))
        explained[key] = trade
    return explained


def _after_fill(trade: OpenTrade, fill: Fill) -> OpenTrade:
    held = trade.quantity
    remaining, _, _ = apply_fill(held, fill.price, fill.quantity, fill.price)
    result = trade.result + fill.realized_pnl - fill.fee
    strategy = strategy_of(fill.client_order_id)
    if remaining == 0.0:
        return OpenTrade()
    if held * remaining < 0.0:
        return OpenTrade((Lot(strategy, remaining),))
    if held * fill.quantity >= 0.0:
        return OpenTrade((*trade.lots, Lot(strategy, fill.quantity)), result)
    return OpenTrade(_consume(trade.lots, abs(fill.quantity)), result)


def _consume(lots: tuple[Lot, ...], quantity: float) -> tuple[Lot, ...]:
    left: list[Lot] = []
    for lot in lots:
        taken = min(abs(lot.quantity), quantity)
        quantity -= taken
        rest = abs(lot.quantity) - taken
        if rest > DUST * abs(lot.quantity):
            left.append(replace(lot, quantity=rest if lot.quantity > 0.0 else -rest))
    return tuple(left)


def _count(
    tallies: dict[Scope, Tally],
    venue: str,
    before: OpenTrade,
    after: OpenTrade,
    fill: Fill,
    *,
    today: bool,
) -> None:
    flipped = before.quantity * after.quantity < 0.0
    closed = bool(before.lots) and (not after.lots or flipped)
    opened = bool(after.lots) and (not before.lots or flipped)
    result = before.result + fill.realized_pnl - fill.fee
    if closed:
        for scope in _scopes_of(before, venue, fill):
            tally = tallies.get(scope, Tally())
            streak = tally.consecutive_losses + 1 if result < 0.0 else 0
            tallies[scope] = replace(tally, consecutive_losses=streak)
    if opened and today:
        for scope in _scopes_of(after, venue, fill):
            tally = tallies.get(scope, Tally())
            tallies[scope] = replace(tally, trades_today=tally.trades_today + 1)


def _scopes_of(trade: OpenTrade, venue: str, fill: Fill) -> tuple[Scope, ...]:
    """Name the scopes that count a trade; its strategy is the one that opened it."""
    return (
        PORTFOLIO,
        Scope(ScopeKind.EXCHANGE, venue),
        Scope(ScopeKind.SYMBOL, fill.symbol),
        Scope(ScopeKind.STRATEGY, trade.lots[0].strategy),
    )
