"""A desk's entrance in miniature: stores in memory, quick hashing, a clock that the test moves."""

from etrms_core.adapters.passwords import BcryptHasher
from etrms_core.domain.events import DeskEvent
from etrms_core.services.owner import OwnerDesk
from etrms_core.services.sign_in import LoggedIn, SignIn
from tests.builders import NOW
from tests.fakes import ManualClock, in_memory_stores

NAME = "ada"
GOOD = "anchor velvet comet ladder"
OTHER = "pepper glacier violin oak"
ELSEWHERE = "203.0.113.7"


class Entrance:
    """An owner and the way in; `restart` is what a new process over the same stores does."""

    def __init__(self, *, cost: int = 4) -> None:
        self.clock = ManualClock(NOW)
        self.stores = in_memory_stores()
        hasher = BcryptHasher(cost=cost)
        self.owner = OwnerDesk(self.stores.owner, self.stores.desk, hasher=hasher, clock=self.clock)
        self.owner.create(NAME, GOOD)
        self.restart()

    def restart(self) -> None:
        """Forget everything but what is stored."""
        self.sign_in = SignIn(self.stores, self.owner, clock=self.clock, desk_id="test")

    def ticket(self) -> str:
        """Log in as the owner."""
        outcome = self.sign_in.log_in(NAME, GOOD, address=None)
        assert isinstance(outcome, LoggedIn)
        return outcome.ticket

    def session(self) -> str:
        """Open a session of the owner."""
        session_id = self.sign_in.accept(self.ticket())
        assert session_id is not None
        return session_id

    def events(self) -> list[tuple[str, str, str]]:
        """Kind, subject and detail of all events but the creation, oldest first."""
        found = [each.event for each in reversed(self.stores.desk.events())]
        return [(e.kind, e.subject, e.detail) for e in found if isinstance(e, DeskEvent)][1:]
