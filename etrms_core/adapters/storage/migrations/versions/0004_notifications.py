"""Notification channels, the outbox, marks in the event log, the vault.

What happened before the upgrade counts as told and read: nobody gets the news of years at once.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

NEW_TABLES = ("notification_channels", "outbox", "marks", "vault_header", "vault_secrets")


def upgrade() -> None:
    """Build the new tables and put the marks at the newest events."""
    _create_notification_tables()
    _create_vault_tables()
    for name in ("routed", "read"):
        op.execute(
            "INSERT INTO marks (run_id, name, sequence) "  # noqa: S608 (two constants)
            f"SELECT run_id, '{name}', head_sequence FROM chains WHERE log = 'events'"
        )


def downgrade() -> None:
    """Drop them, with channels, waiting messages and secrets."""
    for name in NEW_TABLES:
        op.drop_table(name)


def _create_notification_tables() -> None:
    op.create_table(
        "notification_channels",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_table(
        "outbox",
        sa.Column("run_id", sa.String(64), primary_key=True),
        sa.Column("channel", sa.String(40), primary_key=True),
        sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("severity", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("occurred_at_us", sa.BigInteger, nullable=False),
        sa.Column("created_at_us", sa.BigInteger, nullable=False),
        sa.Column("due_at_us", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(20), nullable=False, index=True),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("last_error", sa.Text),
        sa.Column("settled_at_us", sa.BigInteger),
    )
    op.create_table(
        "marks",
        sa.Column("run_id", sa.String(64), primary_key=True),
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("sequence", sa.BigInteger, nullable=False),
    )


def _create_vault_tables() -> None:
    op.create_table(
        "vault_header",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("salt", sa.LargeBinary, nullable=False),
        sa.Column("iterations", sa.Integer, nullable=False),
        sa.Column("lanes", sa.Integer, nullable=False),
        sa.Column("memory_kib", sa.Integer, nullable=False),
        sa.Column("check_nonce", sa.LargeBinary, nullable=False),
        sa.Column("check_value", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "vault_secrets",
        sa.Column("kind", sa.String(40), primary_key=True),
        sa.Column("name", sa.String(100), primary_key=True),
        sa.Column("field", sa.String(40), primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("nonce", sa.LargeBinary, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )
