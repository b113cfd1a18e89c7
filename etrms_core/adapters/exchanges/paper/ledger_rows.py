"""Reading the ledger of a paper account from the rows of its news."""

from collections.abc import Callable, Iterable
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import Connection, Table, select

from etrms_core.adapters.exchanges.paper.ledger import (
    fill_entries,
    flow_entries,
    funding_entries,
)
from etrms_core.adapters.exchanges.paper.sql_tables import paper_fills, paper_flows, paper_funding
from etrms_core.adapters.storage.moments import MICROSECOND, from_us, to_us
from etrms_core.domain.account import Flow, FundingPayment
from etrms_core.domain.ledger import LedgerEntry, LedgerPage
from etrms_core.domain.order import Fill

_FILL, _FLOW, _FUNDING = TypeAdapter(Fill), TypeAdapter(Flow), TypeAdapter(FundingPayment)
Reader = Callable[[str], tuple[LedgerEntry, ...]]
SOURCES: tuple[tuple[Table, Reader], ...] = (
    (paper_flows, lambda document: flow_entries(_FLOW.validate_json(document))),
    (paper_fills, lambda document: fill_entries(_FILL.validate_json(document))),
    (paper_funding, lambda document: funding_entries(_FUNDING.validate_json(document))),
)


def ledger_page(connection: Connection, account: str, *, since: datetime, limit: int) -> LedgerPage:
    """Read a page of whole moments that holds about `limit` rows, at least 1."""
    since_us = to_us(since)
    times = sorted(
        time
        for table, _ in SOURCES
        for time in _next_times(connection, table, account, since_us, limit + 1)
    )
    last_us = times[limit - 1] if len(times) > limit else None
    entries = [
        entry
        for table, read in SOURCES
        for document in _documents(connection, table, account, since_us, last_us)
        for entry in read(document)
    ]
    entries.sort(key=lambda entry: entry.occurred_at)
    return LedgerPage(
        tuple(entries), next_since=None if last_us is None else from_us(last_us) + MICROSECOND
    )


def _next_times(
    connection: Connection, table: Table, account: str, since_us: int, count: int
) -> Iterable[int]:
    time = table.c.occurred_at_us
    query = select(time).where(table.c.account == account, time >= since_us)
    return connection.scalars(query.order_by(time).limit(count))


def _documents(
    connection: Connection, table: Table, account: str, since_us: int, last_us: int | None
) -> Iterable[str]:
    time = table.c.occurred_at_us
    query = select(table.c.document).where(table.c.account == account, time >= since_us)
    if last_us is not None:
        query = query.where(time <= last_us)
    return connection.scalars(query.order_by(time, table.c.sequence))
