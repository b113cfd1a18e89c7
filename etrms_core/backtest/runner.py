"""A backtest of a named strategy."""

from dataclasses import replace
from pathlib import Path

from etrms_core.backtest.configuration import BacktestConfiguration
from etrms_core.backtest.configuration_document import RunKind
from etrms_core.backtest.lookahead_gate import require_causal
from etrms_core.backtest.market_frames import Frames, FundingFrames, build_market
from etrms_core.backtest.result import BacktestResult
from etrms_core.backtest.source_hash import source_hashes
from etrms_core.backtest.strategies import BUILT_IN, find_strategy
from etrms_core.backtest.strategy_run import run_strategy
from etrms_core.errors import ConfigurationError


def run_backtest(
    bars: Frames,
    configuration: BacktestConfiguration,
    *,
    mark: Frames | None = None,
    funding: FundingFrames | None = None,
    strategies: Path | None = None,
) -> BacktestResult:
    """Run a strategy over bars.

    Parameters
    ----------
    bars : mapping of str to DataFrame
        By symbol: columns open, high, low, close, volume (float64), index of UTC open times. They
        are read where they lie and must not be changed in place while the result is in use.
    configuration : BacktestConfiguration
        Of kind "standard".
    mark : mapping of str to DataFrame, optional
        Mark prices by symbol, of the timeframe of the bars.
    funding : mapping, optional
        Settlements by symbol: column funding_rate, index of UTC times.
    strategies : path, optional
        Folder of the user's own strategies, which are checked for look-ahead before they run.

    Raises
    ------
    DataError
        If bars, mark prices or funding cannot be used or something that orders need is missing; it
        names symbol, flaw and time.
    ConfigurationError
        If the kind is another one, the strategy or a parameter of it is none, it looks ahead, or
        the configuration speaks of symbols without bars.
    """
    if configuration.kind is not RunKind.STANDARD:
        raise ConfigurationError(
            f"{configuration.kind} runs do not exist yet; standard is what can be run", field="kind"
        )
    sources = source_hashes(configuration.strategy, strategies)
    strategy = find_strategy(configuration.strategy, strategies)
    # With every default written out, the bundle means the same when a default changes.
    complete = replace(configuration, params=strategy.check(configuration.params))
    data = build_market(bars, mark=mark, funding=funding)
    if strategy.name not in BUILT_IN:
        require_causal(strategy, data, complete.params)
    return replace(run_strategy(strategy, data, complete), source_sha256=sources)
