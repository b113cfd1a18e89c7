"""`etrms resume`, as a person types it."""

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest

from etrms_core.bootstrap import open_desk
from etrms_core.services.desk import Desk
from tests.app.cli.conftest import Etrms
from tests.app.cli.traded_home import trade

PASSWORD = "correct horse battery staple"  # noqa: S105


def say(monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{line}\n"))


@pytest.fixture
def traded(home: Path) -> Path:
    home.mkdir()
    trade(home)
    return home


def owner_of(home: Path, monkeypatch: pytest.MonkeyPatch, run_etrms: Etrms) -> None:
    say(monkeypatch, PASSWORD)
    assert run_etrms("user", "create", "ada").code == 0
    assert home.exists()


def is_halted(home: Path) -> bool:
    desk: Desk = open_desk(home)
    state = desk.stored_state()
    desk.close()
    return state is not None and state.memory.kill_switch is not None


def test_resuming_needs_an_owner_and_the_right_password(
    traded: Path, run_etrms: Etrms, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_etrms("kill-switch")
    say(monkeypatch, PASSWORD)
    without = run_etrms("resume")
    assert (without.code, "no owner" in without.err) == (1, True)
    owner_of(traded, monkeypatch, run_etrms)
    say(monkeypatch, "something else entirely")
    wrong = run_etrms("resume")
    assert (wrong.code, "not the owner's password" in wrong.err) == (1, True)
    assert is_halted(traded)
    say(monkeypatch, PASSWORD)
    right = run_etrms("resume")
    assert (right.code, "Trading is resumed" in right.out) == (0, True)
    assert not is_halted(traded)


def test_resuming_says_when_as_json(
    traded: Path, run_etrms: Etrms, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_etrms("kill-switch")
    owner_of(traded, monkeypatch, run_etrms)
    say(monkeypatch, PASSWORD)
    document = run_etrms("resume", "--json").document
    assert datetime.fromisoformat(document["resumes_at"]) <= datetime.now(UTC)
    assert not is_halted(traded)
