"""A notification channel in words: what goes there, when it is quiet, and what arrived."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from app.forms.channel_kinds import SERVICE_LABELS
from app.presenters.cells import Cell, Tone
from app.presenters.event_groups import SEPARATOR, labels_of
from app.presenters.severity_cells import MINIMUM_WORDS
from app.presenters.times import clock_and_date, duration
from etrms_core.domain.notifications import Channel, QuietHours
from etrms_core.engine.notification_ports import DeliveryCount, Notice, NoticeState

NO_COUNT = DeliveryCount("", undelivered=0, held=0, failed=0)
MOST_LABELS = 6


@dataclass(frozen=True, slots=True)
class ChannelWords:
    """What the page says of one channel.

    Attributes
    ----------
    trouble : str
        What went wrong last; empty when nothing did.
    """

    name: str
    badges: tuple[Cell, ...]
    sentences: tuple[str, ...]
    delivery: Cell
    last_delivery: str
    trouble: str


def channel_words(
    channel: Channel,
    count: DeliveryCount,
    *,
    last_delivery: str,
    quiet_zone: str,
    zone: ZoneInfo,
    now: datetime,
) -> ChannelWords:
    """Describe a channel.

    Parameters
    ----------
    last_delivery : str
        Sentence about it.
    quiet_zone : str
        Whose clock quiet hours follow.
    zone : ZoneInfo
        In which times are shown.
    """
    on = Cell("On", tone=Tone.GOOD) if channel.is_enabled else Cell("Off", tone=Tone.WARNING)
    service = SERVICE_LABELS.get(channel.service, channel.service)
    return ChannelWords(
        name=channel.name,
        badges=(on, Cell(service), Cell(channel.masked_address)),
        sentences=tuple(
            filter(
                None,
                (
                    routing_in_words(channel),
                    quiet_hours_in_words(channel.quiet_hours, zone=quiet_zone),
                    _fallback(channel),
                    "It lies in your own network." if channel.allows_private else "",
                ),
            )
        ),
        delivery=_delivery(count),
        last_delivery=last_delivery,
        trouble=_last_error(channel.name, count, zone=zone, now=now),
    )


def routing_in_words(channel: Channel) -> str:
    """Say which events go to a channel."""
    what = MINIMUM_WORDS[channel.minimum_severity]
    if not channel.kinds:
        return f"{what} of all kinds." if what != "Every event" else f"{what}."
    labels = [label.replace(SEPARATOR, ", ") for label in labels_of(channel.kinds)]
    shown = "; ".join(labels[:MOST_LABELS])
    more = len(labels) - MOST_LABELS
    return f"{what}, only of these kinds: {shown}{f'; and {more} more' if more > 0 else ''}."


def quiet_hours_in_words(hours: QuietHours | None, *, zone: str) -> str:
    """Say when messages wait."""
    if hours is None:
        return "No quiet hours."
    through = "critical events break through" if hours.critical_breaks_through else "for all events"
    return f"Quiet from {hours.begins:%H:%M} to {hours.ends:%H:%M} {zone}; {through}."


def last_delivery_sentence(
    name: str, notices: Sequence[Notice], *, zone: ZoneInfo, now: datetime
) -> str:
    """Say when a channel took a message last, as far as the newest messages show."""
    taken = [
        each.settled_at
        for each in notices
        if each.channel == name
        and each.state is NoticeState.DELIVERED
        and each.settled_at is not None
    ]
    if not taken:
        return "Nothing was delivered yet."
    newest = max(taken)
    ago = duration((now - newest).total_seconds())
    return f"Last delivery {clock_and_date(newest, zone=zone, now=now)} {zone.key}, {ago} ago."


def _last_error(name: str, count: DeliveryCount, *, zone: ZoneInfo, now: datetime) -> str:
    if count.last_error is None:
        return ""
    at = count.last_error_at
    when = (
        "at a time that is not known any more"
        if at is None
        else f"at {clock_and_date(at, zone=zone, now=now)} {zone.key}"
    )
    return f"Last error of {name}, {when}: {count.last_error}"


def _fallback(channel: Channel) -> str:
    if channel.fallback is None:
        return ""
    return f"What it does not take goes to {channel.fallback}."


def _delivery(count: DeliveryCount) -> Cell:
    parts = []
    if late := count.undelivered + count.failed:
        parts.append(f"{late} not delivered")
    if count.failed:
        parts.append(f"of them {count.failed} given up")
    if count.held:
        parts.append(f"{count.held} wait for the end of quiet hours")
    if count.dropped:
        parts.append(f"{count.dropped} dropped by you")
    if not parts:
        return Cell("Nothing is waiting.", tone=Tone.PLAIN)
    return Cell(f"{', '.join(parts)}.", tone=Tone.BAD if late else Tone.PLAIN)
