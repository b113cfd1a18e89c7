"""Wishes left in the process that acts while the database takes none."""

from collections.abc import Iterable
from dataclasses import replace

from etrms_core.engine.storage_ports import DeskRequest, RequestProgress


class OwnRequests:
    """Wishes with numbers below zero, which no database gives; they end with their process."""

    def __init__(self) -> None:
        self._given = 0
        self._waiting: dict[int, DeskRequest] = {}
        self._acknowledged: set[int] = set()

    def add(self, request: DeskRequest) -> int:
        """Keep a wish and return its number."""
        self._given += 1
        self._waiting[-self._given] = replace(request, number=-self._given)
        return -self._given

    def waiting(self) -> tuple[DeskRequest, ...]:
        """Return the wishes that no cycle has carried out, in order."""
        return tuple(self._waiting.values())

    def acknowledge(self, number: int) -> None:
        """Note that the desk has begun to act on a wish; numbers of others are left alone."""
        if number in self._waiting:
            self._acknowledged.add(number)

    def remove(self, numbers: Iterable[int]) -> None:
        """Forget the wishes that a cycle has carried out."""
        for number in numbers:
            self._waiting.pop(number, None)

    def progress(self, number: int) -> RequestProgress | None:
        """Say what became of a wish; None when it was not left here."""
        if not -self._given <= number < 0:
            return None
        if number not in self._waiting:
            return RequestProgress.DONE
        is_acknowledged = number in self._acknowledged
        return RequestProgress.ACKNOWLEDGED if is_acknowledged else RequestProgress.WAITING
