"""No run of a strategy that knows what comes next."""

from collections.abc import Mapping

import pandas as pd

from etrms_core.backtest.lookahead import FEW_PREFIXES, check_lookahead
from etrms_core.backtest.market import FundingSeries
from etrms_core.backtest.market_frames import MarketData
from etrms_core.backtest.strategies import Strategy
from etrms_core.errors import ConfigurationError, DataError


def require_causal(strategy: Strategy, data: MarketData, params: Mapping[str, float]) -> None:
    """Refuse a strategy whose signals on any symbol change when later bars are left out.

    Raises
    ------
    ConfigurationError
        Naming the symbol and the first such bar; also if the user's own code fails.
    DataError
        If a symbol has too few bars to tell.
    """
    for (symbol, bars), funding in zip(data.frames.items(), data.market.funding, strict=True):
        offending = _offending(strategy, symbol, bars, params, funding)
        if offending:
            raise ConfigurationError(
                f"{strategy.name} on {symbol}: the signal of {offending[0]:%Y-%m-%d %H:%M} UTC "
                "changes when later bars are cut off: the strategy looks ahead, or answers by "
                "chance",
                field="strategy.name",
            )


def _offending(
    strategy: Strategy,
    symbol: str,
    bars: pd.DataFrame,
    params: Mapping[str, float],
    funding: FundingSeries,
) -> list[pd.Timestamp]:
    try:
        return check_lookahead(strategy, bars, params, funding=funding, prefixes=FEW_PREFIXES)
    except DataError as error:
        raise DataError(f"{symbol}: {error}") from error
