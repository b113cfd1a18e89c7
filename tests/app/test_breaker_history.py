"""The page Breaker history, without a browser."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app import runtime
from app.components.history_section import EVENT, PER_PAGE
from app.components.history_tables import order_table, story_table
from etrms_core.domain.events import BreakerEvent, BreakerEventKind
from etrms_core.domain.identifiers import PORTFOLIO, Scope, ScopeKind
from etrms_core.errors import StorageError
from etrms_core.services.desk import Desk
from tests.app.desks import make_desk
from tests.app.readings import make_rule

PAGE = Path(__file__).parents[2] / "pages" / "breaker_history.py"
HOSTILE = "<img src=x onerror=alert(1)> **b**"
BITCOIN = Scope(ScopeKind.SYMBOL, "BTCUSDT")
K = BreakerEventKind


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = make_desk(rules=(make_rule("guard"),))
    runtime.set_desk(made)
    yield made
    runtime.set_desk(None)


def happened(
    kind: BreakerEventKind = K.TRIGGERED,
    *,
    days_ago: float = 0.0,
    rule: str = "guard",
    scope: Scope = PORTFOLIO,
    detail: str = "drawdown is 12%",
) -> BreakerEvent:
    at = datetime.now(UTC) - timedelta(days=days_ago, seconds=5)
    return BreakerEvent(at, kind, rule, rule, scope, 0.12, 0.1, "close_all", detail)


def store(desk: Desk, *events: BreakerEvent) -> None:
    desk.breaker_history._store.append_events(events)


def show(**address: str) -> AppTest:
    shown = AppTest.from_file(str(PAGE), default_timeout=60)
    for name, value in address.items():
        shown.query_params[name] = value
    shown.run()
    assert not shown.exception
    return shown


def text(shown: AppTest) -> str:
    return " ".join(each.value for each in shown.markdown)


def test_an_empty_history_says_what_comes_next(desk: Desk) -> None:
    shown = show()
    assert desk.breakers.all()
    assert "No breaker did anything" in shown.info[0].value
    assert not shown.get("plotly_chart")


def test_events_are_shown_with_a_timeline_and_can_be_downloaded(desk: Desk) -> None:
    store(desk, happened(), happened(K.ACTED, detail="sold everything"))
    shown = show()
    drawn = text(shown)
    assert "sold everything" in drawn
    assert "12.00%" in drawn
    assert "1 to 2 of 2 events, newest first." in drawn
    assert len(shown.get("plotly_chart")) == 1
    assert len(shown.get("download_button")) == 1


def test_a_long_history_comes_in_pages(desk: Desk) -> None:
    store(desk, *(happened(K.ACTED, detail=f"step {number}") for number in range(PER_PAGE + 3)))
    drawn = text(show())
    assert f"1 to {PER_PAGE} of {PER_PAGE + 3} events" in drawn
    assert f"step {PER_PAGE + 2}" in drawn
    assert "step 0<" not in drawn


def test_filters_choose_by_time_kind_breaker_and_scope(desk: Desk) -> None:
    store(
        desk,
        happened(days_ago=20, detail="long ago"),
        happened(K.ACTED, scope=BITCOIN, detail="acted on bitcoin"),
        happened(K.ERROR, rule="gone", detail="an error"),
    )
    shown = show()
    assert "long ago" not in text(shown)
    shown.selectbox(key="history_period").select("Everything").run()
    assert "long ago" in text(shown)
    shown.multiselect(key="history_kinds").select("Acted").run()
    assert "acted on bitcoin" in text(shown)
    assert "an error" not in text(shown)
    shown.multiselect(key="history_kinds").unselect("Acted").run()
    shown.multiselect(key="history_breakers").select("gone").run()
    assert "an error" in text(shown)
    assert "acted on bitcoin" not in text(shown)
    shown.multiselect(key="history_breakers").unselect("gone").run()
    shown.multiselect(key="history_scopes").select("Symbol BTCUSDT").run()
    assert "acted on bitcoin" in text(shown)
    assert "long ago" not in text(shown)


def test_days_can_be_chosen_in_the_zone_of_the_page(desk: Desk) -> None:
    store(desk, happened(days_ago=20, detail="long ago"), happened(detail="today's"))
    shown = show()
    shown.selectbox(key="history_period").select("From one day to another").run()
    assert "today's" in text(shown).replace("&#x27;", "'")
    day = (datetime.now(UTC) - timedelta(days=20, seconds=5)).date()
    shown.date_input(key="history_days").set_value((day, day)).run()
    assert "long ago" in text(shown)
    assert "today" not in text(shown)


def test_an_event_is_told_whole_by_its_address(desk: Desk) -> None:
    store(desk, happened(), happened(K.ACTED, detail="sold everything"))
    drawn = text(show(**{EVENT: "2"}))
    assert "guard fired because drawdown is 12%" in drawn.replace("\\", "")
    assert "What followed" in drawn
    assert "+0.00 s" in drawn
    assert "No order belongs to it." in drawn


@pytest.mark.parametrize("number", ["99", "x", "-1", "\u0662", "9" * 40])
def test_an_address_of_no_event_is_no_error(desk: Desk, number: str) -> None:
    store(desk, happened())
    shown = show(**{EVENT: number})
    assert not shown.error


def test_hostile_text_is_shown_as_text(desk: Desk) -> None:
    store(desk, happened(detail=HOSTILE, rule=HOSTILE))
    shown = show(**{EVENT: "1"})
    assert "<img" not in text(shown).replace("\\<img", "")
    assert "&lt;img" in text(shown)


def test_a_failing_store_is_a_sentence(desk: Desk) -> None:
    def fail(*_args: object, **_kwargs: object) -> object:
        raise StorageError("the database is locked")

    desk.breaker_history.find = fail  # type: ignore[method-assign, assignment]
    assert "The history cannot be shown: the database is locked." in show().error[0].value


def test_a_trigger_without_consequences_says_so() -> None:
    assert "Nothing followed yet." in story_table(())
    assert "No order belongs to it." in order_table(())
