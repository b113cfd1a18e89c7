"""Events are facts that are written once."""

import json
from dataclasses import asdict
from typing import get_args

from etrms_core.domain.events import (
    BreakerEvent,
    BreakerEventKind,
    DeskEvent,
    DeskEventKind,
    Event,
)
from etrms_core.domain.identifiers import PORTFOLIO
from tests.builders import NOW


def test_kinds_have_names_of_their_own() -> None:
    names = [kind.value for kind in (*BreakerEventKind, *DeskEventKind)]
    assert len(set(names)) == len(names)


def test_every_event_says_when_what_and_why() -> None:
    for kind in get_args(Event):
        assert {"occurred_at", "kind", "detail"} <= kind.__dataclass_fields__.keys()


def test_events_can_be_written_as_text() -> None:
    events: tuple[Event, ...] = (
        DeskEvent(NOW, DeskEventKind.SOURCE_STALE, "main", "12 s old"),
        BreakerEvent(
            NOW, BreakerEventKind.TRIGGERED, "r1", "Drawdown", PORTFOLIO, 0.2, 0.1, "notify", "why"
        ),
    )
    texts = [json.dumps(asdict(event), default=str) for event in events]
    assert '"source_stale"' in texts[0]
    assert '"triggered"' in texts[1]
