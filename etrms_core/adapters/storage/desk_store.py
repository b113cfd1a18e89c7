"""`DeskStore` in a SQL database."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert

from etrms_core.adapters.storage import tables
from etrms_core.adapters.storage.database import Database, migration_folder
from etrms_core.breakers.rule_document import parse_rules, rule_mapping
from etrms_core.breakers.rules import BreakerRule
from etrms_core.domain.account import AccountState
from etrms_core.domain.events import BreakerEvent, DeskEvent, Event
from etrms_core.engine.memory import CycleMemory
from etrms_core.engine.memory_document import memory_document, memory_from_document
from etrms_core.engine.ports import DeskRequest, HistoryPoint, StoredEvent
from etrms_core.errors import StorageError
from etrms_core.risk.calendar import to_ms

RUN_ID = "desk"
DESK_ID = "desk_id"
MOST_HISTORY_POINTS = 2_000

_ACCOUNT = TypeAdapter(AccountState)
_REQUEST = TypeAdapter(DeskRequest)
_EVENTS: dict[str, TypeAdapter[BreakerEvent] | TypeAdapter[DeskEvent]] = {
    "breaker": TypeAdapter(BreakerEvent),
    "desk": TypeAdapter(DeskEvent),
}


class SqlDeskStore:
    """The desk's memory, rules, events and history in one database file.

    Attributes
    ----------
    is_new : bool
        Whether the file was created just now.
    """

    def __init__(self, path: Path) -> None:
        self._database = Database(path, migrations=migration_folder(__file__))
        self.is_new = self._database.is_new
        self._rules: tuple[tuple[str, ...], tuple[BreakerRule, ...]] = ((), ())

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def desk_id(self, create: Callable[[], str]) -> str:
        """Return this desk's id, made once."""
        table = tables.identity
        with self._database.transaction() as connection:
            found = connection.scalar(select(table.c.value).where(table.c.name == DESK_ID))
            if found is not None:
                return str(found)
            made = create()
            connection.execute(insert(table).values(name=DESK_ID, value=made))
            return made

    def load_memory(self) -> CycleMemory:
        """Memory of the last stored cycle, the empty one at the very start."""
        table = tables.memory
        with self._database.transaction() as connection:
            text = connection.scalar(select(table.c.document).where(table.c.run_id == RUN_ID))
        if text is None:
            return CycleMemory()
        try:
            return memory_from_document(json.loads(text))
        except json.JSONDecodeError as error:
            raise self._damaged("memory", error) from error

    def load_accounts(self) -> tuple[AccountState, ...]:
        """Account states of the last stored cycle."""
        table = tables.account_states
        with self._database.transaction() as connection:
            texts = connection.scalars(select(table.c.document).order_by(table.c.account)).all()
        try:
            return tuple(_ACCOUNT.validate_json(text) for text in texts)
        except ValidationError as error:
            raise self._damaged("account_states", error) from error

    def save_cycle(
        self,
        memory: CycleMemory,
        accounts: Sequence[AccountState],
        events: Sequence[Event],
        point: HistoryPoint | None,
    ) -> None:
        """Store one cycle in one transaction."""
        document = json.dumps(memory_document(memory), separators=(",", ":"))
        states = {account.account: _ACCOUNT.dump_json(account).decode() for account in accounts}
        with self._database.transaction() as connection:
            _put(connection, tables.memory, {"run_id": RUN_ID, "document": document})
            stale = tables.account_states.c.account.not_in(states)
            connection.execute(delete(tables.account_states).where(stale))
            for name, text in states.items():
                _put(connection, tables.account_states, {"account": name, "document": text})
            _append(connection, events)
            if point is not None:
                _put(connection, tables.history, _history_row(point))

    def append_events(self, events: Sequence[Event]) -> None:
        """Store events that happened between cycles."""
        if events:
            with self._database.transaction() as connection:
                _append(connection, events)

    def events(
        self, *, since: datetime | None = None, kinds: Sequence[str] = (), limit: int = 100
    ) -> tuple[StoredEvent, ...]:
        """Newest events first."""
        table = tables.events
        query = select(table.c.sequence, table.c.document).order_by(table.c.sequence.desc())
        if since is not None:
            query = query.where(table.c.occurred_at_ms >= to_ms(since))
        if kinds:
            query = query.where(table.c.kind.in_(kinds))
        with self._database.transaction() as connection:
            rows = connection.execute(query.limit(limit)).all()
        try:
            return tuple(StoredEvent(row.sequence, _read_event(row.document)) for row in rows)
        except (ValidationError, ValueError, KeyError) as error:
            raise self._damaged("events", error) from error

    def rules(self) -> tuple[BreakerRule, ...]:
        """Breaker rules in saved order; documents are parsed only when they changed."""
        table = tables.breakers
        with self._database.transaction() as connection:
            query = select(table.c.document).order_by(table.c.position)
            texts = tuple(connection.scalars(query).all())
        known, parsed = self._rules
        if texts != known or not texts:
            parsed = parse_rules([json.loads(text) for text in texts])
            self._rules = (texts, parsed)
        return parsed

    def save_rules(self, rules: Sequence[BreakerRule]) -> None:
        """Replace all rules."""
        rows = [
            {
                "rule_id": rule.rule_id,
                "position": position,
                "document": json.dumps(rule_mapping(rule), sort_keys=True),
            }
            for position, rule in enumerate(rules)
        ]
        with self._database.transaction() as connection:
            connection.execute(delete(tables.breakers))
            if rows:
                connection.execute(insert(tables.breakers), rows)

    def add_request(self, request: DeskRequest) -> None:
        """Leave a wish for the running desk."""
        document = _REQUEST.dump_json(request).decode()
        with self._database.transaction() as connection:
            connection.execute(insert(tables.requests).values(document=document))

    def take_requests(self) -> tuple[DeskRequest, ...]:
        """Return the waiting wishes in order and remove them."""
        table = tables.requests
        with self._database.transaction() as connection:
            rows = connection.execute(select(table).order_by(table.c.sequence)).all()
            if rows:
                taken = [row.sequence for row in rows]
                connection.execute(delete(table).where(table.c.sequence.in_(taken)))
        return tuple(_REQUEST.validate_json(row.document) for row in rows)

    def history(self, *, since: datetime) -> tuple[HistoryPoint, ...]:
        """Stored readings, oldest first, thinned to the newest of each equal stretch of time."""
        table = tables.history
        start = to_ms(since)
        query = select(table).where(table.c.observed_at_ms >= start)
        with self._database.transaction() as connection:
            rows = connection.execute(query.order_by(table.c.observed_at_ms)).all()
        if len(rows) > MOST_HISTORY_POINTS:
            width = (rows[-1].observed_at_ms - start) / MOST_HISTORY_POINTS
            newest = {int((row.observed_at_ms - start) / width): row for row in rows}
            rows = list(newest.values())
        return tuple(
            HistoryPoint(
                datetime.fromtimestamp(row.observed_at_ms / 1000, UTC),
                row.equity,
                row.nav,
                row.drawdown,
                row.gross_exposure,
            )
            for row in rows
        )

    def _damaged(self, table: str, error: Exception) -> StorageError:
        first_line = str(error).splitlines()[0]
        return StorageError(f"{self._database.path}: table {table} is damaged: {first_line}")


def _append(connection: Connection, events: Sequence[Event]) -> None:
    if events:
        connection.execute(
            insert(tables.events),
            [
                {
                    "occurred_at_ms": to_ms(event.occurred_at),
                    "kind": event.kind.value,
                    "document": _write_event(event),
                }
                for event in events
            ],
        )


def _put(connection: Connection, table: tables.Table, row: dict[str, object]) -> None:
    keys = [column.name for column in table.primary_key]
    others = {name: value for name, value in row.items() if name not in keys}
    statement = upsert(table).values(**row)
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=others))


def _history_row(point: HistoryPoint) -> dict[str, object]:
    return {
        "observed_at_ms": to_ms(point.observed_at),
        "equity": point.equity,
        "nav": point.nav,
        "drawdown": point.drawdown,
        "gross_exposure": point.gross_exposure,
    }


def _write_event(event: Event) -> str:
    tag = "breaker" if isinstance(event, BreakerEvent) else "desk"
    return json.dumps([tag, _EVENTS[tag].dump_python(event, mode="json")])  # type: ignore[arg-type]


def _read_event(text: str) -> Event:
    tag, document = json.loads(text)
    return _EVENTS[tag].validate_python(document)
