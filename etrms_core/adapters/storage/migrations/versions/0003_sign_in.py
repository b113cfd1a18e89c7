"""Sessions of the web, failed logins, login tickets, the owner's preferences."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

NEW_TABLES = ("web_sessions", "login_failures", "login_tickets", "owner_preferences")


def upgrade() -> None:
    """Build the new tables."""
    op.create_table(
        "web_sessions",
        sa.Column("id_hash", sa.String(64), primary_key=True),
        sa.Column("owner", sa.String(100), nullable=False),
        sa.Column("owner_changed_at_us", sa.BigInteger, nullable=False),
        sa.Column("created_at_us", sa.BigInteger, nullable=False),
        sa.Column("used_at_us", sa.BigInteger, nullable=False),
        sa.Column("expires_at_us", sa.BigInteger, nullable=False),
        sa.Column("user_agent", sa.String(200), nullable=False),
    )
    op.create_table(
        "login_failures",
        sa.Column("kind", sa.String(20), primary_key=True),
        sa.Column("subject", sa.String(64), primary_key=True),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("failed_at_us", sa.BigInteger, nullable=False),
        sa.Column("not_before_us", sa.BigInteger),
    )
    op.create_table(
        "login_tickets",
        sa.Column("ticket_hash", sa.String(64), primary_key=True),
        sa.Column("owner", sa.String(100), nullable=False),
        sa.Column("owner_changed_at_us", sa.BigInteger, nullable=False),
        sa.Column("expires_at_us", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "owner_preferences",
        sa.Column("owner", sa.String(100), primary_key=True),
        sa.Column("document", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Drop them: everybody signs in anew, preferences are lost."""
    for name in NEW_TABLES:
        op.drop_table(name)
