"""Everything that a run left, to take away."""

from pathlib import Path

import streamlit as st

from app.presenters.backtest_files import all_tables, safe_table
from app.presenters.backtest_tear_sheet import tear_sheet
from app.session import display_zone
from etrms_core.engine.job_ports import Job
from etrms_core.services.run_results import RunResult, tables_of

ABOUT = {
    "trades.csv": "Trades",
    "orders.csv": "Filled orders",
    "equity.csv": "Equity at each close",
    "breaker_events.csv": "What breakers did",
    "regimes.csv": "Result by state of the market",
    "decisions.csv": "Hashes of decisions",
}


def run_downloads(run: RunResult, job: Job) -> None:
    """Draw the downloads of tables, of everything, of the bundle and of the tear sheet."""
    tables = tables_of(run.folder)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            "Table",
            tables,
            format_func=lambda path: f"{ABOUT.get(path.name, path.name)} ({path.name})",
            key="backtest_table",
        )
        if chosen is not None:
            _button("Download CSV", chosen, key="backtest_csv")
    with st.container(horizontal=True):
        st.download_button(
            "Download everything",
            lambda: all_tables(_named(run)),
            file_name=f"backtest_{job.job_id}.zip",
            mime="application/zip",
            on_click="ignore",
            icon=":material/folder_zip:",
            key="backtest_zip",
        )
        st.download_button(
            "Download bundle",
            lambda: (run.folder / "bundle.toml").read_bytes(),
            file_name=f"backtest_{job.job_id}.toml",
            mime="application/toml",
            on_click="ignore",
            icon=":material/description:",
            key="backtest_bundle",
        )
        zone = display_zone()
        st.download_button(
            "Download tear sheet",
            lambda: tear_sheet(
                run,
                title=job.title,
                bundle_text=(run.folder / "bundle.toml").read_text(encoding="utf-8"),
                zone=zone,
            ),
            file_name=f"backtest_{job.job_id}.html",
            mime="text/html",
            on_click="ignore",
            icon=":material/print:",
            key="backtest_sheet",
        )
    st.markdown(
        "The bundle runs again with `etrms backtest FILE.toml --out DIR` and gives the same bytes. "
        "The tear sheet is one file that opens without a network; its button prints it."
    )


def _named(run: RunResult) -> list[tuple[str, Path]]:
    named = [(path.name, path) for path in tables_of(run.folder)]
    if run.without is not None:
        named += [(f"without_breakers/{path.name}", path) for path in tables_of(run.without.folder)]
    return named


def _button(label: str, path: Path, *, key: str) -> None:
    st.download_button(
        label,
        lambda: safe_table(path),
        file_name=path.name,
        mime="text/csv",
        on_click="ignore",
        icon=":material/download:",
        key=key,
    )
