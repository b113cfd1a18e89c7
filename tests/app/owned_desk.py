"""Desks with an owner for tests of what asks for the password, on paper or with real money."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

from app import runtime
from etrms_core.domain.account import AccountState
from etrms_core.engine.sign_in_ports import OwnerStamp, WebSession
from etrms_core.services.desk import Desk
from etrms_core.services.sign_in import SignIn
from tests.app.desks import busy_account, make_desk

NAME, PASSWORD = "ada", "anchor velvet comet ladder"


class InnerDoor:
    """`SignIn` of a desk whose owner stands inside already; AppTest has no cookies.

    It goes on asking for the password, and knows the sessions of other browsers.
    """

    def __init__(self, inner: SignIn, stamp: OwnerStamp) -> None:
        self._inner = inner
        self._now = datetime.now(UTC)
        self._session = WebSession("mine", stamp, self._now, self._now, self._now)
        self.desk_id = inner.desk_id
        self.confirm = inner.confirm
        self.sessions = inner.sessions
        self.end_session = inner.end_session
        self.log_out_everywhere = inner.log_out_everywhere

    def look_up(self, _session_id: str | None) -> WebSession:
        return self._session


def live_account(now: datetime) -> AccountState:
    """Show real money, read right now."""
    return replace(busy_account(now), is_paper=False)


@contextmanager
def desk_of_owner(*, is_live: bool = False) -> Iterator[Desk]:
    """Run one cycle of a desk whose owner is signed in; with real money a loosening waits."""
    desk = make_desk(live_account if is_live else busy_account, is_signed_in=False)
    desk.owner.create(NAME, PASSWORD)
    stamp = desk.owner.stamp
    assert stamp is not None
    desk.sign_in = InnerDoor(desk.sign_in, stamp)  # type: ignore[assignment]
    desk.refresh()
    runtime.set_desk(desk)
    try:
        yield desk
    finally:
        runtime.set_desk(None)
        desk.close()
