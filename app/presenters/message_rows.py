"""Messages on their way to the trader, as rows to sort, choose from and export."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from app.presenters.csv_export import Value, csv_text
from etrms_core.engine.notification_ports import OPEN_NOTICES, Notice, NoticeState

STATES = {
    NoticeState.WAITING: "Waiting",
    NoticeState.HELD: "Held by quiet hours",
    NoticeState.DELIVERED: "Delivered",
    NoticeState.FAILED: "Given up",
    NoticeState.DROPPED: "Dropped by you",
    NoticeState.ACKNOWLEDGED: "Acknowledged",
}
SETTLED_WELL = frozenset({NoticeState.DELIVERED, NoticeState.ACKNOWLEDGED})
DATE_AND_TIME = "%Y-%m-%d %H:%M:%S"
ERROR = "Last error"
TIMES = ("Next try", "Happened", "Ended")
COLUMNS = ("Channel", "State", "Severity", "Message", ERROR, "Tries", *TIMES)


def undelivered(notices: Sequence[Notice]) -> tuple[Notice, ...]:
    """Keep what did not arrive, unless the trader has taken note of it."""
    return tuple(each for each in notices if each.state not in SETTLED_WELL)


def message_rows(notices: Sequence[Notice], *, zone: ZoneInfo) -> list[dict[str, Value]]:
    """Show notices in the order given, with times in a zone; what has no time is empty."""
    return [_row(each, zone) for each in notices]


def message_csv(notices: Sequence[Notice], *, zone: ZoneInfo) -> str:
    """Write notices as CSV; headings of times name the zone."""
    named = {each: f"{each} ({zone.key})" if each in TIMES else each for each in COLUMNS}
    rows = [
        {named[column]: value for column, value in row.items()}
        for row in message_rows(notices, zone=zone)
    ]
    return csv_text(rows, columns=tuple(named.values()))


def _row(notice: Notice, zone: ZoneInfo) -> dict[str, Value]:
    next_try = notice.due_at if notice.state in OPEN_NOTICES else None
    return {
        "Channel": notice.channel,
        "State": STATES[notice.state],
        "Severity": notice.severity.word.capitalize(),
        "Message": notice.title,
        ERROR: notice.last_error or "",
        "Tries": notice.tries,
        "Next try": _at(next_try, zone),
        "Happened": _at(notice.occurred_at, zone),
        "Ended": _at(notice.settled_at, zone),
    }


def _at(moment: datetime | None, zone: ZoneInfo) -> str:
    return "" if moment is None else f"{moment.astimezone(zone):{DATE_AND_TIME}}"
