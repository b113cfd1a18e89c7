"""Open positions one by one: what each is, what guards it, and how near its end is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import inf, isinf

from app.presenters.cells import DASH, Cell, Tone, tone_of, unknown
from app.presenters.numbers import distance, known, money, percent, price, signed
from app.presenters.position_rows import CLOSE_LIQUIDATION, PositionRow
from app.presenters.steps import Instruments, lot_size, tick_size
from etrms_core.domain.account import AccountState, Position
from etrms_core.domain.identifiers import PORTFOLIO, PositionKey, PositionSide
from etrms_core.risk.metrics import Metric
from etrms_core.risk.protection import Guarding, Protection, protection_of
from etrms_core.risk.snapshot import DataQuality, RiskSnapshot

# A liquidation farther away than this fills its bar.
FAR_LIQUIDATION = 0.5
CANNOT_VERIFY = "cannot verify"
GUARDED = {
    Guarding.WHOLE: Cell("Guarded", "a stop covers all of it", Tone.GOOD),
    Guarding.PARTLY: Cell("Partly guarded", tone=Tone.WARNING),
    Guarding.NONE: Cell("Not guarded", "no stop at the venue", Tone.WARNING),
    Guarding.UNVERIFIED: Cell("Cannot verify", tone=Tone.WARNING),
}


class SortBy(StrEnum):
    """What a list of positions can be ordered by."""

    LIQUIDATION = "Nearest liquidation"
    RESULT = "Unrealised P&L"
    NOTIONAL = "Notional"
    RISK = "Risk to the stop"
    HELD = "Time held"
    SYMBOL = "Symbol"
    ACCOUNT = "Account"


@dataclass(frozen=True, slots=True)
class Fact:
    """One figure with its name."""

    label: str
    cell: Cell


@dataclass(frozen=True, slots=True)
class PositionCard:
    """One position with all its figures; `numbers` holds them for sorting and export."""

    key: PositionKey
    title: str
    side: str
    facts: tuple[Fact, ...]
    numbers: dict[str, float | None]
    is_stale: bool


@dataclass(frozen=True, slots=True)
class _Line:
    snapshot: RiskSnapshot
    number: int
    row: PositionRow
    account: AccountState
    position: Position
    protection: Protection
    tick: float | None
    lot: float | None

    @property
    def quote_price(self) -> float | None:
        return known(float(self.snapshot.table.arrays.quote_price[self.number]))

    @property
    def equity(self) -> float | None:
        equity = self.snapshot.value(Metric.EQUITY)
        return equity if equity is not None and equity > 0.0 else None

    @property
    def reason(self) -> str:
        return self.snapshot.reasons.get(PORTFOLIO) or "equity or mark price is not known"


def position_cards(
    snapshot: RiskSnapshot, rows: Sequence[PositionRow], instruments: Instruments
) -> tuple[PositionCard, ...]:
    """Show every position, in the order of the rows."""
    return tuple(_card(_line(snapshot, row, instruments)) for row in rows)


def sorted_cards(
    cards: Sequence[PositionCard], by: SortBy, *, is_reversed: bool = False
) -> tuple[PositionCard, ...]:
    """Order positions: the worst or largest first, unknown ones before them."""
    match by:
        case SortBy.SYMBOL:
            ordered = sorted(cards, key=lambda card: card.key)
        case SortBy.ACCOUNT:
            ordered = sorted(cards, key=lambda card: (card.key.account, card.key))
        case SortBy.LIQUIDATION | SortBy.RESULT:
            name = "liquidation_distance" if by is SortBy.LIQUIDATION else "unrealized_pnl"
            ordered = sorted(cards, key=lambda card: _rank(card, name, sign=1.0))
        case SortBy.NOTIONAL | SortBy.RISK | SortBy.HELD:
            name = {SortBy.NOTIONAL: "notional", SortBy.RISK: "risk_to_stop"}.get(
                by, "held_seconds"
            )
            ordered = sorted(cards, key=lambda card: _rank(card, name, sign=-1.0))
    return tuple(reversed(ordered)) if is_reversed else tuple(ordered)


def side_words(key: PositionKey, amount: float) -> str:
    """Say which way a position goes, and on which leg in hedge mode."""
    side = "long" if amount > 0.0 else "short"
    return side if key.side is PositionSide.NET else f"{side} leg"


def _rank(card: PositionCard, name: str, *, sign: float) -> tuple[float, PositionKey]:
    value = card.numbers[name]
    return (-inf if value is None else sign * value, card.key)


def _line(snapshot: RiskSnapshot, row: PositionRow, instruments: Instruments) -> _Line:
    number = snapshot.table.keys.index(row.key)
    position = snapshot.table.rows[number]
    place = int(snapshot.table.arrays.account[number])
    account, source = snapshot.table.accounts[place], snapshot.sources[place]
    return _Line(
        snapshot=snapshot,
        number=number,
        row=row,
        account=account,
        position=position,
        protection=protection_of(
            position,
            account.orders,
            is_known=source.quality is DataQuality.FRESH,
            liquidation_price=known(float(snapshot.positions.liquidation_price[number])),
        ),
        tick=tick_size(instruments, row.key.account, row.key.symbol),
        lot=lot_size(instruments, row.key.account, row.key.symbol),
    )


def _card(line: _Line) -> PositionCard:
    row, position = line.row, line.position
    numbers = _numbers(line)
    return PositionCard(
        key=row.key,
        title=position.symbol,
        side=side_words(row.key, position.quantity),
        facts=(
            Fact("Size", replace(row.size, note=row.notional.text, help=row.notional.help)),
            Fact("Mark", row.mark),
            Fact("Unrealised P&L", row.result),
            Fact("Share of equity", _share(line, numbers["share_of_equity"])),
            Fact("Leverage", row.leverage),
            Fact("Liquidation", _liquidation(row.liquidation, numbers["liquidation_distance"])),
            Fact("Nearest stop", _stop(line)),
            Fact("Risk to the stop", _risk(line, numbers["risk_to_stop"])),
            Fact("Protection", _protection(line)),
            Fact("Funding rate", row.funding),
            Fact("Funding so far", _funding_paid(line)),
            Fact("Held", row.opened),
            Fact("Strategy", row.strategy),
        ),
        numbers=numbers,
        is_stale=row.is_stale,
    )


def _numbers(line: _Line) -> dict[str, float | None]:
    readings, number, protection = line.snapshot.positions, line.number, line.protection
    notional = known(abs(float(readings.notional[number])))
    risk = _in_money(line, protection.risk)
    return {
        "quantity": line.position.quantity,
        "entry_price": line.position.entry_price,
        "mark_price": known(float(line.snapshot.table.arrays.mark_price[number])),
        "unrealized_pnl": known(float(readings.unrealized[number])),
        "notional": notional,
        "share_of_equity": _over_equity(line, notional),
        "leverage": line.position.leverage,
        "liquidation_price": known(float(readings.liquidation_price[number])),
        "liquidation_distance": known(float(readings.liquidation_distance[number])),
        "stop_price": protection.stop_price,
        "stop_distance": protection.stop_distance,
        "risk_to_stop": risk,
        "risk_of_equity": _over_equity(line, risk),
        "funding_rate": line.position.funding_rate,
        "funding_so_far": _ledger_funding(line),
        "held_seconds": known(float(line.snapshot.table.facts.held_seconds[number])),
    }


def _in_money(line: _Line, amount: float | None) -> float | None:
    rate = line.quote_price
    return None if amount is None or rate is None else amount * rate


def _over_equity(line: _Line, amount: float | None) -> float | None:
    equity = line.equity
    return None if amount is None or equity is None else amount / equity


def _share(line: _Line, share: float | None) -> Cell:
    if share is None:
        return unknown(line.reason)
    return Cell(percent(share, digits=1), "of the portfolio")


def _liquidation(cell: Cell, away: float | None) -> Cell:
    if away is None or isinf(away):
        return cell
    tone = Tone.WARNING if away < CLOSE_LIQUIDATION else cell.tone
    return replace(cell, share=min(1.0, max(0.0, away / FAR_LIQUIDATION)), tone=tone)


def _stop(line: _Line) -> Cell:
    protection = line.protection
    if protection.guarding is Guarding.UNVERIFIED:
        help_text = f"the orders of {line.row.key.account} are not known now"
        return Cell(CANNOT_VERIFY, tone=Tone.WARNING, help=help_text)
    if protection.stop_price is None:
        if protection.has_trailing:
            help_text = "a trailing stop waits; the venue does not tell its level"
            return Cell(CANNOT_VERIFY, "trailing stop", Tone.WARNING, help_text)
        return Cell("none", tone=Tone.WARNING)
    note = f"at {price(protection.stop_price, tick_size=line.tick)}"
    if protection.stop_distance is None:
        return Cell(DASH, note, Tone.MUTED, line.reason)
    return Cell(distance(protection.stop_distance), note)


def _risk(line: _Line, risk: float | None) -> Cell:
    protection = line.protection
    if risk is not None:
        share = _over_equity(line, risk)
        return Cell(money(risk), "" if share is None else f"{percent(share)} of equity")
    match protection.guarding:
        case Guarding.NONE:
            return Cell("not bounded", tone=Tone.WARNING, help="no stop limits the loss")
        case Guarding.PARTLY:
            text = f"no stop covers {percent(1.0 - (protection.covered or 0.0), digits=0)} of it"
            return Cell("not bounded", tone=Tone.WARNING, help=text)
        case Guarding.WHOLE | Guarding.UNVERIFIED:
            return unknown(line.reason if protection.stop_price else "no stop level is known")


def _protection(line: _Line) -> Cell:
    protection, shown = line.protection, GUARDED[line.protection.guarding]
    if protection.is_too_far:
        return Cell("Stop too far", "liquidated before it", Tone.BAD)
    if protection.guarding is Guarding.PARTLY:
        shown = replace(shown, note=f"{percent(protection.covered, digits=0)} of it")
    if protection.take_profit_price is not None:
        target = f"target {price(protection.take_profit_price, tick_size=line.tick)}"
        shown = replace(shown, note=target)
    return shown


def _ledger_funding(line: _Line) -> float | None:
    for total in line.account.ledger or ():
        if total.symbol == line.position.symbol:
            return total.funding
    return None


def _funding_paid(line: _Line) -> Cell:
    paid = _ledger_funding(line)
    if paid is None:
        return unknown("the venue does not tell funding by symbol")
    text = f"{signed(paid, 2)} {line.position.quote_asset}"
    help_text = f"all funding of {line.position.symbol} since {line.row.key.account} is watched"
    return Cell(text, tone=tone_of(paid), help=help_text)
