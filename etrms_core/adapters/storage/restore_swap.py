"""Exchanging the files of a home folder for restored ones so that a crash leaves one or the other.

The new files are made ready in `.restoring` inside the home, where renaming needs no copy. Writing
`plan.json` there is the moment of decision: before it a crash leaves the old state and the folder
is dropped, after it every step can be done again and the exchange is carried to its end.
"""

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from etrms_core.adapters.storage.disk_trouble import disk_errors, sync_file, sync_folder
from etrms_core.errors import StorageError

FOLDER = ".restoring"
PLAN = "plan.json"
NEW_FILES = "new"
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class SwapPlan:
    """What moves where: names in the home folder.

    Attributes
    ----------
    kept_in : str
        Folder that takes the present files.
    present, new : sequence of str
        Files and folders that leave, and that come.
    """

    kept_in: str
    present: Sequence[str]
    new: Sequence[str]


def restoring_folder(home: Path) -> Path:
    """Return the folder of a restoration that is under way."""
    return home / FOLDER


def is_decided(home: Path) -> bool:
    """Whether a restoration must be carried to its end."""
    return (home / FOLDER / PLAN).exists()


def prepare_folder(home: Path) -> Path:
    """Return an empty folder for the new files; an undecided earlier one is dropped."""
    with disk_errors(home):
        drop_undecided(home)
        new_files = home / FOLDER / NEW_FILES
        new_files.mkdir(mode=0o700, parents=True)
    return new_files


def drop_undecided(home: Path) -> None:
    """Drop what a restoration left that broke off before it was decided."""
    with disk_errors(home / FOLDER):
        if (home / FOLDER).exists():
            shutil.rmtree(home / FOLDER)


def decide(home: Path, plan: SwapPlan) -> None:
    """Write the plan down; from here on the new state holds."""
    folder = home / FOLDER
    draft = folder / f"{PLAN}.draft"
    with disk_errors(folder):
        _sync_tree(folder / NEW_FILES)
        draft.write_text(json.dumps(asdict(plan)), encoding="utf-8")
        sync_file(draft)
        draft.replace(folder / PLAN)
        sync_folder(folder)
        sync_folder(home)


def carry_out(home: Path, progress: Progress = lambda step: None) -> SwapPlan:
    """Exchange the files as decided; it may have been begun before.

    Raises
    ------
    StorageError
        If the disk refuses; it can be tried again.
    """
    plan = _plan(home)
    kept = home / plan.kept_in
    with disk_errors(home):
        kept.mkdir(mode=0o700, exist_ok=True)
        for name in plan.present:
            # One that is kept already was moved, and what bears its name now is the new one.
            if (home / name).exists() and not (kept / name).exists():
                (home / name).rename(kept / name)
                progress(f"kept {name}")
        sync_folder(kept)
        for name in plan.new:
            if (staged := home / FOLDER / NEW_FILES / name).exists():
                staged.rename(home / name)
                progress(f"placed {name}")
        sync_folder(home)
        # First the plan: without it what may be left of the folder has no meaning.
        (home / FOLDER / PLAN).unlink()
        shutil.rmtree(home / FOLDER)
    return plan


def _plan(home: Path) -> SwapPlan:
    path = home / FOLDER / PLAN
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return SwapPlan(document["kept_in"], document["present"], document["new"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StorageError(
            f"{path} cannot be read; move the folder {path.parent} away and restore again"
        ) from error


def _sync_tree(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        sync_file(path)
    sync_folder(folder)
