"""The breaker state machine written down a second time, slowly, from DESIGN section 10."""

from dataclasses import dataclass, field
from math import isclose, nan

THROTTLE_SECONDS = 600.0


@dataclass(frozen=True)
class SlowRule:
    """One rule in plain words; times in seconds."""

    comparison: str
    threshold: float
    reset_threshold: float
    for_seconds: float
    cooldown_seconds: float
    latched: bool
    measures_peak: bool
    since_rearm: bool
    on_unknown: str

    def is_breached(self, value: float, limit: float) -> bool:
        """Tell whether a known value is beyond a limit; what differs by rounding only is equal."""
        is_equal = isclose(value, limit, rel_tol=1e-12)
        return {
            ">": value > limit and not is_equal,
            ">=": value > limit or is_equal,
            "<": value < limit and not is_equal,
            "<=": value < limit or is_equal,
        }[self.comparison]


@dataclass
class SlowBreaker:
    """State of one rule in one scope."""

    rule: SlowRule
    peak: float
    state: str = "ARMED"
    triggers: list[float] = field(default_factory=list)
    breached_since: float | None = None

    def read(self, now: float, metric: float | None, nav: float | None, *, restarted: bool) -> bool:
        """Take one reading; true when the rule fires."""
        if restarted and nav is not None:
            self.peak = nav
        self._end_cooldown(now, nav)
        if nav is not None and (not self.rule.since_rearm or self.state == "ARMED"):
            self.peak = max(self.peak, nav)
        value = self.value(metric, nav)
        if self.state == "WAITING_RESET" and self._is_safe_again(value):
            self.state = "ARMED"
        if self.state != "ARMED":
            self.breached_since = None
            return False
        if not self._fires(now, value):
            return False
        self.triggers.append(now)
        recent = [at for at in self.triggers if now - at <= THROTTLE_SECONDS]
        self.state = "LATCHED" if self.rule.latched or len(recent) >= 3 else "COOLING_DOWN"
        self.breached_since = None
        return True

    def value(self, metric: float | None, nav: float | None) -> float | None:
        """Return what the rule compares, None when unknown."""
        if not self.rule.measures_peak:
            return metric
        if nav is None:
            return None
        return max(0.0, 1.0 - nav / self.peak) if self.peak > 0.0 else 0.0

    def reset(self, nav: float | None) -> None:
        """Carry out a person's reset; of earlier triggers only the last still counts."""
        self.triggers = self.triggers[-1:]
        self.state = "WAITING_RESET"
        if self.rule.measures_peak and self.rule.since_rearm and nav is not None:
            self.peak, self.state = nav, "ARMED"

    def _is_safe_again(self, value: float | None) -> bool:
        return value is not None and not self.rule.is_breached(value, self.rule.reset_threshold)

    def _end_cooldown(self, now: float, nav: float | None) -> None:
        restarts_peak = self.rule.measures_peak and self.rule.since_rearm
        is_over = (
            self.state == "COOLING_DOWN" and now >= self.triggers[-1] + self.rule.cooldown_seconds
        )
        if restarts_peak and (is_over or self.state == "WAITING_RESET"):
            if nav is not None:
                self.peak, self.state = nav, "ARMED"
        elif is_over:
            self.state = "WAITING_RESET"

    def _fires(self, now: float, value: float | None) -> bool:
        if value is None:
            self.breached_since = None
            return self.rule.on_unknown == "trigger"
        if not self.rule.is_breached(value, self.rule.threshold):
            self.breached_since = None
            return False
        if self.breached_since is None:
            self.breached_since = now
        return now - self.breached_since >= self.rule.for_seconds


def number(value: float | None) -> float:
    """Write unknown as kernels do."""
    return nan if value is None else value
