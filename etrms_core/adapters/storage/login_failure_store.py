"""Failed logins by account and address."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, select, update

from etrms_core.adapters.storage.engine import Database, inserted_new
from etrms_core.adapters.storage.moments import from_us, to_us
from etrms_core.adapters.storage.tables import login_failures
from etrms_core.engine.sign_in_ports import LoginFailures, LoginSource


class SqlLoginFailureStore:
    """`LoginFailureStore` in SQLite or PostgreSQL.

    Raises
    ------
    StorageError
        From every method when the database fails; it names the database.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def failures(self, source: LoginSource) -> LoginFailures | None:
        """Return the failures of a source; None when there are none."""
        with self._database.reading() as connection:
            row = connection.execute(select(login_failures).where(_is(source))).one_or_none()
        if row is None:
            return None
        not_before = None if row.not_before_us is None else from_us(row.not_before_us)
        return LoginFailures(source, row.failures, from_us(row.failed_at_us), not_before)

    def replace_failures(self, failures: LoginFailures, *, seen: LoginFailures | None) -> bool:
        """Store failures; False, and nothing stored, when they changed since they were seen."""
        row = _row(failures)
        with self._database.writing() as connection:
            if seen is None:
                return inserted_new(connection, login_failures, row)
            is_unchanged = and_(
                *(
                    login_failures.c[name].is_not_distinct_from(value)
                    for name, value in _row(seen).items()
                )
            )
            done = connection.execute(update(login_failures).where(is_unchanged).values(row))
        return done.rowcount == 1

    def forget_failures(self, source: LoginSource) -> None:
        """Forget the failures of one source."""
        with self._database.writing() as connection:
            connection.execute(delete(login_failures).where(_is(source)))

    def forget_old_failures(self, *, before: datetime) -> None:
        """Forget all whose last failure lies before that time."""
        is_old = login_failures.c.failed_at_us < to_us(before)
        with self._database.writing() as connection:
            connection.execute(delete(login_failures).where(is_old))


def _is(source: LoginSource) -> ColumnElement[bool]:
    return and_(
        login_failures.c.kind == source.kind.value, login_failures.c.subject == source.subject
    )


def _row(failures: LoginFailures) -> dict[str, object]:
    not_before = failures.not_before
    return {
        "kind": failures.source.kind.value,
        "subject": failures.source.subject,
        "failures": failures.failures,
        "failed_at_us": to_us(failures.failed_at),
        "not_before_us": None if not_before is None else to_us(not_before),
    }
