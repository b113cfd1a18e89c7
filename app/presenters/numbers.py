"""Numbers as text: by tick size, by unit, with a sign where it matters.

None is unknown and becomes a dash; "%" and thousands separators exist only here.
"""

from decimal import Decimal
from math import floor, isinf, isnan, log10

from app.presenters.cells import DASH
from app.presenters.times import duration
from etrms_core.risk.metrics import CATALOGUE, Metric, Unit

MINUS = "\N{MINUS SIGN}"
SIGNIFICANT_DIGITS = 6
MOST_DECIMALS = 10
NONE_NEAR = "none"
NOTHING_BEHIND_IT = "no equity"


def known(value: float | None) -> float | None:
    """Return the value, None for NaN."""
    return None if value is None or isnan(value) else float(value)


def plain(value: float | None, digits: int) -> str:
    """Write a number with thousands separators and a real minus sign, never "-0"."""
    value = known(value)
    if value is None:
        return DASH
    text = f"{abs(value):,.{digits}f}"
    is_zero = not any(digit in text for digit in "123456789")
    return text if is_zero or value > 0.0 else MINUS + text


def signed(value: float | None, digits: int) -> str:
    """Write a number with its sign; what rounds to 0 has none."""
    text = plain(value, digits)
    positive = text[0].isdigit() and any(digit in text for digit in "123456789")
    return f"+{text}" if positive else text


def money(value: float | None, *, digits: int = 2) -> str:
    """Write reporting currency: 1,234.56 USD."""
    return _in_dollars(plain(value, digits))


def signed_money(value: float | None, *, digits: int = 2) -> str:
    """Write a result in reporting currency: +12.30 USD."""
    return _in_dollars(signed(value, digits))


def percent(value: float | None, *, digits: int = 2) -> str:
    """Write a fraction as a percentage; infinite means that nothing backs it."""
    value = known(value)
    if value is not None and isinf(value):
        return NOTHING_BEHIND_IT
    return DASH if value is None else f"{plain(value * 100.0, digits)}%"


def signed_percent(value: float | None, *, digits: int = 2) -> str:
    """Write a fraction as a percentage with its sign."""
    value = known(value)
    return DASH if value is None else f"{signed(value * 100.0, digits)}%"


def distance(value: float | None) -> str:
    """Write a distance as a percentage; an infinite one is "none"."""
    value = known(value)
    return NONE_NEAR if value is not None and isinf(value) else percent(value, digits=1)


def multiple(value: float | None) -> str:
    """Write a multiple of equity: 1.37x."""
    value = known(value)
    if value is not None and isinf(value):
        return NOTHING_BEHIND_IT
    return DASH if value is None else f"{plain(value, 2)}x"


def price(value: float | None, *, tick_size: float | None = None) -> str:
    """Write a price with the decimals of its tick, or with six significant digits without one."""
    value = known(value)
    if value is None:
        return DASH
    return plain(value, step_decimals(tick_size) if tick_size else _decimals_of(value))


def quantity(value: float, *, lot_size: float | None = None) -> str:
    """Write an unsigned size with the decimals of its lot."""
    size = abs(value)
    if lot_size:
        return plain(size, step_decimals(lot_size))
    text = plain(size, _decimals_of(size))
    return text.rstrip("0").rstrip(".") if "." in text else text


def step_decimals(step: float) -> int:
    """Count the decimals of a step such as 0.001."""
    exponent = Decimal(repr(step)).normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def metric_value(metric: Metric, value: float | None) -> str:
    """Write a metric's value by its unit."""
    value = known(value)
    if metric is Metric.LIQUIDATION_DISTANCE:
        return distance(value)
    match CATALOGUE[metric].unit:
        case Unit.MONEY:
            return money(value)
        case Unit.FRACTION:
            return percent(value, digits=4 if metric is Metric.FUNDING_RATE else 2)
        case Unit.MULTIPLE:
            return plain(value, 4) if metric is Metric.NAV else multiple(value)
        case Unit.SECONDS:
            return duration(value)
        case Unit.COUNT:
            return plain(value, 0)


def metric_name(metric: Metric) -> str:
    """Name a metric in words: `margin_ratio` becomes "Margin ratio"."""
    if metric is Metric.NAV:
        return "NAV"
    return metric.value.removesuffix("_seconds").replace("_", " ").capitalize()


def _in_dollars(text: str) -> str:
    # Not "$", which would also be read as the USDT of a quote.
    return text if text == DASH else f"{text} USD"


def _decimals_of(value: float) -> int:
    if value == 0.0 or isinf(value):
        return 2
    magnitude = floor(log10(abs(value)))
    return min(MOST_DECIMALS, max(0, SIGNIFICANT_DIGITS - 1 - magnitude))
