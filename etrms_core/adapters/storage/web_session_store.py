"""Login tickets and sessions of the web."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from etrms_core.adapters.storage.engine import Database
from etrms_core.adapters.storage.moments import from_us, to_us
from etrms_core.adapters.storage.tables import login_tickets, web_sessions
from etrms_core.engine.sign_in_ports import LoginTicket, OwnerStamp, WebSession


class SqlWebSessionStore:
    """`WebSessionStore` in SQLite or PostgreSQL.

    Raises
    ------
    StorageError
        From every method when the database fails; it names the database.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def add_ticket(self, ticket: LoginTicket) -> None:
        """Keep a ticket."""
        row = {
            "ticket_hash": ticket.ticket_hash,
            "expires_at_us": to_us(ticket.expires_at),
            **_stamp_row(ticket.owner),
        }
        with self._database.writing() as connection:
            connection.execute(insert(login_tickets), row)

    def take_ticket(self, ticket_hash: str) -> LoginTicket | None:
        """Remove a ticket and return it; of many callers one gets it."""
        taken = (
            delete(login_tickets)
            .where(login_tickets.c.ticket_hash == ticket_hash)
            .returning(login_tickets)
        )
        with self._database.writing() as connection:
            row = connection.execute(taken).one_or_none()
        if row is None:
            return None
        return LoginTicket(row.ticket_hash, _stamp(row), from_us(row.expires_at_us))

    def add_session(self, session: WebSession) -> None:
        """Keep a session."""
        row = {
            "id_hash": session.id_hash,
            "created_at_us": to_us(session.created_at),
            "used_at_us": to_us(session.used_at),
            "expires_at_us": to_us(session.expires_at),
            "user_agent": session.user_agent,
            **_stamp_row(session.owner),
        }
        with self._database.writing() as connection:
            connection.execute(insert(web_sessions), row)

    def session(self, id_hash: str) -> WebSession | None:
        """Return a session, whether it has ended by time or not."""
        query = select(web_sessions).where(web_sessions.c.id_hash == id_hash)
        with self._database.reading() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _session(row)

    def sessions(self) -> tuple[WebSession, ...]:
        """Return all sessions, the newest first."""
        newest_first = web_sessions.c.created_at_us.desc(), web_sessions.c.id_hash
        with self._database.reading() as connection:
            rows = connection.execute(select(web_sessions).order_by(*newest_first)).all()
        return tuple(_session(row) for row in rows)

    def touch(self, id_hash: str, *, at: datetime) -> None:
        """Note that a session was used; nothing happens when it was removed meanwhile."""
        used = (
            update(web_sessions)
            .where(web_sessions.c.id_hash == id_hash, web_sessions.c.used_at_us < to_us(at))
            .values(used_at_us=to_us(at))
        )
        with self._database.writing() as connection:
            connection.execute(used)

    def remove_session(self, id_hash: str) -> bool:
        """Remove a session; False when there was none."""
        with self._database.writing() as connection:
            done = connection.execute(delete(web_sessions).where(web_sessions.c.id_hash == id_hash))
        return done.rowcount == 1

    def remove_all(self) -> int:
        """Remove every session and ticket, and return how many sessions there were."""
        with self._database.writing() as connection:
            connection.execute(delete(login_tickets))
            return connection.execute(delete(web_sessions)).rowcount

    def forget_expired(self, *, before: datetime) -> None:
        """Remove sessions and tickets that expired before that time."""
        with self._database.writing() as connection:
            for table in (web_sessions, login_tickets):
                connection.execute(delete(table).where(table.c.expires_at_us < to_us(before)))


def _stamp_row(owner: OwnerStamp) -> dict[str, object]:
    return {"owner": owner.name, "owner_changed_at_us": to_us(owner.changed_at)}


def _stamp(row: Row[Any]) -> OwnerStamp:
    return OwnerStamp(row.owner, from_us(row.owner_changed_at_us))


def _session(row: Row[Any]) -> WebSession:
    return WebSession(
        row.id_hash,
        _stamp(row),
        created_at=from_us(row.created_at_us),
        used_at=from_us(row.used_at_us),
        expires_at=from_us(row.expires_at_us),
        user_agent=row.user_agent,
    )
