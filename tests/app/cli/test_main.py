"""The command line as a whole: exit codes and one line of error."""

import subprocess
import sys

import pytest

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
