"""On the side that receives funding."""

import numpy as np

from etrms_core.backtest.signals import Signals
from etrms_core.backtest.strategies.history import History
from etrms_core.backtest.strategies.parameter import Parameter
from etrms_core.backtest.strategies.strategy import Params, Strategy
from etrms_core.errors import InsufficientDataError
from etrms_core.kernels.target_changes import changed_targets

TITLE = "Funding carry"


def _compute(history: History, params: Params) -> Signals:
    funding = history.funding
    if funding is None or funding.rate.size == 0:
        raise InsufficientDataError(f"{TITLE} by funding settlements", required=1, received=0)
    # A rate is known after its settlement, so one at the very moment of a close is not.
    known = np.searchsorted(funding.settled_ms, history.close_ms(), side="left") - 1
    rate = np.where(known >= 0, funding.rate[np.maximum(known, 0)], np.nan)
    side = np.where(np.abs(rate) > params["threshold"], -np.sign(rate), 0.0)
    return Signals(target=changed_targets(np.where(np.isnan(rate), np.nan, side), 0.0))


FUNDING_CARRY = Strategy(
    name="funding_carry",
    title=TITLE,
    description="Holds its whole equity short while the last funding rate is above the threshold,"
    " long while it is below minus the threshold, nothing in between. It needs funding.",
    parameters={
        "threshold": Parameter(
            0.0001, 0.0, 0.05, "Threshold", "Funding per settlement, a fraction: 0.0001 is 0.01 %."
        ),
    },
    compute=_compute,
)
