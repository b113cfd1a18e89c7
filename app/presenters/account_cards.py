"""One account at a glance: how it is connected, what it holds, how near its liquidation is."""

from dataclasses import dataclass
from math import inf, isfinite

from app.presenters.cells import Cell, Tone, tone_of, unknown
from app.presenters.numbers import distance, known, money, percent, signed, signed_money
from app.presenters.overview_cards import HIGH_MARGIN_RATIO, Card, CardLine
from app.presenters.venue_rows import QUALITIES, age_text
from etrms_core.domain.account import AccountState
from etrms_core.domain.identifiers import Scope, ScopeKind
from etrms_core.kernels.arrays import FloatArray
from etrms_core.risk.snapshot import DataQuality, RiskSnapshot, SourceReading
from etrms_core.services.risk_state import RiskState

# From here on a venue is about to liquidate.
CRITICAL_MARGIN_RATIO = 0.8
NO_ACCOUNT = (
    "No account is connected. The built-in paper account appears here as soon as the monitor has "
    "finished its first cycle."
)


@dataclass(frozen=True, slots=True)
class AccountHead:
    """Whose account it is and how it is connected; `trouble` is why it cannot be read."""

    name: str
    is_paper: bool
    venue: Cell
    reading: Cell
    trouble: str


@dataclass(frozen=True, slots=True)
class _Line:
    snapshot: RiskSnapshot
    number: int
    account: AccountState
    source: SourceReading
    error: str

    @property
    def reason(self) -> str:
        scope = Scope(ScopeKind.EXCHANGE, self.source.venue)
        never = f"{self.account.account} was never read"
        return self.error or self.snapshot.reasons.get(scope) or never

    def figure(self, by_account: FloatArray) -> float | None:
        if self.source.quality is DataQuality.UNKNOWN:
            return None
        return known(float(by_account[self.number]))


def account_head(state: RiskState, number: int, *, passed_seconds: float) -> AccountHead:
    """Show the connection of one account; `passed_seconds` went by since the cycle."""
    account, source = state.snapshot.table.accounts[number], state.snapshot.sources[number]
    quality = QUALITIES[source.quality]
    age = age_text(source, passed_seconds=passed_seconds)
    return AccountHead(
        name=account.account,
        is_paper=account.is_paper,
        venue=Cell(f"venue {account.venue}"),
        reading=Cell(f"{quality.text}, {age}", tone=quality.tone, help=quality.note),
        trouble=state.source_errors.get(account.account, ""),
    )


def account_cards(state: RiskState, number: int) -> tuple[Card, ...]:
    """Show equity, wallet, free margin, margin in use, margin ratio and results so far."""
    snapshot = state.snapshot
    account = snapshot.table.accounts[number]
    error = state.source_errors.get(account.account, "")
    line = _Line(snapshot, number, account, snapshot.sources[number], error)
    return (
        _equity(line),
        _wallet(line),
        _free(line),
        _used(line),
        _ratio(line),
        _results(line),
    )


def margin_level(ratio: float) -> tuple[str, Tone]:
    """Say in a word how near a margin ratio is to liquidation, which is at 1."""
    if ratio >= CRITICAL_MARGIN_RATIO:
        return "critical", Tone.BAD
    return ("high", Tone.WARNING) if ratio >= HIGH_MARGIN_RATIO else ("low", Tone.GOOD)


def _money_cell(line: _Line, value: float | None) -> Cell:
    return unknown(line.reason) if value is None else Cell(money(value))


def _signed_cell(line: _Line, value: float | None) -> Cell:
    if value is None:
        return unknown(line.reason)
    return Cell(signed_money(value), tone=tone_of(value))


def _equity(line: _Line) -> Card:
    gross = _gross(line)
    lines = (
        CardLine(
            "Unrealised P&L", _signed_cell(line, line.figure(line.snapshot.accounts.unrealized))
        ),
        CardLine("Gross exposure", _money_cell(line, gross)),
    )
    help_text = "Wallet balance plus unrealised result, in reporting currency (USD)."
    return Card(
        "Equity", _money_cell(line, line.figure(line.snapshot.accounts.equity)), lines, help_text
    )


def _gross(line: _Line) -> float | None:
    if line.source.quality is DataQuality.UNKNOWN:
        return None
    rows = line.snapshot.table.arrays.account == line.number
    return known(float(abs(line.snapshot.positions.notional[rows]).sum()))


def _wallet(line: _Line) -> Card:
    counted = line.figure(line.snapshot.accounts.collateral)
    lines = (CardLine("Counts as collateral", _money_cell(line, counted)),)
    help_text = "All balances at their prices; results of open positions are not in it."
    return Card(
        "Wallet balance",
        _money_cell(line, line.figure(line.snapshot.accounts.wallet)),
        lines,
        help_text,
    )


def _free(line: _Line) -> Card:
    equity, initial = (
        line.figure(line.snapshot.accounts.equity),
        line.figure(line.snapshot.accounts.initial),
    )
    free = None if equity is None or initial is None else max(0.0, equity - initial)
    lines = (CardLine("Of equity", _share(line, free, equity)),)
    help_text = (
        "Equity less the initial margin of open positions, at least 0. What orders that wait "
        "reserve is not taken off: venues do not tell it."
    )
    return Card("Available margin", _money_cell(line, free), lines, help_text)


def _used(line: _Line) -> Card:
    equity, initial = (
        line.figure(line.snapshot.accounts.equity),
        line.figure(line.snapshot.accounts.initial),
    )
    lines = (
        CardLine("Of equity", _share(line, initial, equity)),
        CardLine(
            "Maintenance", _money_cell(line, line.figure(line.snapshot.accounts.cross_maintenance))
        ),
    )
    help_text = (
        "Initial margin of open positions at their leverage; a leverage that the venue does not "
        "tell leaves it unknown. Maintenance is that of the cross positions."
    )
    return Card("Margin used", _money_cell(line, initial), lines, help_text)


def _share(line: _Line, part: float | None, equity: float | None) -> Cell:
    if part is None or equity is None or equity <= 0.0:
        return unknown(line.reason if equity is None or part is None else "there is no equity")
    return Cell(percent(part / equity, digits=1))


def _ratio(line: _Line) -> Card:
    ratio = line.figure(line.snapshot.accounts.margin_ratio)
    nearest = _nearest(line)
    lines = (
        CardLine("Level", _level(line, ratio)),
        CardLine("To liquidation", _room(line, ratio)),
        CardLine("Nearest position", _distance(line, nearest)),
    )
    help_text = (
        "Maintenance margin over what backs the cross positions; the venue liquidates at 100%. "
        "The nearest position is the smallest way from a mark price to its liquidation price."
    )
    if ratio is None:
        return Card("Margin ratio", unknown(line.reason), lines, help_text)
    shown = Cell(percent(ratio), tone=_tone(ratio), share=min(1.0, max(0.0, ratio)))
    return Card("Margin ratio", shown, lines, help_text)


def _tone(ratio: float) -> Tone:
    tone = margin_level(ratio)[1]
    return Tone.PLAIN if tone is Tone.GOOD else tone


def _level(line: _Line, ratio: float | None) -> Cell:
    if ratio is None:
        return unknown(line.reason)
    word, tone = margin_level(ratio)
    return Cell(word, tone=tone)


def _room(line: _Line, ratio: float | None) -> Cell:
    if ratio is None:
        return unknown(line.reason)
    if not isfinite(ratio):
        return Cell("none left", tone=Tone.BAD)
    return Cell(f"{percent(max(0.0, 1.0 - ratio)).removesuffix('%')} points", tone=_tone(ratio))


def _nearest(line: _Line) -> float | None:
    rows = line.snapshot.table.arrays.account == line.number
    distances = [float(each) for each in line.snapshot.positions.liquidation_distance[rows]]
    if line.source.quality is DataQuality.UNKNOWN or any(known(d) is None for d in distances):
        return None
    return min(distances, default=inf)


def _distance(line: _Line, away: float | None) -> Cell:
    return unknown(line.reason) if away is None else Cell(distance(away))


def _results(line: _Line) -> Card:
    ledger, asset = line.account.ledger, _asset(line.account)
    help_text = (
        "Closed results since the account is watched, in the currency of its contracts: realised "
        "before fees, less fees, plus funding."
    )
    if ledger is None or line.account.observed_at is None:
        reason = "the venue does not tell results"
        cell = unknown(reason if ledger is None else line.reason)
        return Card("Closed results", cell, (), help_text)
    realised = sum(each.realized_pnl for each in ledger)
    fees = sum(each.fees for each in ledger)
    funding = sum(each.funding for each in ledger)
    net = realised - fees + funding
    lines = (
        CardLine("Realised", Cell(signed(realised, 2), tone=tone_of(realised))),
        CardLine("Fees", Cell(signed(-fees, 2))),
        CardLine("Funding", Cell(signed(funding, 2), tone=tone_of(funding))),
    )
    shown = Cell(f"{signed(net, 2)} {asset}", tone=tone_of(net))
    return Card("Closed results", shown, lines, help_text)


def _asset(account: AccountState) -> str:
    quoted = [position.quote_asset for position in account.positions]
    held = [balance.asset for balance in account.balances]
    return next(iter((*quoted, *held)), "")
