"""Trades and breaker events of a run as tables that can be sorted and exported."""

from pathlib import Path
from typing import Any

import streamlit as st

from app.presenters.backtest_files import safe_table
from app.presenters.backtest_trade_rows import trade_table
from app.session import display_zone
from etrms_core.services.run_results import read_rows

MOST_ROWS = 5_000
PRICE, PERCENT = "%.8g", "%.2f"
COLUMNS: dict[str, Any] = {
    "No.": st.column_config.NumberColumn(format="%d", width="small"),
    "Entry": st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm"),
    "Exit": st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm"),
    "Quantity": st.column_config.NumberColumn(format=PRICE),
    "Entry price": st.column_config.NumberColumn(format=PRICE),
    "Exit price": st.column_config.NumberColumn(format=PRICE),
    "Result (USD)": st.column_config.NumberColumn(format=PERCENT),
    "Return (%)": st.column_config.NumberColumn(format=PERCENT),
    "Worst (%)": st.column_config.NumberColumn(format=PERCENT),
    "Best (%)": st.column_config.NumberColumn(format=PERCENT),
    "Fees (USD)": st.column_config.NumberColumn(format=PERCENT),
    "Funding (USD)": st.column_config.NumberColumn(format=PERCENT),
}


def trade_list(path: Path) -> None:
    """Draw the trades of a run."""
    rows, has_more = read_rows(path, limit=MOST_ROWS)
    zone = display_zone()
    st.dataframe(
        trade_table(rows, zone=zone),
        column_config=COLUMNS,
        hide_index=True,
        key="backtest_trades",
        alt="Trades of the run",
    )
    more = f" The first {MOST_ROWS:,}; the file has all." if has_more else ""
    st.markdown(f"{len(rows):,} trades, times in {zone.key}.{more}")
    _download(path, "trades")


def event_table(path: Path) -> None:
    """Draw what the breakers did."""
    rows, has_more = read_rows(path, limit=MOST_ROWS)
    if not rows:
        st.info("No breaker did anything in this run.")
        return
    st.dataframe(
        [
            {
                "Time (UTC)": row.get("time"),
                "Breaker": row.get("breaker"),
                "Scope": row.get("scope"),
                "What": (row.get("kind") or "").replace("_", " ").capitalize(),
                "Action": (row.get("action") or "").replace("_", " "),
                "Why": row.get("detail"),
            }
            for row in rows
        ],
        hide_index=True,
        key="backtest_events",
        alt="What breakers did in the run",
    )
    more = f" The first {MOST_ROWS:,}; the file has all." if has_more else ""
    st.markdown(f"{len(rows):,} events.{more}")
    _download(path, "events")


def _download(path: Path, name: str) -> None:
    st.download_button(
        "Download CSV",
        lambda: safe_table(path),
        file_name=path.name,
        mime="text/csv",
        on_click="ignore",
        icon=":material/download:",
        key=f"backtest_csv_{name}",
    )
