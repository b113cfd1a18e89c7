"""Events as messages that a trader understands, in plain text."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, tzinfo

from etrms_core.domain.account import AccountState
from etrms_core.domain.events import BreakerEvent, DeskEvent, Event
from etrms_core.domain.notifications import Severity
from etrms_core.engine.notification_ports import Message, Notice
from etrms_core.engine.severity import severity_of

LONGEST_TITLE = 160
LONGEST_TEXT = 1_000
MOST_LINES = 15
PAPER, LIVE, MIXED, UNREAD = "PAPER", "LIVE", "LIVE AND PAPER", "NO ACCOUNT READ"


def mode_of(event: Event, accounts: Sequence[AccountState]) -> str:
    """Say whether an event concerns real money: by its account, else by all that are watched."""
    name = event.subject.partition(":")[0] if isinstance(event, DeskEvent) else ""
    concerned = [each for each in accounts if each.account == name] or accounts
    modes = {each.is_paper for each in concerned}
    if not modes:
        return UNREAD
    if len(modes) > 1:
        return MIXED
    return PAPER if modes.pop() else LIVE


def title_of(event: Event, *, mode: str) -> str:
    """Write one line that says what happened, where, and how much it matters."""
    words = event.kind.value.replace("_", " ")
    match event:
        case BreakerEvent(breaker=breaker, scope=scope):
            what = f"breaker {breaker!r} {words} ({scope})"
        case DeskEvent(subject=subject):
            what = f"{words} ({subject})" if subject else words
    return _clean(f"{mode} {severity_of(event).name}: {what}", LONGEST_TITLE)


def text_of(event: Event, *, mode: str, zone: tzinfo) -> str:
    """Write the event's own sentence, what was done about it, and when on the owner's clock."""
    sentences = [_sentence(event.detail)]
    if isinstance(event, BreakerEvent) and event.action:
        sentences.append(_sentence(f"action: {event.action}"))
    at = event.occurred_at.astimezone(zone)
    sentences.append(f"{at:%Y-%m-%d %H:%M:%S %Z}, {mode}.")
    return "\n".join(_clean(each, LONGEST_TEXT) for each in sentences if each)


def message_of(notices: Sequence[Notice]) -> Message:
    """Write one message of one or several notices, the most severe first."""
    first = notices[0]
    severity = max(each.severity for each in notices)
    if len(notices) == 1:
        return Message(first.title, first.text, severity)
    if len({(each.kind, each.subject) for each in notices}) == 1:
        return _alike(notices, severity)
    return _digest(notices, severity)


def trial_message(channel: str, *, at: datetime, zone: tzinfo) -> Message:
    """Write the message that shows whether a channel works."""
    time = f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S %Z}"
    text = f"This is a test of the channel {channel!r}, sent on request. Nothing happened.\n{time}."
    return Message("ETRMS: test of a notification channel", text, Severity.INFO)


def _alike(notices: Sequence[Notice], severity: Severity) -> Message:
    newest = max(notices, key=lambda each: each.sequence)
    text = f"{len(notices)} events of this kind; the newest one:\n{newest.text}"
    return Message(f"{newest.title} (x{len(notices)})", text, severity)


def _digest(notices: Sequence[Notice], severity: Severity) -> Message:
    counts = Counter(each.severity for each in notices)
    parts = [f"{counts[each]} {each.word}" for each in sorted(counts, reverse=True)]
    worst_first = sorted(notices, key=lambda each: (-each.severity, each.sequence))
    lines = [f"- {each.title}: {each.text.partition(chr(10))[0]}" for each in worst_first]
    shown = lines[:MOST_LINES]
    if len(lines) > len(shown):
        shown.append(f"and {len(lines) - len(shown)} more, in the app")
    title = f"ETRMS {severity.name}: {len(notices)} events ({', '.join(parts)})"
    return Message(title, "\n".join(shown), severity)


def _sentence(text: str) -> str:
    stripped = text.strip()
    if not stripped:
        return ""
    return f"{stripped[0].upper()}{stripped[1:].rstrip('.')}."


def _clean(text: str, longest: int) -> str:
    printable = "".join(each if each.isprintable() else " " for each in text)
    return printable if len(printable) <= longest else f"{printable[: longest - 3]}..."
