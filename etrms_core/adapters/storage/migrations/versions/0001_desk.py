"""The desk: memory, accounts, events, breakers, requests, history."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

TABLES = ("facts", "memory", "account_states", "events", "breakers", "requests", "history")


def _row_number() -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column("sequence", kind, primary_key=True, autoincrement=True)


def upgrade() -> None:
    """Build the tables."""
    op.create_table(
        "facts",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.create_table(
        "memory",
        sa.Column("run_id", sa.String(64), primary_key=True),
        sa.Column("updated_at_us", sa.BigInteger),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_table(
        "account_states",
        sa.Column("account", sa.String(100), primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("observed_at_us", sa.BigInteger),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_table(
        "events",
        _row_number(),
        sa.Column("occurred_at_us", sa.BigInteger, nullable=False, index=True),
        sa.Column("source", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False, index=True),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "breakers",
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("rule_id", sa.String(200), nullable=False, unique=True),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_table(
        "requests",
        _row_number(),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("requested_at_us", sa.BigInteger, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "history",
        sa.Column("observed_at_us", sa.BigInteger, primary_key=True, autoincrement=False),
        *(sa.Column(name, sa.Float) for name in ("equity", "nav", "drawdown", "gross_exposure")),
    )


def downgrade() -> None:
    """Drop the tables."""
    for name in TABLES:
        op.drop_table(name)
