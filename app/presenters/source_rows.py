"""The accounts that the desk reads, and how old each reading is."""

from dataclasses import dataclass
from math import isinf

from app.presenters.cells import Cell, Tone
from app.presenters.times import duration
from etrms_core.risk.snapshot import DataQuality, SourceReading
from etrms_core.services.risk_state import RiskState

QUALITIES = {
    DataQuality.FRESH: Cell("Fresh", tone=Tone.GOOD),
    DataQuality.STALE: Cell("Stale", "its last reading still counts", Tone.WARNING),
    DataQuality.UNKNOWN: Cell("Unknown", "its figures do not count", Tone.BAD),
}


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One account as a source of readings."""

    account: Cell
    mode: Cell
    quality: Cell
    age: Cell


def source_rows(state: RiskState, *, passed_seconds: float) -> tuple[SourceRow, ...]:
    """Show every source; `passed_seconds` went by since the cycle that read them."""
    is_paper = {account.account: account.is_paper for account in state.accounts}
    rows = []
    for source in state.snapshot.sources:
        error = state.source_errors.get(source.account, "")
        rows.append(
            SourceRow(
                account=Cell(source.account, source.venue),
                mode=Cell("PAPER" if is_paper.get(source.account, False) else "LIVE"),
                quality=QUALITIES[source.quality],
                age=Cell(age_text(source, passed_seconds=passed_seconds), error),
            )
        )
    return tuple(rows)


def age_text(source: SourceReading, *, passed_seconds: float) -> str:
    """Write how old a source is now."""
    if isinf(source.age_seconds):
        return "never read"
    return f"{duration(source.age_seconds + passed_seconds)} old"
