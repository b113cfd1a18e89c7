"""Long work in a thread of its own: a page starts it, and looks how far it has come."""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock, Thread
from typing import Generic, TypeVar

import structlog

from etrms_core.errors import EtrmsError

log = structlog.get_logger(__name__)

Result = TypeVar("Result")
Report = Callable[[str, float | None], None]
UNEXPECTED = "something unexpected happened; the log has the details"


@dataclass(frozen=True, slots=True)
class JobState(Generic[Result]):
    """How far a job has come.

    Attributes
    ----------
    step : str
        What it reported last.
    share : float or None
        How much of it is done, in [0, 1]; None when nobody can say.
    result : object or None
        None while it runs and when it failed.
    error : str or None
        Why it failed.
    """

    is_running: bool
    step: str = ""
    share: float | None = None
    result: Result | None = None
    error: str | None = None


class BackgroundJob(Generic[Result]):
    """One kind of work, which runs once at a time however often it is asked for."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._turn = Lock()
        self._state: JobState[Result] | None = None

    @property
    def state(self) -> JobState[Result] | None:
        """How far it has come; None before the first time."""
        return self._state

    def start(self, work: Callable[[Report], Result]) -> bool:
        """Run work that reports its steps; False, and nothing happens, while it runs already."""
        with self._turn:
            if self._state is not None and self._state.is_running:
                return False
            self._state = JobState(is_running=True)
        Thread(target=self._run, args=(work,), name=self._name, daemon=True).start()
        return True

    def forget(self) -> None:
        """Forget the last result, unless it runs."""
        with self._turn:
            if self._state is not None and not self._state.is_running:
                self._state = None

    def _run(self, work: Callable[[Report], Result]) -> None:
        try:
            self._state = JobState(is_running=False, result=work(self._report))
        except EtrmsError as error:
            self._state = JobState(is_running=False, error=str(error))
        except Exception:  # a job runner: whatever ends the work is logged, and the page told
            log.exception("a job failed", job=self._name)
            self._state = JobState(is_running=False, error=UNEXPECTED)

    def _report(self, step: str, share: float | None) -> None:
        self._state = JobState(is_running=True, step=step, share=share)
