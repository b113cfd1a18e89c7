"""Strategies: bounded parameters, and signals at the close of each bar."""

from etrms_core.backtest.strategies.built_in import BUILT_IN
from etrms_core.backtest.strategies.finding import find_strategy
from etrms_core.backtest.strategies.parameter import Parameter
from etrms_core.backtest.strategies.strategy import Strategy
from etrms_core.backtest.strategies.volatility import known_volatility

__all__ = ["BUILT_IN", "Parameter", "Strategy", "find_strategy", "known_volatility"]
