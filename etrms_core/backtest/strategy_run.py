"""A strategy through a market: its signals, and one simulation per reading of ambiguous bars."""

from collections.abc import Mapping
from dataclasses import replace

from etrms_core.backtest.configuration import BacktestConfiguration
from etrms_core.backtest.entry_volatility import add_volatility, unsized_entries
from etrms_core.backtest.market import VOLUME, Market
from etrms_core.backtest.market_frames import MarketData
from etrms_core.backtest.result import BacktestResult
from etrms_core.backtest.simulation import simulate
from etrms_core.backtest.simulation_run import SimulationRun
from etrms_core.backtest.strategy_signals import SignalSource, market_signals
from etrms_core.backtest.terms import Bounds, SizeKind
from etrms_core.domain.identifiers import ScopeKind
from etrms_core.errors import ConfigurationError, DataError


def run_strategy(
    strategy: SignalSource, data: MarketData, configuration: BacktestConfiguration
) -> BacktestResult:
    """Simulate a strategy; with bounds "both" the market is played twice.

    Raises
    ------
    ConfigurationError
        If the configuration speaks of symbols without bars.
    DataError
        If the strategy does not answer for every bar, or what sizes or fills its orders is missing.
    """
    market = data.market
    _require_known_symbols(configuration, market)
    if configuration.account.volume_share is not None:
        _require_volume(market)
    signals = market_signals(strategy, data, configuration.params)
    notes: Mapping[str, list[str]] = {}
    if configuration.trading.size.kind is SizeKind.VOLATILITY_TARGET:
        signals = add_volatility(signals, data)
        notes = unsized_entries(signals, data, configuration.trading.direction)
    told = replace(data, notes=_joined(data.notes, notes))

    def simulated(bounds: Bounds) -> SimulationRun:
        return simulate(
            market,
            signals,
            account=replace(configuration.account, bounds=bounds),
            trading=configuration.trading,
            instruments=[configuration.instrument(symbol) for symbol in market.symbols],
            rules=configuration.rules,
            strategy_name=configuration.strategy,
        )

    asked = configuration.account.bounds
    if asked is not Bounds.BOTH:
        return BacktestResult(configuration, told, simulated(asked))
    return BacktestResult(
        configuration, told, simulated(Bounds.PESSIMISTIC), simulated(Bounds.OPTIMISTIC)
    )


def _require_known_symbols(configuration: BacktestConfiguration, market: Market) -> None:
    known = ", ".join(market.symbols)
    for symbol in configuration.instruments:
        if symbol not in market.symbols:
            raise ConfigurationError(f"has no bars, only {known}", field=f"instruments.{symbol}")
    for number, rule in enumerate(configuration.rules):
        scope = rule.scope
        if scope.kind is ScopeKind.SYMBOL and scope.name and scope.name not in market.symbols:
            raise ConfigurationError(
                f"{scope.name} has no bars, only {known}", field=f"breakers.{number}.scope.name"
            )


def _require_volume(market: Market) -> None:
    for symbol, bars in zip(market.symbols, market.bars, strict=True):
        if not (bars[VOLUME] > 0.0).any():
            raise DataError(
                f"{symbol}: no bar has a volume, so that account.volume_share lets no order fill"
            )


def _joined(first: Mapping[str, list[str]], more: Mapping[str, list[str]]) -> dict[str, list[str]]:
    return {symbol: [*told, *more.get(symbol, ())] for symbol, told in first.items()}
