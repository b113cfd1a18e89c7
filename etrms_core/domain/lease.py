"""Who may act for a desk."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to act, with the fencing number under which it was given.

    Numbers only grow: whoever holds a smaller one than the newest has lost the right.
    """

    holder: str
    fence: int
