"""What may not be traded now, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from app.presenters.breaker_rows import scope_in_words
from app.presenters.cells import Cell, Tone
from app.presenters.times import clock_and_date, countdown
from etrms_core.engine.kill_switch import SOURCE as KILL_SWITCH
from etrms_core.engine.restrictions import Restriction, TradingState

MEANINGS = {
    TradingState.ACTIVE: "trading is free",
    TradingState.REDUCING: "positions may only shrink",
    TradingState.HALTED: "nothing may add risk",
}
TONES = {
    TradingState.ACTIVE: Tone.GOOD,
    TradingState.REDUCING: Tone.WARNING,
    TradingState.HALTED: Tone.BAD,
}


@dataclass(frozen=True, slots=True)
class RestrictionRow:
    """One restriction on one scope."""

    scope: Cell
    state: Cell
    until: Cell
    reason: Cell


def restriction_rows(
    blocks: Sequence[Restriction], *, zone: ZoneInfo, now: datetime
) -> tuple[RestrictionRow, ...]:
    """Show restrictions, the strictest first."""
    return tuple(
        RestrictionRow(
            scope=Cell(scope_in_words(block.scope), block.scope.kind.value),
            state=Cell(block.state.name, MEANINGS[block.state], TONES[block.state]),
            until=_until(block, zone, now),
            reason=Cell(block.reason),
        )
        for block in sorted(blocks, key=lambda block: -block.state)
    )


def restriction_sentence(block: Restriction, *, zone: ZoneInfo, now: datetime) -> str:
    """Say in one sentence what is restricted, until when and why."""
    until = "a person resumes trading" if block.source == KILL_SWITCH else "it is reset"
    if block.until is not None:
        until = f"{clock_and_date(block.until, zone=zone, now=now)} {zone.key}"
    scope = scope_in_words(block.scope)
    return f"{scope} is {block.state.name} until {until}, {MEANINGS[block.state]}: {block.reason}"


def _until(block: Restriction, zone: ZoneInfo, now: datetime) -> Cell:
    if block.until is None:
        is_kill = block.source == KILL_SWITCH
        return Cell("resumed by a person" if is_kill else "reset by a person or its breaker")
    at = clock_and_date(block.until, zone=zone, now=now)
    return Cell(f"{countdown(block.until, now=now)} left", f"until {at}")
