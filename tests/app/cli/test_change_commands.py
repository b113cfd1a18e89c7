"""What loosens, from the command line: the password, the wait, and the way back."""

import io
from dataclasses import replace
from pathlib import Path

import pytest

from etrms_core.bootstrap import open_desk
from etrms_core.engine.storage_ports import CycleRecord
from tests.app.cli.conftest import Etrms
from tests.engine.desk import long_account

PASSWORD = "correct horse battery staple"  # noqa: S105
RULE = "drawdown-close"


def say(monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{line}\n"))


@pytest.fixture
def real_money(home: Path) -> Path:
    """Let the desk's last reading show an account with real money."""
    desk = open_desk(home)
    assert desk.act_alone()
    parts = desk._parts
    lease = parts.tenure.lease
    record = CycleRecord(
        memory=parts.stores.desk.load_memory(),
        accounts=(replace(long_account(), is_paper=False),),
    )
    parts.stores.desk.save_cycle(record, lease=lease)
    desk.close()
    return home


@pytest.fixture
def owner(run_etrms: Etrms, monkeypatch: pytest.MonkeyPatch) -> str:
    say(monkeypatch, PASSWORD)
    assert run_etrms("user", "create", "ada").code == 0
    return "ada"


def is_enabled(run_etrms: Etrms) -> bool:
    rules = run_etrms("breakers", "list", "--json").document
    return next(bool(rule["enabled"]) for rule in rules if rule["id"] == RULE)


def test_on_paper_without_an_owner_everything_is_as_easy_as_it_was(run_etrms: Etrms) -> None:
    assert run_etrms("breakers", "disable", RULE).out.startswith("disabled")
    assert not is_enabled(run_etrms)
    assert run_etrms("changes", "list", "--json").document == []
    assert "No change waits" in run_etrms("changes", "list").out


@pytest.mark.usefixtures("owner")
def test_on_paper_an_owner_gives_the_password_and_waits_for_nothing(
    run_etrms: Etrms, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(monkeypatch, "not the password")
    refused = run_etrms("breakers", "disable", RULE)
    assert (refused.code, "not the owner's password" in refused.err) == (1, True)
    assert is_enabled(run_etrms)
    say(monkeypatch, PASSWORD)
    assert run_etrms("breakers", "disable", RULE).code == 0
    assert not is_enabled(run_etrms)
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert run_etrms("breakers", "enable", RULE).code == 0


@pytest.mark.usefixtures("real_money")
def test_with_real_money_and_no_owner_nothing_is_loosened(run_etrms: Etrms) -> None:
    answer = run_etrms("breakers", "remove", RULE)
    assert (answer.code, "etrms user create" in answer.err) == (1, True)
    assert is_enabled(run_etrms)


@pytest.mark.usefixtures("real_money", "owner")
def test_with_real_money_a_loosening_waits_and_can_be_given_up(
    run_etrms: Etrms, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(monkeypatch, PASSWORD)
    answer = run_etrms("breakers", "disable", RULE)
    assert answer.code == 0
    assert answer.out.startswith("not yet disabled")
    assert "takes effect at" in answer.err
    assert "etrms changes cancel" in answer.err
    assert is_enabled(run_etrms)
    (waiting,) = run_etrms("changes", "list", "--json").document
    assert waiting["by"] == "ada"
    assert 3500 < waiting["remaining_seconds"] <= 3600
    assert "disabled" in run_etrms("changes", "list").out
    number = str(waiting["number"])
    assert run_etrms("changes", "cancel", number, "--json").document == {
        "cancelled": waiting["number"]
    }
    again = run_etrms("changes", "cancel", number)
    assert (again.code, "waits" in again.err) == (1, True)
    kinds = [each["kind"] for each in run_etrms("events", "--json").document]
    assert {"change_requested", "change_cancelled"} <= set(kinds)


@pytest.mark.usefixtures("real_money", "owner")
def test_with_real_money_limits_are_tightened_at_once_and_loosened_later(
    run_etrms: Etrms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "limits.toml"
    file.write_text("maximum_leverage = 2\n", encoding="utf-8")
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    tight = run_etrms("limits", "set", str(file), "--json").document
    assert tight["limits"]["maximum_leverage"] == 2.0
    file.write_text("maximum_leverage = 5\n", encoding="utf-8")
    assert run_etrms("limits", "set", str(file)).code == 1
    for command in (("limits", "set", str(file)), ("limits", "reset")):
        say(monkeypatch, PASSWORD)
        answer = run_etrms(*command, "--json")
        assert answer.document == tight
        assert "maximum_leverage from 2 to" in answer.err
    assert len(run_etrms("changes", "list", "--json").document) == 2
