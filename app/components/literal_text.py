"""Text from data in elements that read Markdown."""

SPECIAL = frozenset("\\`*_{}[]()<>#+-.!|$:~=^&")


def literally(text: str) -> str:
    """Write text so that Markdown shows it as it is, on one line."""
    return "".join(f"\\{each}" if each in SPECIAL else each for each in " ".join(text.split()))
