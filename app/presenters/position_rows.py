"""Open positions, the one nearest to its liquidation first."""

from dataclasses import dataclass
from datetime import datetime
from math import inf, isnan
from zoneinfo import ZoneInfo

from app.presenters.cells import DASH, Cell, Tone, tone_of, unknown
from app.presenters.numbers import (
    distance,
    known,
    money,
    percent,
    price,
    quantity,
    signed_money,
    signed_percent,
)
from app.presenters.steps import Instruments, lot_size, tick_size
from app.presenters.times import clock_and_date, countdown, duration
from etrms_core.domain.account import Position
from etrms_core.domain.identifiers import PORTFOLIO, PositionKey, Scope, ScopeKind
from etrms_core.risk.snapshot import DataQuality, RiskSnapshot

# Below this distance a liquidation can come within an ordinary day.
CLOSE_LIQUIDATION = 0.10
NO_POSITIONS = (
    "No position is open. Positions appear here as soon as an account holds one; on the paper "
    "account the trading bot opens some within a minute, unless [paper] trading_bot is off."
)


@dataclass(frozen=True, slots=True)
class PositionRow:
    """One position; `is_stale` greys what its account showed too long ago."""

    key: PositionKey
    symbol: Cell
    account: Cell
    size: Cell
    mark: Cell
    result: Cell
    notional: Cell
    leverage: Cell
    liquidation: Cell
    funding: Cell
    strategy: Cell
    opened: Cell
    is_stale: bool


@dataclass(frozen=True, slots=True)
class _Line:
    snapshot: RiskSnapshot
    row: int
    key: PositionKey
    position: Position
    tick: float | None
    lot: float | None
    zone: ZoneInfo

    @property
    def reason(self) -> str:
        scope = Scope(ScopeKind.SYMBOL, self.key.symbol)
        reasons = self.snapshot.reasons
        return reasons.get(scope) or reasons.get(PORTFOLIO) or "no mark price"

    @property
    def now(self) -> datetime:
        return self.snapshot.as_of


def why_no_positions(snapshot: RiskSnapshot) -> str:
    """Say why the table is empty, and what comes next."""
    if snapshot.qualities[0] is DataQuality.UNKNOWN:
        return f"Positions are not known: {snapshot.reasons.get(PORTFOLIO, 'no reading')}."
    return NO_POSITIONS


def position_rows(
    snapshot: RiskSnapshot, instruments: Instruments, *, zone: ZoneInfo
) -> tuple[PositionRow, ...]:
    """Show every open position; those whose liquidation is unknown come first."""
    distances = snapshot.positions.liquidation_distance
    order = sorted(
        range(len(snapshot.table.rows)),
        key=lambda row: (-inf if isnan(distances[row]) else float(distances[row]), row),
    )
    fresh = {s.account for s in snapshot.sources if s.quality is DataQuality.FRESH}
    rows = []
    for row in order:
        key = snapshot.table.keys[row]
        line = _Line(
            snapshot,
            row,
            key,
            snapshot.table.rows[row],
            tick_size(instruments, key.account, key.symbol),
            lot_size(instruments, key.account, key.symbol),
            zone,
        )
        rows.append(_row(line, is_stale=key.account not in fresh))
    return tuple(rows)


def _row(line: _Line, *, is_stale: bool) -> PositionRow:
    position, readings = line.position, line.snapshot.positions
    notional = known(abs(float(readings.notional[line.row])))
    side = "long" if position.quantity > 0.0 else "short"
    base = position.symbol.removesuffix(position.quote_asset)
    return PositionRow(
        key=line.key,
        symbol=Cell(position.symbol, side),
        account=Cell(line.key.account, "stale" if is_stale else ""),
        size=Cell(f"{quantity(position.quantity, lot_size=line.lot)} {base}"),
        mark=_mark(line),
        result=_result(line),
        notional=unknown(line.reason) if notional is None else Cell(money(notional)),
        leverage=_leverage(position),
        liquidation=_liquidation(line),
        funding=_funding(line),
        strategy=_strategy(line),
        opened=_opened(line),
        is_stale=is_stale,
    )


def _mark(line: _Line) -> Cell:
    entry = f"entry {price(line.position.entry_price, tick_size=line.tick)}"
    mark = known(float(line.snapshot.table.arrays.mark_price[line.row]))
    if mark is None:
        return Cell(DASH, entry, Tone.MUTED, line.reason)
    return Cell(price(mark, tick_size=line.tick), entry)


def _result(line: _Line) -> Cell:
    earned = known(float(line.snapshot.positions.unrealized[line.row]))
    mark = known(float(line.snapshot.table.arrays.mark_price[line.row]))
    if earned is None or mark is None:
        return unknown(line.reason)
    direction = 1.0 if line.position.quantity > 0.0 else -1.0
    share = direction * (mark / line.position.entry_price - 1.0)
    return Cell(signed_money(earned), signed_percent(share), tone_of(earned))


def _leverage(position: Position) -> Cell:
    mode = position.margin_mode.value
    if position.leverage is None:
        return Cell(DASH, mode, Tone.MUTED, "the venue does not say")
    return Cell(f"{position.leverage:g}x", mode)


def _liquidation(line: _Line) -> Cell:
    away = known(float(line.snapshot.positions.liquidation_distance[line.row]))
    if away is None:
        return unknown(line.reason)
    if away == inf:
        return Cell(distance(away), help="no price liquidates this position")
    level = known(float(line.snapshot.positions.liquidation_price[line.row]))
    note = "" if level is None else f"at {price(level, tick_size=line.tick)}"
    return Cell(distance(away), note, Tone.WARNING if away < CLOSE_LIQUIDATION else Tone.PLAIN)


def _funding(line: _Line) -> Cell:
    position = line.position
    if position.funding_rate is None:
        return unknown("the venue does not say")
    pays = position.funding_rate * position.quantity > 0.0
    verb = "pays" if pays else "receives" if position.funding_rate else "next"
    note = (
        verb
        if position.next_funding_at is None
        else f"{verb} in {countdown(position.next_funding_at, now=line.now)}"
    )
    return Cell(percent(position.funding_rate, digits=4), note.replace("in due", "now"))


def _strategy(line: _Line) -> Cell:
    shares = line.snapshot.strategies.get((line.key.account, line.key.symbol), ())
    if not shares:
        return unknown("no fill tells whose position it is")
    if len(shares) == 1:
        return Cell(shares[0][0])
    return Cell(", ".join(f"{name} {percent(share, digits=0)}" for name, share in shares))


def _opened(line: _Line) -> Cell:
    opened_at = line.position.opened_at
    if opened_at is None:
        return unknown("the venue does not say")
    held = (line.now - opened_at).total_seconds()
    return Cell(duration(held), clock_and_date(opened_at, zone=line.zone, now=line.now))
