"""What breakers did, looked up and told from the trigger on."""

from dataclasses import replace
from datetime import timedelta

import pytest

from etrms_core.domain.events import BreakerEvent, BreakerEventKind, DeskEvent, DeskEventKind
from etrms_core.domain.identifiers import PORTFOLIO, Scope, ScopeKind
from etrms_core.domain.lease import Lease
from etrms_core.services.breaker_history import CHUNK, BreakerHistory, HistoryQuery
from tests.builders import NOW
from tests.contracts.intent_log_contract import make_intent
from tests.engine.desk import make_rule
from tests.fakes import InMemoryDeskStore

BITCOIN = Scope(ScopeKind.SYMBOL, "BTCUSDT")
ETHER = Scope(ScopeKind.SYMBOL, "ETHUSDT")
K = BreakerEventKind


def happened(
    kind: BreakerEventKind, *, at: float = 0.0, rule: str = "guard", scope: Scope = PORTFOLIO
) -> BreakerEvent:
    moment = NOW + timedelta(seconds=at)
    return BreakerEvent(moment, kind, rule, rule.title(), scope, 0.2, 0.1, "", f"{kind} at {at:g}")


def refused(subject: str) -> DeskEvent:
    return DeskEvent(NOW, DeskEventKind.REQUEST_REFUSED, subject, f"{subject} was refused")


@pytest.fixture
def store() -> InMemoryDeskStore:
    store = InMemoryDeskStore()
    store.save_rules([make_rule()])
    return store


@pytest.fixture
def history(store: InMemoryDeskStore) -> BreakerHistory:
    return BreakerHistory(store, store.intent_log)


def details(history: BreakerHistory, query: HistoryQuery, *, limit: int = 100) -> list[str]:
    return [each.event.detail for each in history.find(query, limit=limit)]


def test_events_of_breakers_come_newest_first_and_others_do_not(
    store: InMemoryDeskStore, history: BreakerHistory
) -> None:
    other = DeskEvent(NOW, DeskEventKind.ORDER_SENT, "main", "an order")
    store.append_events([happened(K.TRIGGERED), other, happened(K.REARMED, at=1)])
    assert details(history, HistoryQuery()) == ["rearmed at 1", "triggered at 0"]
    assert details(history, HistoryQuery(), limit=1) == ["rearmed at 1"]


def test_a_refused_request_belongs_here_if_it_names_a_breaker(
    store: InMemoryDeskStore, history: BreakerHistory
) -> None:
    store.append_events([refused("commitment"), refused("guard")])
    assert details(history, HistoryQuery()) == ["guard was refused"]
    assert details(history, HistoryQuery(scopes=(PORTFOLIO,))) == []


def test_events_are_chosen_by_breaker_scope_kind_and_time(
    store: InMemoryDeskStore, history: BreakerHistory
) -> None:
    store.append_events(
        [
            happened(K.TRIGGERED, scope=BITCOIN),
            happened(K.ACTED, at=1, scope=ETHER),
            happened(K.ACTED, at=2, rule="other", scope=BITCOIN),
        ]
    )
    assert len(details(history, HistoryQuery(rule_ids=("guard",)))) == 2
    assert details(history, HistoryQuery(scopes=(ETHER,))) == ["acted at 1"]
    assert details(history, HistoryQuery(kinds=("triggered",))) == ["triggered at 0"]
    second = NOW + timedelta(seconds=1)
    assert len(details(history, HistoryQuery(since=second))) == 2
    assert details(history, HistoryQuery(until=second)) == ["triggered at 0"]


def test_a_long_history_is_read_in_parts_without_a_gap(
    store: InMemoryDeskStore, history: BreakerHistory
) -> None:
    count = 2 * CHUNK + 3
    store.append_events([happened(K.ACTED, at=number) for number in range(count)])
    found = history.find(HistoryQuery(), limit=count + 1)
    assert [each.sequence for each in found] == list(range(count, 0, -1))
    assert len(history.find(HistoryQuery(scopes=(PORTFOLIO,)), limit=CHUNK + 1)) == CHUNK + 1


def test_a_story_runs_from_the_trigger_to_the_next_one_of_the_same_instance(
    store: InMemoryDeskStore, history: BreakerHistory
) -> None:
    store.append_events(
        [
            happened(K.TRIGGERED, scope=BITCOIN),
            happened(K.COOLING_DOWN, scope=BITCOIN),
            happened(K.TRIGGERED, at=1, scope=ETHER),
            happened(K.ACTED, at=2, scope=BITCOIN),
            happened(K.TRIGGERED, at=60, scope=BITCOIN),
            happened(K.ACTED, at=61, scope=BITCOIN),
        ]
    )
    found = {each.sequence: each for each in history.find(HistoryQuery(), limit=10)}
    for member in (1, 2, 4):
        story = history.story(found[member])
        assert story.trigger == found[1]
        assert [step.sequence for step in story.steps] == [2, 4]
    assert [step.sequence for step in history.story(found[6]).steps] == [6]
    assert history.story(found[6]).trigger == found[5]


def test_an_event_without_a_trigger_is_told_alone(
    store: InMemoryDeskStore, history: BreakerHistory
) -> None:
    store.append_events([happened(K.BLOCKED), refused("guard"), happened(K.TRIGGERED, at=1)])
    for stored in history.find(HistoryQuery(), limit=10)[1:]:
        story = history.story(stored)
        assert (story.trigger, story.steps, story.intents) == (None, (stored,), ())


def test_a_story_holds_the_orders_that_its_trigger_caused(
    store: InMemoryDeskStore, history: BreakerHistory
) -> None:
    lease = store.lease_store.take("desk", seen=None)
    assert isinstance(lease, Lease)
    for number, at in enumerate((0, 5, 60)):
        intent = replace(make_intent(f"et-{number}"), decided_at=NOW + timedelta(seconds=at))
        store.intent_log.add(intent, lease=lease)
    elsewhere = replace(make_intent("et-9"), causes=(), decided_at=NOW)
    store.intent_log.add(elsewhere, lease=lease)
    store.append_events(
        [happened(K.TRIGGERED, scope=ETHER), happened(K.TRIGGERED, at=60, scope=ETHER)]
    )
    newest, first = history.find(HistoryQuery(), limit=10)
    assert [each.intent_id for each in history.story(first).intents] == ["et-0", "et-1"]
    assert [each.intent_id for each in history.story(newest).intents] == ["et-2"]
