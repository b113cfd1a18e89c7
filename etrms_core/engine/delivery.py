"""What follows from a try to deliver: the end, another try, another channel."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from etrms_core.domain.notifications import Severity
from etrms_core.engine.notification_ports import Notice, NoticeState

SHORTEST_SECONDS = 5.0
LONGEST_SECONDS = 900.0
JITTER = 0.25
MOST_DOUBLINGS = 16
GIVE_UP_AFTER = timedelta(hours=24)
TRIES_BEFORE_FALLBACK = 3
MOST_SINGLE = 10
MOST_ALIKE = 3


def back_off_seconds(tries: int, *, chance: float) -> float:
    """Return how long to wait after this many failed tries.

    It doubles from 5 s to 15 min; `chance` in [0, 1) lengthens it by up to a quarter, so that
    messages which failed together are not tried together.
    """
    doubled = SHORTEST_SECONDS * 2.0 ** min(max(tries - 1, 0), MOST_DOUBLINGS)
    return min(doubled * (1.0 + JITTER * chance), LONGEST_SECONDS)


def delivered(notices: Sequence[Notice], *, now: datetime) -> list[Notice]:
    """Note that a message of these notices was taken."""
    return [
        replace(each, state=NoticeState.DELIVERED, last_error=None, settled_at=now)
        for each in notices
    ]


def failed(notices: Sequence[Notice], error: str, *, now: datetime, chance: float) -> list[Notice]:
    """Note a failed try: another one later, or the end a day after the notice was made."""
    return [_after_failure(each, error, now, chance) for each in notices]


def given_up(notices: Sequence[Notice], error: str, *, now: datetime) -> list[Notice]:
    """Note that notices are never tried again."""
    return [
        replace(each, state=NoticeState.FAILED, last_error=error, settled_at=now)
        for each in notices
    ]


def dropped(notices: Sequence[Notice], *, now: datetime) -> list[Notice]:
    """Note that the trader wants notices no more."""
    return [replace(each, state=NoticeState.DROPPED, settled_at=now) for each in notices]


def held(notices: Sequence[Notice], *, until: datetime) -> list[Notice]:
    """Keep notices until quiet hours end."""
    return [replace(each, state=NoticeState.HELD, due_at=until) for each in notices]


def is_expired(notice: Notice, *, now: datetime) -> bool:
    """Say whether a notice is too old to be tried again."""
    return now >= notice.created_at + GIVE_UP_AFTER


def passed_on(notices: Sequence[Notice], fallback: str, *, now: datetime) -> Iterator[Notice]:
    """Write the notices that another channel gets after a failed try.

    A critical one is passed on at once, others after three tries.
    """
    for each in notices:
        is_urgent = each.severity is Severity.CRITICAL
        if is_urgent or each.tries >= TRIES_BEFORE_FALLBACK or each.state is NoticeState.FAILED:
            text = f"{each.text}\nSent here because the channel {each.channel!r} did not take it."
            yield replace(
                each,
                channel=fallback,
                text=text,
                created_at=now,
                due_at=now,
                state=NoticeState.WAITING,
                tries=0,
                last_error=None,
                settled_at=None,
            )


def next_batch(due: Sequence[Notice]) -> tuple[Notice, ...]:
    """Choose the notices of the next message from those that are due, the most severe first.

    What quiet hours held back goes out together, as does a crowd; more than a few alike ones go
    together too. Everything else goes alone.
    """
    waiting = [each for each in due if each.state is NoticeState.WAITING]
    if len(waiting) > MOST_SINGLE or not waiting:
        return tuple(waiting or due)
    first = waiting[0]
    alike = [each for each in waiting if (each.kind, each.subject) == (first.kind, first.subject)]
    return tuple(alike) if len(alike) > MOST_ALIKE else (first,)


def _after_failure(notice: Notice, error: str, now: datetime, chance: float) -> Notice:
    tries = notice.tries + 1
    due_at = now + timedelta(seconds=back_off_seconds(tries, chance=chance))
    tried = replace(notice, tries=tries, last_error=error, due_at=due_at)
    if is_expired(notice, now=due_at):
        return replace(tried, state=NoticeState.FAILED, settled_at=now)
    return tried
