"""The history of breakers as rows, as a story and as a file."""

import csv
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.presenters.event_words import actions_in_words, with_local_times
from app.presenters.history_rows import (
    COLUMNS,
    KINDS,
    breaker_names,
    chosen_kinds,
    event_label,
    history_csv,
    history_rows,
    order_rows,
    scope_label,
    scopes_of,
    story_steps,
    why_sentence,
)
from etrms_core.domain.events import BreakerEvent, BreakerEventKind, DeskEvent, DeskEventKind
from etrms_core.domain.identifiers import PORTFOLIO, Scope, ScopeKind
from etrms_core.domain.intents import IntentState
from etrms_core.engine.storage_ports import StoredEvent
from etrms_core.services.breaker_history import KINDS as KNOWN
from etrms_core.services.breaker_history import TriggerStory
from tests.app.readings import make_rule
from tests.builders import NOW
from tests.contracts.intent_log_contract import make_intent

BERLIN = ZoneInfo("Europe/Berlin")
BITCOIN = Scope(ScopeKind.SYMBOL, "BTCUSDT")
HOSTILE = '<img src=x onerror=alert(1)>=HYPERLINK("x")'


def stored(
    kind: BreakerEventKind = BreakerEventKind.TRIGGERED,
    **fields: Any,  # noqa: ANN401  any field of the value
) -> StoredEvent:
    event = BreakerEvent(
        NOW,
        kind,
        "rule",
        "rule",
        PORTFOLIO,
        0.12,
        0.1,
        "pause_trading(seconds=3600)",
        "drawdown is 12%",
    )
    return StoredEvent(7, replace(event, **fields))


def refusal() -> StoredEvent:
    return StoredEvent(8, DeskEvent(NOW, DeskEventKind.REQUEST_REFUSED, "rule", "not on paper"))


def test_every_kind_can_be_chosen_and_none_twice() -> None:
    chosen = chosen_kinds(KINDS)
    assert sorted(chosen) == sorted(KNOWN)
    assert chosen_kinds(["Triggered", "Refused"]) == ("triggered", "request_refused")


def test_a_trigger_is_shown_in_the_unit_of_its_rule() -> None:
    (row,) = history_rows([stored()], [make_rule()], zone=BERLIN, now=NOW)
    assert (row.value.text, row.value.note) == ("12.00%", "at 10%")
    assert (row.kind.text, row.breaker.note) == ("Triggered", "Portfolio")
    assert row.why.note == "pause trading for 1 h"


def test_the_rule_of_an_old_event_may_be_gone() -> None:
    (row,) = history_rows([stored()], [], zone=BERLIN, now=NOW)
    assert (row.value.text, row.value.note) == ("0.12", "at 0.1")


def test_an_unknown_value_is_a_dash_with_its_reason() -> None:
    for rules in ([], [make_rule()]):
        (row,) = history_rows([stored(value=None)], rules, zone=BERLIN, now=NOW)
        assert row.value.text == "\u2013"
        assert "unknown" in row.value.help


def test_a_refused_request_is_shown_under_the_name_of_its_breaker() -> None:
    (row,) = history_rows([refusal()], [make_rule(name="rule")], zone=BERLIN, now=NOW)
    assert (row.breaker.text, row.kind.text, row.why.text) == ("rule", "Refused", "not on paper")


def test_filters_offer_breakers_that_are_gone_and_scopes_that_occurred() -> None:
    events = [stored(scope=BITCOIN), stored(rule_id="gone", breaker="Gone"), refusal()]
    assert breaker_names([make_rule()], events) == {"rule": "rule", "gone": "Gone (deleted)"}
    assert scopes_of(events) == (PORTFOLIO, BITCOIN)
    assert [scope_label(scope) for scope in scopes_of(events)] == ["Portfolio", "Symbol BTCUSDT"]


def test_an_event_fits_on_one_line() -> None:
    line = event_label(stored(), zone=BERLIN, now=NOW)
    assert line.endswith("rule, triggered (no. 7)")
    assert event_label(refusal(), zone=BERLIN, now=NOW).endswith("rule, refused (no. 8)")


def test_a_story_tells_why_and_how_long_after() -> None:
    later = stored(BreakerEventKind.ACTED, occurred_at=NOW + timedelta(seconds=1.25))
    (step,) = story_steps([later], start=NOW, zone=BERLIN)
    assert (step.delay.text, step.kind.text) == ("+1.25 s", "Acted")
    story = TriggerStory(trigger=stored(), steps=(later,), intents=())
    assert why_sentence(story) == "rule fired because drawdown is 12%."
    alone = TriggerStory(trigger=None, steps=(refusal(),), intents=())
    assert why_sentence(alone) == "not on paper"


@pytest.mark.parametrize("state", IntentState)
def test_orders_of_a_trigger_are_shown_in_every_state(state: IntentState) -> None:
    (row,) = order_rows([make_intent("et-1", state=state)], zone=BERLIN, now=NOW)
    assert row.order.text == "et-1"
    assert "market sell 0.3 ETHUSDT" in row.what.text
    assert row.state.text


def test_a_file_keeps_numbers_and_runs_no_formula() -> None:
    events = [stored(breaker="=1+1", detail=HOSTILE, value=-0.5), refusal()]
    first, second = csv.DictReader(StringIO(history_csv(events)))
    assert tuple(first) == COLUMNS
    assert (first["breaker"], first["value"], first["number"]) == ("'=1+1", "-0.5", "7")
    assert first["what_happened"] == HOSTILE
    assert (second["breaker"], second["breaker_id"], second["value"]) == ("", "rule", "")


def test_actions_are_put_into_words_and_others_left_alone() -> None:
    text = "reduce_position(fraction=0.5), close_all, do_harm(now=1), pause_trading(seconds=x)"
    assert actions_in_words(text) == (
        "reduce position by 50%, close all, do harm(now=1), pause trading(seconds=x)"
    )
    assert actions_in_words("reduce_position(fraction=9)") == "reduce position(fraction=9)"


def test_moments_within_a_sentence_are_told_in_the_zone() -> None:
    text = with_local_times("until 2026-11-25T19:54:33+00:00 or so", zone=BERLIN, now=NOW)
    assert text.startswith("until 25 Nov 20:54")
    assert text.endswith(" Europe/Berlin or so")
    assert with_local_times("until 2026-99-99T99:99:99Z", zone=BERLIN, now=NOW).endswith("99Z")
