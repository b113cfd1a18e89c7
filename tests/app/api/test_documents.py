"""The desk as plain JSON."""

import json
from dataclasses import replace
from datetime import timedelta
from math import inf, nan

import pytest

from app.api.documents import (
    account_documents,
    breaker_document,
    event_document,
    metric_documents,
    number,
    order_documents,
    position_documents,
    status_document,
)
from etrms_core.domain.events import (
    BreakerEvent,
    BreakerEventKind,
    DeskEvent,
    DeskEventKind,
)
from etrms_core.domain.identifiers import PORTFOLIO
from etrms_core.engine.storage_ports import StoredEvent
from tests.app.readings import account_with, make_rule, position_with, run_cycles
from tests.builders import NOW


def test_unknown_and_endless_become_null() -> None:
    assert [number(value) for value in (nan, inf, -inf, None, 0.0)] == [None] * 4 + [0.0]


def test_every_document_of_a_half_known_desk_is_json() -> None:
    state = run_cycles(
        [
            account_with(position_with(mark_price=None), account="a"),
            replace(account_with(account="b"), observed_at=None, balances=()),
        ],
        rules=[make_rule()],
    )
    documents = [
        account_documents(state),
        position_documents(state),
        metric_documents(state.snapshot),
        [breaker_document(view) for view in state.breakers],
        status_document(state, now=NOW),
    ]
    json.dumps(documents, allow_nan=False)
    (position,) = position_documents(state)
    assert (position["mark_price"], position["notional"]) == (None, None)
    assert account_documents(state)[1]["equity"] is None
    assert account_documents(state)[1]["sources"]["account"]["age_seconds"] is None


@pytest.mark.parametrize(("quantity", "side"), [(2.0, "long"), (-2.0, "short")])
def test_a_position_is_named_by_account_symbol_and_side(quantity: float, side: str) -> None:
    (position,) = position_documents(run_cycles([account_with(position_with("ETH", quantity))]))
    assert position["id"] == f"main:ETH:{side}"
    assert (position["quantity"], position["notional"]) == (quantity, 200.0)
    assert position["guard"] == "unguarded"


def test_a_stale_account_cannot_verify_its_stops() -> None:
    state = run_cycles([account_with(position_with())], start=NOW + timedelta(seconds=60))
    (position,) = position_documents(state)
    assert position["guard"] == "cannot_verify"
    assert account_documents(state)[0]["sources"]["account"]["quality"] == "stale"


def test_a_disabled_rule_says_so() -> None:
    state = run_cycles([account_with()], rules=[make_rule(enabled=False)])
    assert breaker_document(state.breakers[0])["state"] == "disabled"


def test_metrics_come_by_scope_with_the_portfolio_first() -> None:
    scopes = [each["scope"] for each in metric_documents(run_cycles([account_with()]).snapshot)]
    assert scopes[:2] == [
        {"kind": "portfolio", "name": ""},
        {"kind": "exchange", "name": "paper"},
    ]


def test_events_keep_their_sentence_and_their_numbers() -> None:
    breaker = BreakerEvent(
        NOW, BreakerEventKind.TRIGGERED, "id", "name", PORTFOLIO, nan, 0.1, "close_all", "because"
    )
    desk = DeskEvent(NOW, DeskEventKind.SOURCE_STALE, "main", "12 s old")
    assert event_document(StoredEvent(2, breaker))["value"] is None
    assert event_document(StoredEvent(2, breaker))["detail"] == "because"
    assert event_document(StoredEvent(3, desk)) == {
        "sequence": 3,
        "time": NOW.isoformat(),
        "kind": "source_stale",
        "subject": "main",
        "detail": "12 s old",
    }


def test_no_order_is_an_empty_list() -> None:
    assert order_documents((account_with(),)) == []
