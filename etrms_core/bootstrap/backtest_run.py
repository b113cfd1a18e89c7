"""Bundles: read, run into a folder, and run again to see whether everything is as it was."""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from etrms_core.backtest.configuration import BacktestConfiguration
from etrms_core.backtest.data_hash import changed_data, data_hashes
from etrms_core.backtest.data_section import DataSection
from etrms_core.backtest.result import BacktestResult
from etrms_core.backtest.run_folder import require_place
from etrms_core.backtest.runner import run_backtest
from etrms_core.backtest.source_hash import SOURCES, source_hashes
from etrms_core.backtest.versions import installed_versions
from etrms_core.bootstrap.bundle_data import read_bundle_data
from etrms_core.bootstrap.machine_clock import utc_now
from etrms_core.errors import ConfigurationError, DataError

Progress = Callable[[float, str], None]
BUNDLE = "bundle.toml"


@dataclass(frozen=True, slots=True)
class RerunReport:
    """What another run of a folder's bundle found.

    Attributes
    ----------
    differing : tuple of str
        Files that are not the same byte for byte, in alphabetical order.
    other_versions : tuple of str
        What computed the folder in another version than the one here, as sentences.
    """

    differing: tuple[str, ...]
    other_versions: tuple[str, ...]


def silent(fraction: float, words: str) -> None:
    """Tell nobody."""


def run_bundle(
    bundle: Mapping[str, object],
    out: Path,
    *,
    home: Path,
    base: Path | None = None,
    progress: Progress = silent,
    replace: bool = False,
) -> BacktestResult:
    """Run a bundle and write its folder, as a whole or not at all.

    Parameters
    ----------
    bundle : mapping
        A run bundle; hashes that an earlier run recorded in it must be those of the data and of
        the strategy's file.
    out : path
        The folder.
    home : path
        Whose stored bars and strategies are meant.
    base : path, optional
        Where relative paths of files begin; the working folder by default.
    progress : callable
        Called with the share of the work that is done and what comes next.
    replace : bool
        Whether another run in `out` may give way.

    Raises
    ------
    ConfigurationError, DataError
        If the bundle, its data or its strategy cannot be used, one of these changed since it was
        recorded, or the strategy looks ahead.
    StorageError
        If the folder holds something, or cannot be written.
    """
    configuration = BacktestConfiguration.from_mapping(bundle)
    section = DataSection.from_mapping(bundle.get("data"))
    require_place(out, replace=replace)
    progress(0.0, "Reads the bars")
    data = read_bundle_data(section, home=home, base=base or Path(), now=utc_now())
    strategies = home / SOURCES
    found = data_hashes(data.bars, data.mark, data.funding)
    _require_recorded(bundle, found | source_hashes(configuration.strategy, strategies))
    progress(0.2, "Runs the strategy")
    result = run_backtest(
        data.bars,
        configuration,
        mark=data.mark,
        funding=data.funding,
        strategies=strategies,
    )
    progress(0.6, "Writes the results")
    result.write(out, data=data.section.document(), replace=replace)
    progress(1.0, "Done")
    return result


def rerun_folder(directory: Path, *, home: Path, progress: Progress = silent) -> RerunReport:
    """Run the bundle of a folder again beside it, and compare what both runs wrote.

    Raises
    ------
    DataError
        If the folder holds no run, or its data or the file of its strategy changed.
    ConfigurationError
        If its bundle is none of a backtest.
    """
    bundle = read_bundle(directory / BUNDLE)
    if bundle.get("kind") == "replay":
        raise ConfigurationError("replay is run again by etrms replay", field="kind")
    with TemporaryDirectory(prefix="etrms-rerun-") as folder:
        again = Path(folder) / "run"
        run_bundle(bundle, again, home=home, base=directory, progress=progress)
        differing = tuple(
            sorted(
                path.name for path in again.iterdir() if not _is_same(path, directory / path.name)
            )
        )
    return RerunReport(differing, _other_versions(bundle.get("versions")))


def read_bundle(path: Path) -> dict[str, Any]:
    """Read a bundle file.

    Raises
    ------
    DataError
        If it cannot be read or is not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        reason = error.strerror or str(error)
    except UnicodeDecodeError:
        reason = "it is no text in UTF-8"
    except (ValueError, RecursionError) as error:
        reason = f"it is not TOML: {error}"
    raise DataError(f"{path} cannot be read: {reason}")


def _require_recorded(bundle: Mapping[str, object], found: Mapping[str, str]) -> None:
    recorded = bundle.get("data_sha256")
    if recorded is None:
        return
    if not isinstance(recorded, Mapping):
        raise ConfigurationError("must be a table", field="data_sha256")
    changed = changed_data(recorded, found)
    if changed:
        raise DataError(
            f"{_subject(changed)} changed since the bundle was written: {', '.join(changed)}; "
            "without data_sha256 the bundle takes what there is now"
        )


def _subject(changed: Sequence[str]) -> str:
    sources = [name for name in changed if name.startswith(SOURCES)]
    if len(sources) == len(changed):
        return "the strategy"
    return "the data and the strategy" if sources else "the data"


def _is_same(first: Path, second: Path) -> bool:
    return second.is_file() and first.read_bytes() == second.read_bytes()


def _other_versions(recorded: object) -> tuple[str, ...]:
    if not isinstance(recorded, Mapping):
        return ()
    here = installed_versions("TA-Lib")
    return tuple(
        f"{name} was {recorded[name]}, here it is {version}"
        for name, version in here.items()
        if name in recorded and recorded[name] != version
    )
