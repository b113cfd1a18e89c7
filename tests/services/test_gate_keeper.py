"""The gate with what it has to know."""

from dataclasses import replace
from datetime import timedelta

import pytest

from etrms_core.domain.identifiers import PORTFOLIO, PositionSide
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.intents import CancelById, Intent, IntentState, Origin, SubmitOrder
from etrms_core.domain.limits import Limits
from etrms_core.domain.order import OrderRequest, OrderSide
from etrms_core.engine.gate_context import Refusal
from etrms_core.engine.restrictions import Restriction, TradingState
from etrms_core.errors import OrderRefusedError
from etrms_core.services.gate_keeper import DeskView, GateKeeper
from tests.builders import NOW, make_account, make_position
from tests.engine.intents import make_intent, make_request
from tests.fakes import ManualClock, ScriptedExchange

BTC = Instrument("BTCUSDT", tick_size=0.5, lot_size=0.1)


class Gate:
    """A keeper over one venue, whose view a test changes."""

    def __init__(self, *, held: float = 2.0, limits: Limits | None = None) -> None:
        positions = (make_position(quantity=held),) if held else ()
        self.venue = ScriptedExchange(make_account(*positions), instruments=[BTC])
        self.clock = ManualClock(NOW)
        self.view = DeskView({"main": self.venue.state}, (), 1000.0, 200.0, ())
        self.keeper = GateKeeper(
            {"main": self.venue},
            limits=lambda: limits or Limits(),
            view=lambda: self.view,
            clock=self.clock,
            stale_after_seconds=10.0,
        )

    def refusal(self, intent: Intent) -> str:
        with pytest.raises(OrderRefusedError) as raised:
            self.keeper.require(intent)
        return raised.value.code


def entry(name: str = "1", **changes: object) -> Intent:
    request = make_request(
        client_order_id=f"et-test-manual-{name}", side=OrderSide.BUY, reduce_only=False, **changes
    )
    return make_intent(request, origin=Origin.PERSON)


def sent(intent: Intent) -> OrderRequest:
    assert isinstance(intent.action, SubmitOrder)
    return intent.action.request


def test_an_order_within_all_limits_passes_as_it_is() -> None:
    assert Gate().keeper.require(entry()) == entry()


def test_what_is_no_order_passes() -> None:
    cancel = replace(make_intent(), action=CancelById("main", ("a",)))
    assert Gate().keeper.require(cancel) == cancel


def test_a_refusal_has_a_code_and_a_sentence() -> None:
    gate = Gate()
    gate.view = replace(gate.view, storage_trouble="the disk is full")
    with pytest.raises(OrderRefusedError, match="cannot be recorded: the disk is full") as raised:
        gate.keeper.require(entry())
    assert raised.value.code == Refusal.STORAGE_TROUBLE


def test_a_halt_stops_entries_and_lets_reductions_pass() -> None:
    gate = Gate()
    halt = Restriction(PORTFOLIO, TradingState.HALTED, NOW, None, "kill_switch", "halted")
    gate.view = replace(gate.view, restrictions=(halt,))
    assert gate.refusal(entry()) == Refusal.TRADING_RESTRICTED
    assert gate.keeper.require(make_intent()) == make_intent()


def test_an_account_that_was_read_too_long_ago_takes_no_entry() -> None:
    gate = Gate()
    gate.clock.advance(seconds=11)
    assert gate.refusal(entry()) == Refusal.ACCOUNT_STALE
    gate.keeper.require(make_intent())


def test_what_the_desk_decided_shrinks_to_what_is_live() -> None:
    passed = Gate(held=0.45).keeper.require(make_intent())
    assert sent(passed).quantity == pytest.approx(0.4)


def test_what_a_person_wants_is_refused_when_it_is_more_than_is_live() -> None:
    gate = Gate(held=0.45)
    assert gate.refusal(make_intent(origin=Origin.PERSON)) == Refusal.NOT_REDUCING
    assert Gate(held=0.0).refusal(make_intent()) == Refusal.NOT_REDUCING


def test_reductions_of_a_leg_on_their_way_reserve_their_part_of_it() -> None:
    gate = Gate(held=1.5)
    leg = PositionSide.LONG
    long_leg = replace(gate.venue.state.positions[0], side=leg)
    account = replace(gate.venue.state, positions=(long_leg,))
    gate.view = replace(gate.view, accounts={"main": account})
    ours = make_intent(make_request(position_side=leg))
    other = make_intent(
        make_request(client_order_id="et-test-breaker-2", position_side=leg),
        state=IntentState.SENT,
        attempts=1,
    )
    gate.view = replace(gate.view, in_flight=(other, replace(ours, state=IntentState.SENT)))
    assert sent(gate.keeper.require(ours)).quantity == pytest.approx(0.5)
    waiting = replace(other, state=IntentState.DECIDED, attempts=0)
    gate.view = replace(gate.view, in_flight=(waiting,))
    assert sent(gate.keeper.require(ours)).quantity == 1.0


def test_an_order_of_unknown_fate_keeps_no_later_one_from_closing_a_net_position() -> None:
    gate = Gate(held=1.0)
    request = make_request(client_order_id="et-test-breaker-2")
    unknown = make_intent(request, state=IntentState.SENT, attempts=1)
    gate.view = replace(gate.view, in_flight=(unknown,))
    assert sent(gate.keeper.require(make_intent())).quantity == 1.0


def test_equal_orders_in_a_moment_are_one_too_many_and_later_they_are_not() -> None:
    gate = Gate()
    gate.keeper.require(entry("1"))
    assert gate.refusal(entry("2")) == Refusal.DUPLICATE
    gate.clock.advance(seconds=2)
    gate.keeper.require(entry("3"))


def test_orders_a_minute_are_counted_for_a_minute() -> None:
    gate = Gate(limits=Limits(maximum_orders_per_minute=2, duplicate_window_seconds=0.0))
    gate.view = replace(gate.view, accounts={"main": replace(gate.venue.state, observed_at=NOW)})
    gate.keeper.require(entry("1"))
    gate.keeper.require(entry("2"))
    assert gate.refusal(entry("3")) == Refusal.ORDER_RATE
    gate.clock.advance(seconds=61)
    fresh = replace(gate.venue.state, observed_at=gate.clock.now)
    gate.view = replace(gate.view, accounts={"main": fresh})
    gate.keeper.require(entry("4"))


def test_two_orders_see_each_other_before_the_account_shows_either() -> None:
    gate = Gate(held=0.0, limits=Limits(maximum_position_notional=150.0))
    gate.keeper.require(entry("1"))
    assert gate.refusal(entry("2", quantity=0.9)) == Refusal.POSITION_NOTIONAL


def test_an_unknown_account_or_contract_takes_no_entry() -> None:
    gate = Gate()
    assert gate.refusal(entry(symbol="NOPE")) == Refusal.UNKNOWN_SYMBOL
    gate.clock.advance(seconds=timedelta(0).total_seconds())
    assert gate.refusal(entry(account="else")) == Refusal.UNKNOWN_SYMBOL
