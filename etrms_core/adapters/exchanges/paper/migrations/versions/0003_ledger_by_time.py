"""Fills, flows and funding are found by time: the ledger is read from them."""

from collections.abc import Sequence

from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

LEDGER_TABLES = ("paper_fills", "paper_flows", "paper_funding")


def upgrade() -> None:
    """Build the indexes."""
    for name in LEDGER_TABLES:
        op.create_index(f"ix_{name}_account_occurred_at_us", name, ["account", "occurred_at_us"])


def downgrade() -> None:
    """Drop them."""
    for name in LEDGER_TABLES:
        op.drop_index(f"ix_{name}_account_occurred_at_us", table_name=name)
