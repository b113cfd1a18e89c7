"""The vault's passphrase where nobody types it: from a closed file or from the environment."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from etrms_core.domain.secret import Secret
from etrms_core.errors import ConfigurationError

FILE_VARIABLE = "ETRMS_VAULT_PASSPHRASE_FILE"
VARIABLE = "ETRMS_VAULT_PASSPHRASE"
MOST_BYTES = 4_096


def headless_passphrase(environment: Mapping[str, str]) -> Secret | None:
    """Return the passphrase that was given to the process; None when it is to be asked for.

    Raises
    ------
    ConfigurationError
        If both ways are used, or the file is open to others, no file, empty or not readable; the
        passphrase is never repeated.
    """
    file_name, text = environment.get(FILE_VARIABLE), environment.get(VARIABLE)
    if file_name and text:
        raise ConfigurationError(f"is set beside {FILE_VARIABLE}; keep one", field=VARIABLE)
    if file_name:
        return _passphrase(_closed_file(Path(file_name)), field=FILE_VARIABLE)
    return _passphrase(text, field=VARIABLE) if text else None


def _closed_file(path: Path) -> str:
    try:
        # A pipe without a writer must not keep the start waiting.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        try:
            # Of the open file, not of its name: nobody exchanges it in between.
            _refuse_open_to_others(path, os.fstat(descriptor))
            content = os.read(descriptor, MOST_BYTES + 1)
        finally:
            os.close(descriptor)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConfigurationError(f"{path} cannot be read ({reason})", field=FILE_VARIABLE) from None
    if len(content) > MOST_BYTES:
        raise ConfigurationError(
            f"{path} holds more than {MOST_BYTES} bytes, which is no passphrase",
            field=FILE_VARIABLE,
        )
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise ConfigurationError(f"{path} is not UTF-8 text", field=FILE_VARIABLE) from None


def _refuse_open_to_others(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise ConfigurationError(f"{path} is no regular file", field=FILE_VARIABLE)
    mode = stat.S_IMODE(status.st_mode)
    if mode & 0o177:
        raise ConfigurationError(
            f"{path} has mode {mode:04o}, so others could read it; it must have 0600 "
            f"(chmod 600 {path})",
            field=FILE_VARIABLE,
        )
    if status.st_uid not in {os.geteuid(), 0}:
        raise ConfigurationError(f"{path} belongs to another user", field=FILE_VARIABLE)


def _passphrase(text: str, *, field: str) -> Secret:
    # Editors and `echo` end a file with a line break that nobody typed.
    stripped = text.removesuffix("\n").removesuffix("\r")
    if not stripped.strip():
        raise ConfigurationError("holds no passphrase", field=field)
    return Secret(stripped)
