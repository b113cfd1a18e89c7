"""Parquet files that are replaced whole: a reader sees the old one or the new one."""

import os
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from etrms_core.errors import StorageError


def replace_table(file: Path, table: pa.Table) -> None:
    """Write a table in the place of a file, whose folder is made when it is missing.

    Raises
    ------
    StorageError
        If it cannot be written; what was there before is still there.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        _replace(file, table)
    except (OSError, pa.ArrowException) as error:
        raise StorageError(f"{file}: cannot be written: {error}") from error


def _replace(file: Path, table: pa.Table) -> None:
    handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as stream:
            pq.write_table(table, stream)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).replace(file)
    finally:
        Path(temporary).unlink(missing_ok=True)
