"""The one folder that strategies of the user's own come from."""

import re
from pathlib import Path

from etrms_core.backtest.strategies.built_in import BUILT_IN
from etrms_core.errors import ConfigurationError

SUFFIX = ".py"
LARGEST_FILE = 1_000_000
FIELD = "strategy.name"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


def strategy_files(folder: Path) -> list[Path]:
    """List the files that mean to be strategies, by name; those that begin with _ do not.

    Raises
    ------
    ConfigurationError
        If the folder exists and cannot be read.
    """
    if not folder.is_dir():
        return []
    try:
        return sorted(path for path in folder.glob(f"*{SUFFIX}") if path.name[0] not in "._")
    except OSError as error:
        raise ConfigurationError(f"{folder} cannot be read: {error.strerror}") from error


def strategy_source(name: str, folder: Path) -> tuple[Path, str]:
    """Find the file of a name and read it.

    Raises
    ------
    ConfigurationError
        If the name breaks the rule for names or is taken, or there is no file of that name in the
        folder itself; a link out of the folder leads nowhere.
    """
    if not _NAME.fullmatch(name):
        raise ConfigurationError(
            f"is a small letter, then at most 63 of a-z 0-9 _, was {name!r}", field=FIELD
        )
    if name in BUILT_IN:
        raise ConfigurationError(
            f"{name}{SUFFIX} has the name of a built-in strategy; rename it", field=FIELD
        )
    path = folder / f"{name}{SUFFIX}"
    try:
        if path.resolve(strict=True).parent != folder.resolve() or not path.is_file():
            raise ConfigurationError(
                f"{path.name} is no file in {folder} itself, or a link out of it", field=FIELD
            )
        return path, _text(path)
    except (OSError, RuntimeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path.name} cannot be read: {error}", field=FIELD) from error


def _text(path: Path) -> str:
    if path.stat().st_size > LARGEST_FILE:
        raise ConfigurationError(f"{path.name} is larger than a megabyte", field=FIELD)
    return path.read_text(encoding="utf-8")
