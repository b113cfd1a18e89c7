"""Sessions by browser."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.presenters.session_rows import browser_name, session_row
from etrms_core.engine.sign_in_ports import OwnerStamp, WebSession

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML) Chrome/150.0 Safari/537.36"


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (CHROME, "Chrome on Linux"),
        (f"{CHROME} Edg/150.0", "Edge on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/140.0", "Firefox on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19 like Mac OS X) Safari/604.1", "Safari on iPhone"),
        ("", "A browser without a name"),
        ("curl/8 " + "x" * 200, "curl/8 " + "x" * 53),
    ],
)
def test_a_browser_is_named_by_what_it_calls_itself(user_agent: str, name: str) -> None:
    assert browser_name(user_agent) == name


def test_a_session_says_when_it_was_used_and_when_it_ends() -> None:
    session = WebSession(
        "mine",
        OwnerStamp("ada", NOW),
        created_at=NOW - timedelta(hours=2),
        used_at=NOW - timedelta(minutes=5),
        expires_at=NOW + timedelta(hours=10),
        user_agent=CHROME,
    )
    row = session_row(session, own="mine", zone=ZoneInfo("UTC"), now=NOW)
    assert row.is_own
    assert (row.used, row.began) == ("last used 5 min ago", "since 10:00:00 UTC")
    assert row.ends == "ends in 10 h at the latest"
    assert not session_row(session, own="other", zone=ZoneInfo("UTC"), now=NOW).is_own
