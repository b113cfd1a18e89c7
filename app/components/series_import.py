"""The page Data: a file is looked at first, then stored."""

import re
import secrets
from pathlib import Path
from typing import Any

import streamlit as st

from app.background_job import BackgroundJob
from app.child_command import run_command
from app.components.literal_text import literally
from app.components.stored_series import TIMEFRAMES, WORK_SECONDS, quality_report, read_list
from app.presenters.file_names import proposed_kind, proposed_symbol, proposed_venue
from app.presenters.series_rows import KIND_WORDS, import_line
from etrms_core.settings import home_directory

LOOK: BackgroundJob[tuple[str, dict[str, Any]]] = BackgroundJob("look-at-file")
STORE: BackgroundJob[str] = BackgroundJob("import-file")
LARGEST_UPLOAD = 200
ENDINGS = ("csv", "parquet")
DETECT = "as the file tells"
HELD = "uploaded_series"


def import_section() -> None:
    """Draw the upload, what the file holds, and what became of the import."""
    file = st.file_uploader(
        "CSV or Parquet file with a column for the time",
        type=list(ENDINGS),
        key="series_file",
        max_upload_size=LARGEST_UPLOAD,
        help="Bars: time, open, high, low, close, volume. Funding: time, funding_rate. Times are "
        "text, or seconds, milli-, micro- or nanoseconds since 1970; without a zone they are UTC.",
    )
    if file is None:
        st.markdown(
            "Exports of exchanges and data vendors are understood by their headings. Nothing is "
            "stored before you have seen what the file holds."
        )
    else:
        path = _held(file.file_id, file.name, file.getvalue)
        _form(path, file.name)
    _told()


def _held(file_id: str, name: str, content: Any) -> Path:  # noqa: ANN401  reads the bytes
    held: tuple[str, Path] | None = st.session_state.get(HELD)
    if held is not None and held[0] == file_id and held[1].exists():
        return held[1]
    folder = home_directory() / "uploads"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for old in folder.glob("*.upload.*"):
        old.unlink(missing_ok=True)
    ending = "parquet" if name.lower().endswith(".parquet") else "csv"
    path = folder / f"{secrets.token_hex(8)}.upload.{ending}"
    path.write_bytes(content())
    st.session_state[HELD] = (file_id, path)
    LOOK.forget()
    return path


def _form(path: Path, name: str) -> None:
    left, middle, right = st.columns(3)
    with left:
        venue = st.text_input("Venue", proposed_venue(name), key="import_venue", max_chars=32)
    with middle:
        symbol = st.text_input("Symbol", proposed_symbol(name), key="import_symbol", max_chars=48)
    with right:
        kinds = list(KIND_WORDS)
        kind = st.selectbox(
            "Prices",
            kinds,
            index=kinds.index(proposed_kind(name)),
            format_func=lambda each: KIND_WORDS[each],
            key="import_kind",
        )
    timeframe, overwrites = DETECT, False
    if kind != "funding":
        timeframe = st.selectbox("Timeframe", (DETECT, *TIMEFRAMES), key="import_timeframe")
    overwrites = st.checkbox("Replace stored values that differ", key="import_overwrites")
    _buttons(path, _names(venue, symbol, kind), timeframe, overwrites=overwrites)


def _names(venue: str, symbol: str, kind: str) -> tuple[str, ...]:
    return ("--venue", venue.strip(), "--symbol", symbol.strip(), "--kind", kind)


def _buttons(path: Path, names: tuple[str, ...], timeframe: str, *, overwrites: bool) -> None:
    is_busy = any(job.state is not None and job.state.is_running for job in (LOOK, STORE))
    is_named = bool(names[1] and names[3])
    is_funding = names[5] == "funding"
    with st.container(horizontal=True):
        if not is_funding and st.button("Check the file", key="check_file", disabled=is_busy):
            LOOK.start(lambda _report: (path.name, _looked(path, names[3], timeframe)))
        if st.button("Import", type="primary", key="import_file", disabled=is_busy or not is_named):
            STORE.start(lambda _report: _stored(path, names, timeframe, overwrites=overwrites))
    if not is_named:
        st.markdown("Name the venue and the symbol to import the file.")
    state = LOOK.state
    if state is not None and not state.is_running:
        if state.error is not None:
            st.error(_without_path(state.error), icon=":material/error:")
        elif state.result is not None and state.result[0] == path.name:
            quality_report(state.result[1])


def _looked(path: Path, symbol: str, timeframe: str) -> dict[str, Any]:
    options = ("--symbol", symbol) if symbol else ()
    if timeframe != DETECT:
        options = (*options, "--timeframe", timeframe)
    found: dict[str, Any] = run_command(
        "data", "check", str(path), *options, timeout_seconds=WORK_SECONDS
    )
    return found


def _stored(path: Path, names: tuple[str, ...], timeframe: str, *, overwrites: bool) -> str:
    options = names
    if names[5] != "funding":
        length = timeframe
        if timeframe == DETECT:
            length = str(_looked(path, names[3], DETECT)["timeframe"])
        options = (*names, "--timeframe", length)
    if overwrites:
        options = (*options, "--overwrite")
    report = run_command("data", "import", str(path), *options, timeout_seconds=WORK_SECONDS)
    read_list()
    return import_line(report)


def _told() -> None:
    state = STORE.state
    if state is None:
        return
    if state.is_running:
        st.progress(0.0, text="Importing.")
    elif state.error is not None:
        st.error(f"Nothing is stored. {_without_path(state.error)}", icon=":material/error:")
    elif state.result is not None:
        st.success(literally(state.result), icon=":material/check:")


def _without_path(error: str) -> str:
    return literally(re.sub(r"\S+\.upload\.(?:csv|parquet)", "the file", error))
