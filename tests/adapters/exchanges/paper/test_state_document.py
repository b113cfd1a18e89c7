"""A paper account as a document."""

import json
from copy import deepcopy
from dataclasses import fields

import pytest
from hypothesis import given

from etrms_core.adapters.exchanges.paper.order_entry import clear_news
from etrms_core.adapters.exchanges.paper.state import PaperState
from etrms_core.adapters.exchanges.paper.state_document import (
    state_document,
    state_from_document,
)
from etrms_core.errors import StorageError
from tests.adapters.exchanges.paper.account_states import busy_state, paper_states
from tests.builders import NOW

NEWS = {"news_fills", "news_orders", "news_flows", "news_funding"}


@given(paper_states())
def test_every_field_but_the_news_comes_back(state: PaperState) -> None:
    read = state_from_document(json.loads(json.dumps(state_document(state))))
    expected = deepcopy(state)
    clear_news(expected)
    assert read == expected
    assert list(read.positions) == list(state.positions)
    assert list(read.used_ids) == list(state.used_ids)


def test_a_new_field_of_the_account_cannot_be_forgotten() -> None:
    written = set(state_document(PaperState()))
    assert written == {each.name for each in fields(PaperState)} - NEWS


def test_writing_changes_nothing() -> None:
    state = busy_state(now=NOW)
    before = deepcopy(state)
    state_document(state)
    assert state == before


@pytest.mark.parametrize("field", state_document(PaperState()))
@pytest.mark.parametrize("change", ["missing", "nonsense"])
def test_a_damaged_field_is_an_error_that_names_it(field: str, change: str) -> None:
    document = state_document(busy_state(now=NOW))
    if change == "missing":
        del document[field]
    else:
        document[field] = "nonsense"
    with pytest.raises(StorageError, match="the paper account's document is damaged"):
        state_from_document(document)
