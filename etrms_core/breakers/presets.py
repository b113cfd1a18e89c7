"""Breaker sets to start from: cautious, balanced, and the limits of a funded account."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from etrms_core.breakers.rules import (
    ActionKind,
    BreakerAction,
    BreakerRule,
    Comparison,
    DrawdownBasis,
    DrawdownPeak,
    rule_id_from_name,
)
from etrms_core.domain.identifiers import PORTFOLIO, Scope, ScopeKind
from etrms_core.errors import ConfigurationError
from etrms_core.risk.metrics import Metric

QUARTER, HOUR, DAY = 900.0, 3_600.0, 86_400.0
NOTIFY = BreakerAction(ActionKind.NOTIFY)
CLOSE_ALL = BreakerAction(ActionKind.CLOSE_ALL)
CLOSE_POSITION = BreakerAction(ActionKind.CLOSE_POSITION)
CANCEL_ORDERS = BreakerAction(ActionKind.CANCEL_ORDERS)
HALVE = BreakerAction(ActionKind.REDUCE_POSITION, 0.5)
PAUSE_BRIEFLY = BreakerAction(ActionKind.PAUSE_TRADING, QUARTER)
PAUSE_AN_HOUR = BreakerAction(ActionKind.PAUSE_TRADING, HOUR)
PAUSE_A_DAY = BreakerAction(ActionKind.PAUSE_TRADING, DAY)
CLOSE_EVERYTHING = (CANCEL_ORDERS, CLOSE_ALL, PAUSE_A_DAY)
# A state of its own for every exchange, every symbol: one that rests leaves the others on guard.
EACH_EXCHANGE, EACH_SYMBOL = Scope(ScopeKind.EXCHANGE), Scope(ScopeKind.SYMBOL)


@dataclass(frozen=True, slots=True)
class Preset:
    """A named set of rules with one sentence that says whom it suits."""

    name: str
    description: str
    rules: tuple[BreakerRule, ...]


def _rule(
    name: str,
    metric: Metric,
    threshold: float,
    *actions: BreakerAction,
    scope: Scope = PORTFOLIO,
    cooldown_seconds: float = HOUR,
) -> BreakerRule:
    falls = metric is Metric.LIQUIDATION_DISTANCE
    return BreakerRule(
        rule_id=rule_id_from_name(name),
        name=name,
        metric=metric,
        threshold=threshold,
        actions=actions,
        scope=scope,
        comparison=Comparison.AT_MOST if falls else Comparison.AT_LEAST,
        cooldown_seconds=cooldown_seconds,
        drawdown_peak=DrawdownPeak.SINCE_REARM,
    )


def _drawdown_ladder(*, warn: float, halve: float, close: float) -> tuple[BreakerRule, ...]:
    return (
        _rule(
            "drawdown: close",
            Metric.DRAWDOWN,
            close,
            *CLOSE_EVERYTHING,
            cooldown_seconds=DAY,
        ),
        _rule(
            "drawdown: halve",
            Metric.DRAWDOWN,
            halve,
            HALVE,
            PAUSE_AN_HOUR,
            cooldown_seconds=DAY,
        ),
        _rule("drawdown: warn", Metric.DRAWDOWN, warn, NOTIFY, cooldown_seconds=DAY),
    )


def _daily_loss_ladder(*, warn: float, pause: float, close: float) -> tuple[BreakerRule, ...]:
    return (
        _rule("daily loss: close", Metric.DAILY_LOSS, close, *CLOSE_EVERYTHING),
        _rule("daily loss: pause", Metric.DAILY_LOSS, pause, PAUSE_A_DAY),
        _rule("daily loss: warn", Metric.DAILY_LOSS, warn, NOTIFY),
    )


def _position_rules(*, loss: float, leverage: float) -> tuple[BreakerRule, ...]:
    return (
        _rule(
            "position loss: close",
            Metric.POSITION_LOSS,
            loss,
            CLOSE_POSITION,
            PAUSE_AN_HOUR,
            scope=EACH_SYMBOL,
        ),
        _rule(
            "liquidation distance: close",
            Metric.LIQUIDATION_DISTANCE,
            0.03,
            CLOSE_POSITION,
            scope=EACH_SYMBOL,
            cooldown_seconds=QUARTER,
        ),
        _rule(
            "liquidation distance: halve",
            Metric.LIQUIDATION_DISTANCE,
            0.08,
            HALVE,
            scope=EACH_SYMBOL,
            cooldown_seconds=QUARTER,
        ),
        _rule(
            "margin ratio: close",
            Metric.MARGIN_RATIO,
            0.8,
            CANCEL_ORDERS,
            CLOSE_ALL,
            scope=EACH_EXCHANGE,
            cooldown_seconds=QUARTER,
        ),
        _rule(
            "margin ratio: halve",
            Metric.MARGIN_RATIO,
            0.5,
            HALVE,
            scope=EACH_EXCHANGE,
            cooldown_seconds=QUARTER,
        ),
        _rule("leverage: pause", Metric.GROSS_LEVERAGE, leverage, PAUSE_AN_HOUR),
        _rule("leverage: warn", Metric.GROSS_LEVERAGE, 0.8 * leverage, NOTIFY),
    )


def _watch_rules(*, losing_streak: int) -> tuple[BreakerRule, ...]:
    # After N losses only a win ends the streak, so a pause on it would never lift: it warns.
    return (
        _rule(
            "losing streak: warn",
            Metric.CONSECUTIVE_LOSSES,
            losing_streak,
            NOTIFY,
        ),
        _rule(
            "data age: pause",
            Metric.DATA_AGE_SECONDS,
            30.0,
            PAUSE_BRIEFLY,
            cooldown_seconds=QUARTER,
        ),
        _rule("depeg: warn", Metric.STABLECOIN_DEVIATION, 0.01, NOTIFY),
    )


def _funded_account_limits() -> tuple[BreakerRule, ...]:
    trailing = _rule("trailing drawdown: close", Metric.DRAWDOWN, 0.08, *CLOSE_EVERYTHING)
    return tuple(
        replace(
            trailing,
            rule_id=rule_id_from_name(name),
            name=name,
            threshold=threshold,
            drawdown_basis=basis,
            latched=True,
        )
        for name, threshold, basis in (
            ("static drawdown: close", 0.10, DrawdownBasis.INITIAL),
            (trailing.name, trailing.threshold, DrawdownBasis.PEAK),
            ("daily drawdown: close", 0.05, DrawdownBasis.DAY_START),
        )
    )


_PRESETS = (
    Preset(
        "conservative",
        "Small limits for capital that must not be lost: closes at 10 % drawdown or 3 % in a day.",
        (
            *_drawdown_ladder(warn=0.04, halve=0.07, close=0.10),
            *_daily_loss_ladder(warn=0.01, pause=0.02, close=0.03),
            *_position_rules(loss=0.05, leverage=2.0),
            *_watch_rules(losing_streak=3),
        ),
    ),
    Preset(
        "balanced",
        "Room for normal swings of leveraged trading: closes at 20 % drawdown or 8 % in a day.",
        (
            *_drawdown_ladder(warn=0.08, halve=0.12, close=0.20),
            *_daily_loss_ladder(warn=0.03, pause=0.05, close=0.08),
            *_position_rules(loss=0.10, leverage=5.0),
            *_watch_rules(losing_streak=5),
        ),
    ),
    Preset(
        "prop_firm",
        "Limits of a funded account: 10 % from the start, 8 % from the peak and 5 % in a day close "
        "everything and stay latched; 4 % in a day already stops trading.",
        (
            *_funded_account_limits(),
            *_daily_loss_ladder(warn=0.02, pause=0.03, close=0.04),
            *_position_rules(loss=0.05, leverage=3.0),
            *_watch_rules(losing_streak=4),
        ),
    ),
)
PRESETS: Mapping[str, Preset] = {each.name: each for each in _PRESETS}


def preset(name: str) -> tuple[BreakerRule, ...]:
    """Return the rules of a preset in the order in which they are evaluated.

    Raises
    ------
    ConfigurationError
        If no preset has this name; the message lists those that exist.
    """
    if name not in PRESETS:
        raise ConfigurationError(
            f"no preset is called {name!r}; there are {', '.join(PRESETS)}", field="preset"
        )
    return PRESETS[name].rules
