"""Equity by account over time, and a copy of every account's ledger."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Build the tables."""
    op.create_table(
        "account_history",
        sa.Column("account", sa.String(100), primary_key=True),
        sa.Column("observed_at_us", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("equity", sa.Float),
    )
    op.create_table(
        "ledger_entries",
        sa.Column("account", sa.String(100), primary_key=True),
        sa.Column("entry_id", sa.String(200), primary_key=True),
        sa.Column("occurred_at_us", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("symbol", sa.String(100)),
        sa.Column("amount", sa.Float, nullable=False),
        sa.Column("asset", sa.String(40), nullable=False),
    )
    op.create_index(
        "ix_ledger_entries_account_occurred_at_us",
        "ledger_entries",
        ["account", "occurred_at_us"],
    )
    op.create_table(
        "ledger_readings",
        sa.Column("account", sa.String(100), primary_key=True),
        sa.Column("read_at_us", sa.BigInteger),
        sa.Column("failed_at_us", sa.BigInteger),
        sa.Column("reason", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    for name in ("ledger_readings", "ledger_entries", "account_history"):
        op.drop_table(name)
