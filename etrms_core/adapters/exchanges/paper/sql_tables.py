"""Tables of the paper exchange's database; `migrations` builds the same, step by step.

Times are microseconds since 1970, desk time; documents are JSON text.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

paper_metadata = MetaData()

# SQLite numbers rows by itself only where the type is exactly INTEGER.
RowNumber = BigInteger().with_variant(Integer(), "sqlite")

paper_accounts = Table(
    "paper_accounts",
    paper_metadata,
    Column("account", String(100), primary_key=True),
    Column("updated_at_us", BigInteger),
    Column("document", Text, nullable=False),
    # Rises with every save, so that a process sees that another one has saved since.
    Column("version", BigInteger, nullable=False, server_default="0"),
)


def _news_table(name: str) -> Table:
    return Table(
        name,
        paper_metadata,
        Column("sequence", RowNumber, primary_key=True, autoincrement=True),
        Column("account", String(100), nullable=False),
        Column("item_id", String(200), nullable=False),
        Column("occurred_at_us", BigInteger, nullable=False),
        Column("document", Text, nullable=False),
        UniqueConstraint("account", "item_id", name=f"uq_{name}_account_item_id"),
        sqlite_autoincrement=True,
    )


# Append-only. An order is written when it has ended, with the time when it was created.
paper_fills = _news_table("paper_fills")
paper_orders = _news_table("paper_orders")
paper_flows = _news_table("paper_flows")
paper_funding = _news_table("paper_funding")

# The ledger is read from these, by time.
for _table in (paper_fills, paper_flows, paper_funding):
    Index(f"ix_{_table.name}_account_occurred_at_us", _table.c.account, _table.c.occurred_at_us)
