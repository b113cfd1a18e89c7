"""A scripted venue in a process of its own, which a test can kill and start again."""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pydantic import TypeAdapter
from pydantic_core import to_json

from etrms_core.adapters.exchanges.paper.remote_server import LOOPBACK
from tests.doubles.faulty_wire import reserved_port
from tests.doubles.scripted_venue import Script, VenueTruth

ROOT = Path(__file__).parents[2]
TRUTH: TypeAdapter[VenueTruth] = TypeAdapter(VenueTruth)


class VenueProcess:
    """The account `main` over a database file; marks and books outlive a kill. A context manager.

    Attributes
    ----------
    address : tuple of str and int
        Where it listens, the same after each start; while it is dead, connections are refused.
    """

    def __init__(self, database: Path, script: Script) -> None:
        self._database = database
        self._port = reserved_port((LOOPBACK, 0))
        self.address: tuple[str, int] = self._port.getsockname()
        self._script = replace(script, port=self.address[1])
        self._child = self._started()

    def __enter__(self) -> "VenueProcess":
        return self

    def __exit__(self, *exception: object) -> None:
        self.kill()
        self._port.close()

    def set_marks(self, **marks: float) -> None:
        """From now on symbols have these mark prices."""
        self._script = replace(self._script, marks={**self._script.marks, **marks})
        self._ask("marks", marks=marks)

    def set_sizes(self, sizes: Sequence[float]) -> None:
        """From now on every book has levels of these sizes."""
        self._script = replace(self._script, sizes=tuple(sizes))
        self._ask("sizes", sizes=sizes)

    def pause(self) -> None:
        """Take calls and answer none until `resume`; then they happen, at the time of then."""
        self._ask("pause")

    def resume(self) -> None:
        """Go on after a pause."""
        self._ask("resume")

    def truth(self) -> VenueTruth:
        """Play the market up to now and tell everything, past the wire."""
        return TRUTH.validate_json(self._ask("truth"))

    def kill(self) -> None:
        """Kill it with SIGKILL; nothing happens when it is dead."""
        self._child.kill()
        self._child.wait(10.0)
        for stream in (self._child.stdin, self._child.stdout):
            assert stream is not None
            stream.close()

    def start(self) -> None:
        """Start it again after a kill, on the same port, with the account as it was stored."""
        self._child = self._started()

    def _started(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.doubles.paper_process", str(self._database)]
        child = subprocess.Popen(  # noqa: S603 (our own module)
            [*command, to_json(self._script).decode()],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert child.stdout is not None
        assert child.stdout.readline(), "the venue did not start"
        return child

    def _ask(self, do: str, **values: object) -> bytes:
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.write(to_json({"do": do, **values}) + b"\n")
        self._child.stdin.flush()
        answer = self._child.stdout.readline()
        assert answer, f"the venue died at {do}"
        return answer
