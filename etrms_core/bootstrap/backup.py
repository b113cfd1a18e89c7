"""Backing up and restoring a home folder."""

import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from etrms_core.adapters.exchanges.paper.sql_store import PAPER_SCHEMA
from etrms_core.adapters.storage.backup import BackupSource, write_backup
from etrms_core.adapters.storage.backup_archive import read_manifest
from etrms_core.adapters.storage.backup_manifest import (
    DESK_DATABASE,
    PAPER_DATABASE,
    BackupManifest,
)
from etrms_core.adapters.storage.disk_trouble import disk_errors
from etrms_core.adapters.storage.file_lock import FileLock
from etrms_core.adapters.storage.migration import DESK_SCHEMA
from etrms_core.adapters.storage.restore import (
    plan_swap,
    release_databases,
    require_known_schemas,
    stage_backup,
)
from etrms_core.adapters.storage.restore_swap import (
    carry_out,
    decide,
    drop_undecided,
    is_decided,
    restoring_folder,
)
from etrms_core.adapters.storage.restored_desk import RestoreNote, mark_restored, newest_fence
from etrms_core.adapters.storage.sqlite_copy import close_log
from etrms_core.adapters.storage.stores import open_stores
from etrms_core.bootstrap.machine_clock import utc_now
from etrms_core.domain.events import DeskEvent, DeskEventKind
from etrms_core.errors import ConfigurationError, StorageError

SCHEMAS = {DESK_DATABASE: DESK_SCHEMA, PAPER_DATABASE: PAPER_SCHEMA}
DATABASE_URL = "ETRMS_DATABASE_URL"
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Restoration:
    """What was restored, where the replaced files lie, how many open actions were given up."""

    manifest: BackupManifest
    kept_in: Path
    given_up: int


def desk_database_url() -> str | None:
    """Return the server of the desk's database; None with a file in the home.

    Raises
    ------
    ConfigurationError
        If `ETRMS_DATABASE_URL` is set to something else: a desk on another file than the owner
        thinks of would guard nothing.
    """
    url = os.environ.get(DATABASE_URL) or None
    if url is not None and not url.startswith(("postgresql://", "postgresql+psycopg://")):
        raise ConfigurationError("is a URL such as postgresql://user@host/name", field=DATABASE_URL)
    return url


def back_up(
    home: Path, file: Path, *, overwrite: bool = False, progress: Progress = lambda step: None
) -> BackupManifest:
    """Pack a home folder into one file, also while its desk runs.

    With the desk's database on a server only the rest is packed.

    Raises
    ------
    StorageError
        If there is no desk, a database is damaged, the file exists or the disk is full.
    """
    source = BackupSource(
        home=home,
        schemas=SCHEMAS,
        etrms_version=version("etrms"),
        created_at=utc_now(),
        has_desk_database=desk_database_url() is None,
    )
    return write_backup(source, file, overwrite=overwrite, progress=progress)


def describe_backup(file: Path) -> BackupManifest:
    """Read what a backup says about itself and whether it can be restored here.

    Raises
    ------
    DataError
        If the file is no backup, is damaged or newer than this program.
    ConfigurationError
        If it does not fit where the desk's database lies.
    """
    manifest = read_manifest(file)
    require_known_schemas(manifest, SCHEMAS, file=file)
    _require_same_place(manifest, file)
    return manifest


def restore_backup(
    home: Path, file: Path, *, progress: Progress = lambda step: None
) -> Restoration:
    """Put a backup in the place of what the home folder holds, whole or not at all.

    Raises
    ------
    ConfigurationError
        If a desk runs on the home, or the backup does not fit where the desk's database lies.
    DataError
        If the file is no backup, is damaged or newer than this program.
    StorageError
        If the disk refuses or a database is open in another program.
    """
    manifest = describe_backup(file)
    with disk_errors(home):
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with no_desk_running(home):
        _finish(home, progress)
        try:
            return _restore(home, file, manifest, progress)
        finally:
            _drop_unless_decided(home)


def _drop_unless_decided(home: Path) -> None:
    """Leave nothing of a restoration that broke off before it was decided."""
    if not is_decided(home):
        drop_undecided(home)


def settle_restoration(home: Path) -> None:
    """Carry a restoration that broke off to its end, or drop it when it was not decided.

    Raises
    ------
    StorageError
        If a backup is being restored right now.
    """
    if not restoring_folder(home).exists():
        return
    lock = _lock(home)
    if not lock.try_acquire():
        raise StorageError(f"a backup is being restored into {home}; wait until that has ended")
    try:
        _finish(home)
    finally:
        lock.release()


def _restore(home: Path, file: Path, manifest: BackupManifest, progress: Progress) -> Restoration:
    now = utc_now()
    note = RestoreNote(
        backup=file.name,
        taken_at=manifest.created_at,
        restored_at=now,
        previous_fence=newest_fence(home / DESK_DATABASE),
    )
    folder = stage_backup(home, file, manifest, SCHEMAS)
    progress("verified")
    given_up = _mark(folder / DESK_DATABASE, manifest, note)
    progress("marked")
    release_databases(home)
    plan = plan_swap(home, manifest, at=now)
    decide(home, plan)
    progress("decided")
    carry_out(home, progress)
    return Restoration(manifest, home / plan.kept_in, given_up)


def _finish(home: Path, progress: Progress = lambda step: None) -> None:
    if is_decided(home):
        carry_out(home, progress)
    else:
        drop_undecided(home)


def _mark(database: Path, manifest: BackupManifest, note: RestoreNote) -> int:
    if manifest.has_desk_database:
        with closing(open_stores(database)) as opened:
            given_up = mark_restored(database, opened.stores, note)
        close_log(database)
        return given_up
    with closing(open_stores(_location(database.parent))) as opened:
        detail = f"the desk's server was left alone; the rest is of {note.taken_at:%Y-%m-%d %H:%M}"
        event = DeskEvent(note.restored_at, DeskEventKind.RESTORED, note.backup, detail)
        opened.stores.desk.append_events([event])
    return 0


@contextmanager
def no_desk_running(home: Path) -> Iterator[None]:
    """Keep every desk from starting on a home folder.

    Raises
    ------
    ConfigurationError
        If one runs.
    """
    lock = _lock(home)
    if not lock.try_acquire():
        raise ConfigurationError(f"a desk is running on {home}; stop it first")
    try:
        if desk_database_url() is None:
            yield
        else:
            with _alone_on_server():
                yield
    finally:
        lock.release()


def _lock(home: Path) -> FileLock:
    # The one that a running desk holds.
    return FileLock((home / DESK_DATABASE).with_suffix(".lock"))


@contextmanager
def _alone_on_server() -> Iterator[None]:
    with closing(open_stores(str(desk_database_url()))) as opened:
        if not opened.lock.try_acquire():
            raise ConfigurationError("a desk is running on the database's server; stop it first")
        try:
            yield
        finally:
            opened.lock.release()


def _location(folder: Path) -> Path | str:
    return desk_database_url() or folder / DESK_DATABASE


def _require_same_place(manifest: BackupManifest, file: Path) -> None:
    is_on_server = desk_database_url() is not None
    if manifest.has_desk_database and is_on_server:
        raise ConfigurationError(
            f"{file} holds the desk's database, but ETRMS_DATABASE_URL names a server; unset it, "
            "restore, and bring the database to an empty one with `etrms database copy URL`"
        )
    if not manifest.has_desk_database and not is_on_server:
        raise ConfigurationError(
            f"{file} comes from a desk with its database on a server and holds none; set "
            "ETRMS_DATABASE_URL to that server, restored by pg_restore"
        )
