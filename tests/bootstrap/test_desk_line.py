"""Reaching running desks needs no desk."""

import subprocess
import sys


def test_it_is_reached_without_importing_the_desk() -> None:
    program = "import sys; import etrms_core.bootstrap.desk_line; print(*sys.modules)"
    done = subprocess.run(  # noqa: S603 (our own program)
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert "etrms_core.bootstrap.desk" not in done.stdout.split()
