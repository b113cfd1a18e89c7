"""A file that takes decisions while the database cannot: append-only, checked, made ahead of need.

The file is as large as it will mostly ever be from the beginning, so that a full disk does not
refuse a record. It begins with a name that changes when it is emptied; a record is its length, a
CRC-32 of that name, its number and its body, and the body. The first record that is cut or damaged
ends the journal.
"""

import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fcntl import LOCK_EX, flock
from pathlib import Path
from secrets import token_hex
from threading import Lock
from typing import BinaryIO
from zlib import crc32

from etrms_core.adapters.storage.disk_trouble import disk_errors, sync_folder
from etrms_core.adapters.storage.record_document import record_body, record_from_body
from etrms_core.engine.storage_ports import CycleRecord, JournalReading
from etrms_core.errors import StorageError

MAGIC = b"ETRMSJ1\n"
ID_LENGTH = 16
HEADER = len(MAGIC) + ID_LENGTH
FRAME = struct.Struct(">II")
# Where a record would begin: nothing more has been written.
NOTHING = bytes(FRAME.size)
RESERVED_BYTES = 1024 * 1024
MODE = 0o600


@dataclass(frozen=True, slots=True)
class _End:
    """Where the next record goes, and how many lie before it."""

    journal_id: str
    position: int
    count: int


class EmergencyJournalFile:
    """`EmergencyJournal` in a file of this machine.

    Parameters
    ----------
    path : path
        The file; a damaged one is kept beside it, as ``<name>.damaged-<word>``, when it is emptied.
    reserved_bytes : int
        Size from the beginning.

    Raises
    ------
    StorageError
        From every method when the file cannot be read or written.
    """

    def __init__(self, path: Path, *, reserved_bytes: int = RESERVED_BYTES) -> None:
        self._path = path
        self._reserved = reserved_bytes
        self._lock = Lock()

    def read(self) -> JournalReading:
        """Return the records that are whole, and what is wrong with the rest, if anything."""
        with self._lock, disk_errors(self._path):
            return self._reading(self._path.read_bytes() if self._path.exists() else b"")

    def prepare(self) -> None:
        """Make the file ahead of need, or as large as it should be while it is still empty."""
        with self._lock, disk_errors(self._path):
            content = self._path.read_bytes() if self._path.exists() else b""
            reading = self._reading(content)
            is_empty = not reading.records and reading.damage is None
            if is_empty and len(content) < self._reserved:
                self._make()
            else:
                self._path.chmod(MODE)

    def append(self, record: CycleRecord) -> None:
        """Write a record; it is on the disk when this returns."""
        body = record_body(record)
        with self._lock, disk_errors(self._path), self._opened() as file:
            end = _end(file.read())
            if end is None:
                raise StorageError(f"{self._path} is no journal; move it away")
            frame = FRAME.pack(len(body), record_checksum(end.journal_id, end.count, body)) + body
            after = end.position + len(frame)
            # What a longer record left behind, cut off by a crash, is never taken for a record.
            ending = NOTHING[: max(0, os.fstat(file.fileno()).st_size - after)]
            _write(file, end.position, frame + ending)

    def clear(self) -> None:
        """Forget all records durably; the journal has a new id from now on."""
        with self._lock, disk_errors(self._path), self._opened() as file:
            if self._reading(file.read()).damage is not None:
                self._path.rename(f"{self._path}.damaged-{token_hex(4)}")
                self._make()
                return
            # One write inside one sector: a full disk cannot refuse it, a crash cannot halve it.
            _write(file, 0, _header() + NOTHING)
            if os.fstat(file.fileno()).st_size > self._reserved:
                file.truncate(self._reserved)
                os.fsync(file.fileno())

    def _reading(self, content: bytes) -> JournalReading:
        if not content:
            return JournalReading("", (), None)
        journal_id = _journal_id(content)
        if journal_id is None:
            return JournalReading("", (), f"{self._path} does not begin like a journal")
        records: list[CycleRecord] = []
        for _, body in _frames(content, journal_id):
            try:
                records.append(record_from_body(body or b""))
            except StorageError:
                damage = f"{self._path} is cut or damaged after {len(records)} records"
                return JournalReading(journal_id, tuple(records), damage)
        return JournalReading(journal_id, tuple(records), None)

    @contextmanager
    def _opened(self) -> Iterator[BinaryIO]:
        if not self._path.exists():
            self._make()
        with self._path.open("r+b") as file:
            flock(file, LOCK_EX)
            yield file

    def _make(self) -> None:
        temporary = self._path.with_name(f"{self._path.name}.new")
        try:
            _write_new(temporary, _header() + bytes(self._reserved - HEADER))
        except OSError:
            # Better a journal that must grow than none.
            _write_new(temporary, _header() + NOTHING)
        temporary.replace(self._path)
        sync_folder(self._path.parent)


def _header() -> bytes:
    return MAGIC + token_hex(ID_LENGTH // 2).encode()


def _journal_id(content: bytes) -> str | None:
    if len(content) < HEADER or not content.startswith(MAGIC):
        return None
    return content[len(MAGIC) : HEADER].decode("latin-1")


def record_checksum(journal_id: str, number: int, body: bytes) -> int:
    """Bind a body to its journal and its number there: nothing older passes for it."""
    return crc32(body, crc32(f"{journal_id}:{number}".encode()))


def _frames(content: bytes, journal_id: str) -> Iterator[tuple[int, bytes | None]]:
    """Yield each record's end and body; None for one that is cut or damaged, which is the last."""
    position, number = HEADER, 0
    while content[position : position + FRAME.size].strip(b"\0"):
        start = position + FRAME.size
        if start > len(content):
            yield position, None
            return
        length, checksum = FRAME.unpack_from(content, position)
        body = content[start : start + length]
        if len(body) < length or record_checksum(journal_id, number, body) != checksum:
            yield position, None
            return
        position, number = start + length, number + 1
        yield position, body


def _end(content: bytes) -> _End | None:
    """Find where the next record goes, over the first that is damaged; None of another file."""
    journal_id = _journal_id(content)
    if journal_id is None:
        return None
    whole = [end for end, body in _frames(content, journal_id) if body is not None]
    return _End(journal_id, whole[-1] if whole else HEADER, len(whole))


def _write(file: BinaryIO, position: int, content: bytes) -> None:
    file.seek(position)
    file.write(content)
    file.flush()
    os.fsync(file.fileno())


def _write_new(path: Path, content: bytes) -> None:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE)
    with os.fdopen(descriptor, "wb") as file:
        _write(file, 0, content)
