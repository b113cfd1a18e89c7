"""A value that never shows itself by accident."""

from typing import NoReturn

HIDDEN = "Secret(***)"


class Secret:
    """Text that only `reveal` shows: not `repr`, `str`, `format`, pickling or an error message.

    Two secrets of the same text are equal; a secret has no hash, so that it is no key by chance.
    """

    __slots__ = ("_text",)
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return HIDDEN

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is never pickled or copied")

    def reveal(self) -> str:
        """Return the text, for the one call that needs it."""
        return self._text
