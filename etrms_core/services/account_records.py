"""What the desk has kept of each account: its equity over time, and its ledger."""

from datetime import datetime, timedelta

from etrms_core.domain.ledger import LedgerEntry
from etrms_core.engine.desk_stores import DeskStores
from etrms_core.engine.ledger_ports import LedgerReading
from etrms_core.engine.ports import Clock
from etrms_core.engine.storage_ports import EquityPoint

MOST_ENTRIES = 20_000


class AccountRecords:
    """Reads the desk's database, never a venue: it also works in a process that stands by."""

    def __init__(self, stores: DeskStores, *, clock: Clock) -> None:
        self._stores = stores
        self._clock = clock

    def equity(self, account: str, *, hours: float) -> tuple[EquityPoint, ...]:
        """Return the equity of the last hours, oldest first, thinned for a chart."""
        since = self._clock() - timedelta(hours=hours)
        return self._stores.desk.account_history(account, since=since)

    def entries(
        self, account: str, *, since: datetime, limit: int = MOST_ENTRIES
    ) -> tuple[LedgerEntry, ...]:
        """Return the newest entries of the ledger from `since` on, newest first."""
        return self._stores.ledger.entries(account, since=since, limit=limit)

    def reading(self, account: str) -> LedgerReading:
        """Say when the ledger was copied last, and why not since."""
        known = {each.account: each for each in self._stores.ledger.readings()}
        return known.get(account, LedgerReading(account))
