"""The form of a benchmark's answer."""

import json
import sys
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """One measured task.

    Attributes
    ----------
    ours_s : float
        Seconds (wall) for one unit of the task.
    peer, peer_s, ratio : optional
        A peer measured in the same run, and how many times longer it took.
    target_s : float or None
        The figure that was set for it.
    """

    task: str
    ours_s: float
    detail: str
    target_s: float | None = None
    peer: str | None = None
    peer_s: float | None = None
    ratio: float | None = None


def emit(line: Line) -> None:
    """Print a line as JSON."""
    sys.stdout.write(json.dumps(asdict(line)) + "\n")
    sys.stdout.flush()
