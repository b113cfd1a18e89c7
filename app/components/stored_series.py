"""The page Data: what is stored, how sound it is, longer bars, and removal with its undo."""

from typing import Any

import streamlit as st

from app.background_job import BackgroundJob
from app.child_command import run_command
from app.components.literal_text import literally
from app.page_frame import error_boundary
from app.presenters.series_rows import (
    StoredRow,
    gap_table,
    import_line,
    quality_lines,
    stored_csv,
    stored_rows,
    stored_table,
)

LIST: BackgroundJob[tuple[StoredRow, ...]] = BackgroundJob("list-series")
CHECK: BackgroundJob[tuple[StoredRow, dict[str, Any]]] = BackgroundJob("check-series")
CHANGE: BackgroundJob[str] = BackgroundJob("change-series")
REMOVED = "removed_series"
TIMEFRAMES = ("1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "1w")
LIST_SECONDS, WORK_SECONDS = 120.0, 600.0
MOST_ROWS_SHOWN = 5
NOTHING = (
    "No bars are stored yet. Import a file below, or load the sample data on the page Backtest; "
    "backtests and replays then use them."
)


def read_list() -> None:
    """Read what is stored anew, in the background."""
    LIST.start(lambda _report: _listed())


def stored_section() -> None:
    """Draw what is stored; call it within a section that refreshes."""
    if LIST.state is None:
        read_list()
    state = LIST.state
    if state is None or (state.is_running and state.result is None):
        st.skeleton(height=160)
        return
    if state.error is not None:
        st.error(f"The list cannot be read: {literally(state.error)}", icon=":material/error:")
    rows = state.result or ()
    _told_change()
    if not rows and state.error is None:
        st.info(NOTHING)
        return
    _table(rows)
    _details(rows)


def _listed() -> tuple[StoredRow, ...]:
    return stored_rows(run_command("data", "list", timeout_seconds=LIST_SECONDS))


def _table(rows: tuple[StoredRow, ...]) -> None:
    times = _times()
    st.dataframe(
        stored_table(rows),
        hide_index=True,
        key="stored_series",
        column_config={
            "Rows": st.column_config.NumberColumn(format="localized"),
            "From (UTC)": times,
            "To (UTC)": times,
        },
        alt="Stored series with their number of rows and their times",
    )
    with st.container(horizontal=True):
        st.download_button(
            "Download CSV",
            lambda: stored_csv(rows),
            file_name="stored_series.csv",
            mime="text/csv",
            on_click="ignore",
            icon=":material/download:",
            key="series_csv",
        )
        if st.button("Read again", icon=":material/refresh:", key="read_series"):
            read_list()


def _details(rows: tuple[StoredRow, ...]) -> None:
    bars = {row.label: row for row in rows if row.timeframe is not None}
    if not bars:
        return
    chosen = bars[st.selectbox("Series", list(bars), key="chosen_series")]
    with st.container(horizontal=True):
        is_busy = _is_busy(CHECK) or _is_busy(CHANGE)
        if st.button("Check", key="check_series", disabled=is_busy):
            CHECK.start(lambda _report: (chosen, _checked(chosen)))
        if st.button("Make longer bars", key="resample_series", disabled=is_busy):
            _resample_dialog(chosen)
        if st.button("Remove", key="remove_series", disabled=is_busy):
            _remove_dialog(chosen)
    _told_check(chosen)


def _is_busy(job: BackgroundJob[Any]) -> bool:
    return job.state is not None and job.state.is_running


def _checked(row: StoredRow) -> dict[str, Any]:
    options = ("--venue", row.venue, "--symbol", row.symbol, "--timeframe", str(row.timeframe))
    found = run_command("data", "check", *options, timeout_seconds=WORK_SECONDS)
    return next(each for each in found if each["kind"] == row.kind)


def _told_check(chosen: StoredRow) -> None:
    state = CHECK.state
    if state is None:
        return
    if state.is_running:
        st.progress(0.0, text="Checking the bars.")
    elif state.error is not None:
        st.error(f"The check found: {literally(state.error)}", icon=":material/error:")
    elif state.result is not None and state.result[0] == chosen:
        quality_report(state.result[1])


def quality_report(quality: dict[str, Any]) -> None:
    """Draw what a check of bars found."""
    show = st.success if quality["is_usable"] and not quality["problems"] else st.warning
    if not quality["is_usable"]:
        show = st.error
    show("  \n".join(literally(line) for line in quality_lines(quality)))
    if quality["gaps"]:
        table = gap_table(quality)
        st.dataframe(
            table,
            hide_index=True,
            key="series_gaps",
            height=240 if len(quality["gaps"]) > MOST_ROWS_SHOWN else "content",
            column_config={name: _times() for name in table if name.endswith("(UTC)")},
            alt="Gaps in the bars",
        )


def _times() -> Any:  # noqa: ANN401  a column configuration
    return st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm", timezone="UTC")


def _told_change() -> None:
    state = CHANGE.state
    if state is None:
        return
    if state.is_running:
        st.progress(0.0, text="Working on it.")
    elif state.error is not None:
        st.error(f"Nothing is changed: {literally(state.error)}", icon=":material/error:")
    elif state.result is not None:
        st.success(literally(state.result), icon=":material/check:")
    removed: StoredRow | None = st.session_state.get(REMOVED)
    is_over = state.result is not None and state.result.startswith("Removed")
    if removed is not None and is_over and st.button("Undo", key="undo_removal"):
        st.session_state.pop(REMOVED)
        _start(lambda: _undone(removed))


@st.dialog("Make longer bars", icon=":material/stacked_bar_chart:")
def _resample_dialog(row: StoredRow) -> None:
    with error_boundary("Making longer bars"):
        resample_series(row)


def resample_series(row: StoredRow) -> None:
    """Ask for the longer timeframe and start the work."""
    st.markdown(
        f"{literally(row.label)} is put together into longer bars, which are stored beside it. A "
        "longer bar of which a part is missing is left out."
    )
    longer = (
        TIMEFRAMES[TIMEFRAMES.index(row.timeframe) + 1 :] if row.timeframe in TIMEFRAMES else ()
    )
    if not longer:
        st.info("There is no longer timeframe to make of it.")
        return
    target = st.selectbox("Longer timeframe", longer, key="longer_timeframe")
    if st.button("Make them", type="primary", key="make_longer"):
        _start(lambda: _resampled(row, target))
        st.rerun()


@st.dialog("Remove bars", icon=":material/delete:")
def _remove_dialog(row: StoredRow) -> None:
    with error_boundary("The removal"):
        remove_series(row)


def remove_series(row: StoredRow) -> None:
    """Say what is removed and remove it."""
    st.markdown(
        f"**{literally(row.label)}**: {row.rows:,} bars are removed. Finished backtests keep their "
        "results, and can be run again only with these bars. Undo brings them back until bars of "
        "this name are removed again."
    )
    if st.button("Remove these bars", type="primary", key="remove_now"):
        st.session_state[REMOVED] = row
        _start(lambda: _removed(row))
        st.rerun()


def _start(work: Any) -> None:  # noqa: ANN401  a function without arguments
    def change(_report: object) -> str:
        told: str = work()
        read_list()
        return told

    CHANGE.start(change)


def _resampled(row: StoredRow, target: str) -> str:
    report = run_command(
        "data", "resample", *row.options, "--to", target, timeout_seconds=WORK_SECONDS
    )
    return import_line(report)


def _removed(row: StoredRow) -> str:
    run_command("data", "remove", *row.options, timeout_seconds=WORK_SECONDS)
    return f"Removed {row.label}."


def _undone(row: StoredRow) -> str:
    run_command("data", "remove", *row.options, "--undo", timeout_seconds=WORK_SECONDS)
    return f"{row.label} is back."
