"""The chain of a run's breaker decisions: changing one of them changes every hash after it."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby

from etrms_core.domain.events import BreakerEvent

START = "0" * 64


def decision_chain(events: Iterable[BreakerEvent]) -> Iterator[tuple[datetime, str, str]]:
    """Hash what breakers did, one decision for each time at which any of them did something.

    Parameters
    ----------
    events : iterable of BreakerEvent
        Oldest first.

    Yields
    ------
    tuple
        Time, SHA-256 of the decision's canonical JSON, and SHA-256 of the hash before it in the
        chain followed by this one.
    """
    chained = START
    for time, together in groupby(events, key=lambda event: event.occurred_at):
        decision = _decision_hash(time, list(together))
        chained = hashlib.sha256((chained + decision).encode()).hexdigest()
        yield time, decision, chained


def _decision_hash(time: datetime, events: Sequence[BreakerEvent]) -> str:
    decision = [
        time.isoformat(),
        [
            [each.rule_id, str(each.scope), each.kind.value, each.value, each.action, each.detail]
            for each in events
        ],
    ]
    text = json.dumps(decision, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
