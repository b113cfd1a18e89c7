"""When a channel is quiet, by the clock on the owner's wall."""

from datetime import UTC, datetime, timedelta, tzinfo

from etrms_core.domain.notifications import QuietHours, Severity

MINUTE = timedelta(minutes=1)


def is_quiet(hours: QuietHours, at: datetime, *, zone: tzinfo) -> bool:
    """Say whether the wall clock of `zone` stands within the quiet hours."""
    wall = at.astimezone(zone).time()
    if hours.begins < hours.ends:
        return hours.begins <= wall < hours.ends
    return wall >= hours.begins or wall < hours.ends


def quiet_until(hours: QuietHours, at: datetime, *, zone: tzinfo) -> datetime:
    """Return the first time from `at` on that is not quiet, UTC.

    The wall clock is read minute by minute, so that hours which it skips or repeats in spring and
    autumn count as it shows them. (Hours begin and end at whole minutes, and clocks are set by
    whole minutes.)
    """
    moment = at.astimezone(UTC)
    if is_quiet(hours, moment, zone=zone):
        moment = moment.replace(second=0, microsecond=0) + MINUTE
    while is_quiet(hours, moment, zone=zone):
        moment += MINUTE
    return moment


def held_until(
    hours: QuietHours | None, severity: Severity, at: datetime, *, zone: tzinfo
) -> datetime | None:
    """Return until when a message must wait; None when it may go out now."""
    if hours is None or not is_quiet(hours, at, zone=zone):
        return None
    if severity is Severity.CRITICAL and hours.critical_breaks_through:
        return None
    return quiet_until(hours, at, zone=zone)
