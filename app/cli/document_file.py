"""Reading a document that a command was given: TOML, or JSON by its ending."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.uploaded_text import DEEP_KEY, MOST_DOTS
from etrms_core.errors import ConfigurationError, DataError

LONGEST_RULES = 1 << 20
LONGEST_LIMITS = 64 << 10
KIBIBYTE = 1 << 10


def read_document(file: Path, *, longest: int = LONGEST_RULES) -> tuple[str, bool]:
    """Return the text of a file, and whether it is JSON.

    Parameters
    ----------
    longest : int
        Bytes that it may have.

    Raises
    ------
    DataError
        If it cannot be read as text, is too long, or a TOML key has too many dots; it names the
        file.
    """
    text, is_json = _text(file, longest), file.suffix.lower() == ".json"
    if not is_json and (deep := DEEP_KEY.search(text)) is not None:
        line = text.count("\n", 0, deep.start()) + 1
        raise DataError(
            f"{file} cannot be read: a key in line {line} has more than {MOST_DOTS} dots"
        )
    return text, is_json


@contextmanager
def naming(file: Path) -> Iterator[None]:
    """Put the name of a file before what is wrong with its content."""
    try:
        yield
    except ConfigurationError as error:
        raise ConfigurationError(str(error), field=str(file)) from error


def _text(file: Path, longest: int) -> str:
    try:
        with file.open("rb") as opened:
            content = opened.read(longest + 1)
    except OSError as error:
        raise DataError(f"{file} cannot be read: {_reason(error)}") from error
    if len(content) > longest:
        raise DataError(
            f"{file} cannot be read: it has more than {longest // KIBIBYTE:,} KiB, and no file of "
            "this kind needs that"
        )
    try:
        # Some editors begin a file with a mark that is no part of its text.
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{file} cannot be read: it is no text (in UTF-8)") from error


def _reason(error: OSError) -> str:
    match error:
        case FileNotFoundError():
            return "there is no such file"
        case IsADirectoryError():
            return "it is a folder"
        case PermissionError():
            return "you have no right to read it"
        case _:
            return error.strerror or "the disk gives no reason"
