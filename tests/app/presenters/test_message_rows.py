"""Messages as rows."""

import csv
from dataclasses import replace
from io import StringIO
from zoneinfo import ZoneInfo

from app.presenters.message_rows import COLUMNS, message_csv, message_rows, undelivered
from etrms_core.engine.notification_ports import NoticeState
from tests.builders import NOW
from tests.notification_builders import make_notice

TOKYO = ZoneInfo("Asia/Tokyo")
DONE = replace(make_notice(1), state=NoticeState.DELIVERED, settled_at=NOW, tries=2)


def test_a_message_that_waits_has_a_next_try_and_no_end() -> None:
    (row,) = message_rows([make_notice(1)], zone=TOKYO)
    assert tuple(row) == COLUMNS
    assert row["State"] == "Waiting"
    assert row["Next try"] == row["Happened"]
    assert row["Ended"] == ""


def test_a_message_that_is_settled_has_an_end_and_no_next_try() -> None:
    (row,) = message_rows([DONE], zone=TOKYO)
    assert (row["State"], row["Next try"], row["Tries"]) == ("Delivered", "", 2)
    assert row["Ended"] == f"{NOW.astimezone(TOKYO):%Y-%m-%d %H:%M:%S}"


def test_delivered_ones_are_left_out_where_only_the_others_are_wanted() -> None:
    waiting = make_notice(2)
    known = replace(DONE, state=NoticeState.ACKNOWLEDGED)
    lost = replace(DONE, state=NoticeState.DROPPED)
    assert undelivered([waiting, DONE, known, lost]) == (waiting, lost)


def test_the_export_names_the_zone_and_runs_no_formula() -> None:
    hostile = replace(make_notice(1, channel="=1+1"), title="@SUM(A1)", last_error="-2+3")
    head, row = csv.reader(StringIO(message_csv([hostile], zone=TOKYO), newline=""))
    assert "Happened (Asia/Tokyo)" in head
    assert row[:5] == ["'=1+1", "Waiting", "Warning", "'@SUM(A1)", "'-2+3"]
