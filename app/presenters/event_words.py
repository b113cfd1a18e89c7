"""What events say in the words of a program, put into a trader's: actions and times."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from app.presenters.breaker_rows import action_in_words
from app.presenters.times import clock_and_date
from etrms_core.breakers.rules import ActionKind, BreakerAction
from etrms_core.errors import ConfigurationError

_ACTION = re.compile(r"\b([a-z]+(?:_[a-z]+)+)\(([a-z]+)=([0-9.e+-]{1,20})\)")
_MOMENT = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:[+-]\d\d:\d\d|Z)")


def actions_in_words(text: str) -> str:
    """Write `pause_trading(seconds=60), close_all` as "pause trading for 1 min, close all"."""
    return _ACTION.sub(_action, text).replace("_", " ")


def with_local_times(text: str, *, zone: ZoneInfo, now: datetime) -> str:
    """Write the moments within a sentence as times of day in a zone."""

    def local(match: re.Match[str]) -> str:
        try:
            at = datetime.fromisoformat(match[0])
            return f"{clock_and_date(at, zone=zone, now=now)} {zone.key}"
        except (ValueError, OverflowError):
            return match[0]

    return _MOMENT.sub(local, text)


def _action(match: re.Match[str]) -> str:
    try:
        return action_in_words(BreakerAction(ActionKind(match[1]), float(match[3])))
    except (ValueError, ConfigurationError):
        return match[0]
