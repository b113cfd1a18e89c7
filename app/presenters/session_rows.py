"""The owner's browsers that are logged in."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from app.presenters.times import clock_and_date, countdown, duration
from etrms_core.engine.sign_in_ports import WebSession

# The first word found names the browser: most call themselves by the names of others, too.
BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("HeadlessChrome/", "Chrome without a window"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)
LONGEST_UNKNOWN = 60


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One browser."""

    id_hash: str
    browser: str
    used: str
    began: str
    ends: str
    is_own: bool


def session_row(session: WebSession, *, own: str, zone: ZoneInfo, now: datetime) -> SessionRow:
    """Show a session; `own` is the hash of the one that looks."""
    age = (now - session.used_at).total_seconds()
    return SessionRow(
        id_hash=session.id_hash,
        browser=browser_name(session.user_agent),
        used="last used now" if age < 60.0 else f"last used {duration(age)} ago",
        began=f"since {clock_and_date(session.created_at, zone=zone, now=now)} {zone.key}",
        ends=f"ends in {countdown(session.expires_at, now=now)} at the latest",
        is_own=session.id_hash == own,
    )


def browser_name(user_agent: str) -> str:
    """Name a browser and its system by what it calls itself, which anybody can invent."""
    browser = next((name for word, name in BROWSERS if word in user_agent), None)
    if browser is None:
        return user_agent[:LONGEST_UNKNOWN] or "A browser without a name"
    system = next((name for word, name in SYSTEMS if word in user_agent), None)
    return browser if system is None else f"{browser} on {system}"
