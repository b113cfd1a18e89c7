"""What the owner wants pages to begin with."""

from collections.abc import Sequence
from zoneinfo import available_timezones

import streamlit as st

from etrms_core.domain.preferences import Preferences

BROWSER, FIRST = "that of the browser", "the first one"
TIMEFRAMES = ("1m", "5m", "15m", "30m", "1h", "4h", "1d", "1w")


def profile_form(current: Preferences, *, accounts: Sequence[str]) -> dict[str, str | None] | None:
    """Draw the form; return the preferences by name once it is sent."""
    zones = [BROWSER, *_with(sorted(available_timezones()), current.time_zone)]
    known = [FIRST, *_with(accounts, current.default_account)]
    frames = _with(TIMEFRAMES, current.default_timeframe)
    with st.form("profile"):
        zone = st.selectbox(
            "Times are shown in the zone",
            zones,
            index=zones.index(current.time_zone or BROWSER),
            key="profile_zone",
        )
        account = st.selectbox(
            "Pages open with the account",
            known,
            index=known.index(current.default_account or FIRST),
            key="profile_account",
        )
        frame = st.selectbox(
            "Charts open with bars of",
            frames,
            index=frames.index(current.default_timeframe),
            key="profile_timeframe",
        )
        is_sent = st.form_submit_button("Save", type="primary", key="save_profile")
    if not is_sent:
        return None
    return {
        "time_zone": None if zone == BROWSER else zone,
        "default_account": None if account == FIRST else account,
        "default_timeframe": frame,
    }


def _with(names: Sequence[str], chosen: str | None) -> list[str]:
    return [*names] if chosen is None or chosen in names else [*names, chosen]
