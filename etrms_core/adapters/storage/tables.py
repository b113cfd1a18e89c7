"""Tables of the desk's database."""

from sqlalchemy import BigInteger, Column, Float, Integer, MetaData, String, Table, Text

metadata = MetaData()

identity = Table(
    "identity",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", Text, nullable=False),
)
memory = Table(
    "memory",
    metadata,
    Column("run_id", String(64), primary_key=True),
    Column("document", Text, nullable=False),
)
account_states = Table(
    "account_states",
    metadata,
    Column("account", String(64), primary_key=True),
    Column("document", Text, nullable=False),
)
events = Table(
    "events",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("occurred_at_ms", BigInteger, nullable=False, index=True),
    Column("kind", String(32), nullable=False, index=True),
    Column("document", Text, nullable=False),
)
breakers = Table(
    "breakers",
    metadata,
    Column("rule_id", String(128), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("document", Text, nullable=False),
)
requests = Table(
    "requests",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("document", Text, nullable=False),
)
history = Table(
    "history",
    metadata,
    Column("observed_at_ms", BigInteger, primary_key=True),
    Column("equity", Float),
    Column("nav", Float),
    Column("drawdown", Float),
    Column("gross_exposure", Float),
)
