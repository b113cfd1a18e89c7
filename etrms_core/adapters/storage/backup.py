"""Packing a home folder into one file while the desk writes."""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from etrms_core.adapters.storage.backup_archive import new_archive, pack_file
from etrms_core.adapters.storage.backup_manifest import (
    DATABASES,
    DESK_DATABASE,
    FORMAT_VERSION,
    JOURNAL,
    MANIFEST,
    SETTINGS,
    SINGLE_FILES,
    STRATEGIES,
    BackupManifest,
    BackupMember,
    is_member_name,
    manifest_text,
)
from etrms_core.adapters.storage.disk_trouble import (
    disk_errors,
    require_space,
    sync_file,
    sync_folder,
)
from etrms_core.adapters.storage.migration import Schema
from etrms_core.adapters.storage.sqlite_copy import (
    copy_database,
    database_size,
    schema_revision,
)
from etrms_core.errors import StorageError

SPARE_BYTES = 8 << 20
# Beside a database, or of no use in another place.
TRANSIENT = ("-wal", "-shm", "-journal", ".lock", ".sock", "ballast")
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupSource:
    """What is packed.

    Attributes
    ----------
    schemas : mapping
        Schema of each database file of the home folder.
    has_desk_database : bool
        False when the desk's database lies on a server.
    """

    home: Path
    schemas: Mapping[str, Schema]
    etrms_version: str
    created_at: datetime
    has_desk_database: bool = True


def write_backup(
    source: BackupSource, file: Path, *, overwrite: bool, progress: Progress = lambda step: None
) -> BackupManifest:
    """Write a backup; the file appears whole or not at all.

    Databases are copied consistently, each as of one moment, the desk's before the paper
    exchange's: a venue may know more than the desk, as after any crash, never less.

    Parameters
    ----------
    overwrite : bool
        Replace a file that is there.
    progress : callable
        Is told each step that is done.

    Raises
    ------
    StorageError
        If there is no desk, a database is damaged, the file exists, its folder does not, or the
        disk is full. A file that was there stays as it was.
    """
    _require_desk(source)
    _require_free_name(file, overwrite=overwrite)
    with _workspace(file) as folder:
        require_space(folder, bytes_needed=_bytes_needed(source.home))
        names = [name for name in DATABASES if _is_packed(source, name)]
        for name in names:
            copy_database(source.home / name, folder / name)
            progress(f"copied {name}")
        packed = folder / "packed.zip"
        with disk_errors(file):
            manifest = _pack(source, folder, packed, progress)
            sync_file(packed)
            progress("packed")
            _put_in_place(packed, file, overwrite=overwrite)
            progress("in place")
    return manifest


def _require_desk(source: BackupSource) -> None:
    wanted = DESK_DATABASE if source.has_desk_database else next(reversed(DATABASES))
    if not (source.home / wanted).exists():
        raise StorageError(
            f"there is no desk in {source.home}: it holds no {wanted}; check ETRMS_HOME"
        )


def _require_free_name(file: Path, *, overwrite: bool) -> None:
    if not file.parent.is_dir():
        raise StorageError(f"there is no folder {file.parent}; make it, or name another place")
    if file.is_dir():
        raise StorageError(f"{file} is a folder; name a file")
    if file.exists() and not overwrite:
        raise StorageError(f"{file} exists; choose another name, or add --overwrite")


def _is_packed(source: BackupSource, name: str) -> bool:
    is_wanted = source.has_desk_database or name != DESK_DATABASE
    return is_wanted and (source.home / name).exists()


def _bytes_needed(home: Path) -> int:
    # Once as copies and once packed, which at worst saves nothing.
    databases = sum(database_size(home / name) for name in DATABASES)
    return 2 * databases + sum(path.stat().st_size for _, path in _files(home)) + SPARE_BYTES


def _pack(source: BackupSource, folder: Path, packed: Path, progress: Progress) -> BackupManifest:
    members: list[BackupMember] = []
    schemas: dict[str, str] = {}
    with new_archive(packed) as archive:
        packed.chmod(0o600)
        for name in DATABASES:
            if (copy := folder / name).exists():
                schemas[name] = schema_revision(copy, source.schemas[name].version_table)
                members.append(pack_file(archive, copy, name=name))
                progress(f"packed {name}")
        members += [pack_file(archive, path, name=name) for name, path in _files(source.home)]
        manifest = BackupManifest(
            format_version=FORMAT_VERSION,
            etrms_version=source.etrms_version,
            created_at=source.created_at,
            schemas=schemas,
            members=tuple(members),
            has_desk_database=source.has_desk_database,
            left_out=tuple(_left_out(source.home)),
        )
        archive.writestr(MANIFEST, manifest_text(manifest))
    return manifest


def _files(home: Path) -> Iterator[tuple[str, Path]]:
    for name in (SETTINGS, JOURNAL):
        if (home / name).is_file():
            yield name, home / name
    for path in sorted((home / STRATEGIES).rglob("*")):
        if path.is_file() and not path.is_symlink() and "__pycache__" not in path.parts:
            yield _strategy_name(home, path), path


def _strategy_name(home: Path, path: Path) -> str:
    name = path.relative_to(home).as_posix()
    if not is_member_name(name):
        raise StorageError(f"{path!r} has a name that a backup cannot hold; rename it")
    return name


def _left_out(home: Path) -> Iterator[str]:
    for path in sorted(home.iterdir()):
        is_packed = path.name in (*SINGLE_FILES, STRATEGIES)
        if not is_packed and not path.name.startswith(".") and not path.name.endswith(TRANSIENT):
            yield path.name


@contextmanager
def _workspace(file: Path) -> Iterator[Path]:
    # Its name is always the same, so that the next backup clears what a killed one left.
    folder = file.with_name(f".{file.name}.partial")
    with disk_errors(folder):
        folder.mkdir(mode=0o700, exist_ok=True)
    with _locked(folder, file):
        with disk_errors(folder):
            for leftover in folder.iterdir():
                leftover.unlink()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _locked(folder: Path, file: Path) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise StorageError(f"another backup to {file} is being written") from error
    try:
        yield
    finally:
        os.close(descriptor)


def _put_in_place(packed: Path, file: Path, *, overwrite: bool) -> None:
    if overwrite:
        packed.replace(file)
    else:
        _require_free_name(file, overwrite=overwrite)
        packed.rename(file)
    sync_folder(file.parent)
