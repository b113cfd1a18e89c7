"""Hash-chained events and cycles, intents, the lease, the owner; more of requests and history.

The formula of the chain is written out here: what a migration builds never changes.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

NEW_TABLES = ("cycles", "chains", "intents", "lease", "owner")
INDEXED = ("occurred_at_us", "kind")
COVERED = ("occurred_at_us", "source", "kind", "subject", "document")
RUN_ID = "live"
GENESIS = "0" * 64
PAGE = 1_000


def upgrade() -> None:
    """Chain the events that are there and build the new tables."""
    _create_chained_tables()
    _create_acting_tables()
    _set_old_events_aside()
    _create_events(
        sa.Column("run_id", sa.String(64), primary_key=True),
        sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
        hashes=_hashes(),
    )
    _chain_events()
    op.drop_table("events_before")
    for name in ("due_at_us", "acknowledged_at_us"):
        op.add_column("requests", sa.Column(name, sa.BigInteger))
    for name in ("gross_leverage", "margin_ratio"):
        op.add_column("history", sa.Column(name, sa.Float))


def downgrade() -> None:
    """Unchain the events, numbered anew, and drop what was added."""
    for name in ("due_at_us", "acknowledged_at_us"):
        op.drop_column("requests", name)
    for name in ("gross_leverage", "margin_ratio"):
        op.drop_column("history", name)
    _set_old_events_aside()
    row_number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    _create_events(sa.Column("sequence", row_number, primary_key=True, autoincrement=True))
    columns = ", ".join(COVERED)
    op.execute(
        f"INSERT INTO events ({columns}) SELECT {columns} FROM events_before "  # noqa: S608
        "ORDER BY run_id, sequence"
    )
    op.drop_table("events_before")
    for name in NEW_TABLES:
        op.drop_table(name)


def _create_chained_tables() -> None:
    op.create_table(
        "cycles",
        sa.Column("run_id", sa.String(64), primary_key=True),
        sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("as_of_us", sa.BigInteger, nullable=False, index=True),
        sa.Column("is_keyframe", sa.Boolean, nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.Column("decision_hash", sa.String(64), nullable=False),
        sa.Column("memory_hash", sa.String(64), nullable=False),
        *_hashes(),
    )
    op.create_table(
        "chains",
        sa.Column("log", sa.String(20), primary_key=True),
        sa.Column("run_id", sa.String(64), primary_key=True),
        sa.Column("head_sequence", sa.BigInteger, nullable=False),
        sa.Column("head_hash", sa.String(64), nullable=False),
        sa.Column("start_sequence", sa.BigInteger, nullable=False),
        sa.Column("start_hash", sa.String(64), nullable=False),
    )


def _create_acting_tables() -> None:
    op.create_table(
        "intents",
        sa.Column("intent_id", sa.String(64), primary_key=True),
        sa.Column("number", sa.BigInteger, nullable=False, unique=True),
        sa.Column("run_id", sa.String(64), nullable=False),
        sa.Column("account", sa.String(100), nullable=False),
        sa.Column("origin", sa.String(20), nullable=False),
        sa.Column("state", sa.String(20), nullable=False, index=True),
        sa.Column("decided_at_us", sa.BigInteger, nullable=False, index=True),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("fence", sa.BigInteger, nullable=False),
        sa.Column("renewals", sa.BigInteger, nullable=False),
        sa.Column("is_released", sa.Boolean, nullable=False),
    )
    op.create_table(
        "owner",
        sa.Column("name", sa.String(100), primary_key=True),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("created_at_us", sa.BigInteger, nullable=False),
        sa.Column("changed_at_us", sa.BigInteger, nullable=False),
    )


def _hashes() -> list[sa.Column[str]]:
    return [
        sa.Column(name, sa.String(64), nullable=False) for name in ("previous_hash", "row_hash")
    ]


def _set_old_events_aside() -> None:
    for name in INDEXED:
        op.drop_index(f"ix_events_{name}", "events")
    op.rename_table("events", "events_before")
    if op.get_bind().dialect.name == "postgresql":
        # Constraints keep their names when a table is renamed, and the new one needs this.
        op.execute("ALTER INDEX events_pkey RENAME TO events_before_pkey")


def _create_events(
    *key: sa.Column[int] | sa.Column[str], hashes: Sequence[sa.Column[str]] = ()
) -> None:
    op.create_table(
        "events",
        *key,
        sa.Column("occurred_at_us", sa.BigInteger, nullable=False, index=True),
        sa.Column("source", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False, index=True),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        *hashes,
        sqlite_autoincrement=not hashes,
    )


def _chain_events() -> None:
    connection = op.get_bind()
    events, sequence, last_hash = _table("events"), 0, GENESIS
    for page in _old_events(connection):
        rows = []
        for old in page:
            sequence += 1
            columns = {name: old[name] for name in COVERED}
            row_hash = _link(last_hash, sequence, list(columns.values()))
            rows.append(
                {
                    "run_id": RUN_ID,
                    "sequence": sequence,
                    **columns,
                    "previous_hash": last_hash,
                    "row_hash": row_hash,
                }
            )
            last_hash = row_hash
        connection.execute(sa.insert(events), rows)
    if sequence:
        head = {
            "log": "events",
            "run_id": RUN_ID,
            "head_sequence": sequence,
            "head_hash": last_hash,
        }
        start = {"start_sequence": 0, "start_hash": GENESIS}
        connection.execute(sa.insert(_table("chains")), {**head, **start})


def _old_events(connection: sa.Connection) -> Iterator[Sequence[sa.RowMapping]]:
    before = _table("events_before")
    query = sa.select(before).order_by(before.c.sequence).limit(PAGE)
    page = connection.execute(query).mappings().all()
    while page:
        yield page
        later = query.where(before.c.sequence > page[-1]["sequence"])
        page = connection.execute(later).mappings().all()


def _link(last_hash: str, sequence: int, covered: list[object]) -> str:
    content = json.dumps(covered, separators=(",", ":"))
    text = json.dumps([last_hash, RUN_ID, sequence, content], separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _table(name: str) -> sa.Table:
    return sa.Table(name, sa.MetaData(), autoload_with=op.get_bind())
