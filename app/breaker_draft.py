"""The breaker that is being made or edited in this browser; it survives every refresh."""

import secrets
from dataclasses import dataclass, replace

import streamlit as st

from etrms_core.breakers.rules import (
    ActionKind,
    BreakerAction,
    BreakerRule,
    DrawdownPeak,
)
from etrms_core.risk.metrics import Metric

DRAFT = "breaker_draft"
# The sentence of the change that the draft was handed over as: its answer closes the form.
ASKED = "breaker_draft_asked"
BLANK = BreakerRule(
    rule_id="",
    name="new",
    metric=Metric.DRAWDOWN,
    threshold=0.1,
    actions=(BreakerAction(ActionKind.NOTIFY),),
    cooldown_seconds=3_600.0,
    drawdown_peak=DrawdownPeak.SINCE_REARM,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerDraft:
    """What a form began with.

    Attributes
    ----------
    start : BreakerRule
        What its fields held at first.
    base : BreakerRule or None
        The stored rule that it would replace; None for a new one.
    key : str
        Minted when it opens; ends the names of its fields.
    """

    start: BreakerRule
    base: BreakerRule | None
    key: str


def open_draft(start: BreakerRule, *, base: BreakerRule | None = None) -> None:
    """Begin a form; an open one is given up."""
    st.session_state[DRAFT] = BreakerDraft(start=start, base=base, key=secrets.token_hex(6))
    st.session_state.pop(ASKED, None)


def open_copy(rule: BreakerRule, names: frozenset[str]) -> None:
    """Begin a new rule that is like another one but for its name."""
    number, name = 2, f"{rule.name} (copy)"
    while name in names:
        name, number = f"{rule.name} (copy {number})", number + 1
    open_draft(replace(rule, name=name))


def draft() -> BreakerDraft | None:
    """Return the open draft."""
    found: BreakerDraft | None = st.session_state.get(DRAFT)
    return found


def rebase(base: BreakerRule | None) -> None:
    """Go on with another stored rule below; what was typed stays."""
    current = draft()
    if current is not None:
        st.session_state[DRAFT] = replace(current, base=base)


def close_draft() -> None:
    """Give the draft up."""
    st.session_state.pop(DRAFT, None)
    st.session_state.pop(ASKED, None)


def hand_over(sentence: str) -> None:
    """Note the change that the draft was handed over as."""
    st.session_state[ASKED] = sentence


def close_if_answered(sentence: str) -> None:
    """Close the draft if it was handed over as this change."""
    if st.session_state.get(ASKED) == sentence:
        close_draft()
