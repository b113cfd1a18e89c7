"""Random rules on every metric, whose thresholds random accounts cross now and then."""

from hypothesis import strategies as st

from etrms_core.breakers.rule_document import parse_rule
from etrms_core.breakers.rules import BreakerRule
from etrms_core.risk.metrics import CATALOGUE, Metric

STRATEGY = "backtest"
NAMES = {
    "exchange": ("", "paper", "elsewhere"),
    "symbol": ("", "BTC"),
    "strategy": ("", STRATEGY, "other"),
    "portfolio": ("",),
}
# Thresholds that random paths cross now and then.
LEVELS = {
    Metric.EQUITY: (9_500.0, 9_900.0),
    Metric.NAV: (0.95, 0.99),
    Metric.DRAWDOWN: (0.005, 0.02, 0.05),
    Metric.DAILY_LOSS: (0.005, 0.02),
    Metric.WEEKLY_LOSS: (0.005, 0.02),
    Metric.MONTHLY_LOSS: (0.005, 0.02),
    Metric.GROSS_EXPOSURE: (1_000.0, 4_000.0),
    Metric.NET_EXPOSURE: (500.0, 2_500.0),
    Metric.GROSS_LEVERAGE: (0.1, 0.4),
    Metric.MARGIN_RATIO: (0.002, 0.02),
    Metric.MARGIN_UTILIZATION: (0.02, 0.08),
    Metric.CONCENTRATION: (0.4, 0.9),
    Metric.POSITION_NOTIONAL: (1_500.0, 2_500.0),
    Metric.POSITION_LOSS: (0.005, 0.03),
    Metric.LIQUIDATION_DISTANCE: (0.2, 0.9),
    Metric.CONSECUTIVE_LOSSES: (1.0, 3.0),
    Metric.TRADES_PER_DAY: (1.0, 3.0),
    Metric.TIME_IN_POSITION_SECONDS: (3_600.0, 90_000.0),
    Metric.FUNDING_RATE: (0.001,),
    Metric.STABLECOIN_DEVIATION: (0.01,),
    Metric.DATA_AGE_SECONDS: (60.0,),
    Metric.UNGUARDED_NOTIONAL: (500.0, 2_500.0),
}
ACTIONS = (
    {"kind": "notify"},
    {"kind": "reduce_position", "fraction": 0.5},
    {"kind": "reduce_position", "fraction": 1.0},
    {"kind": "close_position"},
    {"kind": "close_all"},
    {"kind": "cancel_orders"},
    {"kind": "pause_trading", "seconds": 9_000.5},
    {"kind": "pause_trading", "seconds": 7_200},
    {"kind": "reduce_only_mode"},
    {"kind": "set_leverage", "leverage": 2.0},
    {"kind": "set_leverage", "leverage": 3.0},
    {"kind": "place_guard_stop", "distance": 0.02},
    {"kind": "place_guard_stop", "distance": 0.05},
)


@st.composite
def random_rules(draw: st.DrawFn, of_nav: bool = False) -> tuple[BreakerRule, ...]:
    count = draw(st.integers(1, 4))
    return tuple(draw(one_rule(number, of_nav)) for number in range(count))


@st.composite
def one_rule(draw: st.DrawFn, number: int, of_nav: bool) -> BreakerRule:
    nav = ("equity", "nav", "drawdown", "daily_loss", "weekly_loss", "monthly_loss")
    metric = Metric(draw(st.sampled_from(nav if of_nav else [each.value for each in Metric])))
    kinds = sorted(kind.value for kind in CATALOGUE[metric].scopes)
    kind = "portfolio" if of_nav else draw(st.sampled_from(kinds))
    falls = metric in (Metric.EQUITY, Metric.NAV, Metric.LIQUIDATION_DISTANCE)
    threshold = draw(st.sampled_from(LEVELS[metric]))
    reset = draw(st.sampled_from([None, 0.5]))
    return parse_rule(
        {
            "name": f"guard {number}",
            "metric": metric.value,
            "threshold": threshold,
            "comparison": draw(st.sampled_from(["<", "<="] if falls else [">", ">="])),
            "reset_threshold": None if reset is None else threshold * (1.02 if falls else reset),
            "scope": {"kind": kind, "name": draw(st.sampled_from(NAMES[kind]))},
            "actions": draw(st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=3)),
            "enabled": draw(st.sampled_from([True, True, True, False])),
            "shadow": draw(st.sampled_from([False, False, False, True])),
            "latched": draw(st.sampled_from([False, False, True])),
            "for_seconds": draw(st.sampled_from([0, 0, 3_600])),
            "cooldown_seconds": draw(st.sampled_from([0, 300, 10_000])),
            "drawdown_peak": draw(st.sampled_from(["all_time", "since_rearm"])),
            "drawdown_basis": draw(st.sampled_from(["peak", "peak", "day_start", "initial"])),
            "on_unknown": draw(st.sampled_from(["notify", "block_entries", "trigger"])),
            "evaluate": draw(st.sampled_from(["tick", "bar_close"])),
        }
    )
