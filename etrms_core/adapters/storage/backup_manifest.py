"""What a backup says about itself: `manifest.json`, the last member of the file."""

import json
import re
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import PurePosixPath

from pydantic import TypeAdapter, ValidationError

from etrms_core.errors import DataError

FORMAT_VERSION = 1
MANIFEST = "manifest.json"
DESK_DATABASE = "etrms.db"
PAPER_DATABASE = "paper.db"
SETTINGS = "etrms.toml"
JOURNAL = "emergency.journal"
STRATEGIES = "strategies"
DATABASES = (DESK_DATABASE, PAPER_DATABASE)
SINGLE_FILES = (*DATABASES, SETTINGS, JOURNAL)
_HASH = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class BackupMember:
    """One file of a backup; the hash is SHA-256, in hexadecimal."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupManifest:
    """Everything about a backup but its content.

    Attributes
    ----------
    schemas : dict
        Revision of the schema of each database.
    has_desk_database : bool
        False when the desk's database lies on a server, which has backups of its own.
    left_out : tuple of str
        What lay in the home folder and is not in the backup.
    """

    format_version: int
    etrms_version: str
    created_at: datetime
    schemas: dict[str, str]
    members: tuple[BackupMember, ...]
    has_desk_database: bool = True
    left_out: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Bytes of all members, unpacked."""
        return sum(member.size for member in self.members)


_MANIFEST = TypeAdapter(BackupManifest)


def manifest_text(manifest: BackupManifest) -> str:
    """Write a manifest as JSON."""
    document = {**asdict(manifest), "created_at": manifest.created_at.isoformat()}
    return json.dumps(document, indent=2)


def parse_manifest(text: bytes, *, name: str) -> BackupManifest:
    """Read a manifest.

    Raises
    ------
    DataError
        If it is none, of a newer format, or names a file that a backup never holds.
    """
    try:
        document = json.loads(text)
        version = int(document["format_version"])
    except (ArithmeticError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise DataError(f"{name} is damaged: its manifest cannot be read") from error
    if version > FORMAT_VERSION:
        raise DataError(
            f"{name} was written by a newer ETRMS (its format is {version}, this program knows "
            f"{FORMAT_VERSION}); update the program"
        )
    try:
        manifest = _MANIFEST.validate_json(text)
    except ValidationError as error:
        field = ".".join(str(part) for part in error.errors(include_url=False)[0]["loc"])
        raise DataError(f"{name} is damaged: {field} of its manifest cannot be read") from error
    _check(manifest, name)
    return manifest


def is_member_name(name: str) -> bool:
    """Whether a backup may hold a file of this name: nothing that leads out of the home folder."""
    if name in SINGLE_FILES:
        return True
    parts = name.split("/")
    is_plain = PurePosixPath(name).as_posix() == name and not {"", ".", ".."} & set(parts)
    is_safe = name.isprintable() and not {"\\", ":"} & set(name)
    return len(parts) > 1 and parts[0] == STRATEGIES and is_plain and is_safe


def _check(manifest: BackupManifest, name: str) -> None:
    names = [member.name for member in manifest.members]
    wrong = [each for each in names if not is_member_name(each)]
    if wrong:
        raise DataError(f"{name} holds {wrong[0]!r}, which no backup does; nothing was restored")
    if len(set(names)) != len(names):
        raise DataError(f"{name} is damaged: its manifest names a file twice")
    if any(member.size < 0 or not _HASH.fullmatch(member.sha256) for member in manifest.members):
        raise DataError(f"{name} is damaged: its manifest holds a wrong size or hash")
    if manifest.created_at.tzinfo is None:
        raise DataError(f"{name} is damaged: its manifest has no time zone")
    if manifest.has_desk_database != (DESK_DATABASE in names):
        raise DataError(f"{name} is damaged: its manifest does not list the desk's database")
