"""How a worker tells what it does."""

from pathlib import Path

from etrms_core.adapters.compute.worker_files import read_progress
from etrms_core.bootstrap.backtest_job import run_backtest_job
from etrms_core.bootstrap.job_worker import Reports, work_of
from etrms_core.bootstrap.vectorbt_job import run_vectorbt_job
from etrms_core.engine.job_ports import JobKind, JobProgress
from tests.services.acting import ManualSeconds


def test_every_new_step_is_told_at_once_and_the_rest_from_time_to_time(tmp_path: Path) -> None:
    seconds = ManualSeconds()
    tell = Reports(tmp_path, seconds=seconds)
    tell(0.0, "Reads")
    tell(0.2, "Simulates")
    assert read_progress(tmp_path) == JobProgress(0.2, "Simulates")
    tell(0.3, "Simulates")
    assert read_progress(tmp_path) == JobProgress(0.2, "Simulates")
    seconds.advance(0.25)
    tell(0.4, "Simulates")
    assert read_progress(tmp_path) == JobProgress(0.4, "Simulates")


def test_a_folder_that_is_gone_keeps_nobody_from_working(tmp_path: Path) -> None:
    Reports(tmp_path / "none")(0.5, "Simulates")


def test_every_kind_of_job_has_its_work() -> None:
    assert work_of(JobKind.BACKTEST) is run_backtest_job
    assert work_of(JobKind.VECTORBT_CHECK) is run_vectorbt_job
