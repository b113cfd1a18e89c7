"""The desk's memory in a database."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, Table, delete, insert, select

from etrms_core.adapters.storage import tables
from etrms_core.adapters.storage.chained_rows import append_cycle, append_events
from etrms_core.adapters.storage.engine import Database, insert_new
from etrms_core.adapters.storage.event_rows import event_query, stored_event
from etrms_core.adapters.storage.history_rows import (
    account_equity_rows,
    history_row,
    thinned_account_history,
    thinned_history,
)
from etrms_core.adapters.storage.intent_log import save_intents
from etrms_core.adapters.storage.journal_merge import mergeable, merged_count, note_merged
from etrms_core.adapters.storage.json_text import value_text
from etrms_core.adapters.storage.lease_store import require_lease
from etrms_core.adapters.storage.moments import to_us
from etrms_core.adapters.storage.request_rows import (
    acknowledge,
    insert_request,
    progress,
    remove_requests,
    waiting_requests,
)
from etrms_core.adapters.storage.rule_rows import replace_rules, rule_texts, rules_from_texts
from etrms_core.breakers.rules import BreakerRule
from etrms_core.domain.account import AccountState
from etrms_core.domain.events import Event
from etrms_core.domain.lease import Lease
from etrms_core.engine.memory import CycleMemory
from etrms_core.engine.memory_document import memory_document, memory_from_document
from etrms_core.engine.storage_ports import (
    CycleRecord,
    DeskRequest,
    EquityPoint,
    HistoryPoint,
    RequestProgress,
    StoredEvent,
)
from etrms_core.errors import ConfigurationError, StorageError

_ACCOUNT = TypeAdapter(AccountState)


class SqlDeskStore:
    """`DeskStore` of one run in SQLite or PostgreSQL; several threads and processes use it at once.

    Raises
    ------
    StorageError
        From every method when the database fails; it names the database.
    """

    def __init__(self, database: Database, run_id: str) -> None:
        self._database = database
        self._run_id = run_id
        self._parsed: tuple[tuple[str, ...], tuple[BreakerRule, ...]] = ((), ())

    def load_memory(self) -> CycleMemory:
        """Memory of the last stored cycle, the empty one at the very start."""
        with self._database.reading() as connection:
            text = connection.scalar(
                select(tables.memory.c.document).where(tables.memory.c.run_id == self._run_id)
            )
        if text is None:
            return CycleMemory()
        try:
            return memory_from_document(json.loads(text))
        except (StorageError, ValueError, RecursionError) as error:
            raise self._database.damaged("the desk's memory", error) from error

    def load_accounts(self) -> tuple[AccountState, ...]:
        """Account states of the last stored cycle, in its order."""
        with self._database.reading() as connection:
            texts = connection.scalars(
                select(tables.account_states.c.document).order_by(tables.account_states.c.position)
            ).all()
        try:
            return tuple(_ACCOUNT.validate_json(text) for text in texts)
        except ValidationError as error:
            raise self._database.damaged("an account", error) from error

    def save_cycle(self, record: CycleRecord, *, lease: Lease) -> None:
        """Store one cycle in one transaction: all of it or nothing.

        Raises
        ------
        LeaseLostError
            If the lease is not the newest.
        """
        with self._database.writing() as connection:
            require_lease(connection, lease)
            _write_cycle(connection, self._run_id, record)

    def merge(self, records: Sequence[CycleRecord], *, journal_id: str, lease: Lease) -> int:
        """Store the cycles of a journal in one transaction and return how many were new.

        Raises
        ------
        LeaseLostError
            If the lease is not the newest.
        """
        with self._database.writing() as connection:
            require_lease(connection, lease)
            known = merged_count(connection, journal_id)
            for record in records[known:]:
                _write_cycle(connection, self._run_id, mergeable(connection, record))
            note_merged(connection, journal_id, len(records))
        return max(0, len(records) - known)

    def append_events(self, events: Sequence[Event]) -> None:
        """Store events that happened between cycles."""
        if events:
            with self._database.writing() as connection:
                append_events(connection, self._run_id, events)

    def events(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        before: int | None = None,
        kinds: Sequence[str] = (),
        subjects: Sequence[str] = (),
        limit: int = 100,
    ) -> tuple[StoredEvent, ...]:
        """Newest events first, of these kinds and subjects (all when empty)."""
        query = event_query(since=since, until=until, before=before, kinds=kinds, subjects=subjects)
        query = query.where(tables.events.c.run_id == self._run_id).limit(limit)
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
        try:
            return tuple(stored_event(row.sequence, row.source, row.document) for row in rows)
        except ValueError as error:
            raise self._database.damaged("an event", error) from error

    def rules(self) -> tuple[BreakerRule, ...]:
        """Breaker rules in saved order; they are parsed only when they changed."""
        with self._database.reading() as connection:
            texts = rule_texts(connection)
        known, parsed = self._parsed
        if texts != known:
            try:
                parsed = rules_from_texts(texts)
            except (ConfigurationError, TypeError, ValueError, RecursionError) as error:
                raise self._database.damaged("a breaker", error) from error
            self._parsed = (texts, parsed)
        return parsed

    def save_rules(self, rules: Sequence[BreakerRule]) -> None:
        """Replace all rules."""
        with self._database.writing() as connection:
            replace_rules(connection, tuple(rules))

    def add_request(self, request: DeskRequest) -> int:
        """Leave a wish for the desk that acts and return its number."""
        with self._database.writing() as connection:
            return insert_request(connection, request)

    def requests(self) -> tuple[DeskRequest, ...]:
        """Wishes that no stored cycle has carried out, in order."""
        with self._database.reading() as connection:
            try:
                return waiting_requests(connection)
            except ValueError as error:
                raise self._database.damaged("a request", error) from error

    def acknowledge_request(self, number: int, *, at: datetime) -> None:
        """Say that the desk has begun to act on a wish; the first time stays."""
        with self._database.writing() as connection:
            acknowledge(connection, number, at)

    def request_progress(self, number: int) -> RequestProgress:
        """Say what became of a wish; StorageError for a number that was never given."""
        with self._database.reading() as connection:
            return progress(connection, number)

    def history(self, *, since: datetime) -> tuple[HistoryPoint, ...]:
        """Return stored readings, oldest first, of more than 2,000 the last of equal stretches."""
        with self._database.reading() as connection:
            return thinned_history(connection, since=since)

    def account_history(self, account: str, *, since: datetime) -> tuple[EquityPoint, ...]:
        """Return the stored equity of one account, thinned alike."""
        with self._database.reading() as connection:
            return thinned_account_history(connection, account, since=since)


def _write_cycle(connection: Connection, run_id: str, record: CycleRecord) -> None:
    account_rows = [_account_row(number, each) for number, each in enumerate(record.accounts)]
    history_rows = [] if record.point is None else [history_row(record.point)]
    connection.execute(delete(tables.memory).where(tables.memory.c.run_id == run_id))
    connection.execute(insert(tables.memory), _memory_row(run_id, record.memory))
    connection.execute(delete(tables.account_states))
    _append(connection, tables.account_states, account_rows)
    insert_new(connection, tables.history, history_rows)
    if record.point is not None:
        insert_new(connection, tables.account_history, account_equity_rows(record.point))
    save_intents(connection, run_id, record.intents)
    remove_requests(connection, record.taken)
    append_events(connection, run_id, record.events)
    if record.recorded is not None:
        append_cycle(connection, run_id, record.recorded)


def _memory_row(run_id: str, memory: CycleMemory) -> dict[str, Any]:
    return {
        "run_id": run_id,
        "updated_at_us": None if memory.as_of is None else to_us(memory.as_of),
        # Kernels keep infinities and NaN in their columns; Python reads back what it writes.
        "document": json.dumps(memory_document(memory), separators=(",", ":")),
    }


def _account_row(position: int, account: AccountState) -> dict[str, Any]:
    observed_at = account.observed_at
    return {
        "account": account.account,
        "position": position,
        "observed_at_us": None if observed_at is None else to_us(observed_at),
        "document": value_text(_ACCOUNT, account),
    }


def _append(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(table), rows)
