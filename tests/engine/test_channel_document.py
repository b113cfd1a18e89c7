"""Channels written down and read back, whatever somebody puts into the document."""

import json
from dataclasses import replace
from datetime import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etrms_core.domain.notifications import LONGEST_NAME, Channel, QuietHours, Severity
from etrms_core.engine.channel_document import (
    KNOWN_KINDS,
    channel_document,
    parse_channel,
    parse_quiet_hours,
)
from etrms_core.errors import ConfigurationError, DomainError

CANARY = "CANARY-77"
NAMES = st.text(min_size=1, max_size=LONGEST_NAME).filter(
    lambda name: name == name.strip() and name.isprintable()
)
WALL = st.builds(time, st.integers(0, 23), st.integers(0, 59))
HOURS = (
    st.tuples(WALL, WALL, st.booleans())
    .filter(lambda each: each[0] != each[1])
    .map(lambda each: QuietHours(*each))
)
CHANNELS = st.builds(
    Channel,
    name=NAMES,
    service=st.text(),
    masked_address=st.text(),
    is_enabled=st.booleans(),
    minimum_severity=st.sampled_from(Severity),
    kinds=st.lists(st.sampled_from(sorted(KNOWN_KINDS)), unique=True, max_size=5).map(tuple),
    quiet_hours=st.none() | HOURS,
    fallback=st.none(),
    allows_private=st.booleans(),
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just("22:00"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
PHONE = Channel(name="phone", service="Telegram", masked_address="tgram://...")
DOCUMENT = channel_document(replace(PHONE, quiet_hours=QuietHours(time(22), time(7))))


@settings(max_examples=2_000)
@given(channel=CHANNELS)
def test_a_channel_comes_back_as_it_was_written(channel: Channel) -> None:
    assert parse_channel(json.loads(json.dumps(channel_document(channel)))) == channel


@settings(max_examples=2_000)
@given(document=ANYTHING)
def test_a_document_of_any_kind_is_a_channel_or_a_clear_error(document: object) -> None:
    with pytest.raises(ConfigurationError):
        parse_channel(document)


@settings(max_examples=2_000)
@given(key=st.sampled_from(sorted(DOCUMENT)), value=ANYTHING)
def test_any_value_of_a_key_is_read_or_refused_by_name(key: str, value: object) -> None:
    try:
        channel = parse_channel({**DOCUMENT, key: value})
    except ConfigurationError as error:
        named = error.field
    else:
        assert parse_channel(channel_document(channel)) == channel
        return
    assert named is not None


@settings(max_examples=2_000)
@given(
    key=st.sampled_from(["begins", "ends"]), value=ANYTHING | st.text("0123456789:٣", max_size=6)
)
def test_any_time_of_day_is_read_or_refused(key: str, value: object) -> None:
    document = {**DOCUMENT["quiet_hours"], key: value}
    try:
        hours = parse_quiet_hours(document)
    except ConfigurationError:
        return
    assert isinstance(hours, QuietHours)
    assert (hours.begins if key == "begins" else hours.ends).strftime("%H:%M") == value


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": 3}, "name"),
        ({"service": None}, "service"),
        ({"is_enabled": "yes"}, "is_enabled"),
        ({"minimum_severity": "loud"}, "minimum_severity"),
        ({"minimum_severity": 3}, "minimum_severity"),
        ({"kinds": "triggered"}, "kinds"),
        ({"kinds": ["triggered", "rain"]}, "kinds.1"),
        ({"kinds": ["triggered", "triggered"]}, "channel"),
        ({"quiet_hours": {"begins": "22:00"}}, "quiet_hours.ends"),
        ({"quiet_hours": {"begins": "24:00", "ends": "07:00"}}, "quiet_hours.begins"),
        ({"quiet_hours": {"begins": "07:00", "ends": "07:00"}}, "quiet_hours"),
        ({"quiet_hours": {"begins": "22:00", "ends": "07:00", "why": ""}}, "quiet_hours"),
        ({"fallback": "phone"}, "channel"),
        ({"fallback": 3}, "fallback"),
        ({"address": CANARY}, "channel"),
        ({CANARY: 1}, "channel"),
    ],
)
def test_an_error_names_the_key_and_never_what_was_given(
    change: dict[str, Any], field: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_channel({**DOCUMENT, **change})
    assert caught.value.field == field
    assert CANARY not in str(caught.value)


def test_what_is_left_out_has_its_default() -> None:
    needed = {"name": "phone", "service": "Telegram", "masked_address": "tgram://..."}
    assert parse_channel(needed) == PHONE
    for key in needed:
        with pytest.raises(ConfigurationError, match=key):
            parse_channel({name: each for name, each in needed.items() if name != key})
    with pytest.raises(DomainError):
        replace(PHONE, name="")
