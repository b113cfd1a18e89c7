"""Settings: what is kept for how long, how large it is, and backups."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from app import runtime
from app.background_job import BackgroundJob, Report
from app.components.fact_table import fact_table
from app.components.job_panel import job_panel
from app.components.literal_text import literally
from app.components.password_check import password_is_right
from app.components.table import Column, table_markup
from app.page_frame import error_boundary
from app.presenters.cells import Cell
from app.presenters.fact_rows import Fact, retention_facts, size_text
from app.presenters.numbers import plain
from app.presenters.times import clock_and_date
from app.session import display_zone
from etrms_core.bootstrap.storage_report import (
    BACKUPS,
    KeptFile,
    TableSize,
    back_up_now,
    kept_backups,
    measure_tables,
    storage_report,
)
from etrms_core.settings import home_directory, load_settings

MEASURE: BackgroundJob[tuple[TableSize, ...]] = BackgroundJob("measure-tables")
BACK_UP: BackgroundJob[KeptFile] = BackgroundJob("back-up")
MOST_BACKUPS = 10
TABLES: tuple[Column[TableSize], ...] = (
    Column("Table", lambda table: Cell(table.name)),
    Column("Rows", lambda table: Cell(plain(table.rows, 0)), is_number=True),
    Column("Size", lambda table: Cell(size_text(table.bytes_used)), is_number=True),
)
# The backup whose download the owner has given the password for.
OPENED = "opened_backup"


def retention_section() -> None:
    """Draw what is kept for how long, and the sizes of the databases."""
    home = home_directory()
    facts = retention_facts(load_settings(home))
    st.markdown(
        fact_table(facts, caption="What is kept", value="For how long"), unsafe_allow_html=True
    )
    st.subheader("Size", anchor=False)
    files = [
        Fact(Cell(name), Cell(size_text(size)))
        for name, size in storage_report(home).files.items()
        if size
    ]
    st.markdown(fact_table(files, caption="Database", value="Size"), unsafe_allow_html=True)


def table_size_section() -> None:
    """Measure the tables in the background; call it within a section that refreshes."""
    home = home_directory()
    job_panel(
        MEASURE,
        label="Measure the tables",
        work=lambda _report: measure_tables(home),
        tell=_tell_tables,
        key="measure_tables",
    )


def backup_section() -> None:
    """Take backups and list them; call it within a section that refreshes."""
    home = home_directory()
    st.markdown(
        f"A backup holds databases, settings and strategies in one file, taken while the desk "
        f"runs, and lies in the folder `{BACKUPS}`. Copy it to another machine: a disk that fails "
        "takes its backups along."
    )
    job_panel(
        BACK_UP,
        label="Back up now",
        work=lambda report: _back_up(home, report),
        tell=_say,
        key="back_up_now",
    )
    backups = kept_backups(home)
    if not backups:
        st.markdown("There is no backup yet.")
    zone, now = display_zone(), runtime.desk().now()
    for backup in backups[:MOST_BACKUPS]:
        at = clock_and_date(backup.changed_at, zone=zone, now=now)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.text(f"{backup.path.name}, {size_text(backup.bytes_used)}, {at} {zone.key}")
            if st.button("Download", key=f"download_{backup.path.name}"):
                st.session_state.pop(OPENED, None)
                download_dialog(backup)


def restore_section() -> None:
    """Say how a backup is brought back."""
    st.markdown(
        "Stop ETRMS, then restore on the command line. What was there before is kept in a folder "
        "beside it, and open actions of the backup are not continued."
    )
    st.code(
        f"etrms restore {home_directory() / BACKUPS / 'FILE.zip'}", language="bash", wrap_lines=True
    )


@st.dialog("Download a backup", icon=":material/download:")
def download_dialog(backup: KeptFile) -> None:
    """Offer a backup in a dialog."""
    with error_boundary("The download"):
        download_backup(backup)


def download_backup(backup: KeptFile) -> None:
    """Ask for the password, then offer the file: it holds everything that the desk knows."""
    st.markdown(
        "Whoever has this file can read accounts, history and settings. Keys in it stay sealed by "
        "the passphrase of the vault."
    )
    if st.session_state.get(OPENED) != backup.path.name:
        with st.form("download", border=False):
            password = st.text_input("Password", type="password", key="download_password")
            is_sent = st.form_submit_button("Continue", type="primary", key="download_now")
        if not is_sent or not password_is_right(password):
            return
        st.session_state[OPENED] = backup.path.name
    st.download_button(
        f"Save {backup.path.name}",
        _reader(backup.path),
        file_name=backup.path.name,
        mime="application/zip",
        on_click="ignore",
        key="save_backup",
    )


def _reader(path: Path) -> Callable[[], bytes]:
    return path.read_bytes


def _back_up(home: Path, report: Report) -> KeptFile:
    return back_up_now(home, lambda step: report(step, None))


def _say(kept: KeptFile) -> None:
    if kept.path.exists():
        name = literally(kept.path.name)
        st.success(f"{name} is written: {size_text(kept.bytes_used)}.", icon=":material/check:")


def _tell_tables(tables: tuple[TableSize, ...]) -> None:
    filled = [each for each in tables if each.rows]
    st.markdown(table_markup(TABLES, filled, caption="Tables"), unsafe_allow_html=True)
    if empty := len(tables) - len(filled):
        st.markdown(f"{empty} other tables are empty.")
