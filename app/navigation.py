"""The menu: which pages exist, under which section."""

from dataclasses import dataclass
from pathlib import Path

PAGES_DIRECTORY = Path(__file__).resolve().parents[1] / "pages"


@dataclass(frozen=True, slots=True)
class PageEntry:
    """One menu entry; its URL is the file name without the ending.

    `icon` is a Material symbol.
    """

    section: str
    file_name: str
    title: str
    icon: str

    @property
    def path(self) -> Path:
        """Absolute path of the script."""
        return PAGES_DIRECTORY / self.file_name


PAGES = (
    PageEntry("Monitor", "overview.py", "Overview", ":material/monitoring:"),
    PageEntry("Monitor", "positions.py", "Positions", ":material/list_alt:"),
    PageEntry("Monitor", "accounts.py", "Accounts", ":material/account_balance_wallet:"),
    PageEntry("Monitor", "risk_limits.py", "Risk limits", ":material/shield:"),
    PageEntry("Monitor", "circuit_breakers.py", "Circuit breakers", ":material/electric_bolt:"),
    PageEntry("Monitor", "breaker_history.py", "Breaker history", ":material/history:"),
    PageEntry("Lab", "backtest.py", "Backtest", ":material/science:"),
    PageEntry("System", "data.py", "Data", ":material/database:"),
    PageEntry("System", "notifications.py", "Notifications", ":material/notifications:"),
    PageEntry("System", "settings.py", "Settings", ":material/settings:"),
)
