"""Jobs and their states."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, delete, select, update

from etrms_core.adapters.storage.engine import Database, inserted_new
from etrms_core.adapters.storage.moments import from_us, to_us
from etrms_core.adapters.storage.tables import jobs
from etrms_core.engine.job_ports import Job, JobKind, JobMove, JobState


class SqlJobStore:
    """`JobStore` in SQLite or PostgreSQL.

    Parameters
    ----------
    place : str
        Where the results of these jobs lie: machines that share a server each have jobs of their
        own, since nobody else could read what they found.

    Raises
    ------
    StorageError
        From every method when the database fails; it names the database.
    """

    def __init__(self, database: Database, place: str = "") -> None:
        self._database = database
        self._place = place

    def add(self, job: Job) -> bool:
        """Store a new job; False, and nothing stored, when its id is there already."""
        with self._database.writing() as connection:
            return inserted_new(connection, jobs, _row(job) | {"place": self._place})

    def find(self, job_id: str) -> Job | None:
        """Return a job, deleted or not; None when there is none."""
        with self._database.reading() as connection:
            found = select(jobs).where(jobs.c.job_id == job_id)
            row = connection.execute(found).one_or_none()
        return None if row is None else self._job(row)

    def list(self, *, limit: int, states: Sequence[JobState] = ()) -> tuple[Job, ...]:
        """Return jobs in these states (all without any), deleted ones too, newest first."""
        query = select(jobs).where(jobs.c.place == self._place)
        query = query.order_by(jobs.c.submitted_at_us.desc(), jobs.c.job_id).limit(limit)
        if states:
            query = query.where(jobs.c.state.in_([state.value for state in states]))
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
        return tuple(self._job(row) for row in rows)

    def move(self, move: JobMove) -> bool:
        """Take a step; False, and nothing stored, when the job is in another state by now."""
        seen = [state.value for state in move.seen]
        still = (jobs.c.job_id == move.job_id) & jobs.c.state.in_(seen)
        changed = {"state": move.state.value, "reason": move.reason} | _times(move)
        with self._database.writing() as connection:
            return connection.execute(update(jobs).where(still).values(changed)).rowcount == 1

    def mark_deleted(self, job_id: str, at: datetime | None) -> None:
        """Delete a job, or bring it back with None."""
        changed = update(jobs).where(jobs.c.job_id == job_id).values(deleted_at_us=_us(at))
        with self._database.writing() as connection:
            connection.execute(changed)

    def forget(self, job_id: str) -> None:
        """Remove the row of a job."""
        with self._database.writing() as connection:
            connection.execute(delete(jobs).where(jobs.c.job_id == job_id))

    def _job(self, row: Row[tuple[object, ...]]) -> Job:
        try:
            kind, state = JobKind(row.kind), JobState(row.state)
        except ValueError as error:
            raise self._database.damaged("a job", error) from error
        return Job(
            job_id=row.job_id,
            kind=kind,
            title=row.title,
            document=row.document,
            state=state,
            submitted_at=from_us(row.submitted_at_us),
            started_at=_moment(row.started_at_us),
            finished_at=_moment(row.finished_at_us),
            reason=row.reason,
            deleted_at=_moment(row.deleted_at_us),
        )


def _times(move: JobMove) -> dict[str, int | None]:
    match move.state:
        case JobState.QUEUED:
            return {
                "submitted_at_us": to_us(move.at),
                "started_at_us": None,
                "finished_at_us": None,
            }
        case JobState.RUNNING:
            return {"started_at_us": to_us(move.at), "finished_at_us": None}
        case _:
            return {"finished_at_us": to_us(move.at)}


def _row(job: Job) -> dict[str, object]:
    return {
        "job_id": job.job_id,
        "kind": job.kind.value,
        "title": job.title,
        "document": job.document,
        "state": job.state.value,
        "submitted_at_us": to_us(job.submitted_at),
        "started_at_us": _us(job.started_at),
        "finished_at_us": _us(job.finished_at),
        "reason": job.reason,
        "deleted_at_us": _us(job.deleted_at),
    }


def _us(moment: datetime | None) -> int | None:
    return None if moment is None else to_us(moment)


def _moment(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else from_us(microseconds)
