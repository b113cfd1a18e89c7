"""Making a backup ready to take the place of a home folder's files, verified before it does."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

from etrms_core.adapters.storage.backup_archive import unpack
from etrms_core.adapters.storage.backup_manifest import (
    DATABASES,
    DESK_DATABASE,
    JOURNAL,
    SETTINGS,
    STRATEGIES,
    BackupManifest,
)
from etrms_core.adapters.storage.disk_trouble import require_space
from etrms_core.adapters.storage.migration import Schema
from etrms_core.adapters.storage.restore_swap import SwapPlan, prepare_folder
from etrms_core.adapters.storage.sqlite_copy import (
    SIDE_FILES,
    close_log,
    require_sound,
    schema_revision,
)
from etrms_core.errors import DataError, StorageError

SPARE_BYTES = 8 << 20
Progress = Callable[[str], None]


def require_known_schemas(
    manifest: BackupManifest, schemas: Mapping[str, Schema], *, file: Path
) -> None:
    """Refuse a backup of a newer program.

    Raises
    ------
    DataError
        With both revisions and what to do.
    """
    for name, revision in manifest.schemas.items():
        head = schemas[name].head if name in schemas else ""
        # Revisions are numbers with leading zeros.
        if revision > head:
            raise DataError(
                f"{file} was written by a newer ETRMS (the schema of {name} is {revision}, this "
                f"program knows {head or 'none'}); update the program or restore an older backup"
            )


def stage_backup(
    home: Path, file: Path, manifest: BackupManifest, schemas: Mapping[str, Schema]
) -> Path:
    """Unpack a backup beside the files of the home and verify all of it.

    Returns
    -------
    Path
        Folder with the new files.

    Raises
    ------
    DataError
        If it is not what was packed.
    StorageError
        If the disk cannot take it.
    """
    # Opening a database of an older schema rewrites a part of it.
    require_space(home, bytes_needed=2 * manifest.size + SPARE_BYTES)
    folder = prepare_folder(home)
    unpack(file, manifest, folder)
    for name in DATABASES:
        if (database := folder / name).exists():
            _verify_database(database, manifest, schemas[name], file)
    return folder


def release_databases(home: Path) -> None:
    """Bring the present databases to rest; a damaged one stays as it is.

    Raises
    ------
    StorageError
        If another program has one open.
    """
    for name in DATABASES:
        database = home / name
        if database.exists() and _is_open_elsewhere(database):
            raise StorageError(
                f"{database} is open in another program, perhaps a standby desk; stop it first"
            )


def plan_swap(home: Path, manifest: BackupManifest, *, at: datetime) -> SwapPlan:
    """Plan the exchange: everything that a backup can hold leaves, what this one holds comes.

    The desk's database stays where the backup has none, since then it lies on a server.
    """
    present = [name for name in _leaving(manifest) if (home / name).exists()]
    new = sorted({member.name.partition("/")[0] for member in manifest.members})
    return SwapPlan(_free_name(home, f"before-restore-{at:%Y%m%dT%H%M%SZ}"), present, new)


def _verify_database(database: Path, manifest: BackupManifest, schema: Schema, file: Path) -> None:
    promised = manifest.schemas.get(database.name)
    try:
        require_sound(database, name=file)
        found = schema_revision(database, schema.version_table)
    except StorageError as error:
        raise DataError(f"{file} is damaged: {database.name} is no sound database") from error
    if found != promised:
        raise DataError(
            f"{file} is damaged: its {database.name} has the schema {found!r}, "
            f"the manifest says {promised!r}"
        )


def _is_open_elsewhere(database: Path) -> bool:
    try:
        return not close_log(database)
    except StorageError:
        return False


def _leaving(manifest: BackupManifest) -> Iterator[str]:
    for name in DATABASES:
        if name != DESK_DATABASE or manifest.has_desk_database:
            yield from (name, *(f"{name}{suffix}" for suffix in SIDE_FILES))
    yield from (SETTINGS, JOURNAL, STRATEGIES)


def _free_name(home: Path, name: str) -> str:
    names = (name, *(f"{name}-{number}" for number in range(2, 1000)))
    return next(each for each in names if not (home / each).exists())
