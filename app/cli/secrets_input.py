"""Reading a password: a line of standard input, or a hidden prompt on a terminal."""

import sys
from getpass import getpass

from etrms_core.errors import ConfigurationError

LONGEST_LINE = 10_000


def read_password() -> str:
    """Read the password that is in force.

    Raises
    ------
    ConfigurationError
        If none was given, or it is no text.
    """
    return _hidden("Password: ") if _is_terminal() else _line()


def read_new_password() -> str:
    """Read a password that will be in force; on a terminal twice.

    Raises
    ------
    ConfigurationError
        As `read_password`, and if the two are not the same.
    """
    if not _is_terminal():
        return _line()
    password = _hidden("New password: ")
    if _hidden("Repeat password: ") != password:
        raise ConfigurationError("the two entries differ; try again", field="password")
    return password


def _is_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


def _hidden(prompt: str) -> str:
    try:
        return getpass(prompt)
    except EOFError:
        raise ConfigurationError("none was given", field="password") from None


def _line() -> str:
    try:
        line = "" if sys.stdin is None else sys.stdin.readline(LONGEST_LINE)
    except UnicodeDecodeError:
        # The error carries the bytes that were read.
        raise ConfigurationError(
            "is no text in this terminal's encoding", field="password"
        ) from None
    if not line:
        raise ConfigurationError(
            "none was given; write it as one line on standard input", field="password"
        )
    return line.removesuffix("\n").removesuffix("\r")
