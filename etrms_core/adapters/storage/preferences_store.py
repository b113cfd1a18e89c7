"""The owner's preferences as one document."""

import json
from dataclasses import asdict

from pydantic import TypeAdapter
from sqlalchemy import delete, insert, select

from etrms_core.adapters.storage import tables
from etrms_core.adapters.storage.engine import Database
from etrms_core.domain.preferences import DEFAULT_PREFERENCES, Preferences

_PREFERENCES = TypeAdapter(Preferences)


class SqlPreferencesStore:
    """`PreferencesStore` in SQLite or PostgreSQL.

    Raises
    ------
    StorageError
        From every method when the database fails, and for a document that cannot be read.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def preferences(self, owner: str) -> Preferences:
        """Return the preferences of an owner, the defaults before any were saved."""
        table = tables.owner_preferences
        with self._database.reading() as connection:
            text = connection.scalar(select(table.c.document).where(table.c.owner == owner))
        if text is None:
            return DEFAULT_PREFERENCES
        try:
            return _PREFERENCES.validate_json(text, strict=True)
        except ValueError as error:
            raise self._database.damaged("preferences", error) from error

    def save_preferences(self, owner: str, preferences: Preferences) -> None:
        """Replace the preferences of an owner."""
        table = tables.owner_preferences
        document = json.dumps(asdict(preferences), separators=(",", ":"))
        with self._database.writing() as connection:
            connection.execute(delete(table).where(table.c.owner == owner))
            connection.execute(insert(table), {"owner": owner, "document": document})
