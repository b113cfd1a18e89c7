"""What a finished run left in its folder, read for pages; the folder is all they know of a run."""

import csv
import json
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from etrms_core.errors import DataError

RUNS, WITHOUT = "runs", "without_breakers"
TABLES = (
    "trades.csv",
    "orders.csv",
    "equity.csv",
    "breaker_events.csv",
    "regimes.csv",
    "decisions.csv",
)
Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RunResult:
    """One run.

    Attributes
    ----------
    result, bundle : mapping
        result.json and bundle.toml.
    report : mapping
        What a worker summed up for charts; empty in a folder that no worker wrote.
    without : RunResult or None
        The same run without its breakers.
    """

    folder: Path
    result: Document
    bundle: Document
    report: Document
    without: "RunResult | None" = None

    @property
    def metrics(self) -> dict[str, float]:
        """The figures that are known, by name."""
        found = self.result.get("metrics")
        numbers = found.items() if isinstance(found, Mapping) else ()
        return {
            str(name): float(value)
            for name, value in numbers
            if isinstance(value, int | float) and not isinstance(value, bool)
        }

    def section(self, name: str) -> Document:
        """Return a table of the report; empty when it lacks."""
        found = self.report.get(name)
        return found if isinstance(found, Mapping) else {}

    def rows(self, name: str) -> tuple[Document, ...]:
        """Return a list of tables of the report; empty when it lacks."""
        found = self.report.get(name)
        listed = found if isinstance(found, list) else []
        return tuple(each for each in listed if isinstance(each, Mapping))


def run_folder(home: Path, job_id: str) -> Path:
    """Return where the results of a job lie."""
    return home / RUNS / job_id


def read_run(home: Path, job_id: str) -> RunResult:
    """Read the results of a job.

    Raises
    ------
    DataError
        If they are not there or cannot be read.
    """
    folder = run_folder(home, job_id)
    beside = folder / WITHOUT
    has_both = (beside / "result.json").is_file()
    return _read(folder, without=_read(beside) if has_both else None)


def read_check(home: Path, job_id: str) -> Document | None:
    """Return what the check against another engine found; None before it ran."""
    path = run_folder(home, job_id) / "vectorbt_check.json"
    return _json(path) if path.is_file() else None


def tables_of(folder: Path) -> tuple[Path, ...]:
    """Return the CSV files of a run that exist."""
    return tuple(folder / name for name in TABLES if (folder / name).is_file())


def read_rows(path: Path, *, limit: int) -> tuple[list[dict[str, str]], bool]:
    """Read the first rows of a table, and say whether there are more.

    Raises
    ------
    DataError
        If it cannot be read.
    """
    with _told(path), path.open(encoding="utf-8", newline="") as file:
        rows = list(islice(csv.DictReader(file), limit + 1))
    return rows[:limit], len(rows) > limit


def _read(folder: Path, without: RunResult | None = None) -> RunResult:
    with _told(folder / "bundle.toml"):
        bundle = tomllib.loads((folder / "bundle.toml").read_text(encoding="utf-8"))
    report = folder / "report.json"
    return RunResult(
        folder=folder,
        result=_json(folder / "result.json"),
        bundle=bundle,
        report=_json(report) if report.is_file() else {},
        without=without,
    )


def _json(path: Path) -> Document:
    with _told(path):
        document = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(document, dict):
        raise DataError(f"{path.name} of the run is no table")
    return document


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise DataError(f"the results of this run are gone: {path.name} is missing") from error
    except (OSError, ValueError, csv.Error, RecursionError) as error:
        raise DataError(f"{path.name} of the run cannot be read: {error}") from error
