"""The strategies that come with ETRMS."""

from etrms_core.backtest.strategies.bollinger_breakout import BOLLINGER_BREAKOUT
from etrms_core.backtest.strategies.bollinger_reversion import BOLLINGER_REVERSION
from etrms_core.backtest.strategies.buy_and_hold import BUY_AND_HOLD
from etrms_core.backtest.strategies.donchian import DONCHIAN
from etrms_core.backtest.strategies.ema_cross import EMA_CROSS
from etrms_core.backtest.strategies.funding_carry import FUNDING_CARRY
from etrms_core.backtest.strategies.macd import MACD
from etrms_core.backtest.strategies.momentum import MOMENTUM
from etrms_core.backtest.strategies.rsi_reversion import RSI_REVERSION
from etrms_core.backtest.strategies.sma_cross import SMA_CROSS
from etrms_core.backtest.strategies.strategy import Strategy
from etrms_core.backtest.strategies.supertrend import SUPERTREND
from etrms_core.backtest.strategies.volatility_target import VOLATILITY_TARGET

BUILT_IN: dict[str, Strategy] = {
    strategy.name: strategy
    for strategy in (
        SMA_CROSS,
        EMA_CROSS,
        MACD,
        RSI_REVERSION,
        BOLLINGER_REVERSION,
        BOLLINGER_BREAKOUT,
        DONCHIAN,
        SUPERTREND,
        MOMENTUM,
        FUNDING_CARRY,
        VOLATILITY_TARGET,
        BUY_AND_HOLD,
    )
}
