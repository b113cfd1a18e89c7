"""A backtest as a worker does it: with and without its breakers, and a report for the page."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from etrms_core.adapters.storage.disk_trouble import disk_errors
from etrms_core.bootstrap.run_extras import Frames, write_extras
from etrms_core.bootstrap.sample_bars import asks_for_sample, store_sample

WITHOUT = "without_breakers"
RUNS = "runs"
SHARE_OF_REPORT = 0.1

Progress = Callable[[float, str], None]
# Runs a bundle into a folder and returns its bars by symbol.
RunBundle = Callable[[Mapping[str, Any], Path, Path, Progress], Frames]


def run_backtest_job(
    bundle: Mapping[str, Any], job_id: str, home: Path, progress: Progress
) -> None:
    """Run a bundle into the folder of its job."""
    from etrms_core.bootstrap.backtest_run import run_bundle  # noqa: PLC0415  compiles

    def run(wanted: Mapping[str, Any], out: Path, at_home: Path, tell: Progress) -> Frames:
        result = run_bundle(wanted, out, home=at_home, base=at_home, progress=tell)
        return result.data.frames

    run_with_and_without(run, bundle, job_id, home=home, progress=progress)


def run_with_and_without(
    run: RunBundle,
    bundle: Mapping[str, Any],
    job_id: str,
    *,
    home: Path,
    progress: Progress,
) -> None:
    """Run a bundle, then without its breakers when it has some, and report on both.

    What an earlier attempt left is removed first.
    """
    folder = home / RUNS / job_id
    with disk_errors(folder):
        _clear(folder)
    progress(0.0, "Reads the bars")
    if asks_for_sample(bundle.get("data")):
        store_sample(home)
    parts = {folder: bundle}
    if any(rule.get("enabled", True) for rule in bundle.get("breakers") or []):
        parts[folder / WITHOUT] = {**bundle, "breakers": []}
    share = (1.0 - SHARE_OF_REPORT) / len(parts)
    bars: Frames = {}
    for place, (out, wanted) in enumerate(parts.items()):
        bars = run(wanted, out, home, _part(progress, place * share, share, out.name == WITHOUT))
    progress(1.0 - SHARE_OF_REPORT, "Writes the report")
    for out in parts:
        write_extras(out, bars)
    progress(1.0, "Done")


def _part(progress: Progress, start: float, share: float, is_without: bool) -> Progress:
    suffix = ", without breakers" if is_without else ""

    def tell(fraction: float, words: str) -> None:
        progress(start + share * fraction, f"{words}{suffix}")

    return tell


def _clear(folder: Path) -> None:
    for left in (folder, *folder.parent.glob(f".{folder.name}.*")):
        if left.is_dir():
            shutil.rmtree(left)
