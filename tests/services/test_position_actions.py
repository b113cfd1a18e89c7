"""Closing, reducing and protecting positions, and cancelling orders, by a person."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from etrms_core.domain.account import Position
from etrms_core.domain.identifiers import PositionKey, PositionSide
from etrms_core.domain.intents import IntentState
from etrms_core.domain.order import Order, OrderStatus, OrderType
from etrms_core.engine.position_wishes import Close, Protect, Reduce, Wish
from etrms_core.errors import (
    DomainError,
    ExchangeUnavailableError,
    LeaseLostError,
    OrderRejectedError,
    StorageError,
)
from etrms_core.services.guard import Guard
from etrms_core.services.position_actions import PositionActions
from etrms_core.services.position_outcomes import (
    NotActing,
    Outcome,
    PositionPreview,
    Refused,
    Rejected,
    Sent,
    Unknown,
)
from tests.builders import make_account, make_fill, make_position, make_stop
from tests.engine.intents import make_intent, make_request
from tests.services.acting import Bench, FillingExchange, LossyExchange

KEY = PositionKey("main", "BTCUSDT", PositionSide.NET)
DISK = StorageError("the disk is full")
NO = OrderRejectedError("reduce only", venue="paper", code="reduce_only")


def make_bench(
    position: Position | None = None,
    *,
    venue_type: type[LossyExchange] = FillingExchange,
    orders: tuple[Order, ...] = (),
) -> Bench:
    account = make_account(position or make_position(quantity=2.0), orders=orders)
    bench = Bench(accounts=[account], venue_type=venue_type)
    bench.refresh()
    return bench


def make_actions(bench: Bench, guard: Callable[[], Guard] | None = None) -> PositionActions:
    numbers = count(1)
    return PositionActions(
        guard or (lambda: bench.guard),
        bench.intents,
        find=bench.desk_log.find_intent,
        state=bench.guard.monitor.state,
        clock=bench.clock,
        nonce=lambda: f"n{next(numbers)}",
    )


@pytest.fixture
def bench() -> Bench:
    return make_bench()


def carried(actions: PositionActions, preview: PositionPreview) -> list[Outcome]:
    return [each.outcome for each in actions.carry_out(preview)]


def only(actions: PositionActions, wish: Wish) -> Outcome:
    (outcome,) = carried(actions, actions.preview(KEY, wish))
    return outcome


def test_a_preview_sends_nothing_and_shows_what_would_be_sent(bench: Bench) -> None:
    bench.show(replace(bench.venue.state, fills=(make_fill("1", 1.0, fee=0.04),)))
    bench.refresh()
    preview = make_actions(bench).preview(KEY, Close())
    (planned,) = preview.plan.orders
    assert planned.request.client_order_id == "et-test-manual-n1m"
    assert planned.request.quantity == 2.0
    assert planned.price == pytest.approx(99.9)
    assert planned.fee == pytest.approx(2.0 * 99.9 * 0.0004)
    assert preview.verdicts == (None,)
    assert bench.venue.requests == []
    assert bench.intents.recent() == ()


def test_a_dry_run_of_the_gate_is_not_remembered_as_an_order(bench: Bench) -> None:
    actions = make_actions(bench)
    for _ in range(100):
        actions.preview(KEY, Close())
    assert isinstance(only(actions, Close()), Sent)


def test_closing_closes_and_is_told_as_filled(bench: Bench) -> None:
    outcome = only(make_actions(bench), Close())
    assert isinstance(outcome, Sent)
    assert outcome.order is not None
    assert outcome.order.status is OrderStatus.FILLED
    assert outcome.detail.endswith("filled at 100")
    assert bench.venue.state.positions == ()


def test_the_same_preview_carried_out_three_times_is_one_order(bench: Bench) -> None:
    actions = make_actions(bench)
    preview = actions.preview(KEY, Reduce(fraction=0.25))
    first, second, third = (carried(actions, preview)[0] for _ in range(3))
    assert len(bench.venue.requests) == 1
    assert isinstance(first, Sent)
    assert second == third == Sent(first.detail)
    assert bench.told("order_refused") == []


def test_after_a_crash_the_same_preview_is_still_one_order(bench: Bench) -> None:
    preview = make_actions(bench).preview(KEY, Close())
    carried(make_actions(bench), preview)
    bench.guard = bench.next_guard()
    carried(make_actions(bench), preview)
    assert len(bench.venue.requests) == 1


def test_a_position_that_shrank_since_is_closed_and_no_more(bench: Bench) -> None:
    actions = make_actions(bench)
    preview = actions.preview(KEY, Close())
    bench.show(make_account(make_position(quantity=0.5)))
    bench.refresh()
    (outcome,) = actions.carry_out(preview)
    assert outcome.request.quantity == 0.5
    assert bench.venue.state.positions == ()


def test_a_position_that_grew_since_loses_what_was_shown(bench: Bench) -> None:
    actions = make_actions(bench)
    preview = actions.preview(KEY, Close())
    bench.show(make_account(make_position(quantity=5.0)))
    bench.refresh()
    (outcome,) = actions.carry_out(preview)
    assert outcome.request.quantity == 2.0


@pytest.mark.parametrize("now", [None, make_position(quantity=-2.0)])
def test_a_position_that_is_gone_or_has_flipped_is_left_alone(
    bench: Bench, now: Position | None
) -> None:
    actions = make_actions(bench)
    preview = actions.preview(KEY, Close())
    bench.show(make_account(*(() if now is None else (now,))))
    bench.refresh()
    (outcome,) = carried(actions, preview)
    assert isinstance(outcome, Refused)
    assert outcome.code == "not_reducing"
    assert bench.venue.requests == []
    (kept,) = actions.recent()
    assert (kept.state, kept.detail) == (IntentState.REFUSED, outcome.detail)


def test_the_gate_is_heard_before_and_at_the_order() -> None:
    bench = make_bench(replace(make_position(quantity=2.0), side=PositionSide.LONG))
    key = KEY._replace(side=PositionSide.LONG)
    actions = make_actions(bench)
    first = actions.preview(key, Reduce(quantity=1.5))
    bench.venue.loses_answers = True
    assert isinstance(carried(actions, first)[0], Unknown)
    # What is on its way reserves its part of the leg, whatever the last reading shows.
    second = actions.preview(key, Close())
    (verdict,) = second.verdicts
    assert verdict is not None
    assert verdict.code == "not_reducing"
    (outcome,) = carried(actions, second)
    assert isinstance(outcome, Refused)
    assert outcome.code == "not_reducing"
    assert outcome.detail == verdict.sentence
    assert len(bench.venue.requests) == 1
    assert [each.state for each in actions.recent()] == [IntentState.REFUSED, IntentState.SENT]


def test_what_the_venue_rejects_is_told_with_its_code(bench: Bench) -> None:
    bench.venue.refusal = NO
    actions = make_actions(bench)
    preview = actions.preview(KEY, Close())
    assert carried(actions, preview) == [Rejected(str(NO), "reduce_only")]
    assert carried(actions, preview) == [Rejected(str(NO))]


def test_an_answer_that_does_not_come_is_unknown_until_a_look_settles_it(bench: Bench) -> None:
    actions = make_actions(bench)
    preview = actions.preview(KEY, Close())
    bench.venue.loses_answers = True
    (outcome,) = carried(actions, preview)
    assert isinstance(outcome, Unknown)
    bench.refresh()
    (settled,) = carried(actions, preview)
    assert isinstance(settled, Sent)
    assert "found at the venue" in settled.detail
    assert len(bench.venue.requests) == 1


def test_what_came_too_late_is_not_over_yet(bench: Bench) -> None:
    bench.venue.refusal = OrderRejectedError("late", venue="paper", code="expired")
    assert isinstance(only(make_actions(bench), Close()), Unknown)


def test_a_process_that_does_not_act_previews_and_sends_nothing(bench: Bench) -> None:
    preview = make_actions(bench).preview(KEY, Close())

    def nobody() -> Guard:
        raise LeaseLostError("another process acts for this desk")

    other = make_actions(bench, nobody)
    with pytest.raises(LeaseLostError):
        other.preview(KEY, Close())
    assert carried(other, preview) == [NotActing("another process acts for this desk")]


def test_a_lease_that_is_lost_meanwhile_sends_nothing(bench: Bench) -> None:
    actions = make_actions(bench)
    preview = actions.preview(KEY, Close())
    bench.kept.lease.take("other", seen=bench.kept.lease.read())
    assert isinstance(carried(actions, preview)[0], NotActing)
    assert bench.venue.requests == []


def test_an_unreadable_database_keeps_nobody_from_closing(bench: Bench) -> None:
    actions = make_actions(bench)
    preview = actions.preview(KEY, Close())
    bench.store.trouble = bench.intents.trouble = DISK

    def unreadable(_order_id: str) -> None:
        raise DISK

    actions._find = unreadable
    assert isinstance(carried(actions, preview)[0], Sent)
    assert len(bench.venue.requests) == 1


def test_what_cannot_be_written_down_anywhere_is_not_sent(bench: Bench) -> None:
    actions = make_actions(bench)
    preview = actions.preview(KEY, Close())
    bench.fail(DISK)
    (outcome,) = carried(actions, preview)
    assert isinstance(outcome, Refused)
    assert outcome.code == "storage_trouble"
    assert bench.venue.requests == []


def test_protecting_sends_a_stop_and_a_take_profit_that_rest() -> None:
    bench = make_bench(venue_type=LossyExchange)
    actions = make_actions(bench)
    preview = actions.preview(KEY, Protect(stop_price=90.0, take_profit_price=120.0))
    outcomes = carried(actions, preview)
    assert all(isinstance(each, Sent) for each in outcomes)
    carried(actions, preview)
    kinds = [each.order_type for each in bench.venue.requests]
    assert kinds == [OrderType.STOP_MARKET, OrderType.TAKE_PROFIT_MARKET]
    assert all(each.reduce_only for each in bench.venue.requests)


def test_what_became_of_a_preview_is_read_again() -> None:
    bench = make_bench(venue_type=LossyExchange)
    actions = make_actions(bench)
    preview = actions.preview(KEY, Close())
    bench.venue.loses_answers = bench.venue.is_blind = True
    carried(actions, preview)
    assert isinstance(actions.outcomes(preview)[0].outcome, Unknown)
    bench.venue.loses_answers = bench.venue.is_blind = False
    bench.refresh()
    assert isinstance(actions.outcomes(preview)[0].outcome, Sent)


def test_nothing_open_cannot_be_previewed(bench: Bench) -> None:
    with pytest.raises(DomainError, match="no position is open"):
        make_actions(bench).preview(KEY._replace(symbol="ETHUSDT"), Close())


def test_a_book_that_cannot_be_read_leaves_the_mark_as_the_price(bench: Bench) -> None:
    def silent(_symbol: str) -> object:
        raise ExchangeUnavailableError("no answer", venue="paper")

    bench.venue.order_book = silent  # type: ignore[method-assign, assignment]
    (planned,) = make_actions(bench).preview(KEY, Close()).plan.orders
    assert planned.price == 100.0


def cancellable() -> Bench:
    return make_bench(venue_type=LossyExchange, orders=(make_stop(2.0),))


def test_cancelling_cancels_once_and_says_when_the_last_stop_goes() -> None:
    bench = cancellable()
    actions = make_actions(bench)
    preview = actions.preview_cancel("main", "stop")
    assert preview.is_last_stop
    outcomes = [actions.cancel(preview) for _ in range(3)]
    assert all(isinstance(each, Sent) for each in outcomes)
    assert bench.venue.cancelled == ["stop"]
    assert [each.intent_id for each in actions.recent()] == [preview.intent_id]


def test_an_order_that_filled_meanwhile_was_not_cancelled() -> None:
    bench = cancellable()
    actions = make_actions(bench)
    preview = actions.preview_cancel("main", "stop")
    filled = replace(
        make_stop(2.0), status=OrderStatus.FILLED, filled_quantity=2.0, average_price=50.0
    )
    bench.venue.refusal = OrderRejectedError("gone", venue="paper", code="unknown_order")
    bench.venue.fetch_order = lambda _id: filled  # type: ignore[method-assign, assignment]
    outcome = actions.cancel(preview)
    assert isinstance(outcome, Rejected)
    assert "filled at 50" in outcome.detail


def test_a_cancellation_without_an_answer_is_tried_on() -> None:
    bench = cancellable()
    actions = make_actions(bench)
    preview = actions.preview_cancel("main", "stop")
    bench.venue.refusal = ExchangeUnavailableError("no answer", venue="paper")
    assert isinstance(actions.cancel(preview), Unknown)
    bench.venue.refusal = None
    bench.refresh()
    assert bench.venue.cancelled == ["stop"]
    assert isinstance(actions.cancel(preview), Sent)


def test_an_order_that_is_gone_cannot_be_cancelled() -> None:
    with pytest.raises(DomainError, match="not open any more"):
        make_actions(cancellable()).preview_cancel("main", "other")


def fail_disk(bench: Bench) -> None:
    bench.fail(DISK)


def lose_lease(bench: Bench) -> None:
    bench.kept.lease.take("other", seen=bench.kept.lease.read())


def test_only_what_left_the_desk_and_adds_risk_counts_towards_the_orders_of_a_minute(
    bench: Bench,
) -> None:
    actions = make_actions(bench)
    only(actions, Reduce(fraction=0.5))
    now = bench.clock()
    for number, (reduces, attempts, age) in enumerate(
        [(False, 1, 10.0), (True, 1, 10.0), (False, 0, 10.0), (False, 1, 61.0)]
    ):
        request = make_request(client_order_id=f"e{number}", reduce_only=reduces)
        decided_at = now - timedelta(seconds=age)
        intent = make_intent(request, decided_at=decided_at, attempts=attempts)
        bench.intents.add(intent, lease=bench.lease)
    assert actions.entries_sent(since=now - timedelta(minutes=1)) == 1


@pytest.mark.parametrize(("fail", "expected"), [(fail_disk, Refused), (lose_lease, NotActing)])
def test_cancelling_without_the_disk_or_the_lease_sends_nothing(
    fail: Callable[[Bench], None], expected: type[Outcome]
) -> None:
    bench = cancellable()
    actions = make_actions(bench)
    preview = actions.preview_cancel("main", "stop")
    fail(bench)
    assert isinstance(actions.cancel(preview), expected)
    assert bench.venue.cancelled == []
