"""The compiled simulation: several symbols on one account, with margin, funding and breakers."""

from collections.abc import Sequence

from etrms_core.backtest.breaker_events import breaker_events
from etrms_core.backtest.breaker_program import CompiledBreakers
from etrms_core.backtest.market import Market
from etrms_core.backtest.signals import Signals
from etrms_core.backtest.simulation_run import SimulationRun
from etrms_core.backtest.simulation_state import SimulationState
from etrms_core.backtest.simulation_window import MarketWindow
from etrms_core.backtest.terms import AccountTerms, TradingTerms
from etrms_core.breakers.rules import BreakerRule
from etrms_core.domain.instrument import Instrument
from etrms_core.errors import DomainError
from etrms_core.kernels.simulation import play_bars


def simulate(  # noqa: PLR0913  each is a part of its own of what decides a run
    market: Market,
    signals: Sequence[Signals],
    *,
    account: AccountTerms,
    trading: TradingTerms,
    instruments: Sequence[Instrument],
    rules: Sequence[BreakerRule] = (),
    strategy_name: str = "backtest",
) -> SimulationRun:
    """Trade signals on one account through a market.

    Parameters
    ----------
    signals, instruments : sequence
        By symbol, in the market's order.
    account : AccountTerms
        Its `bounds` PESSIMISTIC or OPTIMISTIC; BOTH means two runs, which the caller makes.
    rules : sequence of BreakerRule
        Evaluated at every close.
    strategy_name : str
        What strategy scopes call these positions.

    Raises
    ------
    DomainError
        If signals, instruments or prices do not fit the market's symbols and bars.
    ConfigurationError
        If a rule names a symbol that is not traded.
    """
    _check(market, signals, instruments)
    state = SimulationState(market, account=account, trading=trading, instruments=instruments)
    breakers = None
    if any(rule.enabled for rule in rules):
        breakers = CompiledBreakers(
            market, rules, account=account, tiers=state.tiers, strategy_name=strategy_name
        )
    window = MarketWindow(market, signals, has_volume=account.volume_share is not None)
    for start, stop in window.stretches():
        window.load(start, stop, state.book)
        _play(state, window, breakers, start, stop)
    return SimulationRun(
        equity=state.equity,
        adverse_equity=state.worst,
        fills=state.filled(),
        payments=state.paid(),
        events=()
        if breakers is None
        else breaker_events(
            breakers, market, account=account, instruments=instruments, fills=state.filled()
        ),
    )


def _play(
    state: SimulationState,
    window: MarketWindow,
    breakers: CompiledBreakers | None,
    start: int,
    stop: int,
) -> None:
    program = None if breakers is None else breakers.program
    bar, end = 0, stop - start
    while bar < end:
        arguments = (*state.arguments(window, start, stop), bar, end, program)
        bar = play_bars(*arguments)
        if bar < end:
            state.make_room()
            if breakers is not None:
                breakers.drain()


def _check(market: Market, signals: Sequence[Signals], instruments: Sequence[Instrument]) -> None:
    symbols = len(market.symbols)
    given = (len(signals), len(instruments), len(market.bars), len(market.marks))
    if not symbols or any(count != symbols for count in (*given, len(market.funding))):
        raise DomainError(
            f"signals, instruments, bars, marks and funding come for each of {symbols} symbols"
        )
    size = market.open_ms.size
    for symbol, bars, marks, signal in zip(
        market.symbols, market.bars, market.marks, signals, strict=True
    ):
        lengths = {bars.shape[1], marks.shape[1]}
        for values in (signal.codes, signal.target, signal.volatility):
            if values is not None:
                lengths.add(values.size)
        if lengths != {size} or size == 0:
            raise DomainError(f"{symbol} needs prices and signals for each of {size} bars")
