"""Sentences from data as a list."""

from collections.abc import Iterable

from app.components.literal_text import literally


def bullets(lines: Iterable[str]) -> str:
    """Write sentences as a Markdown list that shows them as they are."""
    return "\n".join(f"- {literally(line)}" for line in lines)
