"""Reading a password from standard input."""

import io

import pytest

from app.cli.secrets_input import read_new_password, read_password
from etrms_core.errors import ConfigurationError


def give(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content), encoding="utf-8"))


@pytest.mark.parametrize(
    ("content", "password"),
    [
        (b"secret words\n", "secret words"),
        (b"secret words\r\n", "secret words"),
        (b"secret words", "secret words"),
        (b" secret words \nmore\n", " secret words "),
        (b"\n", ""),
    ],
)
def test_one_line_of_standard_input_is_the_password(
    monkeypatch: pytest.MonkeyPatch, content: bytes, password: str
) -> None:
    for read in (read_password, read_new_password):
        give(monkeypatch, content)
        assert read() == password


@pytest.mark.parametrize("content", [b"", b"canary \xff\xfe\n"])
def test_no_text_is_refused_without_showing_it(
    monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    give(monkeypatch, content)
    with pytest.raises(ConfigurationError) as refused:
        read_password()
    assert "canary" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_a_process_without_any_input_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", None)
    for read in (read_password, read_new_password):
        with pytest.raises(ConfigurationError, match="none was given"):
            read()


class Terminal(io.StringIO):
    """Standard input that is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_is_asked_twice_for_a_new_password(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["one", "one", "one", "two", "old"])
    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("app.cli.secrets_input.getpass", lambda prompt: next(answers))
    assert read_new_password() == "one"
    with pytest.raises(ConfigurationError, match="the two entries differ"):
        read_new_password()
    assert read_password() == "old"


def test_a_closed_terminal_gives_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(prompt: str) -> str:
        raise EOFError(prompt)

    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("app.cli.secrets_input.getpass", closed)
    with pytest.raises(ConfigurationError, match="none was given"):
        read_password()
