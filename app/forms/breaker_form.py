"""The form of one breaker; it answers at every change with the rule as it stands."""

from dataclasses import replace
from typing import Any

import streamlit as st

from app.components.literal_text import literally
from app.forms.action_fields import action_fields
from app.forms.amount_fields import PAUSE, AmountFields
from app.forms.scope_fields import ScopeChoices, scope_fields
from app.presenters.metric_words import (
    COMPARISONS,
    grouped_metrics,
    metric_label,
    metric_meaning,
    usual_comparison,
)
from app.presenters.rule_titles import (
    BASIS_TITLES,
    EVALUATE_TITLES,
    PEAK_TITLES,
    UNKNOWN_TITLES,
    told_rule_error,
)
from app.presenters.typed_amounts import UNIT_NAMES
from etrms_core.breakers.rules import BreakerRule, DrawdownBasis, rule_id_from_name
from etrms_core.errors import ConfigurationError
from etrms_core.risk.metrics import CATALOGUE, Metric, Unit

LONGEST_NAME = 80
MISSING = "Fill in what is missing; then you read here in plain words what the breaker does."
HELD_HELP = "How long the condition must hold without a break before it fires; 0 s fires at once."
COOLDOWN_HELP = "How long it rests after it fired."
RESET_HELP = (
    "It is armed again on the safe side of this value; an empty field takes the threshold itself."
)


def breaker_form(
    start: BreakerRule, *, rule_id: str | None, choices: ScopeChoices, key: str
) -> BreakerRule | None:
    """Draw the form; return the rule as it is typed, None while something is missing or wrong.

    Parameters
    ----------
    start : BreakerRule
        What the fields hold at first; without an id it has no name and no threshold yet.
    rule_id : str or None
        Of the rule that is edited; None makes one from the name.
    key : str
        Ends the names of all fields: with another one it is another form.
    """
    fields = AmountFields(key)
    typed = _typed(start, fields, choices, key)
    if not fields.is_readable or None in (typed["threshold"], typed["name"] or None):
        st.info(MISSING)
        return None
    if not typed["actions"]:
        st.info("Choose at least one action; then you read here what the breaker does.")
        return None
    try:
        named = rule_id or rule_id_from_name(typed["name"])
        return replace(start, rule_id=named, **typed)
    except ConfigurationError as error:
        st.error(literally(told_rule_error(error)), icon=":material/error:")
        return None


def _typed(
    start: BreakerRule, fields: AmountFields, choices: ScopeChoices, key: str
) -> dict[str, Any]:
    left, right = st.columns(2)
    with left:
        name = _name(start, key)
    with right:
        metric = _metric(start, key)
    typed: dict[str, Any] = {
        "name": name,
        "metric": metric,
        "scope": scope_fields(start.scope, metric, choices, key=key),
    }
    typed |= _condition(start, metric, fields, key)
    if metric is Metric.DRAWDOWN:
        typed |= _drawdown(start, key)
    typed["actions"] = action_fields(start.actions, fields, key=key)
    typed |= _afterwards(start, fields, key)
    with st.expander("Re-arming, unknown values, shadow mode", key=f"more_{key}"):
        typed |= _special(start, metric, fields, key)
    return typed


def _name(start: BreakerRule, key: str) -> str:
    typed = st.text_input(
        "Name",
        value=start.name if start.rule_id else "",
        max_chars=max(LONGEST_NAME, len(start.name)),
        placeholder="such as: daily loss, pause",
        key=f"name_{key}",
        live=PAUSE,
    )
    return (typed or "").strip()


def _metric(start: BreakerRule, key: str) -> Metric:
    metrics = grouped_metrics()
    metric = st.selectbox(
        "Metric",
        metrics,
        index=metrics.index(start.metric),
        format_func=metric_label,
        key=f"metric_{key}",
    )
    st.markdown(literally(metric_meaning(metric)))
    return metric


def _condition(
    start: BreakerRule, metric: Metric, fields: AmountFields, key: str
) -> dict[str, Any]:
    is_same, unit = metric is start.metric, CATALOGUE[metric].unit
    comparisons = list(COMPARISONS)
    usual = start.comparison if is_same else usual_comparison(metric)
    left, middle, right = st.columns(3)
    with left:
        comparison = st.selectbox(
            "Fires when it",
            comparisons,
            index=comparisons.index(usual),
            format_func=lambda each: COMPARISONS[each],
            key=f"comparison_{metric.value}_{key}",
        )
    with middle:
        threshold = fields.amount(
            f"Threshold ({UNIT_NAMES[unit]})",
            start.threshold if is_same and start.rule_id else None,
            unit,
            name=f"threshold_{metric.value}",
        )
    with right:
        held = fields.amount(
            "For at least", start.for_seconds, Unit.SECONDS, name="held", help_text=HELD_HELP
        )
    return {"comparison": comparison, "threshold": threshold, "for_seconds": held}


def _drawdown(start: BreakerRule, key: str) -> dict[str, Any]:
    left, right = st.columns(2)
    with left:
        basis = _choice("Measured from", BASIS_TITLES, start.drawdown_basis, f"basis_{key}")
    if basis is not DrawdownBasis.PEAK:
        return {"drawdown_basis": basis}
    with right:
        peak = _choice("Which peak", PEAK_TITLES, start.drawdown_peak, f"peak_{key}")
    return {"drawdown_basis": basis, "drawdown_peak": peak}


def _afterwards(start: BreakerRule, fields: AmountFields, key: str) -> dict[str, Any]:
    left, right = st.columns(2, vertical_alignment="bottom")
    with left:
        cooldown = fields.amount(
            "Cooldown",
            start.cooldown_seconds,
            Unit.SECONDS,
            name="cooldown",
            help_text=COOLDOWN_HELP,
        )
    with right:
        latched = st.checkbox(
            "Latch it: only you arm it again", value=start.latched, key=f"latched_{key}"
        )
    return {"cooldown_seconds": cooldown, "latched": latched}


def _special(start: BreakerRule, metric: Metric, fields: AmountFields, key: str) -> dict[str, Any]:
    unit = CATALOGUE[metric].unit
    reset = fields.amount(
        f"Armed again at ({UNIT_NAMES[unit]})",
        start.reset_threshold if metric is start.metric else None,
        unit,
        name=f"reset_{metric.value}",
        help_text=RESET_HELP,
        optional="the threshold itself",
    )
    left, right = st.columns(2)
    with left:
        unknown = _choice(
            "While the value is unknown", UNKNOWN_TITLES, start.on_unknown, f"unknown_{key}"
        )
    with right:
        evaluate = _choice("It looks", EVALUATE_TITLES, start.evaluate, f"evaluate_{key}")
    return {
        "reset_threshold": reset,
        "on_unknown": unknown,
        "evaluate": evaluate,
        "act_when_partial": st.checkbox(
            "Act on venues that answer while another one in its scope does not",
            value=start.act_when_partial,
            key=f"partial_{key}",
        ),
        "shadow": st.checkbox(
            "Shadow mode: record what it would have done, and do nothing",
            value=start.shadow,
            key=f"shadow_{key}",
        ),
        "enabled": st.checkbox("Switched on", value=start.enabled, key=f"enabled_{key}"),
    }


def _choice(label: str, titles: dict[Any, str], start: object, key: str) -> Any:  # noqa: ANN401  one of the keys of `titles`
    options = list(titles)
    return st.selectbox(
        label,
        options,
        index=options.index(start),
        format_func=lambda each: titles[each],
        key=key,
    )
