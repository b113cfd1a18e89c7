"""Events as rows."""

from zoneinfo import ZoneInfo

from app.presenters.cells import Tone
from app.presenters.event_rows import TONES, event_rows
from etrms_core.domain.events import BreakerEvent, BreakerEventKind, DeskEvent, DeskEventKind
from etrms_core.domain.identifiers import PORTFOLIO
from etrms_core.engine.storage_ports import StoredEvent
from tests.builders import NOW

UTC = ZoneInfo("UTC")
FIRED = BreakerEvent(
    NOW,
    BreakerEventKind.TRIGGERED,
    "drawdown",
    "Drawdown 10 %",
    PORTFOLIO,
    0.11,
    0.1,
    "close_all, pause_trading(seconds=60)",
    "drawdown of portfolio is 11.0000%, >= 10.0000%",
)
OPENED = DeskEvent(NOW, DeskEventKind.POSITION_OPENED, "paper:BTCUSDT:net", "quantity 0 -> 1")


def test_a_breakers_event_tells_why_and_what_was_done() -> None:
    (row,) = event_rows([StoredEvent(1, FIRED)], zone=UTC, now=NOW)
    assert (row.time.text, row.kind.text, row.subject.text) == (
        "12:00:00",
        "Breaker triggered",
        "Drawdown 10 %",
    )
    assert row.kind.tone is Tone.BAD
    assert row.sentence.text == (
        "drawdown of portfolio is 11.0000%, >= 10.0000%; close all, pause trading(seconds=60)"
    )


def test_an_event_of_the_desk_names_what_it_concerns() -> None:
    (row,) = event_rows([StoredEvent(1, OPENED)], zone=UTC, now=NOW)
    assert (row.kind.text, row.subject.text) == ("Position opened", "paper:BTCUSDT")
    assert row.sentence.text == "quantity 0 -> 1"
    assert row.kind.tone is Tone.PLAIN


def test_events_keep_the_order_they_come_in() -> None:
    rows = event_rows([StoredEvent(2, FIRED), StoredEvent(1, OPENED)], zone=UTC, now=NOW)
    assert [row.kind.text for row in rows] == ["Breaker triggered", "Position opened"]


def test_what_went_wrong_is_never_shown_as_ordinary() -> None:
    alarming = (
        BreakerEventKind.ERROR,
        DeskEventKind.SOURCE_ERROR,
        DeskEventKind.POSITION_LIQUIDATED,
        DeskEventKind.MONITOR_ERROR,
    )
    assert {TONES[kind] for kind in alarming} == {Tone.BAD}
