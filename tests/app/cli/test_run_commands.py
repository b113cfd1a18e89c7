"""Compiling ahead and checking the installation from the command line."""

from pathlib import Path

from app.cli.doctor import check_everything
from tests.app.cli.conftest import Etrms


def test_warm_up_says_what_it_did(run_etrms: Etrms) -> None:
    document = run_etrms("warm-up", "--json").document
    assert document["kernels"] > 50
    assert document["seconds"] > 0.0
    assert "kernels ready" in run_etrms("warm-up").out


def test_doctor_finds_a_sound_installation(run_etrms: Etrms) -> None:
    run_etrms("warm-up")
    answer = run_etrms("doctor", "--json")
    assert answer.code == 0
    assert {check["check"]: check["ok"] for check in answer.document} == dict.fromkeys(
        ("python", "packages", "kernels", "disk", "settings", "clock", "desk"), True
    )


def test_doctor_names_what_is_wrong_and_fails(run_etrms: Etrms, home: Path) -> None:
    home.mkdir()
    (home / "etrms.toml").write_text("[monitor]\ninterval = 3\n", encoding="utf-8")
    answer = run_etrms("doctor")
    assert answer.code == 1
    assert "monitor.interval" in answer.out


def test_doctor_survives_a_damaged_database(home: Path) -> None:
    home.mkdir()
    (home / "etrms.db").write_bytes(b"this is no database" * 100)
    desk = {check.name: check for check in check_everything(home)}["desk"]
    assert not desk.ok
    assert "etrms.db" in desk.detail


def test_a_foreign_address_is_refused(run_etrms: Etrms) -> None:
    answer = run_etrms("run", "--host", "0.0.0.0", "--port", "18999")  # noqa: S104
    assert answer.code == 1
    assert "0.0.0.0" in answer.err  # noqa: S104
