"""Reading the hash chains of a run from its database."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, select, type_coerce
from sqlalchemy.types import NULLTYPE

from etrms_core.adapters.storage import tables
from etrms_core.adapters.storage.cycle_rows import cycle_content, read_cycle, unpack
from etrms_core.adapters.storage.engine import Database
from etrms_core.adapters.storage.event_rows import event_content
from etrms_core.engine.hash_chain import START, AuditLogName, ChainRow, Checkpoint
from etrms_core.engine.storage_ports import RecordedCycle
from etrms_core.errors import EtrmsError, StorageError

PAGE = 500
NO_NUMBER = -1
Content = Callable[[Mapping[str, Any]], str]
CHAINS: dict[AuditLogName, tuple[Table, Content]] = {
    AuditLogName.EVENTS: (tables.events, event_content),
    AuditLogName.CYCLES: (tables.cycles, cycle_content),
}


class SqlAuditLog:
    """`AuditLog` of one run; a page of rows at a time, so that nobody waits for a long read.

    Every column is read as it lies there: what a damaged one holds is for the hash to refuse.
    """

    def __init__(self, database: Database, run_id: str) -> None:
        self._database = database
        self._run_id = run_id

    @property
    def run_id(self) -> str:
        """Name of the run."""
        return self._run_id

    def rows(self, log: AuditLogName) -> Iterator[ChainRow]:
        """Rows in the order of writing, read as they are asked for."""
        content = CHAINS[log][1]
        for columns in self._pages(log):
            yield ChainRow(
                _number(columns["sequence"]),
                content(columns),
                columns["previous_hash"],
                columns["row_hash"],
            )

    def start(self, log: AuditLogName) -> Checkpoint:
        """Return where the rows begin: after the last pruned one."""
        return self._checkpoint(log, "start")

    def head(self, log: AuditLogName) -> Checkpoint:
        """Return number and hash of the row written last."""
        return self._checkpoint(log, "head")

    def cycles(self) -> Iterator[tuple[int, RecordedCycle]]:
        """Read recorded cycles with their numbers, oldest first.

        Raises
        ------
        StorageError
            At a cycle that cannot be read; it names the number.
        """
        text: bytes | None = None
        for columns in self._pages(AuditLogName.CYCLES):
            number = _number(columns["sequence"])
            try:
                text = _text(columns, text)
                recorded = read_cycle(text, columns)
            except (EtrmsError, ValueError, TypeError, KeyError, AttributeError) as error:
                reason = str(error).partition("\n")[0]
                raise StorageError(
                    f"cycle {number} in {self._database.name} cannot be read: {reason}"
                ) from error
            yield number, recorded

    def _pages(self, log: AuditLogName) -> Iterator[Mapping[str, Any]]:
        table = CHAINS[log][0]
        columns: list[ColumnElement[Any]] = [
            type_coerce(column, NULLTYPE).label(column.name) for column in table.c
        ]
        query: Select[Any] = (
            select(*columns).where(table.c.run_id == self._run_id).order_by(table.c.sequence)
        )
        page = self._page(query)
        while page:
            yield from page
            page = self._page(query.where(table.c.sequence > page[-1]["sequence"]))

    def _page(self, query: Select[Any]) -> Sequence[Mapping[str, Any]]:
        try:
            return self._read(query, PAGE)
        except StorageError:
            # One row of the page cannot even be fetched; those before it can.
            return self._read(query, 1)

    def _read(self, query: Select[Any], size: int) -> Sequence[Mapping[str, Any]]:
        with self._database.reading() as connection:
            return [dict(row) for row in connection.execute(query.limit(size)).mappings()]

    def _checkpoint(self, log: AuditLogName, which: str) -> Checkpoint:
        chain = tables.chains
        query = select(chain.c[f"{which}_sequence"], chain.c[f"{which}_hash"]).where(
            chain.c.log == log.value, chain.c.run_id == self._run_id
        )
        with self._database.reading() as connection:
            row = connection.execute(query).one_or_none()
        return START if row is None else Checkpoint(_number(row[0]), row[1])


def _number(value: object) -> int:
    return value if isinstance(value, int) else NO_NUMBER


def _text(columns: Mapping[str, Any], before: bytes | None) -> bytes:
    if columns["is_keyframe"]:
        return unpack(columns["payload"])
    if before is None:
        raise StorageError("the one before it, which it builds on, is missing")
    return unpack(columns["payload"], before)
