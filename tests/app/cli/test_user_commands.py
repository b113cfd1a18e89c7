"""Creating the owner and changing the password from the command line."""

import io
from pathlib import Path

import pytest

from etrms_core.bootstrap import open_desk
from tests.app.cli.command_line import Answer
from tests.app.cli.conftest import Etrms

GOOD, OTHER = "anchor velvet comet ladder", "pepper glacier violin oak"


@pytest.fixture
def with_password(run_etrms: Etrms, monkeypatch: pytest.MonkeyPatch) -> Etrms:
    def run(password: str, *arguments: str) -> Answer:
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
        return run_etrms(*arguments)

    return run


def test_an_owner_is_created_and_gets_another_password(home: Path, with_password: Etrms) -> None:
    assert with_password(GOOD, "user", "create", "ada", "--json").document == {
        "name": "ada",
        "outcome": "created",
    }
    assert "password changed" in with_password(OTHER, "user", "password", "ada").out
    desk = open_desk(home)
    assert (desk.owner.check(OTHER), desk.owner.check(GOOD)) == (True, False)


@pytest.mark.parametrize(
    ("arguments", "password", "reason"),
    [
        (("create", "bob"), OTHER, "has an owner already"),
        (("password", "bob"), OTHER, "the owner is 'ada'"),
        (("password", "ada"), "short", "has 5 characters"),
        (("password", "ada"), "", "is empty"),
    ],
)
def test_a_refusal_is_one_line_and_changes_nothing(
    home: Path, with_password: Etrms, arguments: tuple[str, ...], password: str, reason: str
) -> None:
    with_password(GOOD, "user", "create", "ada")
    answer = with_password(password, "user", *arguments)
    assert (answer.code, answer.out, len(answer.err.splitlines())) == (1, "", 1)
    assert reason in answer.err
    assert open_desk(home).owner.check(GOOD)


def test_a_name_is_needed(run_etrms: Etrms) -> None:
    assert run_etrms("user", "create").code == 2
