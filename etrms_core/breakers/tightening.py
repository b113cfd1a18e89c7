"""Whether a change makes breakers stricter; whatever cannot be compared counts as looser.

A rule that is tighter has fired whenever the old one fires, and has not been armed again since. It
rests no longer after it fired, is armed again only on readings on which the old rule might have
been, and does at least as much. For a drawdown since re-arming, whose peak moves with each
firing, its first, second, third firing come no later than those of the old rule.

The throttle is left out: a rule that fires less often because it waits, and so is not latched by
its third trigger in ten minutes, is no looser for that. The order of rules is left out, too: of
what several rules want the strictest wins, whichever comes first.
"""

from collections.abc import Iterator, Sequence

from etrms_core.breakers.rules import (
    UPWARD,
    ActionKind,
    BreakerAction,
    BreakerRule,
    Comparison,
    DrawdownPeak,
    Evaluate,
    OnUnknown,
)
from etrms_core.kernels.breaker_state import EQUAL_WITHIN
from etrms_core.risk.metrics import Metric

_INCLUSIVE = frozenset({Comparison.AT_LEAST, Comparison.AT_MOST})
_CLOSES_MORE = {
    ActionKind.REDUCE_POSITION: 0,
    ActionKind.CLOSE_POSITION: 1,
    ActionKind.CLOSE_ALL: 2,
}
_LOWER_IS_TIGHTER = frozenset({ActionKind.SET_LEVERAGE, ActionKind.PLACE_GUARD_STOP})
_ON_UNKNOWN_RANK = {OnUnknown.NOTIFY: 0, OnUnknown.BLOCK_ENTRIES: 1, OnUnknown.TRIGGER: 2}


def is_tightening(old: BreakerRule, new: BreakerRule) -> bool:
    """Whether nothing of a rule becomes looser; a rule that stays as it is does not."""
    return not loosened_fields(old, new)


def loosened_fields(old: BreakerRule, new: BreakerRule) -> tuple[str, ...]:
    """Say what becomes looser when one rule replaces another, one sentence for each field.

    Fields are compared whether the rules are enabled or not, so that a rule which is switched off
    is not softened on the way to being switched on.
    """
    if old.rule_id != new.rule_id:
        return (f"it is another breaker than {old.rule_id}",)
    return (
        *_switched_off(old, new),
        *_another_number(old, new),
        *_later(old, new),
        *_armed_otherwise(old, new),
        *_softer_on_unknown(old, new),
        *_weaker_actions(old, new),
    )


def loosened_rules(before: Sequence[BreakerRule], after: Sequence[BreakerRule]) -> tuple[str, ...]:
    """Say what becomes looser when one set of rules replaces another; new rules only tighten."""
    present = {rule.rule_id: rule for rule in after}
    told: list[str] = []
    for rule in before:
        if rule.rule_id in present:
            fields = loosened_fields(rule, present[rule.rule_id])
            told += [f"{rule.name}: {each}" for each in fields]
        else:
            told.append(f"{rule.name}: it is removed")
    return tuple(told)


def _switched_off(old: BreakerRule, new: BreakerRule) -> Iterator[str]:
    if old.enabled and not new.enabled:
        yield "it is switched off"
    if new.shadow and not old.shadow:
        yield "it goes over to shadow mode, where it only says what it would have done"


def _another_number(old: BreakerRule, new: BreakerRule) -> Iterator[str]:
    if _subject(old) != _subject(new):
        yield f"it measures {_subject(new)}, another number than {_subject(old)}"
    widens = old.scope.kind is new.scope.kind and new.scope.name in ("", old.scope.name)
    if not widens:
        yield f"it watches {new.scope}, no longer {old.scope}"


def _subject(rule: BreakerRule) -> str:
    if rule.metric is not Metric.DRAWDOWN:
        return rule.metric.value
    basis = f"{rule.metric.value} from {rule.drawdown_basis.value}"
    return f"{basis} ({rule.drawdown_peak.value})" if rule.measures_peak else basis


def _later(old: BreakerRule, new: BreakerRule) -> Iterator[str]:
    if not _fires_on_all_of(old, new):
        yield f"it fires at {new.condition}, no longer at {old.condition}"
    if new.for_seconds > old.for_seconds:
        yield f"it fires after {new.for_seconds:g} s, no longer after {old.for_seconds:g} s"
    if old.evaluate is new.evaluate:
        return
    if new.evaluate is Evaluate.BAR_CLOSE:
        yield "it is evaluated at bar closes only, no longer at each tick"
    elif new.for_seconds > 0.0 or _restarts_peak(new):
        # One tick on the safe side starts the seconds, or the peak, anew.
        yield "it is evaluated at each tick, where a moment's recovery makes it wait anew"


def _fires_on_all_of(old: BreakerRule, new: BreakerRule) -> bool:
    if (old.comparison in UPWARD) is not (new.comparison in UPWARD):
        return False
    was, now = _edge(old), _edge(new)
    if was == now:
        return new.comparison in _INCLUSIVE or old.comparison not in _INCLUSIVE
    return now < was if new.comparison in UPWARD else now > was


def _edge(rule: BreakerRule) -> float:
    """Where a rule begins to fire, with the rounding that the kernel allows."""
    rounding = EQUAL_WITHIN * abs(rule.threshold)
    outward = (rule.comparison in UPWARD) is (rule.comparison in _INCLUSIVE)
    return rule.threshold - rounding if outward else rule.threshold + rounding


def _armed_otherwise(old: BreakerRule, new: BreakerRule) -> Iterator[str]:
    if old.latched and not new.latched:
        yield "it arms itself again, no longer only by a person's reset"
    if new.latched and not old.latched and not new.may_act:
        yield "it is latched, and a rule that only notifies is silent then"
    if new.cooldown_seconds > old.cooldown_seconds:
        yield (
            f"it rests for {new.cooldown_seconds:g} s after it fired, no longer for "
            f"{old.cooldown_seconds:g} s"
        )
    elif new.cooldown_seconds < old.cooldown_seconds and _has_hysteresis(old):
        # Armed within the old rest, it lets through what the old rule would block after it.
        yield (
            f"it rests for {new.cooldown_seconds:g} s, and may be armed again before the "
            f"{old.cooldown_seconds:g} s are over"
        )
    follows_threshold = old.reset_threshold is None and new.reset_threshold is None
    if not (follows_threshold or _restarts_peak(new)):
        yield from _reset_sooner(old, new)


def _reset_sooner(old: BreakerRule, new: BreakerRule) -> Iterator[str]:
    was, now = old.effective_reset_threshold, new.effective_reset_threshold
    sooner = now > was if new.comparison in UPWARD else now < was
    if sooner:
        yield f"it is armed again at {now:g}, no longer only at {was:g}"
    elif old.reset_threshold != new.reset_threshold and not new.may_act:
        yield f"it is armed again at {now:g}, and a rule that only notifies is silent until then"


def _has_hysteresis(rule: BreakerRule) -> bool:
    return not _restarts_peak(rule) and rule.effective_reset_threshold != rule.threshold


def _restarts_peak(rule: BreakerRule) -> bool:
    return rule.measures_peak and rule.drawdown_peak is DrawdownPeak.SINCE_REARM


def _softer_on_unknown(old: BreakerRule, new: BreakerRule) -> Iterator[str]:
    was, now = old.on_unknown, new.on_unknown
    if _ON_UNKNOWN_RANK[now] < _ON_UNKNOWN_RANK[was]:
        yield f"while its metric is unknown: {now.value}, no longer {was.value}"
    blocked = was is OnUnknown.BLOCK_ENTRIES and not old.only_notifies
    if blocked and now is OnUnknown.TRIGGER and not new.latched:
        # Resting after it fired, it blocks nothing while the metric stays unknown.
        yield "while its metric is unknown it fires once, and no longer blocks entries all the time"
    if old.act_when_partial and not new.act_when_partial:
        yield "it no longer acts on healthy venues while another one is stale"


def _weaker_actions(old: BreakerRule, new: BreakerRule) -> Iterator[str]:
    for action in old.actions:
        if not any(_covers(each, action) for each in new.actions):
            yield f"it no longer does {action}"


def _covers(new: BreakerAction, old: BreakerAction) -> bool:
    if new.kind is not old.kind:
        larger, smaller = _CLOSES_MORE.get(new.kind), _CLOSES_MORE.get(old.kind)
        return larger is not None and smaller is not None and larger > smaller
    if new.argument is None or old.argument is None:
        return True
    if new.kind in _LOWER_IS_TIGHTER:
        return new.argument <= old.argument
    return new.argument >= old.argument
