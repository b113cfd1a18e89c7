"""Paper accounts in a database of their own."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import BigInteger, Column, Integer, MetaData, String, Table, Text, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert

from etrms_core.adapters.exchanges.paper.state import PaperState
from etrms_core.adapters.exchanges.paper.state_document import state_document, state_from_document
from etrms_core.adapters.storage.database import Database, migration_folder
from etrms_core.domain.account import Flow, FundingPayment
from etrms_core.domain.order import Fill, Order
from etrms_core.errors import StorageError
from etrms_core.risk.calendar import to_ms

metadata = MetaData()
accounts = Table(
    "paper_accounts",
    metadata,
    Column("account", String(64), primary_key=True),
    Column("document", Text, nullable=False),
)
news = Table(
    "paper_news",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("account", String(64), nullable=False, index=True),
    Column("kind", String(16), nullable=False, index=True),
    Column("happened_at_ms", BigInteger, nullable=False, index=True),
    Column("document", Text, nullable=False),
)

_FILL, _ORDER = TypeAdapter(Fill), TypeAdapter(Order)
_FLOW, _FUNDING = TypeAdapter(Flow), TypeAdapter(FundingPayment)


class SqlPaperStore:
    """State of paper accounts, and everything that ever happened on them, append-only."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path, migrations=migration_folder(__file__))

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def load(self, account: str) -> PaperState | None:
        """State as it was last saved, None for an account that never was."""
        query = select(accounts.c.document).where(accounts.c.account == account)
        with self._database.transaction() as connection:
            text = connection.scalar(query)
        if text is None:
            return None
        try:
            return state_from_document(json.loads(text))
        except json.JSONDecodeError as error:
            raise StorageError(f"{self._database.path}: account {account} is damaged") from error

    def save(self, account: str, state: PaperState) -> None:
        """Store the state with its news in one transaction; the caller clears the news."""
        document = json.dumps(state_document(state), separators=(",", ":"))
        rows = [
            {"account": account, "kind": kind, "happened_at_ms": to_ms(at), "document": text}
            for kind, at, text in _news(state)
        ]
        statement = upsert(accounts).values(account=account, document=document)
        with self._database.transaction() as connection:
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["account"], set_={"document": document}
                )
            )
            if rows:
                connection.execute(insert(news), rows)


def _news(state: PaperState) -> Iterator[tuple[str, datetime, str]]:
    for fill in state.news_fills:
        yield "fill", fill.filled_at, _json(_FILL, fill)
    for order in state.news_orders:
        yield "order", order.created_at, _json(_ORDER, order)
    for flow in state.news_flows:
        yield "flow", flow.occurred_at, _json(_FLOW, flow)
    for payment in state.news_funding:
        yield "funding", payment.paid_at, _json(_FUNDING, payment)


def _json(adapter: TypeAdapter[Any], value: object) -> str:
    return adapter.dump_json(value).decode()
