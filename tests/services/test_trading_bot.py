"""The bot trades on paper, through the order desk, never beyond what it is allowed."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from etrms_core.domain.account import AccountState
from etrms_core.domain.identifiers import PORTFOLIO, strategy_of
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.limits import Limits
from etrms_core.domain.order import OrderSide
from etrms_core.engine.restrictions import Restriction, TradingState
from etrms_core.errors import DomainError, ExchangeUnavailableError
from etrms_core.services.gate_keeper import DeskView, GateKeeper
from etrms_core.services.order_desk import OrderDesk
from etrms_core.services.risk_state import RiskState
from etrms_core.services.trading_bot import MOST_POSITIONS, SHARE_OF_EQUITY, TradingBot
from tests.builders import NOW, make_account, make_position
from tests.engine.desk import NEVER, Desk
from tests.fakes import ManualClock, ScriptedExchange
from tests.services.order_bench import Notebook

SYMBOLS = tuple(f"S{number}" for number in range(8))


def venue_of(account: AccountState, symbols: Sequence[str] = SYMBOLS) -> ScriptedExchange:
    return ScriptedExchange(
        account, instruments=[Instrument(symbol, lot_size=0.1) for symbol in symbols]
    )


def bot_of(
    exchange: ScriptedExchange,
    *blocks: Restriction,
    seed: int = 7,
    clock: ManualClock | None = None,
) -> TradingBot:
    now, log = clock or ManualClock(NOW), list[str]()
    sink = Notebook(log)
    lease = sink.leases.take("test", seen=None)
    assert lease is not None
    limits = Limits(maximum_orders_per_minute=None, duplicate_window_seconds=0.0)
    gate = GateKeeper(
        {exchange.account: exchange},
        limits=lambda: limits,
        view=lambda: DeskView(
            accounts={exchange.account: replace(exchange.state, observed_at=now())},
            restrictions=blocks,
            equity=1_000.0,
            gross_notional=0.0,
            in_flight=(),
        ),
        clock=now,
        stale_after_seconds=10.0,
    )
    desk = OrderDesk(
        {exchange.account: exchange},
        sink=sink,
        gate=gate,
        lease=lease,
        clock=now,
        desk_id="test",
    )
    return TradingBot(exchange, desk, clock=now, seed=seed)


def state_of(account: AccountState, *, age: float = 0.0) -> RiskState:
    result = Desk().read(account, ages={account.account: age})
    return RiskState(result.snapshot, (account,), result.memory, ())


def test_it_never_touches_real_money() -> None:
    with pytest.raises(DomainError, match="paper accounts only, not on main"):
        bot_of(venue_of(replace(make_account(), is_paper=False)))


def test_it_opens_a_share_of_equity_floored_to_the_lot() -> None:
    exchange = venue_of(make_account(wallet=1_010.0))
    bot_of(exchange).on_risk(state_of(exchange.state))
    (sent,) = exchange.requests
    assert sent.quantity == pytest.approx(3.5, abs=1e-9)
    assert sent.quantity * 100.0 <= SHARE_OF_EQUITY * 1_010.0
    assert not sent.reduce_only
    assert strategy_of(sent.client_order_id) == "bot"


def test_it_pauses_between_decisions() -> None:
    exchange, clock = venue_of(make_account()), ManualClock(NOW)
    bot, state = bot_of(exchange, clock=clock), state_of(exchange.state)
    for _ in range(20):
        bot.on_risk(state)
        clock.advance(seconds=1)
    assert len(exchange.requests) == 1
    bot.on_risk(state)
    assert len(exchange.requests) == 2
    assert len({request.client_order_id for request in exchange.requests}) == 2


def test_with_enough_positions_it_only_closes_what_it_holds() -> None:
    held = [
        make_position(symbol, sign * 2.0)
        for symbol, sign in zip(SYMBOLS[:MOST_POSITIONS], (1.0, -1.0, 1.0, -1.0), strict=True)
    ]
    exchange, clock = venue_of(make_account(*held)), ManualClock(NOW)
    bot, state = bot_of(exchange, clock=clock), state_of(exchange.state)
    for _ in range(60):
        bot.on_risk(state)
        clock.advance(seconds=20)
    assert 0 < len(exchange.requests) < 60
    quantities = {position.symbol: position.quantity for position in held}
    for sent in exchange.requests:
        assert sent.reduce_only
        assert sent.signed_quantity == -quantities[sent.symbol]


def test_the_seed_decides_what_it_trades() -> None:
    def traded(seed: int) -> list[tuple[str, OrderSide]]:
        exchange, clock = venue_of(make_account()), ManualClock(NOW)
        bot, state = bot_of(exchange, seed=seed, clock=clock), state_of(exchange.state)
        for _ in range(12):
            bot.on_risk(state)
            clock.advance(seconds=20)
        return [(sent.symbol, sent.side) for sent in exchange.requests]

    assert traded(1) == traded(1) != traded(2)


def test_a_refused_order_is_no_error_of_the_bot() -> None:
    exchange = venue_of(make_account())
    halted = Restriction(PORTFOLIO, TradingState.HALTED, NOW, None, "guard", "it fired")
    bot_of(exchange, halted).on_risk(state_of(exchange.state))
    exchange.refusal = ExchangeUnavailableError("no answer", venue="paper")
    bot_of(exchange).on_risk(state_of(exchange.state))
    assert exchange.requests == []


def test_without_a_known_equity_or_a_whole_lot_it_does_nothing() -> None:
    exchange = venue_of(make_account())
    bot_of(exchange).on_risk(state_of(exchange.state, age=NEVER))
    poor = make_account(wallet=1.0)
    bot_of(exchange).on_risk(state_of(poor))
    assert exchange.requests == []
