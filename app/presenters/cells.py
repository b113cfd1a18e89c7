"""One shown value: its text, what it means for the trader, and why it is unknown."""

from dataclasses import dataclass
from enum import StrEnum

DASH = "\N{EN DASH}"


class Tone(StrEnum):
    """What a value means; colour and icon follow from it, never the other way round."""

    PLAIN = "plain"
    MUTED = "muted"
    GOOD = "good"
    BAD = "bad"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Cell:
    """A value ready to be drawn.

    Attributes
    ----------
    note : str
        Second, smaller line.
    help : str
        Sentence shown on hover, focus and touch; for an unknown value its reason.
    share : float or None
        Part of a bar to fill, in [0, 1]; None draws no bar.
    """

    text: str
    note: str = ""
    tone: Tone = Tone.PLAIN
    help: str = ""
    share: float | None = None


def unknown(reason: str | None) -> Cell:
    """Show a dash with the reason; an unknown value is never shown as 0."""
    return Cell(DASH, tone=Tone.MUTED, help=reason or "not known yet")


def tone_of(value: float | None) -> Tone:
    """Good above 0, bad below, plain at 0 and when unknown."""
    if value is None or value == 0.0:
        return Tone.PLAIN
    return Tone.GOOD if value > 0.0 else Tone.BAD
