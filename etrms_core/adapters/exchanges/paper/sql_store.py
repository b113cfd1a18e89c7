"""The paper exchange's accounts in a database of their own."""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, bindparam, select, update

from etrms_core.adapters.exchanges.paper.ledger import funding_id, require_limit
from etrms_core.adapters.exchanges.paper.ledger_rows import ledger_page
from etrms_core.adapters.exchanges.paper.order_checks import REMEMBERED_ORDERS
from etrms_core.adapters.exchanges.paper.sql_tables import (
    paper_accounts,
    paper_fills,
    paper_flows,
    paper_funding,
    paper_orders,
)
from etrms_core.adapters.exchanges.paper.state import PaperState
from etrms_core.adapters.exchanges.paper.state_document import state_document, state_from_document
from etrms_core.adapters.storage.engine import insert_new, inserted_new, open_database
from etrms_core.adapters.storage.json_text import json_text, value_text
from etrms_core.adapters.storage.migration import Schema, upgrade_to_head
from etrms_core.adapters.storage.moments import to_us
from etrms_core.domain.account import Flow, FundingPayment
from etrms_core.domain.ledger import LedgerPage
from etrms_core.domain.order import Fill, Order
from etrms_core.errors import StorageError

PAPER_SCHEMA = Schema(
    folder=Path(__file__).with_name("migrations"),
    version_table="paper_alembic_version",
    head="0003",
)
_FILL = TypeAdapter(Fill)
_ORDER = TypeAdapter(Order)
_FLOW = TypeAdapter(Flow)
_FUNDING = TypeAdapter(FundingPayment)
NEVER_SAVED = -1
# Built once: an order waits for it.
_REPLACE_VERSION = update(paper_accounts).where(
    paper_accounts.c.account == bindparam("of_account"),
    paper_accounts.c.version == bindparam("of_version"),
)
NewsRow = dict[str, Any]


class SqlPaperStore:
    """`PaperStore` in SQLite or PostgreSQL.

    Ended orders are written once, not with every state; the newest 2,000 of an account come back
    when it is loaded, so that they can be looked up.

    A save replaces only the version of an account that this object loaded or saved last: of two
    processes that opened one account, the one that comes second must load what the first saved.

    Raises
    ------
    StorageError
        From every method when the database fails; it names the database.
    """

    def __init__(self, location: Path | str) -> None:
        self._database = open_database(location)
        self._versions: dict[str, int] = {}
        try:
            upgrade_to_head(self._database, PAPER_SCHEMA)
        except StorageError:
            self.close()
            raise

    def load(self, account: str) -> PaperState | None:
        """State as it was last saved, None for an account that never was."""
        with self._database.reading() as connection:
            query = select(paper_accounts).where(paper_accounts.c.account == account)
            stored = connection.execute(query).one_or_none()
            ended = _newest_orders(connection, account)
        self._versions[account] = NEVER_SAVED if stored is None else stored.version
        if stored is None:
            return None
        try:
            return _remembering(
                state_from_document({**json.loads(stored.document), "used_ids": {}}),
                [_ORDER.validate_json(order) for order in ended],
            )
        except (StorageError, ValueError, TypeError) as error:
            # A library's explanation runs over several lines.
            reason = str(error).partition("\n")[0]
            raise StorageError(
                f"{self._database.name} holds the account {account!r} in a form that cannot be "
                f"read ({reason}); restore a backup, or move the file away to start anew"
            ) from error

    def save(self, account: str, state: PaperState) -> None:
        """Store the state with its news in one transaction; news that are there stay single."""
        updated_at = _desk_time(state)
        row = {
            "account": account,
            "updated_at_us": None if updated_at is None else to_us(updated_at),
            "document": json_text(state_document(replace(state, used_ids={}))),
        }
        news = (
            (paper_fills, _rows(account, map(_fill_row, state.news_fills))),
            (paper_orders, _rows(account, map(_order_row, state.news_orders))),
            (paper_flows, _rows(account, map(_flow_row, state.news_flows))),
            (paper_funding, _rows(account, map(_funding_row, state.news_funding))),
        )
        with self._database.writing() as connection:
            version = self._replace(connection, row)
            for table, rows in news:
                insert_new(connection, table, rows)

        self._versions[account] = version

    def _replace(self, connection: Connection, row: NewsRow) -> int:
        account = row["account"]
        known = self._versions.get(account, NEVER_SAVED)
        values = {**row, "version": known + 1}
        if known == NEVER_SAVED:
            is_stored = inserted_new(connection, paper_accounts, values)
        else:
            of = {"of_account": account, "of_version": known}
            is_stored = connection.execute(_REPLACE_VERSION, {**values, **of}).rowcount == 1
        if not is_stored:
            raise StorageError(
                f"{self._database.name}: another process has changed the account {account!r} since"
            )
        return known + 1

    def ledger(self, account: str, *, since: datetime, limit: int) -> LedgerPage:
        """Read what the stored news did to the wallet; two entries of a fill count as one."""
        require_limit(limit)
        try:
            with self._database.reading() as connection:
                return ledger_page(connection, account, since=since, limit=limit)
        except ValueError as error:
            raise self._database.damaged("the ledger", error) from error

    def close(self) -> None:
        """Close all connections; the store opens new ones when it is used again."""
        self._database.close()


def _newest_orders(connection: Connection, account: str) -> list[str]:
    query = (
        select(paper_orders.c.document)
        .where(paper_orders.c.account == account)
        .order_by(paper_orders.c.sequence.desc())
        .limit(REMEMBERED_ORDERS)
    )
    return list(connection.scalars(query))


def _remembering(state: PaperState, ended: list[Order]) -> PaperState:
    resting = [each.order for each in state.orders.values()]
    remembered = ended[: max(0, REMEMBERED_ORDERS - len(resting))]
    # Of orders with one id the newest counts; of one moment those that have ended came first.
    for order in sorted([*reversed(remembered), *resting], key=lambda each: each.created_at):
        state.used_ids.pop(order.request.client_order_id, None)
        state.used_ids[order.request.client_order_id] = order
    return state


def _desk_time(state: PaperState) -> datetime | None:
    if state.last_seen_at is None or state.pace is None:
        return state.last_seen_at
    return state.pace.desk_time(state.last_seen_at)


def _rows(account: str, news: Iterable[NewsRow]) -> list[NewsRow]:
    return [{"account": account, **row} for row in news]


def _news_row(item_id: str, occurred_at: datetime, document: str) -> NewsRow:
    return {"item_id": item_id, "occurred_at_us": to_us(occurred_at), "document": document}


def _fill_row(fill: Fill) -> NewsRow:
    return _news_row(fill.fill_id, fill.filled_at, value_text(_FILL, fill))


def _order_row(order: Order) -> NewsRow:
    return _news_row(order.order_id, order.created_at, value_text(_ORDER, order))


def _flow_row(flow: Flow) -> NewsRow:
    return _news_row(flow.flow_id, flow.occurred_at, value_text(_FLOW, flow))


def _funding_row(payment: FundingPayment) -> NewsRow:
    return _news_row(funding_id(payment), payment.paid_at, value_text(_FUNDING, payment))
