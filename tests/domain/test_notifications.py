"""Channels and quiet hours that make sense."""

from dataclasses import replace
from datetime import UTC, time

import pytest

from etrms_core.domain.notifications import Channel, QuietHours, Severity
from etrms_core.errors import DomainError

PHONE = Channel(name="phone", service="Telegram", masked_address="tgram://...")


def test_severities_rise_and_have_words() -> None:
    assert [each.word for each in sorted(Severity)] == ["info", "warning", "critical"]


@pytest.mark.parametrize("name", ["", " phone", "phone ", "a\nb", "a" * 41])
def test_a_name_that_cannot_be_read_is_refused(name: str) -> None:
    with pytest.raises(DomainError, match="channel's name"):
        replace(PHONE, name=name)


def test_a_channel_is_not_its_own_fallback() -> None:
    with pytest.raises(DomainError, match="fallback"):
        replace(PHONE, fallback="phone")


def test_no_kind_is_named_twice() -> None:
    with pytest.raises(DomainError, match="twice"):
        replace(PHONE, kinds=("triggered", "triggered"))


@pytest.mark.parametrize(
    ("begins", "ends"),
    [
        (time(22), time(22)),
        (time(22, 0, 1), time(7)),
        (time(22), time(7, 0, 0, 1)),
        (time(22, tzinfo=UTC), time(7)),
    ],
)
def test_quiet_hours_are_two_different_whole_minutes_on_the_wall(begins: time, ends: time) -> None:
    with pytest.raises(DomainError, match="quiet hours"):
        QuietHours(begins, ends)
