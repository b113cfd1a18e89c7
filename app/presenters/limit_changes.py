"""What a change of limits does, line by line: from what to what, tighter or looser."""

from dataclasses import dataclass

from app.presenters.cells import Cell, Tone
from app.presenters.limit_fields import changed_fields, is_looser, limit_text
from etrms_core.domain.limits import Limits

TIGHTER = Cell("Tightens", "lets less out", Tone.GOOD)
LOOSER = Cell("Loosens", "lets more out", Tone.WARNING)


@dataclass(frozen=True, slots=True)
class LimitChangeRow:
    """One limit that changes."""

    name: Cell
    before: Cell
    after: Cell
    effect: Cell


def limit_change_rows(before: Limits, after: Limits) -> tuple[LimitChangeRow, ...]:
    """Show each limit that differs."""
    return tuple(
        LimitChangeRow(
            name=Cell(field.label),
            before=Cell(limit_text(field.name, before)),
            after=Cell(limit_text(field.name, after)),
            effect=LOOSER if is_looser(field.name, before, after) else TIGHTER,
        )
        for field in changed_fields(before, after)
    )
