"""Packing and unpacking a backup: one zip file with a manifest at its end."""

import hashlib
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from etrms_core.adapters.storage.backup_manifest import (
    MANIFEST,
    BackupManifest,
    BackupMember,
    parse_manifest,
)
from etrms_core.adapters.storage.disk_trouble import disk_errors, sync_file
from etrms_core.errors import DataError, StorageError

CHUNK_BYTES = 1 << 20
LONGEST_MANIFEST = 16 << 20
# Fast: what is large, the recorded cycles, is packed already.
COMPRESSION_LEVEL = 1


def pack_file(archive: zipfile.ZipFile, source: Path, *, name: str) -> BackupMember:
    """Add a file and return what the manifest says about it: the bytes that were packed."""
    digest, size = hashlib.sha256(), 0
    with source.open("rb") as read, archive.open(name, "w", force_zip64=True) as written:
        while chunk := read.read(CHUNK_BYTES):
            written.write(chunk)
            digest.update(chunk)
            size += len(chunk)
    return BackupMember(name, size, digest.hexdigest())


def new_archive(path: Path) -> zipfile.ZipFile:
    """Open a zip file for writing; one that is there is emptied."""
    return zipfile.ZipFile(
        path, "w", compression=zipfile.ZIP_DEFLATED, compresslevel=COMPRESSION_LEVEL
    )


def read_manifest(path: Path) -> BackupManifest:
    """Read what a backup says about itself.

    Raises
    ------
    DataError
        If the file is no backup, is cut or damaged, or of a newer format.
    StorageError
        If it cannot be read.
    """
    with _opened(path) as archive:
        return _manifest(archive, path)


def unpack(path: Path, manifest: BackupManifest, folder: Path) -> None:
    """Write every member into a folder and check size and hash of each.

    Raises
    ------
    DataError
        If a member is missing, is one too many or is not what was packed; it names the member.
    StorageError
        If the disk cannot take it.
    """
    with _opened(path) as archive:
        _require_members(archive, manifest.members, path)
        for member in manifest.members:
            target = folder / member.name
            with disk_errors(target):
                target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                _unpack_member(archive, member, target, path)
                sync_file(target)


def _manifest(archive: zipfile.ZipFile, path: Path) -> BackupManifest:
    if MANIFEST not in archive.namelist():
        raise DataError(f"{path} is no backup of ETRMS: it holds no {MANIFEST}")
    with archive.open(MANIFEST) as member:
        text = member.read(LONGEST_MANIFEST + 1)
    if len(text) > LONGEST_MANIFEST:
        raise DataError(f"{path} is damaged: its manifest is longer than any")
    return parse_manifest(text, name=str(path))


def _require_members(archive: zipfile.ZipFile, members: Sequence[BackupMember], path: Path) -> None:
    found = sorted(archive.namelist())
    wanted = sorted([MANIFEST, *(member.name for member in members)])
    if found == wanted:
        return
    missing = sorted(set(wanted) - set(found))
    what = f"{missing[0]} is missing" if missing else "it holds files that its manifest does not"
    raise DataError(f"{path} is damaged: {what}; take another backup")


def _unpack_member(
    archive: zipfile.ZipFile, member: BackupMember, target: Path, path: Path
) -> None:
    digest, size = hashlib.sha256(), 0
    with archive.open(member.name) as packed, _private(target) as written:
        # No further than the promised size, whatever the packed bytes unfold to.
        while size <= member.size and (chunk := packed.read(CHUNK_BYTES)):
            written.write(chunk)
            digest.update(chunk)
            size += len(chunk)
    if (size, digest.hexdigest()) != (member.size, member.sha256):
        raise DataError(
            f"{path} is damaged: {member.name} is not what was packed; take another backup"
        )


def _private(target: Path) -> IO[bytes]:
    target.touch(mode=0o600)
    return target.open("wb")


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    if not path.exists():
        raise StorageError(f"there is no file {path}")
    try:
        with disk_errors(path), path.open("rb") as file, zipfile.ZipFile(file) as archive:
            yield archive
    except zipfile.BadZipFile as error:
        raise DataError(
            f"{path} is no backup of ETRMS, or is cut or damaged; take another file"
        ) from error
    except (zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        # What the reader raises for damaged headers: unknown methods, encryption, wrong lengths.
        raise DataError(f"{path} is damaged ({_one_line(error)}); take another backup") from error


def _one_line(error: Exception) -> str:
    return str(error).partition("\n")[0] or type(error).__name__
