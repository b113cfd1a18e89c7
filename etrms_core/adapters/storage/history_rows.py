"""Readings of the portfolio over time: as rows, and thinned for a chart."""

from datetime import datetime, timedelta
from math import isnan
from typing import Any

from sqlalchemy import Connection, Select, and_, delete, exists, func, select

from etrms_core.adapters.storage.moments import from_us, to_us
from etrms_core.adapters.storage.tables import history
from etrms_core.engine.audit_ports import Retention
from etrms_core.engine.storage_ports import HistoryPoint
from etrms_core.errors import StorageError

MOST_POINTS = 2_000
MINUTE_US = 60_000_000
HOUR_US = 60 * MINUTE_US


def history_row(point: HistoryPoint) -> dict[str, Any]:
    """Write a reading; StorageError for NaN, which databases silently turn into unknown."""
    values = {
        "equity": point.equity,
        "nav": point.nav,
        "drawdown": point.drawdown,
        "gross_exposure": point.gross_exposure,
        "gross_leverage": point.gross_leverage,
        "margin_ratio": point.margin_ratio,
    }
    for name, value in values.items():
        if value is not None and isnan(value):
            raise StorageError(f"{name} is NaN, which is never stored; unknown is None")
    return {"observed_at_us": to_us(point.observed_at), **values}


def thinned_history(connection: Connection, *, since: datetime) -> tuple[HistoryPoint, ...]:
    """Read the readings from `since` on; of more than 2,000 the last one of each equal stretch."""
    time = history.c.observed_at_us
    is_wanted = time >= to_us(since)
    count, first, last = connection.execute(
        select(func.count(), func.min(time), func.max(time)).where(is_wanted)
    ).one()
    query = select(history).where(is_wanted).order_by(time)
    if count > MOST_POINTS:
        query = _last_per_stretch(query, first, (last - first) // MOST_POINTS + 1)
    return tuple(
        HistoryPoint(
            from_us(row.observed_at_us),
            row.equity,
            row.nav,
            row.drawdown,
            row.gross_exposure,
            row.gross_leverage,
            row.margin_ratio,
        )
        for row in connection.execute(query)
    )


def thin_history(connection: Connection, retention: Retention, *, now: datetime) -> int:
    """Keep the last reading of each old minute and of each very old hour; return how many went.

    Only whole minutes and hours are thinned, so that a reading which stays once stays for good.
    """
    hourly = to_us(now - timedelta(days=retention.minute_days)) // HOUR_US * HOUR_US
    minutely = to_us(now - timedelta(days=retention.raw_days)) // MINUTE_US * MINUTE_US
    later = history.alias("later")
    time, next_time = history.c.observed_at_us, later.c.observed_at_us
    removed = 0
    for first, end, width in ((None, hourly, HOUR_US), (hourly, minutely, MINUTE_US)):
        stretch_end = (time // width + 1) * width
        has_later = exists().where(next_time > time, next_time < stretch_end)
        is_meant = time < end if first is None else and_(time >= first, time < end)
        removed += connection.execute(delete(history).where(is_meant, has_later)).rowcount
    return removed


def _last_per_stretch(query: Select[Any], first: int, width: int) -> Select[Any]:
    time = history.c.observed_at_us
    stretch = (time - first) // width
    newest = select(func.max(time)).where(time >= first).group_by(stretch)
    return query.where(time.in_(newest))
