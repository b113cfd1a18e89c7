"""The machine's clock; everything below is given it."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Read the machine's clock."""
    return datetime.now(UTC)
