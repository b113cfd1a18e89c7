"""What the desk may rely on whatever keeps its log of intents."""

from dataclasses import replace
from datetime import timedelta
from math import inf, nan

import pytest

from etrms_core.domain.commands import Cause
from etrms_core.domain.identifiers import PositionSide, Scope, ScopeKind
from etrms_core.domain.intents import (
    CancelById,
    ChangeLeverage,
    Intent,
    IntentState,
    Origin,
    SubmitOrder,
)
from etrms_core.domain.lease import Lease
from etrms_core.domain.order import OrderRequest, OrderSide, OrderType
from etrms_core.engine.desk_stores import DeskStores
from etrms_core.engine.storage_ports import IntentLog
from etrms_core.errors import LeaseLostError, StorageError
from tests.builders import NOW

HELD = Lease("desk", 1)


def make_intent(
    intent_id: str, *, state: IntentState = IntentState.DECIDED, threshold: float = 0.1 + 0.2
) -> Intent:
    """Build an order of a breaker in which few fields have their default."""
    request = OrderRequest(
        client_order_id=intent_id,
        account="main",
        symbol="ETHUSDT",
        side=OrderSide.SELL,
        order_type=OrderType.MARKET,
        quantity=0.1 + 0.2,
        reduce_only=True,
        position_side=PositionSide.NET,
    )
    cause = Cause(
        rule_id="guard",
        rule_name="Guard",
        scope=Scope(ScopeKind.SYMBOL, "ETHUSDT"),
        triggered_at=NOW + timedelta(microseconds=1),
        threshold=threshold,
        action="close_all",
        reason="drawdown is 25 %, at least 20 %",
    )
    return Intent(
        intent_id=intent_id,
        action=SubmitOrder(request),
        origin=Origin.BREAKER,
        decided_at=NOW + timedelta(microseconds=123_457),
        causes=(cause,),
        state=state,
    )


class IntentLogContract:
    """Inherit and give a fixture `stores` that returns the stores of a new desk."""

    @pytest.fixture
    def log(self, stores: DeskStores) -> IntentLog:
        assert stores.lease.take(HELD.holder, seen=None) == HELD
        return stores.intents

    def test_a_new_log_holds_nothing(self, log: IntentLog) -> None:
        assert (log.open(), log.recent(), log.find("et-1")) == ((), (), None)

    @pytest.mark.parametrize(
        "action",
        [
            make_intent("et-1").action,
            CancelById("second", ("et-2", "et-3")),
            CancelById("second", ()),
            ChangeLeverage("second", "ETHUSDT", 2.5),
        ],
    )
    def test_an_intent_comes_back_with_every_field(
        self, log: IntentLog, action: SubmitOrder | CancelById | ChangeLeverage
    ) -> None:
        intent = replace(
            make_intent("et-1"),
            action=action,
            state=IntentState.SENT,
            attempts=2,
            deadline_at=NOW + timedelta(microseconds=5),
            misses=1,
            detail="the venue did not answer",
        )
        assert log.add(intent, lease=HELD)
        assert log.find("et-1") == intent
        assert log.open() == (intent,)

    @pytest.mark.parametrize("threshold", [inf, -inf])
    def test_an_infinite_threshold_comes_back(self, log: IntentLog, threshold: float) -> None:
        intent = make_intent("et-1", threshold=threshold)
        assert log.add(intent, lease=HELD)
        assert log.find("et-1") == intent

    def test_an_intent_with_nan_is_refused(self, log: IntentLog) -> None:
        with pytest.raises(StorageError, match="NaN"):
            log.add(make_intent("et-1", threshold=nan), lease=HELD)
        assert log.recent() == ()

    def test_an_id_is_taken_once_for_ever(self, log: IntentLog) -> None:
        first = make_intent("et-1")
        assert log.add(first, lease=HELD)
        assert not log.add(replace(first, detail="again"), lease=HELD)
        assert log.find("et-1") == first
        done = replace(first, state=IntentState.DONE)
        log.update(done, lease=HELD)
        assert not log.add(first, lease=HELD)
        assert log.recent() == (done,)

    @pytest.mark.parametrize(
        "settled", [IntentState.DONE, IntentState.REFUSED, IntentState.ABANDONED]
    )
    def test_what_is_settled_is_not_open_any_more(
        self, log: IntentLog, settled: IntentState
    ) -> None:
        intents = [make_intent("et-b"), make_intent("et-a"), make_intent("et-c")]
        for intent in intents:
            log.add(intent, lease=HELD)
        log.update(replace(intents[0], state=IntentState.SENT), lease=HELD)
        log.update(replace(intents[1], state=settled), lease=HELD)
        assert [intent.intent_id for intent in log.open()] == ["et-b", "et-c"]

    def test_recent_ones_are_chosen_by_when_they_were_decided(self, log: IntentLog) -> None:
        step = timedelta(microseconds=1)
        for number in range(3):
            at = NOW + number * step
            log.add(replace(make_intent(f"et-{number}"), decided_at=at), lease=HELD)
        chosen = log.recent(since=NOW + step, until=NOW + 2 * step)
        assert [intent.intent_id for intent in chosen] == ["et-1"]
        assert len(log.recent(since=NOW)) == 3
        assert len(log.recent(until=NOW)) == 0

    def test_open_intents_are_in_the_order_of_decision_and_recent_ones_newest_first(
        self, log: IntentLog
    ) -> None:
        ids = ["et-9", "et-1", "et-5"]
        for each in ids:
            log.add(make_intent(each), lease=HELD)
        log.update(make_intent("et-9", state=IntentState.SENT), lease=HELD)
        assert [intent.intent_id for intent in log.open()] == ids
        assert [intent.intent_id for intent in log.recent()] == ids[::-1]
        assert [intent.intent_id for intent in log.recent(limit=2)] == ["et-5", "et-1"]

    def test_progress_is_stored(self, log: IntentLog) -> None:
        log.add(make_intent("et-1"), lease=HELD)
        for attempts in (1, 2):
            sent = replace(make_intent("et-1"), state=IntentState.SENT, attempts=attempts)
            log.update(sent, lease=HELD)
            assert log.find("et-1") == sent

    @pytest.mark.parametrize(
        ("stored", "earlier"),
        [
            (IntentState.SENT, IntentState.DECIDED),
            (IntentState.DONE, IntentState.SENT),
            (IntentState.REFUSED, IntentState.DECIDED),
            (IntentState.ABANDONED, IntentState.SENT),
        ],
    )
    def test_an_intent_never_goes_back(
        self, log: IntentLog, stored: IntentState, earlier: IntentState
    ) -> None:
        further = make_intent("et-1", state=stored)
        log.add(further, lease=HELD)
        with pytest.raises(StorageError, match=f"'et-1' is {stored.value} already"):
            log.update(make_intent("et-1", state=earlier), lease=HELD)
        assert log.find("et-1") == further

    def test_what_was_given_up_can_still_turn_out_to_be_done(self, log: IntentLog) -> None:
        log.add(make_intent("et-1", state=IntentState.ABANDONED), lease=HELD)
        done = make_intent("et-1", state=IntentState.DONE)
        log.update(done, lease=HELD)
        assert log.find("et-1") == done

    def test_an_unknown_intent_has_no_progress(self, log: IntentLog) -> None:
        with pytest.raises(StorageError, match="no intent 'et-1'"):
            log.update(make_intent("et-1"), lease=HELD)
        assert log.recent() == ()

    def test_a_lost_lease_neither_adds_nor_updates(
        self, log: IntentLog, stores: DeskStores
    ) -> None:
        first = make_intent("et-1")
        log.add(first, lease=HELD)
        newer = stores.lease.take("standby", seen=stores.lease.read())
        assert newer is not None
        with pytest.raises(LeaseLostError):
            log.add(make_intent("et-2"), lease=HELD)
        with pytest.raises(LeaseLostError):
            log.update(replace(first, state=IntentState.SENT), lease=HELD)
        assert log.recent() == (first,)
        assert log.add(make_intent("et-2"), lease=newer)

    def test_a_lease_that_was_given_up_adds_nothing(
        self, log: IntentLog, stores: DeskStores
    ) -> None:
        stores.lease.release(HELD)
        with pytest.raises(LeaseLostError):
            log.add(make_intent("et-1"), lease=HELD)
        assert log.recent() == ()
