"""The choices of a breaker's form by their titles, and its errors by the names of its fields."""

from etrms_core.breakers.rules import (
    ActionKind,
    DrawdownBasis,
    DrawdownPeak,
    Evaluate,
    OnUnknown,
)
from etrms_core.errors import ConfigurationError

ACTION_TITLES = {
    ActionKind.NOTIFY: "Notify me",
    ActionKind.REDUCE_POSITION: "Reduce the positions concerned",
    ActionKind.CLOSE_POSITION: "Close the positions concerned",
    ActionKind.CLOSE_ALL: "Close every position in the scope",
    ActionKind.CANCEL_ORDERS: "Cancel open entry orders",
    ActionKind.PAUSE_TRADING: "Pause: no new or larger positions for a while",
    ActionKind.REDUCE_ONLY_MODE: "Reduce-only until I reset it",
    ActionKind.SET_LEVERAGE: "Lower the leverage",
    ActionKind.PLACE_GUARD_STOP: "Place a stop where none rests",
}
BASIS_TITLES = {
    DrawdownBasis.PEAK: "the highest value so far",
    DrawdownBasis.DAY_START: "the start of the day",
    DrawdownBasis.INITIAL: "the beginning",
}
PEAK_TITLES = {
    DrawdownPeak.SINCE_REARM: "since it was last armed",
    DrawdownPeak.ALL_TIME: "since the breaker was made",
}
UNKNOWN_TITLES = {
    OnUnknown.BLOCK_ENTRIES: "block new and larger positions",
    OnUnknown.NOTIFY: "only tell me",
    OnUnknown.TRIGGER: "fire at once",
}
EVALUATE_TITLES = {
    Evaluate.TICK: "at every reading",
    Evaluate.BAR_CLOSE: "only when a bar closes",
}
FIELD_TITLES = {
    "name": "Name",
    "scope": "Scope",
    "threshold": "Threshold",
    "reset_threshold": "Armed again at",
    "for_seconds": "For at least",
    "cooldown_seconds": "Cooldown",
    "actions": "Actions",
}


def told_rule_error(error: ConfigurationError) -> str:
    """Say what is wrong with a rule, by the name of its field on the page."""
    text = str(error).removeprefix(f"{error.field}: ")
    title = FIELD_TITLES.get((error.field or "").partition(".")[0])
    return f"{title}: {text}." if title else f"{text[:1].upper()}{text[1:]}."
