"""A rule before it is saved: in plain words, with warnings, and with the numbers of now."""

from dataclasses import replace
from time import perf_counter

import streamlit as st

from app import runtime
from app.components.literal_text import literally
from app.components.markup import TONE_CLASSES, joined, tag
from app.presenters.rule_outlook import outlook
from app.presenters.rule_sentences import rule_sentences
from app.session import read_risk_state
from etrms_core.breakers.rules import BreakerRule, rule_warnings
from etrms_core.services.drill import DrillReport, drill

NO_READING = "No reading yet: what it would do now can be told after the monitor's first cycle."
# No stored rule has an id with a colon.
UNSAVED = "draft:new"
MILLISECONDS = 1_000.0


def rule_preview(rule: BreakerRule, *, is_new: bool = False) -> DrillReport | None:
    """Draw the preview; return what the rule would do now, None before the first reading.

    Parameters
    ----------
    is_new : bool
        Whether it will begin without a peak and a state, even where a stored rule has its name.
    """
    st.markdown("**In plain words**")
    sentences = [tag("p", sentence, css="et-sentence") for sentence in rule_sentences(rule)]
    st.markdown(tag("div", joined(sentences), css="et-sentences"), unsafe_allow_html=True)
    for warning in rule_warnings(rule):
        st.warning(literally(warning), icon=":material/warning:")
    report, _ = drilled(replace(rule, rule_id=UNSAVED) if is_new else rule)
    st.markdown("**With today's numbers**")
    if report is None:
        st.markdown(NO_READING)
        return None
    lines = [tag("p", line.text, css=TONE_CLASSES[line.tone]) for line in outlook(report)]
    st.markdown(tag("div", joined(lines), css="et-outlook"), unsafe_allow_html=True)
    return report


def drilled(rule: BreakerRule) -> tuple[DrillReport | None, float]:
    """Plan what a rule would do now, stored or not, and say how many milliseconds it took."""
    state = read_risk_state()
    if state is None:
        return None, 0.0
    started = perf_counter()
    report = drill(
        state.memory,
        state.accounts,
        (rule,),
        rule.rule_id,
        as_of=state.as_of,
        policy=runtime.desk().policy,
    )
    return report, (perf_counter() - started) * MILLISECONDS
