"""What surrounds every page: the one error boundary, and sections that refresh themselves."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st
import structlog

from app.login_gate import require_owner, signed_in
from etrms_core.errors import EtrmsError

log = structlog.get_logger(__name__)


def report_error(error: Exception, *, what: str) -> str:
    """Log an error with its traceback and return the sentence that the user sees."""
    reference = secrets.token_hex(4)
    log.error("page failed", what=what, reference=reference, exc_info=error)
    cause = str(error) if isinstance(error, EtrmsError) else "something unexpected happened"
    return (
        f"{what} cannot be shown: {cause}. The monitor does not depend on this page. "
        f"Reload to try again; the log has the details under reference {reference}."
    )


@contextmanager
def error_boundary(what: str) -> Iterator[None]:
    """Show a sentence and a reference number instead of what fails inside; `what` names it."""
    try:
        yield
    except Exception as error:  # noqa: BLE001  the boundary: everything is logged, nothing leaks
        st.error(report_error(error, what=what), icon=":material/error:")


def refreshed(draw: Callable[[], None], *, what: str, every_seconds: float | None = None) -> None:
    """Draw a section that is drawn again by itself: at its own widgets, and at intervals.

    Each time it is asked anew whether the owner is still signed in; if not, the way in is shown
    instead of the page, and what was typed is not looked at.
    """
    require_owner()

    @st.fragment(run_every=every_seconds)
    def section() -> None:
        with error_boundary(what):
            if signed_in() is None:
                st.rerun()
            draw()

    section()


def on_script_error(error: Exception) -> bool:
    """Show what the boundary did not catch in the same way; true suppresses Streamlit's own."""
    st.error(report_error(error, what="This page"), icon=":material/error:")
    return True
