"""Tables of the desk's database; `migrations` builds the same, step by step.

Times are microseconds since 1970 (`moments`), documents are JSON text.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

desk_metadata = MetaData()

# SQLite numbers rows by itself only where the type is exactly INTEGER.
RowNumber = BigInteger().with_variant(Integer(), "sqlite")

facts = Table(
    "facts",
    desk_metadata,
    Column("name", String(40), primary_key=True),
    Column("value", Text, nullable=False),
)

memory = Table(
    "memory",
    desk_metadata,
    Column("run_id", String(64), primary_key=True),
    Column("updated_at_us", BigInteger),
    Column("document", Text, nullable=False),
)

account_states = Table(
    "account_states",
    desk_metadata,
    Column("account", String(100), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("observed_at_us", BigInteger),
    Column("document", Text, nullable=False),
)

# Append-only. `subject` is the rule of a breaker event, the subject of a desk event.
events = Table(
    "events",
    desk_metadata,
    Column("sequence", RowNumber, primary_key=True, autoincrement=True),
    Column("occurred_at_us", BigInteger, nullable=False, index=True),
    Column("source", String(20), nullable=False),
    Column("kind", String(40), nullable=False, index=True),
    Column("subject", Text, nullable=False),
    Column("document", Text, nullable=False),
    sqlite_autoincrement=True,
)

breakers = Table(
    "breakers",
    desk_metadata,
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("rule_id", String(200), nullable=False, unique=True),
    Column("document", Text, nullable=False),
)

requests = Table(
    "requests",
    desk_metadata,
    Column("sequence", RowNumber, primary_key=True, autoincrement=True),
    Column("kind", String(40), nullable=False),
    Column("subject", Text, nullable=False),
    Column("requested_at_us", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)

history = Table(
    "history",
    desk_metadata,
    Column("observed_at_us", BigInteger, primary_key=True, autoincrement=False),
    Column("equity", Float),
    Column("nav", Float),
    Column("drawdown", Float),
    Column("gross_exposure", Float),
)
