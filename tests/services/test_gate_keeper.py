"""The gate with what it has to know."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etrms_core.domain.identifiers import PORTFOLIO, PositionSide
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.intents import CancelById, Intent, IntentState, Origin, SubmitOrder
from etrms_core.domain.limits import Limits
from etrms_core.domain.order import OrderRequest, OrderSide
from etrms_core.engine.gate_context import Refusal
from etrms_core.engine.restrictions import Restriction, TradingState
from etrms_core.engine.settlement import after_rejection, mark_sent
from etrms_core.errors import OrderRefusedError
from etrms_core.services.gate_keeper import DeskView, GateKeeper
from tests.builders import NOW, make_account, make_position
from tests.engine.intents import make_intent, make_request
from tests.fakes import ManualClock, ScriptedExchange

BTC = Instrument("BTCUSDT", tick_size=0.5, lot_size=0.1)
OTHERS = (Instrument("ETHUSDT"), Instrument("SOLUSDT"))


class Gate:
    """A keeper over one venue, whose view a test changes."""

    def __init__(self, *, held: float = 2.0, limits: Limits | None = None) -> None:
        positions = (make_position(quantity=held),) if held else ()
        self.venue = ScriptedExchange(make_account(*positions), instruments=[BTC, *OTHERS])
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


def test_orders_on_several_contracts_between_two_readings_are_added_up_for_the_leverage() -> None:
    gate = Gate(held=0.0, limits=Limits(maximum_leverage=1.0))
    gate.view = replace(gate.view, gross_notional=500.0)
    gate.keeper.require(entry("1", quantity=2.0))
    gate.keeper.require(entry("2", quantity=2.0, symbol="ETHUSDT"))
    third = entry("3", quantity=2.0, symbol="SOLUSDT")
    assert gate.refusal(third) == Refusal.LEVERAGE
    gate.clock.advance(seconds=1)
    assert gate.refusal(third) == Refusal.LEVERAGE
    read = replace(gate.venue.state, observed_at=gate.clock.now)
    gate.view = replace(gate.view, accounts={"main": read}, gross_notional=700.0)  # one was filled
    gate.keeper.require(third)


def test_what_an_account_has_not_shown_counts_on_others_for_longer_than_a_minute() -> None:
    gate = Gate(held=0.0, limits=Limits(maximum_leverage=1.0))
    other = replace(gate.venue.state, account="other", observed_at=NOW - timedelta(seconds=1))
    keeper = GateKeeper(
        {"main": gate.venue, "other": ScriptedExchange(other, instruments=OTHERS)},
        limits=lambda: Limits(maximum_leverage=1.0),
        view=lambda: gate.view,
        clock=gate.clock,
        stale_after_seconds=10.0,
    )
    gate.view = replace(gate.view, accounts={**gate.view.accounts, "other": other})
    keeper.require(entry("1", quantity=6.0, symbol="ETHUSDT", account="other"))
    for minutes in range(3):
        gate.clock.advance(minutes=1)
        read = replace(gate.venue.state, observed_at=gate.clock.now)
        gate.view = replace(gate.view, accounts={**gate.view.accounts, "main": read})
        with pytest.raises(OrderRefusedError, match="could make gross notional"):
            keeper.require(entry(f"2{minutes}", quantity=3.0))


LEGS = {PositionSide.LONG: OrderSide.SELL, PositionSide.SHORT: OrderSide.BUY}
in_flight = st.lists(st.tuples(st.integers(1, 9), st.booleans(), st.booleans()), max_size=3)


@given(
    st.sampled_from(sorted(LEGS)), st.integers(1, 20), st.integers(1, 30), st.booleans(), in_flight
)
def test_in_hedge_mode_reductions_count_with_their_flag_and_without(
    leg: PositionSide,
    held: int,
    wanted: int,
    is_flagged: bool,
    others: list[tuple[int, bool, bool]],
) -> None:
    gate, closing = Gate(), LEGS[leg]
    opening = OrderSide.BUY if closing is OrderSide.SELL else OrderSide.SELL
    shown = replace(make_position(quantity=-closing.sign * held * BTC.lot_size), side=leg)
    sent_already = tuple(
        make_intent(
            make_request(
                client_order_id=f"et-test-breaker-{number}",
                quantity=lots * BTC.lot_size,
                side=closing if reduces else opening,
                reduce_only=has_flag and reduces,
                position_side=leg,
            ),
            state=IntentState.SENT,
            attempts=1,
        )
        for number, (lots, has_flag, reduces) in enumerate(others)
    )
    account = replace(gate.venue.state, positions=(shown,))
    gate.view = replace(gate.view, accounts={"main": account}, in_flight=sent_already)
    request = make_request(
        client_order_id="et-test-breaker-this",
        quantity=wanted * BTC.lot_size,
        side=closing,
        reduce_only=is_flagged,
        position_side=leg,
    )
    left = held - sum(lots for lots, _, reduces in others if reduces)
    if left <= 0:
        assert gate.refusal(make_intent(request)) == Refusal.NOT_REDUCING
    else:
        passed = sent(gate.keeper.require(make_intent(request)))
        assert passed.quantity == pytest.approx(min(left, wanted) * BTC.lot_size)


def test_what_a_venue_refuses_for_now_takes_nothing_of_a_leg() -> None:
    gate, leg = Gate(held=1.0), PositionSide.LONG
    shown = replace(gate.venue.state.positions[0], side=leg)
    account = replace(gate.venue.state, positions=(shown,))
    waiting = mark_sent(make_intent(make_request(position_side=leg)), now=NOW)
    gate.view = replace(gate.view, accounts={"main": account}, in_flight=(waiting,))
    ours = make_intent(make_request(client_order_id="et-test-kill-1", position_side=leg))
    assert gate.refusal(ours) == Refusal.NOT_REDUCING
    refused = after_rejection(waiting, code="no_market", reason="closed")
    gate.view = replace(gate.view, in_flight=(refused,))
    assert sent(gate.keeper.require(ours)).quantity == 1.0
