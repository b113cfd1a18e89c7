"""What somebody may have meant by a name that does not exist."""

from collections.abc import Iterable
from difflib import get_close_matches


def unknown_name(kind: str, name: str, known: Iterable[str]) -> str:
    """Say that a name is unknown, with the names close to it, else with all."""
    names = sorted(known)
    close = get_close_matches(name, names, n=3)
    if close:
        return f"is {kind}, was {name!r}; close to it: {', '.join(close)}"
    return f"is {kind}, was {name!r}; there are: {', '.join(names) or 'none'}"
