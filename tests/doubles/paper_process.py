"""A scripted venue over a database file in a process of its own.

`python -m tests.doubles.paper_process DATABASE [SCRIPT]`, the script as JSON. It prints its port,
then answers each line of its standard input, `{"do": ..., ...}`, with a line of JSON, and ends with
its input.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import from_json, to_json

from tests.doubles.scripted_venue import Script, ScriptedVenue

SCRIPT: TypeAdapter[Script] = TypeAdapter(Script)
DEFAULT_SCRIPT = Script({"BTCUSDT": 100.0})


def commands(venue: ScriptedVenue) -> dict[str, Callable[[dict[str, Any]], object]]:
    """Say what each command does with its line."""
    return {
        "marks": lambda asked: venue.set_marks(**asked["marks"]),
        "sizes": lambda asked: venue.set_sizes(asked["sizes"]),
        "pause": lambda _: venue.pause(),
        "resume": lambda _: venue.resume(),
        "truth": lambda _: venue.truth(),
    }


def tell(message: object) -> None:
    """Write one line of JSON."""
    sys.stdout.write(to_json(message, inf_nan_mode="constants").decode() + "\n")
    sys.stdout.flush()


def main(database: Path, script: Script = DEFAULT_SCRIPT) -> None:
    """Serve the account `main` until the process is killed or its input ends."""
    with ScriptedVenue(script, database) as venue:
        tell(venue.address[1])
        known = commands(venue)
        for line in sys.stdin:
            asked = from_json(line)
            tell(known[asked["do"]](asked))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *(SCRIPT.validate_json(text) for text in sys.argv[2:]))
