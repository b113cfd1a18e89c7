"""Signing in: a right password gives a ticket, a ticket a session, a session the pages."""

import hashlib
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from etrms_core.domain.events import DeskEvent, DeskEventKind
from etrms_core.engine.desk_stores import DeskStores
from etrms_core.engine.ports import Clock
from etrms_core.engine.sign_in_ports import (
    LONGEST_USER_AGENT,
    LoginTicket,
    OwnerStamp,
    WebSession,
)
from etrms_core.errors import StorageError
from etrms_core.services.login_guard import (
    LoginGuard,
    account_source,
    address_name,
    address_source,
)
from etrms_core.services.owner import OwnerDesk

SECRET_BYTES = 32
TICKET_LIFE = timedelta(seconds=30)
IDLE_LIFE = timedelta(minutes=30)
SESSION_LIFE = timedelta(hours=12)
TOUCH_EVERY = timedelta(minutes=1)
# So long it can still be said why a session ended.
KEPT_AFTER_END = timedelta(days=1)
LONGEST_SECRET = 100


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """The password was right; the ticket is good for one session within 30 s."""

    ticket: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class WrongPassword:
    """Name or password was wrong; which of them is not told."""

    wait: timedelta


@dataclass(frozen=True, slots=True)
class Throttled:
    """Nothing was looked at: the account or the address must wait."""

    wait: timedelta


@dataclass(frozen=True, slots=True)
class PasswordIsRight:
    """The owner, already logged in, has given the password again."""

    name: str


LoginOutcome = LoggedIn | WrongPassword | Throttled


class SessionEnd(StrEnum):
    """Why there is no session."""

    NONE = "none"
    UNKNOWN = "unknown"
    IDLE = "idle"
    EXPIRED = "expired"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 (a reason)


class SignIn:
    """Logins, tickets and sessions of the one owner.

    Only hashes of tickets and session ids are kept. A session ends after 30 min without use, 12 h
    after it began, when it is logged out, and when the password changes.

    Attributes
    ----------
    desk_id : str
        Tells apart the cookies of several desks on one machine.
    """

    def __init__(self, stores: DeskStores, owner: OwnerDesk, *, clock: Clock, desk_id: str) -> None:
        self.desk_id = desk_id
        self._store = stores.web_sessions
        self._desk_store = stores.desk
        self._owner = owner
        self._clock = clock
        self._guard = LoginGuard(stores.login_failures, clock=clock)

    def create_owner(self, name: str, password: str) -> LoggedIn:
        """Create the owner, who need not sign in again.

        Raises
        ------
        ConfigurationError
            If there is one already, the name cannot be one or the password is weak.
        """
        self._owner.create(name, password)
        owner = self._owner.check_login(name, password)
        if owner is None:
            raise StorageError("the new owner cannot be read back")
        return self._give_ticket(owner)

    def log_in(self, name: str, password: str, *, address: str | None) -> LoginOutcome:
        """Check a name and a password, unless account or address must wait.

        Parameters
        ----------
        address : str or None
            Of the browser; None is this machine.
        """
        owner = self._check(name, password, address)
        if not isinstance(owner, OwnerStamp):
            return owner
        self._note(DeskEventKind.LOGGED_IN, owner.name, f"from {address_name(address)}")
        return self._give_ticket(owner)

    def confirm(
        self, password: str, *, address: str | None
    ) -> PasswordIsRight | WrongPassword | Throttled:
        """Check the owner's password again, under the same throttle as a login."""
        owner = self._check(self._owner.name or "", password, address)
        return PasswordIsRight(owner.name) if isinstance(owner, OwnerStamp) else owner

    def accept(self, ticket: str, *, user_agent: str = "") -> str | None:
        """Turn a ticket into a session and return its id; None when the ticket is not good.

        The id is told this once.
        """
        taken, now = self._store.take_ticket(_hashed(ticket)), self._clock()
        if taken is None or now >= taken.expires_at or taken.owner != self._owner.stamp:
            return None
        session_id = secrets.token_urlsafe(SECRET_BYTES)
        self._store.forget_expired(before=now - KEPT_AFTER_END)
        self._store.add_session(
            WebSession(
                _hashed(session_id),
                taken.owner,
                created_at=now,
                used_at=now,
                expires_at=now + SESSION_LIFE,
                user_agent=_printable(user_agent)[:LONGEST_USER_AGENT],
            )
        )
        return session_id

    def look_up(self, session_id: str | None) -> WebSession | SessionEnd:
        """Return the session with this id, or why there is none; looking it up is using it."""
        if not session_id:
            return SessionEnd.NONE
        session = self._store.session(_hashed(session_id))
        if session is None:
            return SessionEnd.UNKNOWN
        end = self._end_of(session)
        if end is not None:
            return end
        now = self._clock()
        if now - session.used_at >= TOUCH_EVERY:
            # A full disk must not take the pages away from the trader.
            with suppress(StorageError):
                self._store.touch(session.id_hash, at=now)
        return session

    def log_out(self, session_id: str | None) -> bool:
        """End a session; False when there was none."""
        if not session_id or not self._store.remove_session(_hashed(session_id)):
            return False
        self._note(DeskEventKind.LOGGED_OUT, self._owner.name or "", "one browser")
        return True

    def end_session(self, id_hash: str) -> bool:
        """End the session of another browser; False when there was none."""
        if not self._store.remove_session(id_hash):
            return False
        self._note(DeskEventKind.LOGGED_OUT, self._owner.name or "", "another browser")
        return True

    def log_out_everywhere(self) -> int:
        """End every session, use up every ticket, and return how many sessions there were."""
        ended = self._store.remove_all()
        self._note(DeskEventKind.LOGGED_OUT, self._owner.name or "", f"all {ended} browsers")
        return ended

    def sessions(self) -> tuple[WebSession, ...]:
        """Return the sessions that have not ended, the newest first."""
        return tuple(each for each in self._store.sessions() if self._end_of(each) is None)

    def _check(
        self, name: str, password: str, address: str | None
    ) -> OwnerStamp | WrongPassword | Throttled:
        sources = (account_source(name), address_source(address))
        wait = self._guard.count(sources)
        if wait:
            return Throttled(wait)
        owner = self._owner.check_login(name, password)
        if owner is None:
            return self._refuse(address, self._guard.wait_of(sources))
        self._guard.forget(sources)
        return owner

    def _refuse(self, address: str | None, wait: timedelta) -> WrongPassword:
        if wait:
            detail = (
                f"wrong passwords from {address_name(address)}; no other is looked at for "
                f"{wait.total_seconds():.0f} s"
            )
            self._note(DeskEventKind.LOGIN_THROTTLED, "login", detail)
        return WrongPassword(wait)

    def _give_ticket(self, owner: OwnerStamp) -> LoggedIn:
        ticket = secrets.token_urlsafe(SECRET_BYTES)
        expires_at = self._clock() + TICKET_LIFE
        self._store.add_ticket(LoginTicket(_hashed(ticket), owner, expires_at))
        return LoggedIn(ticket)

    def _end_of(self, session: WebSession) -> SessionEnd | None:
        now = self._clock()
        if session.owner != self._owner.stamp:
            return SessionEnd.PASSWORD_CHANGED
        if now >= session.expires_at:
            return SessionEnd.EXPIRED
        if now - session.used_at >= IDLE_LIFE:
            return SessionEnd.IDLE
        return None

    def _note(self, kind: DeskEventKind, subject: str, detail: str) -> None:
        self._desk_store.append_events([DeskEvent(self._clock(), kind, subject, detail)])


def _hashed(secret: str) -> str:
    # Of 256 random bits, so that a fast hash cannot be guessed back.
    return hashlib.sha256(secret[:LONGEST_SECRET].encode(errors="surrogatepass")).hexdigest()


def _printable(text: str) -> str:
    return "".join(each for each in text if each.isprintable())
