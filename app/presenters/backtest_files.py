"""The tables of a run as downloads that a spreadsheet never runs."""

import csv
import io
import re
import zipfile
from collections.abc import Iterable
from pathlib import Path

from app.presenters.csv_export import harmless

# A cell that begins like a formula and is no number; a run's own files have none.
SUSPECT = re.compile(rb"""(^|[,\n])"?[ ]*([=+@\t\r]|-(?![0-9.]))""")
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def safe_table(path: Path) -> bytes:
    """Read a table; cells that a spreadsheet would run are marked as text."""
    content = path.read_bytes()
    return _rewritten(content) if SUSPECT.search(content) else content


def all_tables(paths: Iterable[tuple[str, Path]]) -> bytes:
    """Put tables into one archive, under these names."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in paths:
            archive.writestr(name, safe_table(path))
    return written.getvalue()


def _rewritten(content: bytes) -> bytes:
    read = csv.reader(io.StringIO(content.decode("utf-8", errors="replace"), newline=""))
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    for row in read:
        writer.writerow([cell if NUMBER.fullmatch(cell) else harmless(cell) for cell in row])
    return written.getvalue().encode()
