"""What the desk may rely on whatever keeps its jobs."""

from dataclasses import replace
from datetime import timedelta

import pytest

from etrms_core.engine.desk_stores import DeskStores
from etrms_core.engine.job_ports import UNFINISHED, Job, JobKind, JobMove, JobState, JobStore
from tests.builders import NOW

S = JobState
LATER = NOW + timedelta(seconds=7)
JOB = Job("job-001", JobKind.BACKTEST, "Sma ümlaut", '{"seed": 7}', S.QUEUED, NOW)


class JobStoreContract:
    """Inherit and give a fixture `stores` that returns the stores of a new desk."""

    @pytest.fixture
    def store(self, stores: DeskStores) -> JobStore:
        return stores.jobs

    def test_a_job_comes_back_with_every_field(self, store: JobStore) -> None:
        full = replace(
            JOB,
            kind=JobKind.VECTORBT_CHECK,
            state=S.FAILED,
            started_at=NOW,
            finished_at=LATER,
            reason="killed",
            deleted_at=LATER,
        )
        assert store.add(full)
        assert store.find("job-001") == full
        assert store.find("job-002") is None

    def test_an_id_that_is_taken_stores_nothing(self, store: JobStore) -> None:
        assert store.add(JOB)
        assert not store.add(replace(JOB, title="other"))
        assert store.find("job-001") == JOB

    def test_jobs_are_listed_newest_first_by_state(self, store: JobStore) -> None:
        for number, state in enumerate((S.QUEUED, S.RUNNING, S.DONE)):
            at = NOW + timedelta(seconds=number)
            store.add(replace(JOB, job_id=f"job-{number}", state=state, submitted_at=at))
        assert [job.job_id for job in store.list(limit=10)] == ["job-2", "job-1", "job-0"]
        assert [job.job_id for job in store.list(limit=2)] == ["job-2", "job-1"]
        unfinished = store.list(limit=10, states=tuple(UNFINISHED))
        assert [job.job_id for job in unfinished] == ["job-1", "job-0"]

    def test_a_step_happens_only_from_the_states_that_were_seen(self, store: JobStore) -> None:
        store.add(JOB)
        run = JobMove("job-001", frozenset({S.QUEUED}), S.RUNNING, LATER)
        assert store.move(run)
        assert not store.move(run)
        running = store.find("job-001")
        assert running == replace(JOB, state=S.RUNNING, started_at=LATER)
        end = JobMove("job-001", frozenset({S.RUNNING}), S.FAILED, LATER, "it hangs")
        assert store.move(end)
        failed = store.find("job-001")
        assert failed == replace(running, state=S.FAILED, finished_at=LATER, reason="it hangs")
        again = JobMove("job-001", frozenset({S.FAILED}), S.QUEUED, LATER)
        assert store.move(again)
        assert store.find("job-001") == replace(JOB, submitted_at=LATER)

    def test_a_job_that_is_not_there_moves_nowhere(self, store: JobStore) -> None:
        assert not store.move(JobMove("job-009", frozenset(S), S.DONE, NOW))

    def test_deleting_is_a_mark_until_the_job_is_forgotten(self, store: JobStore) -> None:
        store.add(JOB)
        store.mark_deleted("job-001", LATER)
        assert store.list(limit=1) == (replace(JOB, deleted_at=LATER),)
        store.mark_deleted("job-001", None)
        assert store.find("job-001") == JOB
        store.forget("job-001")
        assert store.find("job-001") is None
