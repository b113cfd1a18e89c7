"""HTML built from text that is always escaped.

Streamlit turns such markup into React elements: when it changes, only the words that changed do,
so focus, scroll position and hover survive a refresh every second.
"""

from collections.abc import Iterable
from html import escape

from app.presenters.cells import Cell, Tone

# Never by colour alone: each tone has a sign in front of it where the text does not say it.
TONE_CLASSES = {
    Tone.PLAIN: "",
    Tone.MUTED: "et-muted",
    Tone.GOOD: "et-good",
    Tone.BAD: "et-bad",
    Tone.WARNING: "et-warning",
}


class Html(str):
    """Markup that is safe to draw; plain strings are escaped when they are put into it."""

    __slots__ = ()


Content = str | Html


def tag(name: str, *content: Content, css: str = "", **attributes: str) -> Html:
    """Build an element; attribute names use `_` for `-`.

    Line breaks are removed, since a blank line would end the markup.
    """
    given = {"class": css} if css else {}
    given |= {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items()}
    written = "".join(f' {key}="{_safe(value)}"' for key, value in given.items())
    return Html(f"<{name}{written}>{joined(content)}</{name}>")


def joined(content: Iterable[Content]) -> Html:
    """Put content together, escaping what is not markup."""
    return Html("".join(part if isinstance(part, Html) else _safe(part) for part in content))


def classes(*names: str) -> str:
    """Join the names that are not empty."""
    return " ".join(name for name in names if name)


def cell_markup(cell: Cell) -> Html:
    """Draw a value with its note, its bar and its explanation."""
    parts = [_value(cell)]
    if cell.share is not None:
        fill = tag("span", css="et-bar-fill", style=f"width:{cell.share * 100:.1f}%")
        parts.append(tag("span", fill, css="et-bar", aria_hidden="true"))
    if cell.note:
        parts.append(tag("span", cell.note, css="et-note"))
    return joined(parts)


def badge(cell: Cell, *, css: str = "") -> Html:
    """Draw a value as a badge."""
    return tag("span", _value(cell), css=classes("et-badge", TONE_CLASSES[cell.tone], css))


def explained(text: Content, help_text: str, *, css: str = "") -> Html:
    """Draw text that shows a sentence on hover, focus and touch."""
    return tag(
        "span",
        text,
        tag("span", f" ({help_text})", css="et-hidden"),
        css=classes("et-help", css),
        tabindex="0",
        data_help=help_text,
    )


def _value(cell: Cell) -> Html:
    css = classes("et-value", TONE_CLASSES[cell.tone])
    return (
        explained(cell.text, cell.help, css=css) if cell.help else tag("span", cell.text, css=css)
    )


def _safe(text: str) -> str:
    return escape(" ".join(text.split()) if "\n" in text or "\r" in text else text)
