"""Tables of the desk's database; `migrations` builds the same, step by step.

Times are microseconds since 1970 (`moments`), documents are JSON text.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

from etrms_core.adapters.storage.job_table import define_jobs

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

# Append-only and hash-chained, as `cycles`: numbers run without a gap in each run.
# `subject` is the rule of a breaker event, the subject of a desk event.
events = Table(
    "events",
    desk_metadata,
    Column("run_id", String(64), primary_key=True),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("occurred_at_us", BigInteger, nullable=False, index=True),
    Column("source", String(20), nullable=False),
    Column("kind", String(40), nullable=False, index=True),
    Column("subject", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("previous_hash", String(64), nullable=False),
    Column("row_hash", String(64), nullable=False),
)

# `payload` is compressed against the row before it, but for a keyframe, which stands alone.
cycles = Table(
    "cycles",
    desk_metadata,
    Column("run_id", String(64), primary_key=True),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("as_of_us", BigInteger, nullable=False, index=True),
    Column("is_keyframe", Boolean, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("decision_hash", String(64), nullable=False),
    Column("memory_hash", String(64), nullable=False),
    Column("previous_hash", String(64), nullable=False),
    Column("row_hash", String(64), nullable=False),
)

# Number and hash of the last row of each chain, and of the last row that was pruned from it.
chains = Table(
    "chains",
    desk_metadata,
    Column("log", String(20), primary_key=True),
    Column("run_id", String(64), primary_key=True),
    Column("head_sequence", BigInteger, nullable=False),
    Column("head_hash", String(64), nullable=False),
    Column("start_sequence", BigInteger, nullable=False),
    Column("start_hash", String(64), nullable=False),
)

intents = Table(
    "intents",
    desk_metadata,
    Column("intent_id", String(64), primary_key=True),
    Column("number", BigInteger, nullable=False, unique=True),
    Column("run_id", String(64), nullable=False),
    Column("account", String(100), nullable=False),
    Column("origin", String(20), nullable=False),
    Column("state", String(20), nullable=False, index=True),
    Column("decided_at_us", BigInteger, nullable=False, index=True),
    Column("document", Text, nullable=False),
)

lease = Table(
    "lease",
    desk_metadata,
    Column("name", String(40), primary_key=True),
    Column("holder", Text, nullable=False),
    Column("fence", BigInteger, nullable=False),
    Column("renewals", BigInteger, nullable=False),
    Column("is_released", Boolean, nullable=False),
)

owner = Table(
    "owner",
    desk_metadata,
    Column("name", String(100), primary_key=True),
    Column("password_hash", Text, nullable=False),
    Column("created_at_us", BigInteger, nullable=False),
    Column("changed_at_us", BigInteger, nullable=False),
)

# Ids, tickets and names are kept as hashes. A session or ticket holds while the owner's own
# `changed_at_us` is the one that it was made under: another password ends them all.
web_sessions = Table(
    "web_sessions",
    desk_metadata,
    Column("id_hash", String(64), primary_key=True),
    Column("owner", String(100), nullable=False),
    Column("owner_changed_at_us", BigInteger, nullable=False),
    Column("created_at_us", BigInteger, nullable=False),
    Column("used_at_us", BigInteger, nullable=False),
    Column("expires_at_us", BigInteger, nullable=False),
    Column("user_agent", String(200), nullable=False),
)

login_failures = Table(
    "login_failures",
    desk_metadata,
    Column("kind", String(20), primary_key=True),
    Column("subject", String(64), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("failed_at_us", BigInteger, nullable=False),
    Column("not_before_us", BigInteger),
)

login_tickets = Table(
    "login_tickets",
    desk_metadata,
    Column("ticket_hash", String(64), primary_key=True),
    Column("owner", String(100), nullable=False),
    Column("owner_changed_at_us", BigInteger, nullable=False),
    Column("expires_at_us", BigInteger, nullable=False),
)

owner_preferences = Table(
    "owner_preferences",
    desk_metadata,
    Column("owner", String(100), primary_key=True),
    Column("document", Text, nullable=False),
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
    Column("due_at_us", BigInteger),
    Column("acknowledged_at_us", BigInteger),
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
    Column("gross_leverage", Float),
    Column("margin_ratio", Float),
)

# Thinned as `history`.
account_history = Table(
    "account_history",
    desk_metadata,
    Column("account", String(100), primary_key=True),
    Column("observed_at_us", BigInteger, primary_key=True, autoincrement=False),
    Column("equity", Float),
)

# A copy of what venues show; `ledger_readings` say when it was taken, and why not since.
ledger_entries = Table(
    "ledger_entries",
    desk_metadata,
    Column("account", String(100), primary_key=True),
    Column("entry_id", String(200), primary_key=True),
    Column("occurred_at_us", BigInteger, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("symbol", String(100)),
    Column("amount", Float, nullable=False),
    Column("asset", String(40), nullable=False),
    Index("ix_ledger_entries_account_occurred_at_us", "account", "occurred_at_us"),
)

ledger_readings = Table(
    "ledger_readings",
    desk_metadata,
    Column("account", String(100), primary_key=True),
    Column("read_at_us", BigInteger),
    Column("failed_at_us", BigInteger),
    Column("reason", Text, nullable=False),
)

# What notifications and the vault keep. A message waits once for each event and channel; `marks`
# hold up to which event something was done.
notification_channels = Table(
    "notification_channels",
    desk_metadata,
    Column("name", String(40), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("document", Text, nullable=False),
)

outbox = Table(
    "outbox",
    desk_metadata,
    Column("run_id", String(64), primary_key=True),
    Column("channel", String(40), primary_key=True),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("severity", Integer, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("subject", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("occurred_at_us", BigInteger, nullable=False),
    Column("created_at_us", BigInteger, nullable=False),
    Column("due_at_us", BigInteger, nullable=False),
    Column("state", String(20), nullable=False, index=True),
    Column("tries", Integer, nullable=False),
    Column("last_error", Text),
    Column("settled_at_us", BigInteger),
)

marks = Table(
    "marks",
    desk_metadata,
    Column("run_id", String(64), primary_key=True),
    Column("name", String(40), primary_key=True),
    Column("sequence", BigInteger, nullable=False),
)

# At most one row.
vault_header = Table(
    "vault_header",
    desk_metadata,
    Column("name", String(40), primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("salt", LargeBinary, nullable=False),
    Column("iterations", Integer, nullable=False),
    Column("lanes", Integer, nullable=False),
    Column("memory_kib", Integer, nullable=False),
    Column("check_nonce", LargeBinary, nullable=False),
    Column("check_value", LargeBinary, nullable=False),
)

vault_secrets = Table(
    "vault_secrets",
    desk_metadata,
    Column("kind", String(40), primary_key=True),
    Column("name", String(100), primary_key=True),
    Column("field", String(40), primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("nonce", LargeBinary, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)

jobs = define_jobs(desk_metadata)
