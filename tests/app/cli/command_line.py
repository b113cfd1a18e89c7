"""Calling `etrms` in this process."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from app.cli import main


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:  # noqa: ANN401  any JSON
        """The one JSON document on standard output."""
        return json.loads(self.out)


def etrms(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str
) -> Answer:
    """Run a command and return its answer."""
    monkeypatch.setattr("sys.argv", ["etrms", *arguments])
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main()
    printed = capsys.readouterr()
    code = ended.value.code
    return Answer(code if isinstance(code, int) else 1, printed.out, printed.err)
