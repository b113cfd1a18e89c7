"""Kinds of event in groups."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from app.presenters.event_groups import (
    GROUPS,
    REST,
    chosen_kinds,
    grouped_kinds,
    kind_choices,
    labels_of,
)
from etrms_core.engine.channel_document import KNOWN_KINDS


def test_every_kind_lies_in_exactly_one_group() -> None:
    counts = Counter(kind for kinds in grouped_kinds().values() for kind in kinds)
    assert set(counts) == KNOWN_KINDS
    assert set(counts.values()) == {1}


def test_no_kind_is_left_over() -> None:
    assert REST not in grouped_kinds()
    assert set().union(*GROUPS.values()) == KNOWN_KINDS


def test_a_group_can_be_chosen_as_a_whole() -> None:
    assert chosen_kinds(["Orders: all of them", "Orders: order sent"]) == GROUPS["Orders"]
    assert labels_of(GROUPS["Orders"]) == ["Orders: all of them"]


@given(st.sets(st.sampled_from(sorted(KNOWN_KINDS))))
def test_kinds_survive_being_shown_as_choices(kinds: set[str]) -> None:
    labels = labels_of(kinds)
    assert set(labels) <= kind_choices().keys()
    assert set(chosen_kinds(labels)) == kinds
