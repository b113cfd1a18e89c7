"""Trying messages again at once, giving them up, and taking note of lost ones."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from etrms_core.engine.delivery import dropped
from etrms_core.engine.notification_ports import OPEN_NOTICES, Notice, NoticeState, Outbox

MOST_MESSAGES = 500
MessageKey = tuple[str, int]


def key_of(notice: Notice) -> MessageKey:
    """Return the channel and the number that name a message."""
    return notice.channel, notice.sequence


def retry_now(outbox: Outbox, keys: Iterable[MessageKey], *, now: datetime) -> int:
    """Let messages that wait be tried at once and return how many; quiet hours still hold."""
    chosen = _still_open(outbox, keys)
    outbox.update([replace(each, state=NoticeState.WAITING, due_at=now) for each in chosen])
    return len(chosen)


def drop(outbox: Outbox, keys: Iterable[MessageKey], *, now: datetime) -> int:
    """Give up messages that wait and return how many; one on its way may still arrive."""
    chosen = _still_open(outbox, keys)
    outbox.update(dropped(chosen, now=now))
    return len(chosen)


def _still_open(outbox: Outbox, keys: Iterable[MessageKey]) -> list[Notice]:
    # As they are now: what was shown may have been sent meanwhile.
    wanted = set(keys)
    newest = outbox.recent(limit=MOST_MESSAGES)
    return [each for each in newest if each.state in OPEN_NOTICES and key_of(each) in wanted]
