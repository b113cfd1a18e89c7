"""Readings of the portfolio and of each account over time: as rows, and thinned for a chart."""

from datetime import datetime, timedelta
from math import isnan
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, delete, exists, func, select

from etrms_core.adapters.storage.moments import from_us, to_us
from etrms_core.adapters.storage.tables import account_history, history
from etrms_core.engine.audit_ports import Retention
from etrms_core.engine.storage_ports import EquityPoint, HistoryPoint
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
        _refuse_nan(name, value)
    return {"observed_at_us": to_us(point.observed_at), **values}


def account_equity_rows(point: HistoryPoint) -> list[dict[str, Any]]:
    """Write the equity of every account of a reading; StorageError for NaN."""
    for each in point.accounts:
        _refuse_nan(f"equity of {each.account}", each.equity)
    return [
        {
            "account": each.account,
            "observed_at_us": to_us(point.observed_at),
            "equity": each.equity,
        }
        for each in point.accounts
    ]


def thinned_history(connection: Connection, *, since: datetime) -> tuple[HistoryPoint, ...]:
    """Read the readings from `since` on; of more than 2,000 the last one of each equal stretch."""
    query = _thinned(connection, history, history.c.observed_at_us >= to_us(since))
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


def thinned_account_history(
    connection: Connection, account: str, *, since: datetime
) -> tuple[EquityPoint, ...]:
    """Read the equity of one account from `since` on, thinned as the portfolio's."""
    table = account_history
    is_wanted = and_(table.c.account == account, table.c.observed_at_us >= to_us(since))
    return tuple(
        EquityPoint(from_us(row.observed_at_us), row.equity)
        for row in connection.execute(_thinned(connection, table, is_wanted))
    )


def thin_history(connection: Connection, retention: Retention, *, now: datetime) -> int:
    """Keep the last reading of each old minute and of each very old hour; return how many went.

    The readings of each account are thinned alike.

    Only whole minutes and hours are thinned, so that a reading which stays once stays for good.
    """
    hourly = to_us(now - timedelta(days=retention.minute_days)) // HOUR_US * HOUR_US
    minutely = to_us(now - timedelta(days=retention.raw_days)) // MINUTE_US * MINUTE_US
    removed = 0
    for table in (history, account_history):
        for first, end, width in ((None, hourly, HOUR_US), (hourly, minutely, MINUTE_US)):
            removed += _keep_last(connection, table, first, end, width)
    return removed


def _keep_last(
    connection: Connection, table: Table, first: int | None, end: int, width: int
) -> int:
    later = table.alias("later")
    time, next_time = table.c.observed_at_us, later.c.observed_at_us
    is_later = and_(next_time > time, next_time < (time // width + 1) * width)
    if "account" in table.c:
        is_later = and_(is_later, later.c.account == table.c.account)
    is_meant = time < end if first is None else and_(time >= first, time < end)
    return connection.execute(delete(table).where(is_meant, exists().where(is_later))).rowcount


def _thinned(connection: Connection, table: Table, is_wanted: ColumnElement[bool]) -> Select[Any]:
    time = table.c.observed_at_us
    count, first, last = connection.execute(
        select(func.count(), func.min(time), func.max(time)).where(is_wanted)
    ).one()
    query = select(table).where(is_wanted).order_by(time)
    if count <= MOST_POINTS:
        return query
    stretch = (time - first) // ((last - first) // MOST_POINTS + 1)
    return query.where(time.in_(select(func.max(time)).where(is_wanted).group_by(stretch)))


def _refuse_nan(name: str, value: float | None) -> None:
    if value is not None and isnan(value):
        raise StorageError(f"{name} is NaN, which is never stored; unknown is None")
