"""What breakers and the kill switch send only ever takes risk away (P3).

Whatever a person, the venue and the wire do in between. A sequence that fails is printed step by
step; `CI=1 make test ARGS="-k never_increase tests/faults"` plays the same sequences again.
"""

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from etrms_core.domain.identifiers import PositionSide
from etrms_core.engine.storage_ports import RequestKind
from etrms_core.errors import ExchangeError, OrderRefusedError, OrderRejectedError
from tests.faults.shaky_venue import Bench, Leg, is_ours

MARKS = {"BTCUSDT": 100.0, "ETHUSDT": 50.0}
EVERY_SECOND = {"cooldown_seconds": 1.0, "drawdown_peak": "since_rearm"}
RULES = [
    {
        "name": "halve",
        "metric": "drawdown",
        "threshold": 0.01,
        "actions": [{"kind": "reduce_position", "fraction": 0.5}],
        **EVERY_SECOND,
    },
    {
        "name": "shut",
        "metric": "position_loss",
        "threshold": 0.1,
        "scope": {"kind": "symbol"},
        "cooldown_seconds": 1.0,
        "actions": [{"kind": "close_position"}],
    },
    {
        "name": "fence",
        "metric": "gross_exposure",
        "threshold": 170.0,
        "cooldown_seconds": 6.0,
        "actions": [{"kind": "place_guard_stop", "distance": 0.12}],
    },
    {
        "name": "flat",
        "metric": "daily_loss",
        "threshold": 0.25,
        "cooldown_seconds": 5.0,
        "actions": [{"kind": "close_all"}, {"kind": "cancel_orders"}],
    },
]
SIZES = st.sampled_from([0.001, 0.25, 0.5, 1.0, 1.5, 3.0])
FAULTS = st.sampled_from(["lost", "unseen", "refused", "pass"])
LEGS = st.sampled_from(sorted(MARKS))
TINY = 1e-9


class DeskAndWorld(RuleBasedStateMachine):
    """A desk with quick rules while everything around it happens."""

    @initialize(
        is_hedged=st.booleans(),
        sizes=st.lists(SIZES, min_size=2, max_size=2),
        faults=st.lists(FAULTS, max_size=2),
    )
    def open(self, is_hedged: bool, sizes: list[float], faults: list[str]) -> None:
        self.bench = Bench(MARKS, RULES, is_hedged=is_hedged, capital=90.0)
        self.ledger: dict[Leg, float] = {}
        self.seen: set[str] = set()
        for symbol, size in zip(MARKS, sizes, strict=True):
            self.trade(symbol, size, is_long=True)
        self.bench.cycle(1.0)
        self.move_everything_and_decide(0.95, faults)

    @rule(seconds=st.sampled_from([0.3, 1.5, 3.0, 8.0]))
    def cycle(self, seconds: float) -> None:
        self.bench.cycle(seconds)

    @rule(symbol=LEGS, factor=st.sampled_from([0.6, 0.85, 0.93, 0.97, 1.04, 1.15, 1.5]))
    def move(self, symbol: str, factor: float) -> None:
        self.bench.move(symbol, factor)

    @rule(factor=st.sampled_from([0.9, 0.95, 1.1]), faults=st.lists(FAULTS, max_size=2))
    def move_everything_and_decide(self, factor: float, faults: list[str]) -> None:
        for symbol in MARKS:
            self.bench.move(symbol, factor)
        self.bench.shaky.answers = list(faults)
        self.bench.cycle(1.5)

    @rule(symbol=LEGS, size=SIZES, is_long=st.booleans())
    def trade(self, symbol: str, size: float, is_long: bool) -> None:
        """Trade as a person: open, enlarge, reduce or turn a position."""
        with suppress(OrderRejectedError):  # no margin left
            leg = self.leg(symbol, is_long=is_long)
            self.bench.trade(leg, size if is_long else -size)

    @rule(symbol=LEGS, is_long=st.booleans(), part=st.sampled_from([0.3, 1.0]))
    def close_by_hand(self, symbol: str, is_long: bool, part: float) -> None:
        leg = self.leg(symbol, is_long=is_long)
        quantity = round(self.bench.held().get(leg, 0.0) * part, 3)
        if quantity:
            with suppress(OrderRejectedError):
                self.bench.trade(leg, -quantity, reduce_only=True)

    @rule(symbol=LEGS, is_long=st.booleans(), kept=st.sampled_from([0.0, 0.4, 0.9]))
    def deleverage(self, symbol: str, is_long: bool, kept: float) -> None:
        self.look()
        leg = self.leg(symbol, is_long=is_long)
        self.bench.deleverage(leg, kept)
        self.ledger = dict(self.bench.held())

    @rule(symbol=LEGS, is_long=st.booleans(), size=SIZES)
    def reduce_through_the_desk(self, symbol: str, is_long: bool, size: float) -> None:
        """Ask the desk itself for a reduction, which may be far too large or wrong way round."""
        leg = self.leg(symbol, is_long=is_long)
        request = self.bench.order(
            leg,
            -size if is_long else size,
            reduce_only=True,
            client_order_id=self.bench.guard.orders.order_id(
                strategy="manual", nonce=f"n{len(self.bench.shaky.sent)}"
            ),
        )
        with suppress(OrderRefusedError, ExchangeError):
            self.bench.guard.orders.submit(request)

    @rule(depth=st.sampled_from([(0.2,), (0.1, 0.4, 0.4), (1_000.0,)]))
    def let_the_book_be_this_deep(self, depth: tuple[float, ...]) -> None:
        self.bench.market.sizes = depth

    @rule(answers=st.lists(FAULTS, min_size=1, max_size=3))
    def spoil_the_next_answers(self, answers: list[str]) -> None:
        self.bench.shaky.answers = list(answers)

    @rule(is_blind=st.booleans(), is_silent=st.booleans())
    def let_looks_fail(self, is_blind: bool, is_silent: bool) -> None:
        self.bench.shaky.is_blind = is_blind
        self.bench.shaky.is_silent = is_silent

    @rule(kind=st.sampled_from([RequestKind.HALT, RequestKind.FLATTEN, RequestKind.RESUME]))
    def throw_or_release_the_kill_switch(self, kind: RequestKind) -> None:
        self.bench.wish(kind)

    @rule()
    def restart(self) -> None:
        self.bench.restart()

    @invariant()
    def look(self) -> None:
        """Play the venue's fills again: none of ours made a leg larger or turned it."""
        for fill in self.bench.fills():
            if fill.fill_id in self.seen:
                continue
            self.seen.add(fill.fill_id)
            leg = (fill.symbol, fill.position_side)
            before = self.ledger.get(leg, 0.0)
            after = round(before + fill.quantity, 9)
            if is_ours(fill.client_order_id):
                assert abs(after) < abs(before), (fill, before)
                assert after * before >= 0.0, (fill, before)
            self.ledger[leg] = after
        held = self.bench.held()
        assert all(abs(q - held.get(leg, 0.0)) < TINY for leg, q in self.ledger.items())

    @invariant()
    def nothing_of_ours_rests_that_could_add_risk(self) -> None:
        for order in self.bench.real.fetch_account().orders:
            if order.is_open and is_ours(order.request.client_order_id):
                assert order.request.reduce_only, order

    @invariant()
    def nothing_was_sent_beyond_what_the_desk_had_read(self) -> None:
        """Hold the desk to it by itself, without the venue's own reduce-only rule."""
        for request, shown in self.bench.shaky.sent:
            assert request.reduce_only, request
            assert request.side.sign * shown < 0.0, (request, shown)
            assert request.quantity <= abs(shown) + TINY, (request, shown)

    def leg(self, symbol: str, *, is_long: bool) -> Leg:
        if not self.bench.is_hedged:
            return symbol, PositionSide.NET
        return symbol, PositionSide.LONG if is_long else PositionSide.SHORT


def play(sequences: int) -> None:
    run_state_machine_as_test(
        DeskAndWorld,
        settings=settings(
            max_examples=sequences,
            stateful_step_count=20,
            deadline=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_our_orders_never_increase_or_flip_a_position() -> None:
    play(500)


@pytest.mark.soak
def test_very_many_of_our_orders_never_increase_or_flip_a_position() -> None:
    play(10_000)
