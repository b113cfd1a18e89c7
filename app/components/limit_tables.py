"""Limits in use, accounts in money, and what a change would do, as tables."""

from collections.abc import Sequence

from app.components.markup import Html, tag
from app.components.table import Column, table_markup
from app.presenters.limit_changes import LimitChangeRow
from app.presenters.limit_rows import AccountUse, LimitUse

USES: tuple[Column[LimitUse], ...] = (
    Column("Limit", lambda row: row.name, is_wide=True),
    Column("Now", lambda row: row.value, is_number=True),
    Column("Limit in force", lambda row: row.limit, is_number=True, is_wide=True),
    Column("Left", lambda row: row.left, is_number=True),
    Column("Set by", lambda row: row.source),
)
ACCOUNTS: tuple[Column[AccountUse], ...] = (
    Column("Account", lambda row: row.account),
    Column("Equity", lambda row: row.equity, is_number=True),
    Column("Gross exposure", lambda row: row.exposure, is_number=True),
    Column("Of what leverage allows", lambda row: row.share, is_number=True),
    Column("Largest position", lambda row: row.largest, is_number=True),
    Column("Left for one position", lambda row: row.position_left, is_number=True),
)
CHANGES: tuple[Column[LimitChangeRow], ...] = (
    Column("Limit", lambda row: row.name),
    Column("From", lambda row: row.before, is_wide=True),
    Column("To", lambda row: row.after, is_wide=True),
    Column("Effect", lambda row: row.effect),
)


def limit_use_table(rows: Sequence[LimitUse]) -> Html:
    """Draw every limit with how much of it is used."""
    return table_markup(USES, rows, caption="Limits in force")


def account_use_table(rows: Sequence[AccountUse]) -> Html:
    """Draw every account in money against the limits."""
    if not rows:
        return tag("p", "No account was read yet.", css="et-empty")
    return table_markup(ACCOUNTS, rows, caption="Limits by account")


def limit_change_table(rows: Sequence[LimitChangeRow]) -> Html:
    """Draw what changes from what to what."""
    if not rows:
        return tag("p", "Nothing changes.", css="et-empty")
    return table_markup(CHANGES, rows, caption="What changes")
