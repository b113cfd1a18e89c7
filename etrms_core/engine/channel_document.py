"""Channels as documents; the address is in none of them."""

import re
from collections.abc import Mapping
from datetime import time
from typing import Any

from etrms_core.domain.events import BreakerEventKind, DeskEventKind
from etrms_core.domain.notifications import Channel, QuietHours, Severity
from etrms_core.errors import ConfigurationError, DomainError

KNOWN_KINDS = frozenset([*map(str, BreakerEventKind), *map(str, DeskEventKind)])
KEYS = frozenset(
    [
        "name",
        "service",
        "masked_address",
        "is_enabled",
        "minimum_severity",
        "kinds",
        "quiet_hours",
        "fallback",
        "allows_private",
    ]
)
QUIET_KEYS = frozenset(["begins", "ends", "critical_breaks_through"])
CLOCK = "%H:%M"
CLOCK_TIME = re.compile(r"(?P<hour>[01][0-9]|2[0-3]):(?P<minute>[0-5][0-9])")


def channel_document(channel: Channel) -> dict[str, Any]:
    """Write a channel as JSON; `parse_channel` reads it back."""
    hours = channel.quiet_hours
    return {
        "name": channel.name,
        "service": channel.service,
        "masked_address": channel.masked_address,
        "is_enabled": channel.is_enabled,
        "minimum_severity": channel.minimum_severity.word,
        "kinds": list(channel.kinds),
        "quiet_hours": None if hours is None else quiet_hours_document(hours),
        "fallback": channel.fallback,
        "allows_private": channel.allows_private,
    }


def quiet_hours_document(hours: QuietHours) -> dict[str, Any]:
    """Write quiet hours as JSON."""
    return {
        "begins": hours.begins.strftime(CLOCK),
        "ends": hours.ends.strftime(CLOCK),
        "critical_breaks_through": hours.critical_breaks_through,
    }


def parse_channel(document: object) -> Channel:
    """Read a channel; `name`, `service` and `masked_address` must be there.

    Raises
    ------
    ConfigurationError
        If a key is unknown, missing or of the wrong kind; it names the key and never its value.
    """
    given = _mapping(document, "channel", KEYS)
    try:
        return Channel(
            name=_text(given, "name"),
            service=_text(given, "service"),
            masked_address=_text(given, "masked_address"),
            is_enabled=_flag(given, "is_enabled", default=True),
            minimum_severity=_severity(given.get("minimum_severity", "warning")),
            kinds=_kinds(given.get("kinds", [])),
            quiet_hours=parse_quiet_hours(given.get("quiet_hours")),
            fallback=None if given.get("fallback") is None else _text(given, "fallback"),
            allows_private=_flag(given, "allows_private", default=False),
        )
    except DomainError as error:
        raise ConfigurationError(str(error), field="channel") from None


def parse_quiet_hours(document: object) -> QuietHours | None:
    """Read quiet hours; None stays None. ConfigurationError as `parse_channel`."""
    if document is None:
        return None
    given = _mapping(document, "quiet_hours", QUIET_KEYS)
    breaks_through = _flag(given, "critical_breaks_through", default=True)
    try:
        return QuietHours(_clock(given, "begins"), _clock(given, "ends"), breaks_through)
    except DomainError as error:
        raise ConfigurationError(str(error), field="quiet_hours") from None


def _mapping(document: object, field: str, known: frozenset[str]) -> Mapping[str, Any]:
    if not isinstance(document, Mapping):
        raise ConfigurationError("must be a table of names and values", field=field)
    if any(key not in known for key in document):
        raise ConfigurationError(f"knows only {', '.join(sorted(known))}", field=field)
    return document


def _text(given: Mapping[str, Any], key: str) -> str:
    value = given.get(key)
    if not isinstance(value, str):
        raise ConfigurationError("must be a text", field=key)
    return value


def _flag(given: Mapping[str, Any], key: str, *, default: bool) -> bool:
    value = given.get(key, default)
    if not isinstance(value, bool):
        raise ConfigurationError("must be true or false", field=key)
    return value


def _severity(value: object) -> Severity:
    for severity in Severity:
        if value == severity.word:
            return severity
    words = ", ".join(severity.word for severity in Severity)
    raise ConfigurationError(f"must be one of {words}", field="minimum_severity")


def _kinds(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise ConfigurationError("must be a list of kinds of event", field="kinds")
    for row, each in enumerate(value):
        if not isinstance(each, str) or each not in KNOWN_KINDS:
            raise ConfigurationError("is no kind of event", field=f"kinds.{row}")
    return tuple(value)


def _clock(given: Mapping[str, Any], key: str) -> time:
    value = given.get(key)
    found = CLOCK_TIME.fullmatch(value) if isinstance(value, str) else None
    if found is not None:
        return time(int(found["hour"]), int(found["minute"]))
    raise ConfigurationError("must be a time of day such as 22:00", field=f"quiet_hours.{key}")
