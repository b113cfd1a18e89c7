"""One channel as text."""

from app.components.markup import TONE_CLASSES, Html, badge, classes, joined, tag
from app.presenters.cells import Cell, Tone
from app.presenters.channel_text import ChannelWords


def channel_markup(words: ChannelWords, trial: Cell | None) -> Html:
    """Draw what is known of a channel, and how far its test is."""
    name = tag("strong", words.name, css="et-wide")
    lines = [
        tag(
            "div",
            name,
            *(badge(each) for each in words.badges),
            css="et-badges",
        ),
        tag("div", " ".join(words.sentences), css="et-wide"),
        tag("div", f"{words.last_delivery} ", _toned(words.delivery), css="et-wide"),
    ]
    if words.trouble:
        lines.append(_notice(Cell(words.trouble, tone=Tone.WARNING)))
    if trial is not None:
        lines.append(_notice(trial))
    return tag("div", joined(lines), css="et-status")


def _toned(cell: Cell) -> Html:
    return tag("span", cell.text, css=TONE_CLASSES[cell.tone])


def _notice(cell: Cell) -> Html:
    return tag("div", cell.text, css=classes("et-notice", TONE_CLASSES[cell.tone]), role="status")
