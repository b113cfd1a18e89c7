"""How much an event matters, by a sign, a word and a tone."""

from app.presenters.cells import Cell, Tone
from etrms_core.domain.notifications import Severity

SIGNS = {
    Severity.INFO: "\N{BLACK CIRCLE}",
    Severity.WARNING: "\N{BLACK UP-POINTING TRIANGLE}",
    Severity.CRITICAL: "\N{BLACK DIAMOND}",
}
TONES = {
    Severity.INFO: Tone.PLAIN,
    Severity.WARNING: Tone.WARNING,
    Severity.CRITICAL: Tone.BAD,
}
MINIMUM_WORDS = {
    Severity.CRITICAL: "Critical events",
    Severity.WARNING: "Warnings and critical events",
    Severity.INFO: "Every event",
}


def severity_cell(severity: Severity) -> Cell:
    """Show a severity."""
    return Cell(f"{SIGNS[severity]} {severity.word.capitalize()}", tone=TONES[severity])
