"""Notification channels as documents, without their addresses."""

import json

from sqlalchemy import delete, func, insert, select, update

from etrms_core.adapters.storage import tables
from etrms_core.adapters.storage.engine import Database
from etrms_core.adapters.storage.json_text import json_text
from etrms_core.domain.notifications import Channel
from etrms_core.engine.channel_document import channel_document, parse_channel
from etrms_core.engine.notification_ports import OPEN_NOTICES, NoticeState
from etrms_core.errors import ConfigurationError

REMOVED = "the channel was removed"


class SqlChannelStore:
    """`ChannelStore` in SQLite or PostgreSQL.

    Raises
    ------
    StorageError
        From every method when the database fails; it names the database.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def channels(self) -> tuple[Channel, ...]:
        """All of them, in the order in which they were first saved."""
        table = tables.notification_channels
        with self._database.reading() as connection:
            texts = connection.scalars(
                select(table.c.document).order_by(table.c.position, table.c.name)
            ).all()
        try:
            return tuple(parse_channel(json.loads(text)) for text in texts)
        except (ConfigurationError, ValueError, RecursionError) as error:
            raise self._database.damaged("a notification channel", error) from error

    def save_channel(self, channel: Channel) -> None:
        """Create a channel, or replace the one of its name."""
        table = tables.notification_channels
        text = json_text(channel_document(channel))
        with self._database.writing() as connection:
            is_meant = table.c.name == channel.name
            changed = connection.execute(update(table).where(is_meant).values(document=text))
            if changed.rowcount == 0:
                last = connection.scalar(select(func.max(table.c.position)))
                row = {"name": channel.name, "position": (last or 0) + 1, "document": text}
                connection.execute(insert(table), row)

    def remove_channel(self, name: str) -> None:
        """Forget a channel, if it is there; what waits for it fails for good."""
        table, outbox = tables.notification_channels, tables.outbox
        with self._database.writing() as connection:
            connection.execute(delete(table).where(table.c.name == name))
            is_open = outbox.c.state.in_([state.value for state in OPEN_NOTICES])
            connection.execute(
                update(outbox)
                .where(outbox.c.channel == name, is_open)
                .values(
                    state=NoticeState.FAILED.value,
                    last_error=REMOVED,
                    settled_at_us=outbox.c.due_at_us,
                )
            )
