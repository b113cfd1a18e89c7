"""Worker processes: modest, without secrets, and ended in every way that there is."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest

from etrms_core.adapters.compute.spawned_workers import (
    SpawnedWorker,
    SpawnedWorkers,
    worker_environment,
)
from etrms_core.adapters.compute.worker_files import PROGRESS, read_progress
from etrms_core.engine.job_ports import Job, JobEnd, JobKind, JobProgress, JobState
from etrms_core.errors import StorageError
from tests.builders import NOW

MODULE = "tests.doubles.job_process"
PATIENCE = 60.0
Begin = Callable[[str], SpawnedWorker]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def workers(home: Path) -> SpawnedWorkers:
    return SpawnedWorkers(home, MODULE)


@pytest.fixture
def begin(workers: SpawnedWorkers) -> Iterator[Begin]:
    started = []

    def start(deed: str) -> SpawnedWorker:
        document = json.dumps({"do": deed})
        job = Job("job-001", JobKind.BACKTEST, "x", document, JobState.RUNNING, NOW)
        started.append(workers.start(job, seconds=60.0))
        return started[-1]

    yield start
    for worker in started:
        worker.stop(at_once=True)


def wait_for_end(worker: SpawnedWorker, *, seconds: float = PATIENCE) -> JobEnd:
    deadline = monotonic() + seconds
    while (end := worker.end()) is None:
        assert monotonic() < deadline
        sleep(0.01)
    return end


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = monotonic() + PATIENCE
    while not is_so():
        assert monotonic() < deadline
        sleep(0.01)


def test_a_worker_is_modest_and_knows_no_secret(
    home: Path, begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ETRMS_VAULT_PASSPHRASE", "open sesame")
    monkeypatch.setenv("ETRMS_DATABASE_URL", "postgresql://user:secret@host/name")
    monkeypatch.setenv("SOME_API_KEY", "abc")
    assert wait_for_end(begin("describe")) == JobEnd()
    told = json.loads((home / "told.json").read_text())
    assert told["niceness"] == os.nice(0) + 10
    assert told["folder"] == str(home / "jobs" / "job-001")
    assert told["folder"] not in told["path"]
    assert "" not in told["path"]
    assert told["group"]
    assert told["core"] == 0
    assert 0 < told["memory"] <= 6 << 30
    text = json.dumps(told["environment"])
    assert not any(each in text for each in ("sesame", "secret", "API_KEY", "DATABASE"))


def test_only_names_on_the_list_are_passed_on() -> None:
    passed = worker_environment({"PATH": "/bin", "ETRMS_VAULT_PASSPHRASE": "x", "LANG": "C"})
    assert set(passed) == {
        "PATH",
        "LANG",
        "PYTHONPATH",
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "NUMBA_NUM_THREADS",
    }


@pytest.mark.parametrize(
    ("deed", "reason"),
    [
        ("fail", "ValueError: fast must be below slow"),
        ("fill_disk", "the disk is full"),
        ("eat", "it needs more memory than a job may have"),
        ("die", "killed by signal 9, perhaps out of memory"),
        ("leave_no_word", "the disk is full; free some space and start it again"),
    ],
)
def test_a_worker_that_fails_says_why(begin: Begin, deed: str, reason: str) -> None:
    assert wait_for_end(begin(deed)).reason == reason


def test_a_hanging_worker_ends_when_it_is_asked_to(begin: Begin, workers: SpawnedWorkers) -> None:
    worker = begin("hang")
    wait_until(lambda: workers.progress("job-001") is not None)
    assert workers.progress("job-001") == JobProgress(0.25, "works on job-001")
    asked = monotonic()
    worker.stop()
    assert wait_for_end(worker).reason == "ended by signal 15"
    assert monotonic() - asked < 2.0


def test_a_worker_that_does_not_listen_is_ended(home: Path, begin: Begin) -> None:
    worker = begin("ignore")
    wait_until(lambda: (home / "ignoring").exists())
    worker.stop()
    sleep(0.2)
    assert worker.end() is None
    worker.stop(at_once=True)
    assert "signal 9" in wait_for_end(worker, seconds=2.0).reason


def test_a_worker_ends_with_the_desk(begin: Begin, workers: SpawnedWorkers) -> None:
    worker = begin("hang")
    wait_until(lambda: workers.progress("job-001") is not None)
    # The system does this when the desk's process is gone, however it went.
    worker._close_input()
    assert wait_for_end(worker, seconds=5.0).reason


def test_a_folder_that_cannot_be_made_is_told(home: Path, begin: Begin) -> None:
    (home / "jobs").write_text("a file")
    with pytest.raises(StorageError, match="cannot be started"):
        begin("describe")


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"fraction": "x"}', '{"fraction": NaN, "words": "x"}', "\x00\xff"]
)
def test_damaged_progress_is_none(tmp_path: Path, content: str) -> None:
    (tmp_path / PROGRESS).write_text(content)
    assert read_progress(tmp_path) is None


def test_progress_stays_within_its_bounds(tmp_path: Path) -> None:
    (tmp_path / PROGRESS).write_text(json.dumps({"fraction": 7, "words": "w" * 9_999}))
    found = read_progress(tmp_path)
    assert found is not None
    assert found.fraction == 1.0
    assert len(found.words) == 200
