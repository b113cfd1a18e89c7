"""The log of what was decided to be done at venues."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, Select, func, insert, select, update

from etrms_core.adapters.storage import tables
from etrms_core.adapters.storage.engine import Database
from etrms_core.adapters.storage.json_text import value_text
from etrms_core.adapters.storage.lease_store import require_lease
from etrms_core.adapters.storage.moments import to_us
from etrms_core.domain.intents import OPEN_STATES, Intent, IntentState
from etrms_core.domain.lease import Lease
from etrms_core.errors import StorageError

_INTENT = TypeAdapter(Intent)


class SqlIntentLog:
    """`IntentLog` of one run in SQLite or PostgreSQL.

    Raises
    ------
    StorageError
        From every method when the database fails; it names the database.
    """

    def __init__(self, database: Database, run_id: str) -> None:
        self._database = database
        self._run_id = run_id

    def add(self, intent: Intent, *, lease: Lease) -> bool:
        """Store a new intent; False, and nothing stored, when its id is known."""
        row = _intent_row(self._run_id, intent)
        with self._database.writing() as connection:
            require_lease(connection, lease)
            if _stored_state(connection, intent.intent_id) is not None:
                return False
            _insert(connection, row)
        return True

    def update(self, intent: Intent, *, lease: Lease) -> None:
        """Store how far a known intent has come.

        Raises
        ------
        StorageError
            If its id is unknown, or if the stored one has come further.
        """
        with self._database.writing() as connection:
            require_lease(connection, lease)
            if not _updated(connection, self._run_id, intent):
                raise StorageError(f"there is no intent {intent.intent_id!r} to update")

    def open(self) -> tuple[Intent, ...]:
        """Intents of which something may still come, in the order of their decision."""
        states = [state.value for state in OPEN_STATES]
        query = self._documents().where(tables.intents.c.state.in_(states))
        return self._read(query.order_by(tables.intents.c.number))

    def find(self, intent_id: str) -> Intent | None:
        """Return one intent; None when its id is unknown."""
        known = tables.intents.c.intent_id == intent_id
        found = self._read(select(tables.intents.c.document).where(known))
        return found[0] if found else None

    def recent(
        self, *, since: datetime | None = None, until: datetime | None = None, limit: int = 100
    ) -> tuple[Intent, ...]:
        """Newest first, of those that were decided from `since` to before `until`."""
        query = self._documents().order_by(tables.intents.c.number.desc()).limit(limit)
        if since is not None:
            query = query.where(tables.intents.c.decided_at_us >= to_us(since))
        if until is not None:
            query = query.where(tables.intents.c.decided_at_us < to_us(until))
        return self._read(query)

    def _documents(self) -> Select[str]:
        return select(tables.intents.c.document).where(tables.intents.c.run_id == self._run_id)

    def _read(self, query: Select[str]) -> tuple[Intent, ...]:
        with self._database.reading() as connection:
            texts = connection.scalars(query).all()
        try:
            return tuple(_INTENT.validate_json(text) for text in texts)
        except ValidationError as error:
            raise self._database.damaged("an intent", error) from error


def save_intents(connection: Connection, run_id: str, intents: Sequence[Intent]) -> None:
    """Store new intents and how far known ones have come, under a lease that was checked.

    Raises
    ------
    StorageError
        If a stored one has come further; ids are never used again.
    """
    for intent in intents:
        if not _updated(connection, run_id, intent):
            _insert(connection, _intent_row(run_id, intent))


def _updated(connection: Connection, run_id: str, intent: Intent) -> bool:
    stored = _stored_state(connection, intent.intent_id)
    if stored is None:
        return False
    if _progress(intent.state) < _progress(stored):
        raise StorageError(
            f"intent {intent.intent_id!r} is {stored.value} already and cannot become "
            f"{intent.state.value} again"
        )
    known = tables.intents.c.intent_id == intent.intent_id
    connection.execute(update(tables.intents).where(known).values(_intent_row(run_id, intent)))
    return True


def _progress(state: IntentState) -> int:
    match state:
        case IntentState.DECIDED:
            return 0
        case IntentState.SENT:
            return 1
        case IntentState.DONE | IntentState.REFUSED | IntentState.ABANDONED:
            return 2


def _stored_state(connection: Connection, intent_id: str) -> IntentState | None:
    known = tables.intents.c.intent_id == intent_id
    state = connection.scalar(select(tables.intents.c.state).where(known))
    try:
        return None if state is None else IntentState(state)
    except ValueError as error:
        raise StorageError(f"the state of intent {intent_id!r} is damaged: {error}") from error


def _insert(connection: Connection, row: dict[str, Any]) -> None:
    # The lease's row is locked, so that nobody else takes the same number.
    last = connection.scalar(select(func.max(tables.intents.c.number)))
    connection.execute(insert(tables.intents), {**row, "number": (last or 0) + 1})


def _intent_row(run_id: str, intent: Intent) -> dict[str, Any]:
    return {
        "intent_id": intent.intent_id,
        "run_id": run_id,
        "account": intent.account,
        "origin": intent.origin.value,
        "state": intent.state.value,
        "decided_at_us": to_us(intent.decided_at),
        "document": value_text(_INTENT, intent),
    }
