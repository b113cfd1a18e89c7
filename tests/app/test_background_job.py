"""Long work in a thread of its own."""

from threading import Event
from time import monotonic, sleep

from app.background_job import UNEXPECTED, BackgroundJob, JobState, Report
from etrms_core.errors import StorageError


def wait(job: BackgroundJob[int], *, seconds: float = 5.0) -> JobState[int]:
    deadline = monotonic() + seconds
    while job.state is None or job.state.is_running:
        assert monotonic() < deadline
        sleep(0.005)
    return job.state


def state_of(job: BackgroundJob[int]) -> JobState[int] | None:
    return job.state


def test_work_reports_its_steps_and_keeps_its_result() -> None:
    job, told, go = BackgroundJob[int]("test"), Event(), Event()

    def work(report: Report) -> int:
        report("half", 0.5)
        told.set()
        go.wait(5.0)
        return 42

    assert state_of(job) is None
    assert job.start(work)
    told.wait(5.0)
    assert state_of(job) == JobState(is_running=True, step="half", share=0.5)
    go.set()
    assert wait(job) == JobState(is_running=False, result=42)
    job.forget()
    assert state_of(job) is None


def test_it_runs_once_at_a_time_however_often_it_is_asked_for() -> None:
    job, go, runs = BackgroundJob[int]("test"), Event(), list[int]()

    def work(_report: Report) -> int:
        runs.append(1)
        go.wait(5.0)
        return 1

    assert [job.start(work) for _ in range(3)] == [True, False, False]
    job.forget()
    assert job.state is not None
    go.set()
    wait(job)
    assert runs == [1]
    assert job.start(work)
    wait(job)
    assert runs == [1, 1]


def test_what_fails_is_told_and_nothing_else_leaks() -> None:
    job = BackgroundJob[int]("test")

    def fails(_report: Report) -> int:
        raise StorageError("the disk is full")

    def breaks(_report: Report) -> int:
        raise ZeroDivisionError("a secret")

    job.start(fails)
    assert wait(job).error == "the disk is full"
    job.start(breaks)
    assert wait(job).error == UNEXPECTED
