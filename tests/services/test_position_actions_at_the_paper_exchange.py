"""A person's actions on legs of hedge mode, at a venue that checks every rule."""

from time import perf_counter

import pytest

from etrms_core.adapters.exchanges.paper import PaperExchange
from etrms_core.domain.identifiers import PositionKey, PositionSide
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.order import OrderRequest, OrderSide, OrderType
from etrms_core.engine.position_wishes import Close, Effect, Protect, Reduce
from etrms_core.services.position_actions import PositionActions
from etrms_core.services.position_outcomes import OrderOutcome, Rejected, Sent
from tests.builders import NOW
from tests.fakes import ScriptedMarket
from tests.services.acting import Bench

LONG = PositionKey("main", "BTCUSDT", PositionSide.LONG)
SHORT = LONG._replace(side=PositionSide.SHORT)
BTC = Instrument("BTCUSDT", tick_size=0.5, lot_size=0.1, minimum_notional=5.0)
LONGEST_PREVIEW_SECONDS = 0.05


def entry(leg: PositionSide, quantity: float) -> OrderRequest:
    return OrderRequest(
        client_order_id=f"et-test-trend-{leg.value}",
        account="main",
        symbol="BTCUSDT",
        side=OrderSide.BUY if leg is PositionSide.LONG else OrderSide.SELL,
        order_type=OrderType.MARKET,
        quantity=quantity,
        position_side=leg,
    )


class Hedged:
    """A guard over a paper account that holds 2.0 long and 1.0 short."""

    def __init__(self) -> None:
        self.bench = Bench()
        market = ScriptedMarket(NOW, {"BTCUSDT": 100.0}, instruments=[BTC])
        self.paper = PaperExchange("main", market=market, clock=self.bench.clock)
        self.paper.set_hedge_mode(enabled=True)
        self.paper.create_order(entry(PositionSide.LONG, 2.0))
        self.paper.create_order(entry(PositionSide.SHORT, 1.0))
        self.bench.venues = {"main": self.paper}  # type: ignore[dict-item]
        self.bench.guard = self.bench.next_guard()
        self.read()
        self.actions = PositionActions(
            lambda: self.bench.guard,
            self.bench.intents,
            find=self.bench.desk_log.find_intent,
            state=self.bench.guard.monitor.state,
            clock=self.bench.clock,
        )

    def read(self) -> None:
        self.bench.clock.advance(seconds=1)
        self.bench.guard.refresh()

    def held(self) -> dict[PositionSide, float]:
        account = self.paper.fetch_account()
        return {position.side: position.quantity for position in account.positions}


@pytest.fixture
def hedged() -> Hedged:
    return Hedged()


def sent(outcomes: tuple[OrderOutcome, ...]) -> bool:
    return all(isinstance(each.outcome, Sent) for each in outcomes)


def test_closing_one_leg_leaves_the_other(hedged: Hedged) -> None:
    preview = hedged.actions.preview(SHORT, Close())
    assert preview.plan.orders[0].fee == pytest.approx(100.05 * 0.0004)
    assert all(sent(hedged.actions.carry_out(preview)) for _ in range(3))
    assert hedged.held() == {PositionSide.LONG: 2.0}


def test_reducing_a_leg_and_protecting_what_is_left(hedged: Hedged) -> None:
    assert sent(hedged.actions.carry_out(hedged.actions.preview(LONG, Reduce(fraction=0.5))))
    hedged.read()
    wish = Protect(stop_price=90.2, take_profit_price=110.0, trailing_fraction=0.05)
    assert sent(hedged.actions.carry_out(hedged.actions.preview(LONG, wish)))
    assert hedged.held() == {PositionSide.LONG: 1.0, PositionSide.SHORT: -1.0}
    orders = hedged.paper.fetch_account().orders
    assert sorted(each.request.trigger_price or 0.0 for each in orders) == [0.0, 90.0, 110.0]
    hedged.read()
    effects = [each.effect for each in hedged.actions.preview(LONG, Close()).plan.affected]
    assert effects == [Effect.ORPHANED] * 3


def test_a_leg_that_vanished_behind_the_desks_back_is_not_closed_twice(hedged: Hedged) -> None:
    preview = hedged.actions.preview(SHORT, Close())
    assert sent(hedged.actions.carry_out(hedged.actions.preview(SHORT, Close())))
    (again,) = hedged.actions.carry_out(preview)
    assert isinstance(again.outcome, Rejected)
    assert hedged.held() == {PositionSide.LONG: 2.0}


def test_cancelling_takes_the_order_off_the_venues_book(hedged: Hedged) -> None:
    assert sent(hedged.actions.carry_out(hedged.actions.preview(LONG, Protect(stop_price=90.0))))
    hedged.read()
    (order,) = hedged.paper.fetch_account().orders
    preview = hedged.actions.preview_cancel("main", order.request.client_order_id)
    assert preview.is_last_stop
    outcome = hedged.actions.cancel(preview)
    assert isinstance(outcome, Sent)
    assert outcome.detail.endswith("is cancelled")
    assert hedged.paper.fetch_account().orders == ()


def test_a_preview_is_ready_at_once(hedged: Hedged) -> None:
    hedged.actions.preview(LONG, Close())
    started = perf_counter()
    for _ in range(20):
        hedged.actions.preview(LONG, Close())
    assert (perf_counter() - started) / 20 < LONGEST_PREVIEW_SECONDS
