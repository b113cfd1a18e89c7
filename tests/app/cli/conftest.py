"""A home folder of its own for every test, and the command line."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.app.cli.command_line import Answer, etrms

Etrms = Callable[..., Answer]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    monkeypatch.setenv("ETRMS_HOME", str(folder))
    return folder


@pytest.fixture
def run_etrms(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Etrms:
    return lambda *arguments: etrms(monkeypatch, capsys, *arguments)
