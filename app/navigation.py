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


PAGES = (PageEntry("Monitor", "overview.py", "Overview", ":material/monitoring:"),)
