"""Settings: the audit log, its proof and its replay."""

from collections.abc import Sequence
from datetime import timedelta

import streamlit as st

from app import runtime
from app.background_job import BackgroundJob, Report
from app.components.desk_tables import event_table
from app.components.job_panel import job_panel
from app.components.literal_text import literally
from app.presenters.audit_results import progress_text, replay_line, verify_lines
from app.presenters.event_export import event_csv
from app.presenters.event_groups import chosen_kinds, kind_choices
from app.presenters.event_rows import event_rows
from app.session import display_zone
from etrms_core.engine.storage_ports import StoredEvent
from etrms_core.services.audit import Progress, ReplayReport, VerifyReport

VERIFY: BackgroundJob[VerifyReport] = BackgroundJob("audit-verify")
REPLAY: BackgroundJob[ReplayReport] = BackgroundJob("audit-replay")
PERIODS = {
    "The last hour": timedelta(hours=1),
    "The last 24 hours": timedelta(days=1),
    "The last 7 days": timedelta(days=7),
    "Everything": None,
}
PER_PAGE, SHOWN, EXPORTED = 50, 2_000, 100_000


def audit_browser() -> None:
    """Draw the events of a period and of chosen kinds, page by page, newest first."""
    left, right = st.columns(2)
    with left:
        period = st.selectbox("Period", list(PERIODS), index=1, key="audit_period")
    with right:
        labels = st.multiselect(
            "Kinds", list(kind_choices()), placeholder="all kinds", key="audit_kinds"
        )
    kinds = chosen_kinds(labels)
    found = _events(period, kinds, SHOWN)
    if not found:
        st.markdown("Nothing of that happened in this period.")
        return
    _page(found)
    st.download_button(
        "Download CSV",
        lambda: event_csv(_events(period, kinds, EXPORTED)),
        file_name="audit_log.csv",
        mime="text/csv",
        on_click="ignore",
        icon=":material/download:",
        key="audit_csv",
    )


def audit_proof() -> None:
    """Verify and replay in the background; call it within a section that refreshes."""
    audit = runtime.desk().audit
    st.markdown(
        "**Verify** walks along both hash chains: a row that was changed, removed or slipped in "
        "is named."
    )
    job_panel(
        VERIFY,
        label="Verify the log",
        work=lambda report: audit.verify(_progress(report)),
        tell=_tell_verify,
        key="audit_verify",
    )
    st.markdown("**Replay** decides every recorded cycle again and compares what comes out.")
    job_panel(
        REPLAY,
        label="Replay the decisions",
        work=lambda report: audit.replay(_progress(report)),
        tell=_tell_replay,
        key="audit_replay",
    )


def _page(found: Sequence[StoredEvent]) -> None:
    zone, now = display_zone(), runtime.desk().now()
    pages = -(-len(found) // PER_PAGE)
    page = st.pagination(pages, key="audit_page") if pages > 1 else 1
    start = (min(page, pages) - 1) * PER_PAGE
    rows = event_rows(found[start : start + PER_PAGE], zone=zone, now=now)
    st.markdown(event_table(rows, zone=zone), unsafe_allow_html=True)
    last = start + len(rows)
    more = "; the CSV file has older ones, too" if len(found) == SHOWN else ""
    st.markdown(f"{start + 1} to {last} of the newest {len(found)}{more}")


def _events(period: str, kinds: Sequence[str], limit: int) -> tuple[StoredEvent, ...]:
    desk, length = runtime.desk(), PERIODS[period]
    since = None if length is None else desk.now() - length
    return desk.events(since=since, kinds=kinds, limit=limit)


def _progress(report: Report) -> Progress:
    return lambda done, total: report(*progress_text(done, total))


def _tell_verify(report: VerifyReport) -> None:
    show = st.success if report.is_good else st.error
    for line in verify_lines(report):
        show(literally(line))


def _tell_replay(report: ReplayReport) -> None:
    show = st.success if report.is_good else st.error
    show(literally(replay_line(report)))
