"""Events as rows."""

import pytest

from etrms_core.adapters.storage.event_rows import event_content, event_row, stored_event
from tests.contracts.desk_store_contract import A_MOMENT, breaker_event, desk_event


def test_a_row_says_of_what_kind_and_about_what_its_event_is() -> None:
    row = event_row(breaker_event(at=A_MOMENT))
    assert (row["source"], row["kind"], row["subject"]) == ("breaker", "triggered", "guard")
    assert row["occurred_at_us"] == 1_760_097_600_123_457
    row = event_row(desk_event("main"))
    assert (row["source"], row["kind"], row["subject"]) == ("desk", "source_stale", "main")


def test_an_event_of_an_unknown_source_is_damage() -> None:
    document = event_row(desk_event())["document"]
    with pytest.raises(ValueError, match="was 'moon'"):
        stored_event(1, "moon", document)


@pytest.mark.parametrize("name", ["occurred_at_us", "source", "kind", "subject", "document"])
@pytest.mark.parametrize("value", [None, 1.5, "other", b"other"])
def test_the_content_covers_every_column_and_stands_any_damage(name: str, value: object) -> None:
    row = event_row(desk_event())
    assert event_content({**row, name: value}) != event_content(row)


def test_the_content_is_written_as_when_older_rows_were_brought_into_the_chain() -> None:
    row = {"occurred_at_us": 1, "source": "desk", "kind": "k", "subject": "ä", "document": "{}"}
    assert event_content(row) == '[1,"desk","k","\\u00e4","{}"]'
