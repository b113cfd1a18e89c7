"""Which bars a backtest runs on."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import streamlit as st

from app.forms.backtest_field_errors import FieldErrors
from etrms_core.backtest.ports import SeriesName
from etrms_core.bootstrap.sample_bars import SAMPLE_DATA, SAMPLE_VENUE

SAMPLE, STORED = "Sample data", "Stored bars"
ABOUT_SAMPLE = (
    "200 hourly bars of BTCUSDT from January 2025, drawn by chance: no price of it was ever "
    "traded. Good to see how everything works."
)
NO_BARS = (
    "No bars are stored yet. Import a file with `etrms data import FILE --venue V --symbol S "
    "--timeframe T`, or run on the sample data first."
)
FIRST_DAY, LAST_DAY = date(2009, 1, 1), date(2100, 1, 1)


def data_fields(
    start: Mapping[str, Any], stored: Sequence[SeriesName], *, key: str, errors: FieldErrors
) -> dict[str, Any]:
    """Draw the choice of bars, and return it as `[data]`."""
    own = [name for name in stored if name.venue != SAMPLE_VENUE]
    begins_stored = bool(start) and start.get("venue") != SAMPLE_VENUE
    source = st.radio(
        "Where the bars come from",
        [SAMPLE, STORED],
        index=int(begins_stored or (not start and bool(own))),
        horizontal=True,
        label_visibility="collapsed",
        key=f"backtest_source_{key}",
    )
    if source == SAMPLE:
        st.markdown(ABOUT_SAMPLE)
        return dict(SAMPLE_DATA)
    if not own:
        st.info(NO_BARS)
        errors.below("data")
        return {}
    chosen = _series(start, own, key)
    chosen |= _days(start, key)
    errors.below("data")
    return chosen


def _series(start: Mapping[str, Any], own: Sequence[SeriesName], key: str) -> dict[str, Any]:
    venues = sorted({name.venue for name in own})
    left, middle, right = st.columns([1, 1, 2])
    with left:
        venue = st.selectbox(
            "Venue", venues, index=_place(venues, start.get("venue")), key=f"backtest_venue_{key}"
        )
    frames = sorted({name.timeframe for name in own if name.venue == venue})
    with middle:
        timeframe = st.selectbox(
            "Timeframe",
            frames,
            index=_place(frames, start.get("timeframe")),
            key=f"backtest_timeframe_{key}_{venue}",
        )
    known = sorted(
        {name.symbol for name in own if (name.venue, name.timeframe) == (venue, timeframe)}
    )
    before = [symbol for symbol in start.get("symbols") or () if symbol in known]
    with right:
        symbols = st.multiselect(
            "Symbols",
            known,
            default=before or known[:1],
            placeholder="choose at least one",
            key=f"backtest_symbols_{key}_{venue}_{timeframe}",
        )
    return {"venue": venue, "symbols": symbols, "timeframe": timeframe}


def _days(start: Mapping[str, Any], key: str) -> dict[str, str]:
    left, right = st.columns(2)
    with left:
        first = st.date_input(
            "First day (UTC)",
            value=_day(start.get("start")),
            min_value=FIRST_DAY,
            max_value=LAST_DAY,
            help="Empty begins with the first stored bar.",
            key=f"backtest_start_{key}",
        )
    with right:
        last = st.date_input(
            "Last day (UTC)",
            value=_before(_day(start.get("end"))),
            min_value=FIRST_DAY,
            max_value=LAST_DAY,
            help="Included. Empty ends with the last stored bar.",
            key=f"backtest_end_{key}",
        )
    days = {}
    if isinstance(first, date):
        days["start"] = first.isoformat()
    if isinstance(last, date):
        # A bundle's end is the first moment that is not looked at any more.
        days["end"] = (last + timedelta(days=1)).isoformat()
    return days


def _place(choices: Sequence[str], wanted: object) -> int:
    return choices.index(wanted) if isinstance(wanted, str) and wanted in choices else 0


def _day(value: object) -> date | None:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def _before(day: date | None) -> date | None:
    return None if day is None else day - timedelta(days=1)
