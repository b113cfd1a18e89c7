"""A rule in plain language, sentence by sentence, as it would be read aloud."""

from collections.abc import Iterator

from app.presenters.breaker_rows import amount_text, threshold_text
from app.presenters.metric_words import COMPARISONS, scope_phrase
from app.presenters.numbers import metric_name
from app.presenters.times import duration
from etrms_core.breakers.rules import (
    UPWARD,
    ActionKind,
    BreakerAction,
    BreakerRule,
    DrawdownBasis,
    DrawdownPeak,
    Evaluate,
    OnUnknown,
)
from etrms_core.risk.metrics import Metric

PEAKS = {
    DrawdownPeak.ALL_TIME: "its highest value since the breaker was made",
    DrawdownPeak.SINCE_REARM: "its highest value since the breaker was last armed",
}
BASES = {DrawdownBasis.DAY_START: "the start of the day", DrawdownBasis.INITIAL: "the beginning"}
DOES = {
    ActionKind.NOTIFY: "notifies you",
    ActionKind.CLOSE_POSITION: "closes the positions concerned",
    ActionKind.CLOSE_ALL: "closes every position in its scope",
    ActionKind.CANCEL_ORDERS: "cancels open entry orders",
    ActionKind.REDUCE_ONLY_MODE: "allows only reducing orders until you reset it",
}
UNKNOWN = {
    OnUnknown.NOTIFY: "it only tells you",
    OnUnknown.BLOCK_ENTRIES: "it blocks new and larger positions",
    OnUnknown.TRIGGER: "it fires at once",
}


def rule_sentences(rule: BreakerRule) -> tuple[str, ...]:
    """Say what a rule watches, when it fires, what it does, and what comes after."""
    return tuple(_sentences(rule))


def action_phrase(action: BreakerAction) -> str:
    """Say what an action does, as a verb in the third person."""
    argument = action.argument or 0.0
    match action.kind:
        case ActionKind.REDUCE_POSITION:
            return f"reduces the positions concerned by {argument * 100:g}%"
        case ActionKind.PAUSE_TRADING:
            return f"forbids new and larger positions for {duration(argument)}"
        case ActionKind.SET_LEVERAGE:
            return f"lowers the leverage to {argument:g}x"
        case ActionKind.PLACE_GUARD_STOP:
            return f"places a stop {argument * 100:g}% from the mark price where none rests"
        case _:
            return DOES[action.kind]


def _sentences(rule: BreakerRule) -> Iterator[str]:
    yield _condition(rule)
    yield from _origin(rule)
    yield _reaction(rule)
    yield _afterwards(rule)
    yield f"While the value is unknown, {_on_unknown(rule)}."
    if rule.evaluate is Evaluate.BAR_CLOSE:
        yield "It looks only when a bar closes."
    if rule.act_when_partial:
        yield "It also acts on venues that answer while another one in its scope does not."
    if not rule.enabled:
        yield "It is switched off: it watches nothing."


def _condition(rule: BreakerRule) -> str:
    held = f" for {duration(rule.for_seconds)} without a break" if rule.for_seconds else ""
    return (
        f"When the {_lower(metric_name(rule.metric))} of {scope_phrase(rule.scope)} "
        f"{COMPARISONS[rule.comparison]} {threshold_text(rule)}{held}, it fires."
    )


def _lower(name: str) -> str:
    return name if name.isupper() else f"{name[0].lower()}{name[1:]}"


def _origin(rule: BreakerRule) -> Iterator[str]:
    if rule.metric is Metric.DRAWDOWN:
        start = PEAKS[rule.drawdown_peak] if rule.measures_peak else BASES[rule.drawdown_basis]
        yield f"The drawdown is measured from {start}."


def _reaction(rule: BreakerRule) -> str:
    told = [action_phrase(action) for action in rule.actions]
    listed = told[0] if len(told) == 1 else f"{', '.join(told[:-1])} and then {told[-1]}"
    if rule.shadow:
        return f"Shadow mode: it only records that it would have acted. Otherwise it {listed}."
    return f"It then {listed}."


def _afterwards(rule: BreakerRule) -> str:
    rests = f"rests for {duration(rule.cooldown_seconds)}" if rule.cooldown_seconds else ""
    if rule.latched:
        return "After that it is latched: it watches again only when you reset it."
    if rule.measures_peak and rule.drawdown_peak is DrawdownPeak.SINCE_REARM:
        return f"After that it {rests or 'does not rest'} and watches again from a new peak."
    side = "below" if rule.comparison in UPWARD else "above"
    amount = amount_text(rule.metric, rule.effective_reset_threshold)
    back = f"is armed again once the value is {side} {amount}"
    return f"After that it {rests} and {back}." if rests else f"After that it {back}."


def _on_unknown(rule: BreakerRule) -> str:
    blocks = rule.on_unknown is OnUnknown.BLOCK_ENTRIES
    return UNKNOWN[OnUnknown.NOTIFY] if blocks and not rule.may_act else UNKNOWN[rule.on_unknown]
