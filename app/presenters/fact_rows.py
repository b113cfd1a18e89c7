"""Facts of the desk: a name, a value, and what it means."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from app.presenters.cells import Cell
from app.presenters.numbers import plain
from app.presenters.times import duration
from etrms_core.bootstrap.storage_report import StorageReport
from etrms_core.services.supervisor import Role
from etrms_core.settings import FILE_NAME, Settings

KIBI = 1024.0
UNITS = ("B", "KiB", "MiB", "GiB", "TiB")
DAY_SECONDS = 86_400.0
ROLES = {
    Role.ACTIVE: Cell("Active", "this process guards the accounts and acts"),
    Role.STANDBY: Cell("Standby", "another process acts; this one takes over when that ends"),
    Role.IDLE: Cell("Idle", "this process guards nothing"),
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One line."""

    name: Cell
    value: Cell


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskFacts:
    """What is told about this desk."""

    desk_id: str
    role: Role
    mode: str
    version: str
    time_zone: str
    delay: timedelta
    redirected: tuple[str, ...]


def desk_facts(
    desk: DeskFacts, report: StorageReport, settings: Settings, *, zone: ZoneInfo, now: datetime
) -> tuple[Fact, ...]:
    """Show what this desk is, where it lies and how it is set."""
    monitor = settings.monitor
    return (
        _fact("Desk", desk.desk_id),
        Fact(Cell("Role of this process"), ROLES[desk.role]),
        _fact("Money", desk.mode.upper()),
        _fact("Version", desk.version),
        _fact("Clock", f"{now.astimezone(zone):%Y-%m-%d %H:%M:%S} {zone.key}", _utc(now, zone)),
        _fact("Trading day", f"begins at midnight in {desk.time_zone}", "owner.time_zone"),
        _fact("Wait of a loosening", _wait(desk.delay), "commitment.delay_seconds"),
        _fact("Monitor", f"every {monitor.interval_seconds:g} s", "monitor.interval_seconds"),
        _fact(
            "A reading is stale",
            f"after {duration(monitor.stale_after_seconds)}",
            f"it still counts for {duration(monitor.carry_seconds)}",
        ),
        _fact("Home folder", str(report.home)),
        _fact("Settings file", str(report.home / FILE_NAME)),
        _fact("Database", report.database),
        _fact("Free on this disk", size_text(report.free_bytes)),
        _fact("Venue addresses", _addresses(desk.redirected)),
    )


def retention_facts(settings: Settings) -> tuple[Fact, ...]:
    """Show what is kept for how long."""
    kept = settings.retention
    return (
        _fact("Readings as taken", _days(kept.raw_days), "retention.raw_days"),
        _fact("One reading a minute", _days(kept.minute_days), "retention.minute_days"),
        _fact("One reading an hour", "for ever"),
        _fact("Recorded cycles, for the replay", _days(kept.cycle_days), "retention.cycle_days"),
        _fact("Events", _days(kept.event_days), "retention.event_days"),
    )


def size_text(size: float | None) -> str:
    """Write a number of bytes in the largest fitting unit."""
    if size is None:
        return "not told by the database"
    value, unit = float(size), UNITS[0]
    for unit in UNITS:
        if value < KIBI or unit == UNITS[-1]:
            break
        value /= KIBI
    return f"{plain(value, 0 if unit == UNITS[0] else 1)} {unit}"


def _fact(name: str, value: str, note: str = "") -> Fact:
    return Fact(Cell(name), Cell(value, note))


def _utc(now: datetime, zone: ZoneInfo) -> str:
    return "" if zone.key == "UTC" else f"{now.astimezone(UTC):%H:%M:%S} UTC"


def _days(days: float) -> str:
    return f"{days:g} days" if days >= 1.0 else duration(days * DAY_SECONDS)


def _wait(delay: timedelta) -> str:
    seconds = delay.total_seconds()
    return duration(seconds) if seconds > 0.0 else "none now"


def _addresses(redirected: tuple[str, ...]) -> str:
    return f"redirected by {', '.join(redirected)}" if redirected else "the venues' own"
