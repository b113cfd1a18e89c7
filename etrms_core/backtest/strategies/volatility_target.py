"""Long with a size that keeps the volatility of the account at a level."""

import numpy as np

from etrms_core.backtest.signals import Signals
from etrms_core.backtest.strategies.history import History
from etrms_core.backtest.strategies.parameter import Parameter
from etrms_core.backtest.strategies.strategy import Params, Strategy
from etrms_core.backtest.strategies.volatility import known_volatility
from etrms_core.kernels.target_changes import changed_targets

# Smaller corrections cost more in fees than they bring.
REBALANCING_BAND = 0.1


def _compute(history: History, params: Params) -> Signals:
    volatility = known_volatility(
        history.column("close"),
        window=int(params["window"]),
        periods_per_year=history.periods_per_year,
    )
    wanted = np.divide(
        params["target"],
        volatility,
        out=np.full(volatility.size, np.nan),
        where=volatility > 0.0,
    )
    return Signals(target=changed_targets(wanted, REBALANCING_BAND), volatility=volatility)


VOLATILITY_TARGET = Strategy(
    name="volatility_target",
    title="Volatility target",
    description="Always long, with the target over the volatility of the last bars as its share of"
    " equity; corrected when that share has moved by a tenth. Leverage caps it.",
    parameters={
        "window": Parameter(48, 2, 10_000, "Window", "Returns of the volatility."),
        "target": Parameter(
            0.2, 0.01, 5.0, "Target", "Annual volatility of the account, a fraction: 0.2 is 20 %."
        ),
    },
    compute=_compute,
    warm_up=lambda params: int(params["window"]) + 1,
)
