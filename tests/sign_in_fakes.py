"""Hand-written stand-ins for what is kept of sign-ins, which forget with their process."""

from datetime import datetime
from threading import Lock

from etrms_core.domain.preferences import DEFAULT_PREFERENCES, Preferences
from etrms_core.engine.sign_in_ports import (
    LoginFailures,
    LoginSource,
    LoginTicket,
    OwnerStamp,
    WebSession,
)
from etrms_core.errors import StorageError
from etrms_core.services.sign_in import SessionEnd


class InMemoryWebSessionStore:
    """A `WebSessionStore`.

    Attributes
    ----------
    trouble : StorageError or None
        Raised by `touch` when set.
    touched : list of datetime
        When sessions were touched.
    """

    def __init__(self) -> None:
        self.trouble: StorageError | None = None
        self.touched: list[datetime] = []
        self._tickets: dict[str, LoginTicket] = {}
        self._sessions: dict[str, WebSession] = {}

    def add_ticket(self, ticket: LoginTicket) -> None:
        self._tickets[ticket.ticket_hash] = ticket

    def take_ticket(self, ticket_hash: str) -> LoginTicket | None:
        return self._tickets.pop(ticket_hash, None)

    def add_session(self, session: WebSession) -> None:
        self._sessions[session.id_hash] = session

    def session(self, id_hash: str) -> WebSession | None:
        return self._sessions.get(id_hash)

    def sessions(self) -> tuple[WebSession, ...]:
        found = sorted(self._sessions.values(), key=lambda each: each.id_hash)
        return tuple(sorted(found, key=lambda each: each.created_at, reverse=True))

    def touch(self, id_hash: str, *, at: datetime) -> None:
        if self.trouble is not None:
            raise self.trouble
        session = self._sessions.get(id_hash)
        if session is not None and session.used_at < at:
            self.touched.append(at)
            self._sessions[id_hash] = WebSession(
                session.id_hash,
                session.owner,
                created_at=session.created_at,
                used_at=at,
                expires_at=session.expires_at,
                user_agent=session.user_agent,
            )

    def remove_session(self, id_hash: str) -> bool:
        return self._sessions.pop(id_hash, None) is not None

    def remove_all(self) -> int:
        ended = len(self._sessions)
        self._sessions.clear()
        self._tickets.clear()
        return ended

    def forget_expired(self, *, before: datetime) -> None:
        self._sessions = {k: s for k, s in self._sessions.items() if s.expires_at >= before}
        self._tickets = {k: t for k, t in self._tickets.items() if t.expires_at >= before}


class InMemoryLoginFailureStore:
    """A `LoginFailureStore`."""

    def __init__(self) -> None:
        self._failures: dict[LoginSource, LoginFailures] = {}
        self._lock = Lock()

    def failures(self, source: LoginSource) -> LoginFailures | None:
        return self._failures.get(source)

    def replace_failures(self, failures: LoginFailures, *, seen: LoginFailures | None) -> bool:
        with self._lock:
            if self._failures.get(failures.source) != seen:
                return False
            self._failures[failures.source] = failures
            return True

    def forget_failures(self, source: LoginSource) -> None:
        self._failures.pop(source, None)

    def forget_old_failures(self, *, before: datetime) -> None:
        self._failures = {k: f for k, f in self._failures.items() if f.failed_at >= before}


class InMemoryPreferencesStore:
    """A `PreferencesStore`."""

    def __init__(self) -> None:
        self._preferences: dict[str, Preferences] = {}

    def preferences(self, owner: str) -> Preferences:
        return self._preferences.get(owner, DEFAULT_PREFERENCES)

    def save_preferences(self, owner: str, preferences: Preferences) -> None:
        self._preferences[owner] = preferences


class OpenDoor:
    """Stands for `SignIn` where everybody is signed in; `end`, when set, ends every session."""

    desk_id = "test"

    def __init__(self, now: datetime) -> None:
        self.end: SessionEnd | None = None
        self._session = WebSession("hash", OwnerStamp("ada", now), now, now, now)

    def look_up(self, _session_id: str | None) -> WebSession | SessionEnd:
        return self._session if self.end is None else self.end
