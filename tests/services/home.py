"""One home with the processes that share it: stores in memory, one lock, one venue."""

from collections.abc import Sequence
from dataclasses import replace

from etrms_core.breakers.rules import BreakerRule
from etrms_core.domain.account import AccountState
from etrms_core.engine.desk_stores import DeskStores
from etrms_core.services.desk import Desk
from tests.builders import NOW
from tests.engine.desk import long_account
from tests.fakes import ManualClock, ScriptedExchange, in_memory_stores
from tests.services.acting import FakeLock, make_parts


class Home:
    """What the processes of one desk share: database, lock, clock and a venue."""

    def __init__(
        self, account: AccountState | None = None, rules: Sequence[BreakerRule] = ()
    ) -> None:
        self.stores: DeskStores = in_memory_stores()
        self.stores.desk.save_rules(rules)
        self.clock = ManualClock(NOW)
        self.exchange = ScriptedExchange(account or long_account())
        self.openings = 0
        self._holders: list[FakeLock] = []

    def open(self) -> Desk:
        """Open the desk in another process."""
        parts = make_parts(
            {},
            stores=self.stores,
            clock=self.clock,
            lock=FakeLock(self._holders),
            open_exchanges=self._open_exchanges,
        )
        return Desk(parts)

    def show(self, account: AccountState) -> None:
        """Let the venue show an account, read a second later."""
        self.clock.advance(seconds=1)
        self.exchange.state = replace(account, observed_at=self.clock.now)

    def _open_exchanges(self) -> dict[str, ScriptedExchange]:
        self.openings += 1
        return {"main": self.exchange}
