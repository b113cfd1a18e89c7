"""Settling changes of rules, limits and settings, each in one transaction."""

import json
from collections.abc import Callable
from dataclasses import asdict

from pydantic import TypeAdapter
from sqlalchemy import Connection, delete, insert, select, text

from etrms_core.adapters.storage import tables
from etrms_core.adapters.storage.chained_rows import append_events
from etrms_core.adapters.storage.engine import Database
from etrms_core.adapters.storage.lease_store import require_lease
from etrms_core.adapters.storage.limits_store import read_limits, write_limits
from etrms_core.adapters.storage.request_rows import insert_request, take_request
from etrms_core.adapters.storage.rule_rows import replace_rules, rule_texts, rules_from_texts
from etrms_core.breakers.rules import BreakerRule
from etrms_core.domain.limits import Limits
from etrms_core.engine.change_ports import CommittedSettings, Kept, Settlement, Swap
from etrms_core.errors import ConfigurationError

SETTINGS = "committed_settings"
_SETTINGS = TypeAdapter(CommittedSettings)
# Held to the end of the transaction against every other writer; a file has one writer anyway.
_LOCK = "LOCK TABLE breakers, facts IN SHARE ROW EXCLUSIVE MODE"


class _ChangedMeanwhileError(Exception):
    """What the settlement was made for is not there any more: nothing of it is stored."""


class SqlChangeStore:
    """`ChangeStore` of one run in SQLite or PostgreSQL."""

    def __init__(self, database: Database, run_id: str) -> None:
        self._database = database
        self._run_id = run_id

    def settings(self) -> CommittedSettings | None:
        """Return the settings that are committed to; None before the first."""
        with self._database.reading() as connection:
            return self._read_settings(connection)

    def settle(self, settlement: Settlement) -> int | None:
        """Store a settlement in one transaction, or return None and store nothing."""
        try:
            with self._database.writing() as connection:
                return self._settle(connection, settlement)
        except _ChangedMeanwhileError:
            return None

    def _settle(self, connection: Connection, settlement: Settlement) -> int:
        if settlement.lease is not None:
            require_lease(connection, settlement.lease)
        # Before the tables: whoever merges a journal takes the locks in this order, too.
        append_events(connection, self._run_id, settlement.events)
        if settlement.taken is not None and not take_request(connection, settlement.taken):
            raise _ChangedMeanwhileError
        if connection.dialect.name == "postgresql":
            connection.execute(text(_LOCK))
        _swap(connection, settlement.rules, self._read_rules, replace_rules)
        _swap(connection, settlement.limits, self._read_limits, write_limits)
        _swap(connection, settlement.settings, self._read_settings, _write_settings)
        return 0 if settlement.added is None else insert_request(connection, settlement.added)

    def _read_rules(self, connection: Connection) -> tuple[BreakerRule, ...]:
        try:
            return rules_from_texts(rule_texts(connection))
        except (ConfigurationError, TypeError, ValueError, RecursionError) as error:
            raise self._database.damaged("a breaker", error) from error

    def _read_limits(self, connection: Connection) -> Limits:
        return read_limits(connection, self._database)

    def _read_settings(self, connection: Connection) -> CommittedSettings | None:
        named = select(tables.facts.c.value).where(tables.facts.c.name == SETTINGS)
        stored = connection.scalar(named)
        try:
            return None if stored is None else _SETTINGS.validate_json(stored, strict=True)
        except ValueError as error:
            raise self._database.damaged("the committed settings", error) from error


def _swap(
    connection: Connection,
    swap: Swap[Kept] | None,
    read: Callable[[Connection], Kept],
    write: Callable[[Connection, Kept], None],
) -> None:
    if swap is None:
        return
    if read(connection) != swap.seen:
        raise _ChangedMeanwhileError
    write(connection, swap.after)


def _write_settings(connection: Connection, settings: CommittedSettings | None) -> None:
    connection.execute(delete(tables.facts).where(tables.facts.c.name == SETTINGS))
    if settings is not None:
        written = json.dumps(asdict(settings), allow_nan=False)
        connection.execute(insert(tables.facts), {"name": SETTINGS, "value": written})
