"""Which circuit breakers watch over a backtest."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st
import tomli_w

from app.components.literal_text import literally
from app.forms.backtest_field_errors import FieldErrors, told
from etrms_core.breakers.presets import PRESETS
from etrms_core.breakers.rule_document import parse_rules_toml, rule_mappings
from etrms_core.breakers.rules import BreakerRule
from etrms_core.errors import ConfigurationError

NONE, LIVE, PRESET, PASTED = "None", "My live breakers", "A preset", "Pasted as TOML"
FIRST_PRESET = "balanced"
LONGEST_PASTED = 200_000
EXAMPLE = '[[breakers]]\nname = "drawdown 10 %"\nmetric = "drawdown"\nthreshold = 0.10\n...'


def breaker_fields(
    start: Sequence[Mapping[str, Any]],
    live: Sequence[BreakerRule],
    *,
    key: str,
    errors: FieldErrors,
) -> list[dict[str, Any]] | None:
    """Draw the choice of breakers, and return them as `[[breakers]]`.

    None where the pasted text cannot be read; why is told below it.
    """
    source = st.radio(
        "Which circuit breakers",
        [NONE, LIVE, PRESET, PASTED],
        index=3 if start else 0,
        horizontal=True,
        key=f"backtest_breakers_{key}",
        label_visibility="collapsed",
    )
    if source != NONE:
        st.markdown("The run is made with and without them, so that you see what they were worth.")
    errors.below("breakers")
    if source == LIVE:
        return _told([rule for rule in live if rule.enabled], "No live breaker is switched on.")
    if source == PRESET:
        name = st.selectbox(
            "Preset",
            list(PRESETS),
            index=list(PRESETS).index(FIRST_PRESET),
            format_func=lambda each: each.replace("_", " ").capitalize(),
            key=f"backtest_preset_{key}",
        )
        return _told(PRESETS[name].rules, "")
    return _pasted(start, key) if source == PASTED else []


def _told(rules: Sequence[BreakerRule], nothing: str) -> list[dict[str, Any]]:
    if not rules:
        st.info(nothing)
        return []
    names = ", ".join(rule.name for rule in rules)
    st.markdown(f"{len(rules)} breakers: {literally(names)}.")
    return [dict(each) for each in rule_mappings(rules)]


def _pasted(start: Sequence[Mapping[str, Any]], key: str) -> list[dict[str, Any]] | None:
    before = tomli_w.dumps({"breakers": [dict(each) for each in start]}) if start else ""
    text = st.text_area(
        "Breakers as TOML",
        value=before,
        height=220,
        max_chars=LONGEST_PASTED,
        placeholder=EXAMPLE,
        help="The page Circuit breakers exports such a file.",
        key=f"backtest_toml_{key}",
    )
    try:
        rules = parse_rules_toml(text or "")
    except ConfigurationError as error:
        st.error(literally(told(error)), icon=":material/error:")
        return None
    if not rules:
        st.error("There is none yet: each begins with \\[\\[breakers\\]\\].")
        return None
    return [dict(each) for each in rule_mappings(rules)]
