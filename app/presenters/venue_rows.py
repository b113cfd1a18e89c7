"""Risk by venue: what each account holds, and how old its reading is."""

from dataclasses import dataclass
from math import isinf

from app.presenters.cells import Cell, Tone, tone_of, unknown
from app.presenters.numbers import known, money, multiple, percent, signed_money
from app.presenters.times import duration
from etrms_core.domain.identifiers import Scope, ScopeKind
from etrms_core.risk.metrics import Metric
from etrms_core.risk.snapshot import DataQuality, RiskSnapshot, SourceReading
from etrms_core.services.risk_state import RiskState

QUALITIES = {
    DataQuality.FRESH: Cell("Fresh", tone=Tone.GOOD),
    DataQuality.STALE: Cell("Stale", "its last reading still counts", Tone.WARNING),
    DataQuality.UNKNOWN: Cell("Unknown", "its figures do not count", Tone.BAD),
}


@dataclass(frozen=True, slots=True)
class VenueRow:
    """One account; today's result and leverage are those of its whole venue."""

    account: Cell
    mode: Cell
    reading: Cell
    equity: Cell
    today: Cell
    exposure: Cell
    leverage: Cell
    margin_ratio: Cell


def venue_rows(state: RiskState, *, passed_seconds: float) -> tuple[VenueRow, ...]:
    """Show every account; `passed_seconds` went by since the cycle that read them."""
    is_paper = {account.account: account.is_paper for account in state.accounts}
    return tuple(
        _row(state, number, source, is_paper.get(source.account, False), passed_seconds)
        for number, source in enumerate(state.snapshot.sources)
    )


def age_text(source: SourceReading, *, passed_seconds: float) -> str:
    """Write how old a source is now."""
    if isinf(source.age_seconds):
        return "never read"
    return f"{duration(source.age_seconds + passed_seconds)} old"


def _row(
    state: RiskState, number: int, source: SourceReading, is_paper: bool, passed: float
) -> VenueRow:
    snapshot, quality = state.snapshot, QUALITIES[source.quality]
    error = state.source_errors.get(source.account, "")
    age = age_text(source, passed_seconds=passed)
    scope = Scope(ScopeKind.EXCHANGE, source.venue)
    reason = error or snapshot.reasons.get(scope) or f"{source.account} was never read"
    is_known = source.quality is not DataQuality.UNKNOWN
    equity = known(float(snapshot.accounts.equity[number])) if is_known else None
    ratio = known(float(snapshot.accounts.margin_ratio[number])) if is_known else None

    def shown(value: float | None, text: str, tone: Tone = Tone.PLAIN) -> Cell:
        return unknown(reason) if value is None else Cell(text, tone=tone)

    today = _today(snapshot, scope) if is_known else None
    exposure = snapshot.value(Metric.GROSS_EXPOSURE, scope) if is_known else None
    leverage = snapshot.value(Metric.GROSS_LEVERAGE, scope) if is_known else None
    return VenueRow(
        account=Cell(source.account, source.venue),
        mode=Cell("PAPER" if is_paper else "LIVE"),
        reading=Cell(quality.text, f"{age}: {error}" if error else age, quality.tone),
        equity=shown(equity, money(equity)),
        today=shown(today, signed_money(today), tone_of(today)),
        exposure=shown(exposure, money(exposure)),
        leverage=shown(leverage, multiple(leverage)),
        margin_ratio=shown(ratio, percent(ratio)),
    )


def _today(snapshot: RiskSnapshot, scope: Scope) -> float | None:
    result = snapshot.result(scope)
    return None if result is None else known(result.day)
