"""The trader's limits as one document."""

import json
from dataclasses import asdict

from pydantic import TypeAdapter
from sqlalchemy import Connection, delete, insert, select

from etrms_core.adapters.storage import tables
from etrms_core.adapters.storage.engine import Database
from etrms_core.domain.limits import DEFAULT_LIMITS, Limits
from etrms_core.errors import StorageError

LIMITS = "limits"
_LIMITS = TypeAdapter(Limits)


class SqlLimitsStore:
    """`LimitsStore` in SQLite or PostgreSQL.

    Raises
    ------
    StorageError
        From every method when the database fails, and for a number that is not finite: no order
        is ever above a limit of NaN.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def limits(self) -> Limits:
        """Return the limits in force, the defaults before any were saved."""
        with self._database.reading() as connection:
            return read_limits(connection, self._database)

    def save_limits(self, limits: Limits) -> None:
        """Replace the limits."""
        with self._database.writing() as connection:
            write_limits(connection, limits)


def read_limits(connection: Connection, database: Database) -> Limits:
    """Read the limits in a transaction; StorageError when they are damaged."""
    text = connection.scalar(select(tables.facts.c.value).where(tables.facts.c.name == LIMITS))
    if text is None:
        return DEFAULT_LIMITS
    try:
        limits = _LIMITS.validate_json(text, strict=True)
        _limits_text(limits)
    except (StorageError, ValueError) as error:
        raise database.damaged("limits", error) from error
    return limits


def write_limits(connection: Connection, limits: Limits) -> None:
    """Replace the limits in a transaction; StorageError when one is no finite number."""
    row = {"name": LIMITS, "value": _limits_text(limits)}
    connection.execute(delete(tables.facts).where(tables.facts.c.name == LIMITS))
    connection.execute(insert(tables.facts), row)


def _limits_text(limits: Limits) -> str:
    try:
        return json.dumps(asdict(limits), allow_nan=False, separators=(",", ":"))
    except ValueError as error:
        raise StorageError(f"a limit is a finite number or none, was in {limits}") from error
