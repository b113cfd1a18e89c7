"""The desk's memory in a database."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, Table, delete, exists, insert, select

from etrms_core.adapters.storage import tables
from etrms_core.adapters.storage.engine import insert_new, open_database
from etrms_core.adapters.storage.event_rows import event_row, stored_event
from etrms_core.adapters.storage.history_rows import history_row, thinned_history
from etrms_core.adapters.storage.json_text import json_text, value_text
from etrms_core.adapters.storage.migration import DESK_SCHEMA, upgrade_to_head
from etrms_core.adapters.storage.moments import from_us, to_us
from etrms_core.breakers.rule_document import parse_rules, rule_mapping
from etrms_core.breakers.rules import BreakerRule
from etrms_core.domain.account import AccountState
from etrms_core.domain.events import Event
from etrms_core.engine.memory import CycleMemory
from etrms_core.engine.memory_document import memory_document, memory_from_document
from etrms_core.engine.ports import DeskRequest, HistoryPoint, RequestKind, StoredEvent
from etrms_core.errors import ConfigurationError, StorageError

DESK_ID = "desk_id"
_ACCOUNT = TypeAdapter(AccountState)


class SqlDeskStore:
    """`DeskStore` in SQLite or PostgreSQL; used by several threads and processes at once.

    Opening upgrades the database to this program's schema.

    Parameters
    ----------
    location : path or str
        A file, or the URL of a server.
    run_id : str
        Whose memory is loaded and saved.

    Raises
    ------
    StorageError
        From every method when the database fails; it names the database.
    """

    def __init__(self, location: Path | str, *, run_id: str = "live") -> None:
        self._database = open_database(location)
        self._run_id = run_id
        try:
            upgrade_to_head(self._database, DESK_SCHEMA)
            with self._database.reading() as connection:
                named = connection.scalar(select(exists().where(tables.facts.c.name == DESK_ID)))
        except StorageError:
            self.close()
            raise
        self._is_new = not named
        self._parsed: tuple[tuple[str, ...], tuple[BreakerRule, ...]] = ((), ())

    @property
    def is_new(self) -> bool:
        """Whether the desk had no id yet when the store was opened.

        The id is given last, so that a desk whose first opening broke off is new again.
        """
        return self._is_new

    def desk_id(self, choose: Callable[[], str]) -> str:
        """Return the desk's id; the first call stores the one that `choose` returns."""
        with self._database.writing() as connection:
            insert_new(connection, tables.facts, [{"name": DESK_ID, "value": choose()}])
            named = select(tables.facts.c.value).where(tables.facts.c.name == DESK_ID)
            return str(connection.scalar(named))

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
        except (StorageError, ValueError) as error:
            raise self._damaged("the desk's memory", error) from error

    def load_accounts(self) -> tuple[AccountState, ...]:
        """Account states of the last stored cycle, in its order."""
        with self._database.reading() as connection:
            texts = connection.scalars(
                select(tables.account_states.c.document).order_by(tables.account_states.c.position)
            ).all()
        try:
            return tuple(_ACCOUNT.validate_json(text) for text in texts)
        except ValidationError as error:
            raise self._damaged("an account", error) from error

    def save_cycle(
        self,
        memory: CycleMemory,
        accounts: Sequence[AccountState],
        events: Sequence[Event],
        point: HistoryPoint | None,
    ) -> None:
        """Store one cycle in one transaction: all of it or nothing."""
        memory_row = {
            "run_id": self._run_id,
            "updated_at_us": None if memory.as_of is None else to_us(memory.as_of),
            # Kernels keep infinities and NaN in their columns; Python reads back what it writes.
            "document": json.dumps(memory_document(memory), separators=(",", ":")),
        }
        account_rows = [_account_row(number, account) for number, account in enumerate(accounts)]
        event_rows = [event_row(event) for event in events]
        history_rows = [] if point is None else [history_row(point)]
        with self._database.writing() as connection:
            connection.execute(delete(tables.memory).where(tables.memory.c.run_id == self._run_id))
            connection.execute(insert(tables.memory), memory_row)
            connection.execute(delete(tables.account_states))
            _append(connection, tables.account_states, account_rows)
            _append(connection, tables.events, event_rows)
            insert_new(connection, tables.history, history_rows)

    def append_events(self, events: Sequence[Event]) -> None:
        """Store events that happened between cycles."""
        rows = [event_row(event) for event in events]
        if rows:
            with self._database.writing() as connection:
                _append(connection, tables.events, rows)

    def events(
        self, *, since: datetime | None = None, kinds: Sequence[str] = (), limit: int = 100
    ) -> tuple[StoredEvent, ...]:
        """Newest events first, of these kinds (all when empty), not before `since`."""
        query = select(tables.events).order_by(tables.events.c.sequence.desc()).limit(limit)
        if since is not None:
            query = query.where(tables.events.c.occurred_at_us >= to_us(since))
        if kinds:
            query = query.where(tables.events.c.kind.in_([str(kind) for kind in kinds]))
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
        try:
            return tuple(stored_event(row.sequence, row.source, row.document) for row in rows)
        except ValueError as error:
            raise self._damaged("an event", error) from error

    def rules(self) -> tuple[BreakerRule, ...]:
        """Breaker rules in saved order; they are parsed only when they changed."""
        with self._database.reading() as connection:
            texts = connection.scalars(
                select(tables.breakers.c.document).order_by(tables.breakers.c.position)
            ).all()
        known, parsed = self._parsed
        if tuple(texts) != known:
            try:
                parsed = parse_rules([json.loads(text) for text in texts])
            except (ConfigurationError, ValueError) as error:
                raise self._damaged("a breaker", error) from error
            self._parsed = (tuple(texts), parsed)
        return parsed

    def save_rules(self, rules: Sequence[BreakerRule]) -> None:
        """Replace all rules."""
        rows = [
            {
                "position": position,
                "rule_id": rule.rule_id,
                "document": json_text(rule_mapping(rule)),
            }
            for position, rule in enumerate(rules)
        ]
        with self._database.writing() as connection:
            connection.execute(delete(tables.breakers))
            _append(connection, tables.breakers, rows)

    def add_request(self, request: DeskRequest) -> None:
        """Leave a wish for the running desk."""
        row = {
            "kind": request.kind.value,
            "subject": request.subject,
            "requested_at_us": to_us(request.requested_at),
        }
        with self._database.writing() as connection:
            connection.execute(insert(tables.requests), row)

    def take_requests(self) -> tuple[DeskRequest, ...]:
        """Return the waiting wishes in order and remove them."""
        with self._database.writing() as connection:
            rows = connection.execute(delete(tables.requests).returning(*tables.requests.c)).all()
        try:
            return tuple(
                DeskRequest(RequestKind(row.kind), row.subject, from_us(row.requested_at_us))
                for row in sorted(rows, key=lambda row: row.sequence)
            )
        except ValueError as error:
            raise self._damaged("a request", error) from error

    def history(self, *, since: datetime) -> tuple[HistoryPoint, ...]:
        """Return stored readings, oldest first, of more than 2,000 the last of equal stretches."""
        with self._database.reading() as connection:
            return thinned_history(connection, since=since)

    def close(self) -> None:
        """Close all connections; the store opens new ones when it is used again."""
        self._database.close()

    def _damaged(self, what: str, error: Exception) -> StorageError:
        reason = str(error).partition("\n")[0]
        return StorageError(
            f"{self._database.name} holds {what} that cannot be read ({reason}); restore a backup"
        )


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
