"""The paper exchange: accounts and their news."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

NEWS_TABLES = ("paper_fills", "paper_orders", "paper_flows", "paper_funding")


def upgrade() -> None:
    """Build the tables."""
    op.create_table(
        "paper_accounts",
        sa.Column("account", sa.String(100), primary_key=True),
        sa.Column("updated_at_us", sa.BigInteger),
        sa.Column("document", sa.Text, nullable=False),
    )
    for name in NEWS_TABLES:
        op.create_table(
            name,
            sa.Column(
                "sequence",
                sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
                primary_key=True,
                autoincrement=True,
            ),
            sa.Column("account", sa.String(100), nullable=False),
            sa.Column("item_id", sa.String(200), nullable=False),
            sa.Column("occurred_at_us", sa.BigInteger, nullable=False),
            sa.Column("document", sa.Text, nullable=False),
            sa.UniqueConstraint("account", "item_id", name=f"uq_{name}_account_item_id"),
            sqlite_autoincrement=True,
        )


def downgrade() -> None:
    """Drop the tables."""
    for name in ("paper_accounts", *NEWS_TABLES):
        op.drop_table(name)
