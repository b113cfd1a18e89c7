"""A strategy that says what a test wrote down."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from etrms_core.backtest.market import FundingSeries
from etrms_core.backtest.signals import Signals


@dataclass
class HandSignals:
    """Give the same codes for every symbol, and remember what was asked."""

    codes: list[int]
    asked: list[tuple[int, int, float]] = field(default_factory=list)

    def signals(
        self,
        bars: pd.DataFrame,
        *,
        funding: FundingSeries,
        periods_per_year: float,
        params: Mapping[str, float],
    ) -> Signals:
        """Return the codes."""
        self.asked.append((len(bars), len(funding.rate), periods_per_year))
        return Signals(codes=np.array(self.codes, np.int8))
