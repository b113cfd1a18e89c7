"""The folders of results: `runs/ID` of a home folder, and where deleted ones wait."""

import shutil
from pathlib import Path

from etrms_core.adapters.storage.disk_trouble import disk_errors

RUNS, JOBS, ASIDE = "runs", "jobs", ".deleted"


class HomeRunFolders:
    """`RunFolders` of a home folder."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def put_aside(self, job_id: str) -> None:
        """Hide the results of a job."""
        self._move(self._results(job_id), self._aside(job_id))

    def bring_back(self, job_id: str) -> None:
        """Show hidden results again."""
        self._move(self._aside(job_id), self._results(job_id))

    def purge(self, job_id: str) -> None:
        """Remove the results of a job, hidden or not, and all that its worker left."""
        for folder in (self._results(job_id), self._aside(job_id), self._home / JOBS / job_id):
            with disk_errors(folder):
                if folder.exists():
                    shutil.rmtree(folder)

    def _results(self, job_id: str) -> Path:
        return self._home / RUNS / job_id

    def _aside(self, job_id: str) -> Path:
        return self._home / RUNS / ASIDE / job_id

    def _move(self, source: Path, target: Path) -> None:
        with disk_errors(source):
            if not source.exists():
                return
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if target.exists():
                shutil.rmtree(target)
            source.rename(target)
