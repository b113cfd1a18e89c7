"""Who is signed in, who may try, and where that is kept; ids and tickets only as hashes."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

LONGEST_USER_AGENT = 200


@dataclass(frozen=True, slots=True)
class OwnerStamp:
    """An owner as of the last change of password; another password is another stamp."""

    name: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class LoginTicket:
    """What turns a right password into a session, once."""

    ticket_hash: str
    owner: OwnerStamp
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class WebSession:
    """One browser of the owner.

    Attributes
    ----------
    used_at : datetime
        Of the last look-up, at most a minute behind.
    user_agent : str
        What the browser calls itself, at most 200 characters.
    """

    id_hash: str
    owner: OwnerStamp
    created_at: datetime
    used_at: datetime
    expires_at: datetime
    user_agent: str = ""


class WebSessionStore(Protocol):
    """Tickets and sessions."""

    def add_ticket(self, ticket: LoginTicket) -> None:
        """Keep a ticket."""

    def take_ticket(self, ticket_hash: str) -> LoginTicket | None:
        """Remove a ticket and return it; of many callers one gets it."""

    def add_session(self, session: WebSession) -> None:
        """Keep a session."""

    def session(self, id_hash: str) -> WebSession | None:
        """Return a session, whether it has ended by time or not."""

    def sessions(self) -> tuple[WebSession, ...]:
        """Return all sessions, the newest first."""

    def touch(self, id_hash: str, *, at: datetime) -> None:
        """Note that a session was used; nothing happens when it was removed meanwhile."""

    def remove_session(self, id_hash: str) -> bool:
        """Remove a session; False when there was none."""

    def remove_all(self) -> int:
        """Remove every session and ticket, and return how many sessions there were."""

    def forget_expired(self, *, before: datetime) -> None:
        """Remove sessions and tickets that expired before that time."""


class SourceKind(StrEnum):
    """What failed logins are counted by."""

    ACCOUNT = "account"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class LoginSource:
    """An account or an address that somebody tries to sign in with."""

    kind: SourceKind
    subject: str


@dataclass(frozen=True, slots=True)
class LoginFailures:
    """Failed logins of one source without a success in between.

    Attributes
    ----------
    not_before : datetime or None
        No password is looked at before; None while tries are free.
    """

    source: LoginSource
    failures: int
    failed_at: datetime
    not_before: datetime | None = None


class LoginFailureStore(Protocol):
    """Failed logins by source."""

    def failures(self, source: LoginSource) -> LoginFailures | None:
        """Return the failures of a source; None when there are none."""

    def replace_failures(self, failures: LoginFailures, *, seen: LoginFailures | None) -> bool:
        """Store failures; False, and nothing stored, when they changed since they were seen."""

    def forget_failures(self, source: LoginSource) -> None:
        """Forget the failures of one source."""

    def forget_old_failures(self, *, before: datetime) -> None:
        """Forget all whose last failure lies before that time."""
