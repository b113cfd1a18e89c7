"""The command line as a whole: exit codes and one line of error."""

import subprocess
import sys

import pytest
from typer.main import get_command

from app.cli import FILES, build_cli
from tests.app.cli.conftest import Etrms


@pytest.mark.parametrize(
    "arguments",
    [("nonsense",), ("replay",), ("events", "--limit", "0"), ("breakers", "enable")],
)
def test_wrong_usage_is_one_line_and_exit_code_2(
    run_etrms: Etrms, arguments: tuple[str, ...]
) -> None:
    answer = run_etrms(*arguments)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("etrms: ")
    assert answer.err.count("\n") == 1


def test_without_a_command_the_help_is_shown(run_etrms: Etrms) -> None:
    answer = run_etrms()
    assert "Usage" in answer.out + answer.err


def test_what_goes_wrong_is_one_line_and_exit_code_1(run_etrms: Etrms) -> None:
    answer = run_etrms("status")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.count("\n") == 1
    assert "has not run yet" in answer.err


def test_the_module_runs_like_the_console_script() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "--help"], capture_output=True, text=True, check=True
    )
    assert "replay" in done.stdout


def commands(*arguments: str) -> set[str]:
    group = get_command(build_cli(arguments))
    return set(group.commands)  # type: ignore[attr-defined]


def test_every_command_is_found_in_its_file() -> None:
    assert commands() == set(FILES)
    for command in FILES:
        assert command in commands(command), command


def test_the_kill_switch_waits_for_no_slow_import() -> None:
    program = "import sys, app.cli; app.cli.build_cli(['kill-switch']); print(*sys.modules)"
    done = subprocess.run(  # noqa: S603 (our own program)
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert "app.cli.kill_command" in loaded
    assert not loaded & {"numba", "numpy", "sqlalchemy", "pydantic", "etrms_core.bootstrap.desk"}
