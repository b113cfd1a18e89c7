"""A file that takes decisions while the database cannot: append-only, checked, made ahead of need.

The file is as large as it will mostly ever be from the beginning, so that a full disk does not
refuse a record. A record is its length, its CRC-32 and its text; the first that is cut or damaged
ends the journal.
"""

import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from threading import Lock
from zlib import crc32

from etrms_core.adapters.storage.record_document import record_from_text, record_text
from etrms_core.engine.storage_ports import CycleRecord, JournalReading
from etrms_core.errors import StorageError

MAGIC = b"ETRMSJ1\n"
ID_LENGTH = 16
HEADER = len(MAGIC) + ID_LENGTH
FRAME = struct.Struct(">II")
RESERVED_BYTES = 1024 * 1024
MODE = 0o600


class EmergencyJournalFile:
    """`EmergencyJournal` in a file of this machine.

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
        with self._lock, self._trouble():
            content = self._path.read_bytes() if self._path.exists() else b""
        if not content:
            return JournalReading("", (), None)
        if len(content) < HEADER or not content.startswith(MAGIC):
            return JournalReading("", (), f"{self._path} does not begin like a journal")
        journal_id = content[len(MAGIC) : HEADER].decode("ascii", "replace")
        records: list[CycleRecord] = []
        for _, text in _frames(content):
            try:
                records.append(record_from_text(text or ""))
            except StorageError:
                damage = f"{self._path} is cut or damaged after {len(records)} records"
                return JournalReading(journal_id, tuple(records), damage)
        return JournalReading(journal_id, tuple(records), None)

    def prepare(self) -> None:
        """Make the file ahead of need, where there is none yet."""
        with self._lock, self._trouble():
            if not self._path.exists():
                self._make()

    def append(self, record: CycleRecord) -> None:
        """Write a record; it is on the disk when this returns."""
        body = record_text(record).encode()
        with self._lock, self._trouble():
            if not self._path.exists():
                self._make()
            with self._path.open("r+b") as file:
                file.seek(_end(file.read()))
                file.write(FRAME.pack(len(body), crc32(body)) + body)
                file.flush()
                os.fsync(file.fileno())

    def clear(self) -> None:
        """Forget all records durably; the journal has a new id from now on."""
        with self._lock, self._trouble():
            self._make()

    def _make(self) -> None:
        temporary = self._path.with_suffix(".new")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, MODE)
        with os.fdopen(descriptor, "wb") as file:
            file.write(MAGIC + token_hex(ID_LENGTH // 2).encode())
            file.write(bytes(self._reserved - HEADER))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    @contextmanager
    def _trouble(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StorageError(f"{self._path} cannot be used ({error.strerror})") from error


def _frames(content: bytes) -> Iterator[tuple[int, str | None]]:
    """Yield each record's end and text; None for one that is cut or damaged, which is the last."""
    position = HEADER
    while position + FRAME.size <= len(content):
        length, checksum = FRAME.unpack_from(content, position)
        if length == 0 and checksum == 0:
            return
        start = position + FRAME.size
        body = content[start : start + length]
        if len(body) < length or crc32(body) != checksum:
            yield position, None
            return
        try:
            text = body.decode()
        except UnicodeDecodeError:
            yield position, None
            return
        position = start + length
        yield position, text


def _end(content: bytes) -> int:
    """Where the next record goes: over the first that is damaged."""
    end = HEADER
    for position, text in _frames(content):
        if text is None:
            break
        end = position
    return end
