"""What a circuit breaker watches and does."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite

from etrms_core.breakers.thresholds import amount_words, threshold_flaw
from etrms_core.domain.identifiers import PORTFOLIO, Scope
from etrms_core.domain.plain_words import plain_decimal, time_words
from etrms_core.errors import ConfigurationError
from etrms_core.kernels.breaker_state import ABOVE, AT_LEAST, AT_MOST, BELOW
from etrms_core.risk.metrics import CATALOGUE, Metric


class Comparison(StrEnum):
    """On which side of the threshold a rule fires."""

    ABOVE = ">"
    AT_LEAST = ">="
    BELOW = "<"
    AT_MOST = "<="


COMPARISON_CODES = {
    Comparison.ABOVE: ABOVE,
    Comparison.AT_LEAST: AT_LEAST,
    Comparison.BELOW: BELOW,
    Comparison.AT_MOST: AT_MOST,
}
UPWARD = frozenset({Comparison.ABOVE, Comparison.AT_LEAST})


class ActionKind(StrEnum):
    """What a rule can do."""

    NOTIFY = "notify"
    REDUCE_POSITION = "reduce_position"
    CLOSE_POSITION = "close_position"
    CLOSE_ALL = "close_all"
    CANCEL_ORDERS = "cancel_orders"
    PAUSE_TRADING = "pause_trading"
    REDUCE_ONLY_MODE = "reduce_only_mode"
    SET_LEVERAGE = "set_leverage"
    PLACE_GUARD_STOP = "place_guard_stop"


LONGEST_SECONDS = 366.0 * 86_400.0
CLOSING = frozenset({ActionKind.REDUCE_POSITION, ActionKind.CLOSE_POSITION, ActionKind.CLOSE_ALL})
# Which argument an action takes, and its largest value.
ARGUMENTS: dict[ActionKind, tuple[str, float]] = {
    ActionKind.REDUCE_POSITION: ("fraction", 1.0),
    ActionKind.PAUSE_TRADING: ("seconds", LONGEST_SECONDS),
    ActionKind.SET_LEVERAGE: ("leverage", 1_000.0),
    ActionKind.PLACE_GUARD_STOP: ("distance", 0.99),
}


class DrawdownPeak(StrEnum):
    """Whether the peak of a drawdown rule outlives its triggers."""

    ALL_TIME = "all_time"
    SINCE_REARM = "since_rearm"


class DrawdownBasis(StrEnum):
    """What a drawdown is measured from."""

    PEAK = "peak"
    DAY_START = "day_start"
    INITIAL = "initial"


class OnUnknown(StrEnum):
    """What a rule does while its metric is unknown."""

    NOTIFY = "notify"
    BLOCK_ENTRIES = "block_entries"
    TRIGGER = "trigger"


class Evaluate(StrEnum):
    """When a live rule is evaluated."""

    TICK = "tick"
    BAR_CLOSE = "bar_close"


@dataclass(frozen=True, slots=True)
class BreakerAction:
    """One action with its argument: fraction, seconds, leverage or distance, by kind."""

    kind: ActionKind
    argument: float | None = None

    def __post_init__(self) -> None:
        needed = ARGUMENTS.get(self.kind)
        if needed is None:
            if self.argument is not None:
                raise ConfigurationError(f"{self.kind.value} takes no argument", field="actions")
            return
        name, largest = needed
        if self.argument is None or not 0.0 < self.argument <= largest:
            write = time_words if name == "seconds" else plain_decimal
            was = "none" if self.argument is None else write(self.argument)
            raise ConfigurationError(
                f"{self.kind.value} needs {name} above 0 and at most {write(largest)}, was {was}",
                field=f"actions.{name}",
            )

    def __str__(self) -> str:
        if self.argument is None:
            return self.kind.value
        return f"{self.kind.value}({ARGUMENTS[self.kind][0]}={self.argument:g})"


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerRule:
    """A condition on one metric in one scope, and the actions of its trigger, in order.

    Attributes
    ----------
    rule_id : str
        Stable key of the rule's state.
    scope : Scope
        Without a name the rule keeps one state for every instance of the kind.
    for_seconds : float
        How long the condition must hold before the rule fires.
    reset_threshold : float or None
        The rule is armed again on the safe side of it; None stands for the threshold.
    act_when_partial : bool
        Whether it may reduce on healthy venues while another venue in its scope is stale.
    shadow : bool
        Whether it only says what it would have done; it blocks nothing then.
    """

    rule_id: str
    name: str
    metric: Metric
    threshold: float
    actions: tuple[BreakerAction, ...]
    scope: Scope = PORTFOLIO
    comparison: Comparison = Comparison.AT_LEAST
    enabled: bool = True
    for_seconds: float = 0.0
    reset_threshold: float | None = None
    cooldown_seconds: float = 0.0
    latched: bool = False
    drawdown_peak: DrawdownPeak = DrawdownPeak.ALL_TIME
    drawdown_basis: DrawdownBasis = DrawdownBasis.PEAK
    on_unknown: OnUnknown = OnUnknown.BLOCK_ENTRIES
    act_when_partial: bool = False
    evaluate: Evaluate = Evaluate.TICK
    shadow: bool = False

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise ConfigurationError("a breaker needs a name", field="name")
        if not self.actions:
            raise ConfigurationError("a breaker needs at least one action", field="actions")
        for name, seconds in (
            ("for_seconds", self.for_seconds),
            ("cooldown_seconds", self.cooldown_seconds),
        ):
            if not 0.0 <= seconds <= LONGEST_SECONDS:
                raise ConfigurationError(
                    f"lies between 0 s and {time_words(LONGEST_SECONDS)}, "
                    f"was {time_words(seconds)}",
                    field=name,
                )
        self._check_scope()
        self._check_threshold()

    def _check_scope(self) -> None:
        allowed = CATALOGUE[self.metric].scopes
        if self.scope.kind not in allowed:
            words = ", ".join(sorted(kind.value for kind in allowed))
            raise ConfigurationError(
                f"{self.metric.value} exists for {words}, not for {self.scope.kind.value}",
                field="scope",
            )
        if self.scope.name and self.scope.kind is PORTFOLIO.kind:
            raise ConfigurationError("the portfolio has no name", field="scope.name")

    def _check_threshold(self) -> None:
        if not isfinite(self.threshold):
            raise ConfigurationError(f"is a finite number, was {self.threshold}", field="threshold")
        flaw = threshold_flaw(self.metric, self.comparison, self.threshold)
        if flaw is not None:
            raise ConfigurationError(flaw, field="threshold")
        if self.reset_threshold is None:
            return
        if not isfinite(self.reset_threshold):
            raise ConfigurationError(
                f"is a finite number, was {self.reset_threshold}", field="reset_threshold"
            )
        gap = self.threshold - self.reset_threshold
        if gap < 0.0 if self.comparison in UPWARD else gap > 0.0:
            unit = CATALOGUE[self.metric].unit
            raise ConfigurationError(
                f"{amount_words(self.reset_threshold, unit)} lies beyond the threshold "
                f"{amount_words(self.threshold, unit)}: the rule would be armed again while its "
                "condition still holds",
                field="reset_threshold",
            )

    @property
    def measures_peak(self) -> bool:
        """Whether the metric is the drawdown from the rule's own peak."""
        return self.metric is Metric.DRAWDOWN and self.drawdown_basis is DrawdownBasis.PEAK

    @property
    def effective_reset_threshold(self) -> float:
        """The reset threshold, or the threshold where none was given."""
        return self.threshold if self.reset_threshold is None else self.reset_threshold

    @property
    def condition(self) -> str:
        """The condition in the interface's words."""
        return f"{self.metric.value} {self.comparison.value} {self.threshold:g}"

    @property
    def only_notifies(self) -> bool:
        """Whether no action touches orders or trading."""
        return all(action.kind is ActionKind.NOTIFY for action in self.actions)

    @property
    def may_act(self) -> bool:
        """Whether its trigger touches orders or trading: none in shadow mode does."""
        return not (self.shadow or self.only_notifies)


def rule_id_from_name(name: str) -> str:
    """Derive a rule id from its name: lower case words joined by hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "rule"


def find_rule(rules: Sequence[BreakerRule], rule_id: str) -> BreakerRule:
    """Return the rule with an id; ConfigurationError names those that exist."""
    for rule in rules:
        if rule.rule_id == rule_id:
            return rule
    known = ", ".join(rule.rule_id for rule in rules) or "none"
    raise ConfigurationError(f"there is no breaker {rule_id!r}; there are: {known}", field="id")


def rule_warnings(rule: BreakerRule) -> tuple[str, ...]:
    """Say what a person should know before saving a rule."""
    advice = None if rule.shadow else _stuck_advice(rule)
    if advice is None:
        return ()
    return (
        f"{rule.name}: once it acted, {rule.metric.value} cannot come back while nothing is open: "
        "the rule then waits for its reset threshold, and entries stay blocked, until something "
        f"else moves it. {advice}",
    )


def _stuck_advice(rule: BreakerRule) -> str | None:
    closes = any(action.kind in CLOSING for action in rule.actions)
    match rule.metric:
        case Metric.DRAWDOWN if closes and rule.measures_peak:
            if rule.drawdown_peak is DrawdownPeak.SINCE_REARM:
                return None
            return 'Choose drawdown_peak = "since_rearm" to measure from where it is armed again.'
        case Metric.DRAWDOWN if closes and rule.drawdown_basis is DrawdownBasis.INITIAL:
            return None if rule.latched else "Latch it, so that a person decides what comes next."
        case Metric.NAV | Metric.EQUITY if closes and rule.comparison not in UPWARD:
            return 'Choose drawdown with drawdown_peak = "since_rearm" instead.'
        case Metric.CONSECUTIVE_LOSSES if not rule.only_notifies:
            return "Only a trade that wins ends the streak: let the rule notify and nothing else."
        case _:
            return None
