"""`etrms monitor`: the desk without the web."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic

ROOT = Path(__file__).parents[2]
GUARDS = "ETRMS: this process guards the accounts (active)"
STANDS_BY = "ETRMS: this process stands by; another one guards the accounts (standby)"


def monitor(home: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "app.cli", "monitor"],
        cwd=ROOT,
        env={**os.environ, "ETRMS_HOME": str(home)},
        stdout=subprocess.PIPE,
        text=True,
    )


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_a_second_monitor_takes_over_from_a_killed_one_and_ends_on_request(tmp_path: Path) -> None:
    first = monitor(tmp_path)
    assert line(first) == GUARDS
    second = monitor(tmp_path)
    assert line(second) == STANDS_BY
    first.kill()
    killed_at = monotonic()
    assert line(second) == GUARDS
    assert monotonic() - killed_at < 5.0
    second.send_signal(signal.SIGTERM)
    assert second.wait(20.0) == 0
    for process in (first, second):
        assert process.stdout is not None
        process.stdout.close()
        process.wait(10.0)


def test_a_home_that_cannot_be_opened_is_one_line_and_exit_code_1(tmp_path: Path) -> None:
    (tmp_path / "etrms.toml").write_text("[monitor]\nspeed = 1\n", encoding="utf-8")
    process = subprocess.run(
        [sys.executable, "-m", "app.cli", "monitor"],
        cwd=ROOT,
        env={**os.environ, "ETRMS_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 1
    assert process.stderr.count("\n") == 1
    assert "monitor.speed" in process.stderr
