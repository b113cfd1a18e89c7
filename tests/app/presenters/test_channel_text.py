"""A channel in words."""

from dataclasses import replace
from datetime import time, timedelta
from zoneinfo import ZoneInfo

from app.components.channel_card import channel_markup
from app.components.channel_list import channel_key
from app.presenters.cells import Cell, Tone
from app.presenters.channel_text import (
    NO_COUNT,
    ChannelWords,
    channel_words,
    last_delivery_sentence,
    quiet_hours_in_words,
    routing_in_words,
)
from app.presenters.event_groups import GROUPS
from app.presenters.times import clock_and_date
from etrms_core.domain.notifications import Channel, QuietHours, Severity
from etrms_core.engine.notification_ports import DeliveryCount, NoticeState
from tests.builders import NOW
from tests.notification_builders import make_notice
from tests.services.notifying import channel

TOKYO = ZoneInfo("Asia/Tokyo")
HOSTILE = "<img src=x> *a*"


def test_routing_names_severity_and_kinds() -> None:
    assert routing_in_words(channel()) == "Warnings and critical events of all kinds."
    assert routing_in_words(channel(minimum=Severity.INFO)) == "Every event."
    chosen = replace(channel(), kinds=(*GROUPS["Orders"], "position_opened"))
    words = routing_in_words(chosen)
    assert words.endswith("only of these kinds: Positions, position opened; Orders, all of them.")


def test_many_kinds_are_cut_short() -> None:
    kinds = tuple(each[0] for each in GROUPS.values())
    assert routing_in_words(replace(channel(), kinds=kinds)).endswith("; and 3 more.")


def test_quiet_hours_name_their_clock() -> None:
    hours = QuietHours(time(22), time(7))
    assert quiet_hours_in_words(hours, zone="Asia/Tokyo") == (
        "Quiet from 22:00 to 07:00 Asia/Tokyo; critical events break through."
    )
    silent = replace(hours, critical_breaks_through=False)
    assert quiet_hours_in_words(silent, zone="UTC").endswith("for all events.")
    assert quiet_hours_in_words(None, zone="UTC") == "No quiet hours."


def test_the_last_delivery_is_told_with_its_zone() -> None:
    notices = [
        make_notice(1),
        replace(make_notice(2), state=NoticeState.DELIVERED, settled_at=NOW),
        replace(make_notice(3, channel="mail"), state=NoticeState.DELIVERED, settled_at=NOW),
    ]
    now = NOW + timedelta(seconds=90)
    told = last_delivery_sentence("phone", notices, zone=TOKYO, now=now)
    assert told.startswith("Last delivery ")
    assert told.endswith("Asia/Tokyo, 1 min 30 s ago.")
    assert "Nothing" in last_delivery_sentence("log", notices, zone=TOKYO, now=now)


def words_of(each: Channel, count: DeliveryCount = NO_COUNT, text: str = "") -> ChannelWords:
    return channel_words(
        each, count, last_delivery=text, quiet_zone=text or "UTC", zone=TOKYO, now=NOW
    )


def test_what_is_late_given_up_and_held_is_counted_apart() -> None:
    count = DeliveryCount("phone", undelivered=2, held=3, failed=1, last_error="no")
    words = words_of(channel(), count)
    assert words.delivery.text == (
        "3 not delivered, of them 1 given up, 3 wait for the end of quiet hours."
    )
    assert words.delivery.tone is Tone.BAD
    held = DeliveryCount("phone", undelivered=0, held=1, failed=0)
    assert words_of(channel(), held).delivery.tone is Tone.PLAIN


def test_what_the_trader_dropped_is_told_apart_and_is_no_alarm() -> None:
    count = DeliveryCount("phone", undelivered=0, held=0, failed=0, dropped=2)
    words = words_of(channel(), count)
    assert words.delivery == Cell("2 dropped by you.", tone=Tone.PLAIN)


def test_the_last_error_names_channel_time_and_cause() -> None:
    count = DeliveryCount("phone", 1, 0, 0, "the service answered 401", last_error_at=NOW)
    assert words_of(channel(), NO_COUNT).trouble == ""
    told = words_of(channel(), count).trouble
    at = clock_and_date(NOW, zone=TOKYO, now=NOW)
    assert told == f"Last error of phone, at {at} Asia/Tokyo: the service answered 401"
    unknown = words_of(channel(), replace(count, last_error_at=None)).trouble
    assert unknown.startswith("Last error of phone, at a time that is not known any more: ")


def test_a_channel_that_is_off_says_so() -> None:
    off = replace(channel(), is_enabled=False, allows_private=True, fallback="mail")
    words = words_of(off)
    assert words.badges[0].text == "Off"
    assert "What it does not take goes to mail." in words.sentences
    assert "It lies in your own network." in words.sentences


def test_whatever_a_channel_holds_is_drawn_as_text() -> None:
    hostile = replace(channel(HOSTILE), service=HOSTILE, masked_address=HOSTILE, fallback="<b>")
    count = DeliveryCount(HOSTILE, undelivered=1, held=0, failed=0, last_error=HOSTILE)
    words = words_of(hostile, count, HOSTILE)
    drawn = channel_markup(words, Cell(HOSTILE, tone=Tone.BAD))
    assert "<img" not in drawn
    assert "<b>" not in drawn
    assert drawn.count("&lt;img") >= 5
    assert channel_key(HOSTILE).isalnum()
