"""Whether a threshold divides what its metric can be: one that always holds protects nothing."""

from math import inf
from operator import ge, gt, le, lt

from etrms_core.domain.plain_words import plain_decimal, time_words
from etrms_core.risk.metrics import CATALOGUE, Metric, Unit

NEVER_NEGATIVE = frozenset(
    {
        Metric.DRAWDOWN,
        Metric.GROSS_EXPOSURE,
        Metric.GROSS_LEVERAGE,
        Metric.MARGIN_RATIO,
        Metric.MARGIN_UTILIZATION,
        Metric.CONCENTRATION,
        Metric.POSITION_NOTIONAL,
        Metric.LIQUIDATION_DISTANCE,
        Metric.CONSECUTIVE_LOSSES,
        Metric.TRADES_PER_DAY,
        Metric.TIME_IN_POSITION_SECONDS,
        Metric.STABLECOIN_DEVIATION,
        Metric.DATA_AGE_SECONDS,
        Metric.UNGUARDED_NOTIONAL,
    }
)
COMPARES = {">": gt, ">=": ge, "<": lt, "<=": le}
IN_WORDS = {">": "above", ">=": "at least", "<": "below", "<=": "at most"}


def threshold_flaw(metric: Metric, comparison: str, threshold: float) -> str | None:
    """Say why a condition always or never holds; None when it can do either.

    Parameters
    ----------
    comparison : str
        One of `COMPARES`. It holds on one side of the threshold, so that the two ends of what the
        metric can be decide.
    """
    smallest = 0.0 if metric in NEVER_NEGATIVE else -inf
    largest, unit = CATALOGUE[metric].largest, CATALOGUE[metric].unit
    holds = COMPARES[comparison]
    ends = (holds(smallest, threshold), holds(largest, threshold))
    if ends[0] is not ends[1]:
        return None
    is_low = threshold <= smallest
    bound = "is never below" if is_low else "never exceeds"
    text = (
        f"{metric.value.replace('_', ' ')} {bound} "
        f"{amount_words(smallest if is_low else largest, unit)}, so "
        f'"{IN_WORDS[comparison]} {amount_words(threshold, unit)}"'
    )
    if ends[0]:
        return f"{text} always holds: the breaker would fire at once and never be armed again"
    return f"{text} can never fire"


def amount_words(amount: float, unit: Unit) -> str:
    """Write an amount with its unit, to its last digit."""
    match unit:
        case Unit.FRACTION:
            return f"{plain_decimal(amount * 100.0)}%"
        case Unit.MONEY:
            return f"{plain_decimal(amount)} USD"
        case Unit.MULTIPLE:
            return f"{plain_decimal(amount)}x"
        case Unit.SECONDS:
            return time_words(amount)
        case Unit.COUNT:
            return plain_decimal(amount)
