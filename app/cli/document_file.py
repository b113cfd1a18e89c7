"""Reading a document that a command was given: TOML, or JSON by its ending."""

from pathlib import Path

from etrms_core.errors import DataError


def read_document(file: Path) -> tuple[str, bool]:
    """Return the text of a file, and whether it is JSON.

    Raises
    ------
    DataError
        If it cannot be read as text; it names the file.
    """
    try:
        return file.read_text(encoding="utf-8"), file.suffix.lower() == ".json"
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{file} cannot be read: {error}") from error
