"""The paper exchange's accounts in memory only."""

from collections import defaultdict
from datetime import datetime

from etrms_core.adapters.exchanges.paper.ledger import NewsBook, page_of
from etrms_core.adapters.exchanges.paper.state import PaperState
from etrms_core.domain.ledger import LedgerPage


class VolatileStore:
    """`PaperStore` that keeps the ledger and nothing else: every account opens anew."""

    def __init__(self) -> None:
        self._books: dict[str, NewsBook] = defaultdict(NewsBook)

    def load(self, account: str) -> PaperState | None:
        """Know no account."""
        del account
        return None

    def save(self, account: str, state: PaperState) -> None:
        """Keep the news."""
        self._books[account].note(state)

    def ledger(self, account: str, *, since: datetime, limit: int) -> LedgerPage:
        """Read what the news did to the wallet."""
        return page_of(self._books[account].entries(), since=since, limit=limit)
