"""What the desk may rely on whatever keeps its memory."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import inf, nan

import pytest

from etrms_core.domain.account import (
    AccountState,
    Balance,
    Flow,
    FlowKind,
    LedgerTotal,
    MarginMode,
    Position,
)
from etrms_core.domain.events import (
    BreakerEvent,
    BreakerEventKind,
    DeskEvent,
    DeskEventKind,
    Event,
)
from etrms_core.domain.identifiers import PositionSide, Scope, ScopeKind
from etrms_core.domain.instrument import MarginTiers
from etrms_core.domain.intents import IntentState
from etrms_core.domain.lease import Lease
from etrms_core.domain.order import OrderSide
from etrms_core.engine.desk_stores import DeskStores
from etrms_core.engine.memory import CycleMemory
from etrms_core.engine.memory_document import memory_hash
from etrms_core.engine.storage_ports import (
    AccountEquity,
    CycleRecord,
    DeskRequest,
    DeskStore,
    EquityPoint,
    HistoryPoint,
    RequestKind,
    RequestProgress,
    StoredEvent,
)
from etrms_core.errors import LeaseLostError, StorageError
from tests.builders import NOW, make_account, make_fill, make_stop
from tests.contracts.intent_log_contract import make_intent
from tests.engine.desk import CLOSE_ALL, HALVE, NOTIFY, Desk, long_account, make_rule

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
A_MOMENT = NOW + timedelta(microseconds=123_457)
LEASE = Lease("desk", 1)


def desk_event(
    subject: str = "main",
    kind: DeskEventKind = DeskEventKind.SOURCE_STALE,
    *,
    at: datetime = NOW,
) -> DeskEvent:
    return DeskEvent(at, kind, subject, f"{subject} is told")


def breaker_event(value: float | None = 0.25, *, at: datetime = NOW) -> BreakerEvent:
    return BreakerEvent(
        occurred_at=at,
        kind=BreakerEventKind.TRIGGERED,
        rule_id="guard",
        breaker="Guard",
        scope=Scope(ScopeKind.SYMBOL, "BTCUSDT"),
        value=value,
        threshold=0.2,
        action="close_all",
        detail="drawdown of BTCUSDT is 25 %, at least 20 %",
    )


def reading(seconds: float = 0.0, equity: float | None = 1000.0) -> HistoryPoint:
    return HistoryPoint(NOW + timedelta(seconds=seconds), equity, 1.01, 0.02, None)


def full_account() -> AccountState:
    """Build an account in which no field has its default."""
    position = Position(
        symbol="ETHUSDT",
        quantity=-2.5,
        entry_price=0.1 + 0.2,
        mark_price=None,
        side=PositionSide.SHORT,
        leverage=None,
        margin_mode=MarginMode.ISOLATED,
        isolated_margin=12.5,
        tiers=MarginTiers((0.0, 1e6), (0.004, 0.01), (0.0, 6000.0)),
        opened_at=A_MOMENT,
        funding_rate=-0.0001,
        next_funding_at=A_MOMENT,
        quote_asset="USDC",
        liquidation_price=1e-300,
    )
    return AccountState(
        account="second",
        venue="elsewhere",
        observed_at=A_MOMENT,
        balances=(Balance("BNB", -1.5, None, 0.05), Balance("USDT", 0.1, 0.9998)),
        positions=(position,),
        orders=(make_stop(1.0, side=OrderSide.BUY, position_side=PositionSide.SHORT),),
        flows=(Flow("f1", A_MOMENT, FlowKind.TRANSFER, "USDT", -20.0),),
        fills=(make_fill("1", -1.0, strategy="trend", realized_pnl=inf, fee=0.1),),
        ledger=(LedgerTotal("ETHUSDT", inf, 1.0, -inf),),
        is_paper=False,
    )


def take_first_lease(stores: DeskStores) -> None:
    """Take `LEASE` from stores that are new."""
    assert stores.lease.take(LEASE.holder, seen=None) == LEASE


def save(
    store: DeskStore,
    *accounts: AccountState,
    memory: CycleMemory | None = None,
    events: Sequence[Event] = (),
    point: HistoryPoint | None = None,
) -> None:
    """Store a cycle under `LEASE`."""
    record = CycleRecord(
        memory=memory or CycleMemory(), accounts=accounts, events=tuple(events), point=point
    )
    store.save_cycle(record, lease=LEASE)


def told(stored: Sequence[StoredEvent]) -> list[Event]:
    return [each.event for each in stored]


def assert_nothing_stored_after_the_first(stores: DeskStores, *, intents: int = 0) -> None:
    """Check that only the first cycle of a test is there: wallet 1, event "old", reading 1."""
    assert stores.desk.load_memory().as_of is None
    assert stores.desk.load_accounts() == (make_account(wallet=1.0),)
    assert told(stores.desk.events()) == [desk_event("old")]
    assert stores.desk.history(since=EPOCH) == (reading(1.0),)
    assert len(stores.intents.recent()) == intents


class DeskStoreContract:
    """Inherit and give a fixture `stores` that returns the stores of a new desk."""

    @pytest.fixture
    def store(self, stores: DeskStores) -> DeskStore:
        take_first_lease(stores)
        return stores.desk

    def test_a_new_store_holds_nothing(self, store: DeskStore) -> None:
        assert memory_hash(store.load_memory()) == memory_hash(CycleMemory())
        assert store.load_memory().as_of is None
        assert (store.load_accounts(), store.events(), store.rules()) == ((), (), ())
        assert (store.history(since=EPOCH), store.requests()) == ((), ())

    def test_the_memory_comes_back_as_it_was_after_every_cycle(self, store: DeskStore) -> None:
        desk = Desk(
            rules=(
                make_rule("drawdown", 0.1, HALVE, latched=True, name="latch"),
                make_rule("daily_loss", 0.05, CLOSE_ALL, cooldown_seconds=60.0, name="cool"),
                make_rule("equity", 1e9, NOTIFY, comparison="<=", for_seconds=5.0, name="wait"),
            )
        )
        for mark in (100.0, 97.0, 80.0, 80.0, None, 120.0):
            result = desk.read(long_account(mark), long_account(account="b", venue="other"))
            save(store, memory=result.memory)
            loaded = store.load_memory()
            assert memory_hash(loaded) == memory_hash(result.memory)
            assert loaded.as_of == desk.now
        assert {int(state) for state in desk.memory.breakers.memory.state} != {0}

    def test_a_cycle_goes_on_from_a_loaded_memory_as_from_its_own(self, store: DeskStore) -> None:
        desk = Desk(rules=(make_rule("drawdown", 0.1, CLOSE_ALL, cooldown_seconds=3.0),))
        for mark in (100.0, 80.0, 80.0, 80.0, 80.0, 130.0, 110.0):
            own = replace(desk).read(long_account(mark))
            save(store, memory=desk.memory)
            desk.memory = store.load_memory()
            again = desk.read(long_account(mark))
            assert (again.commands, again.events) == (own.commands, own.events)
            assert memory_hash(again.memory) == memory_hash(own.memory)

    def test_what_a_cycle_still_owes_is_not_forgotten(self, store: DeskStore) -> None:
        desk = Desk(rules=(make_rule("drawdown", 0.1, HALVE),))
        desk.read(long_account(account="a"), long_account(account="b", venue="other"))
        desk.read(
            long_account(80.0, account="a"),
            long_account(80.0, account="b", venue="other"),
            ages={"a": 11.0},
        )
        memory = replace(desk.memory, pending_flows={Scope(ScopeKind.EXCHANGE, "paper"): 5.0})
        assert memory.owed
        save(store, memory=memory)
        loaded = store.load_memory()
        assert loaded.owed == memory.owed
        assert loaded.pending_flows == memory.pending_flows

    def test_an_account_comes_back_with_every_field(self, store: DeskStore) -> None:
        save(store, full_account())
        assert store.load_accounts() == (full_account(),)

    def test_an_account_that_was_never_read_comes_back_unread(self, store: DeskStore) -> None:
        unread = AccountState("main", "paper", None, ledger=None)
        save(store, unread)
        assert store.load_accounts() == (unread,)

    def test_accounts_keep_their_order(self, store: DeskStore) -> None:
        names = ("zeta", "alpha", "mid")
        save(store, *(make_account(account=name) for name in names))
        assert tuple(each.account for each in store.load_accounts()) == names

    def test_only_the_accounts_of_the_last_cycle_are_kept(self, store: DeskStore) -> None:
        save(store, make_account(account="a"), make_account(account="b"))
        save(store, make_account(account="b", wallet=7.0))
        assert store.load_accounts() == (make_account(account="b", wallet=7.0),)

    @pytest.mark.parametrize("value", [None, 0.25, inf, -inf])
    def test_an_event_comes_back_with_every_field(
        self, store: DeskStore, value: float | None
    ) -> None:
        events = (breaker_event(value, at=A_MOMENT), desk_event(at=A_MOMENT))
        save(store, events=events)
        assert told(store.events()) == list(reversed(events))

    def test_events_are_numbered_as_they_were_written_newest_first(self, store: DeskStore) -> None:
        save(store, events=[desk_event("a"), desk_event("b")])
        store.append_events([desk_event("c")])
        save(store, events=[desk_event("d", at=NOW - timedelta(days=1))])
        stored = store.events()
        assert [each.event.detail[0] for each in stored] == ["d", "c", "b", "a"]
        assert [each.sequence for each in stored] == [4, 3, 2, 1]

    def test_at_most_the_asked_number_of_events_is_shown(self, store: DeskStore) -> None:
        store.append_events([desk_event(str(number)) for number in range(7)])
        assert [each.sequence for each in store.events(limit=2)] == [7, 6]

    def test_events_are_chosen_by_kind(self, store: DeskStore) -> None:
        opened = desk_event("x", DeskEventKind.POSITION_OPENED)
        store.append_events([desk_event(), opened, breaker_event()])
        assert told(store.events(kinds=["position_opened"])) == [opened]
        assert told(store.events(kinds=["position_opened", "triggered"])) == [
            breaker_event(),
            opened,
        ]
        assert store.events(kinds=["latched"]) == ()

    def test_events_are_chosen_from_a_moment_on_inclusive(self, store: DeskStore) -> None:
        step = timedelta(microseconds=1)
        moments = [A_MOMENT - step, A_MOMENT, A_MOMENT + step]
        store.append_events([desk_event(at=at) for at in moments])
        chosen = [event.occurred_at for event in told(store.events(since=A_MOMENT))]
        assert chosen == [A_MOMENT + step, A_MOMENT]

    def test_events_are_chosen_up_to_a_moment_exclusive(self, store: DeskStore) -> None:
        step = timedelta(microseconds=1)
        moments = [A_MOMENT - step, A_MOMENT, A_MOMENT + step]
        store.append_events([desk_event(at=at) for at in moments])
        chosen = [event.occurred_at for event in told(store.events(until=A_MOMENT))]
        assert chosen == [A_MOMENT - step]

    def test_events_are_read_on_from_where_a_reader_stopped(self, store: DeskStore) -> None:
        store.append_events([desk_event(str(number)) for number in range(5)])
        first = store.events(limit=2)
        second = store.events(before=first[-1].sequence, limit=2)
        assert [each.sequence for each in (*first, *second)] == [5, 4, 3, 2]
        assert store.events(before=1) == ()

    def test_events_are_chosen_by_their_rule_or_subject(self, store: DeskStore) -> None:
        store.append_events([desk_event("a"), breaker_event(), desk_event("guard")])
        assert told(store.events(subjects=["guard"])) == [desk_event("guard"), breaker_event()]
        assert told(store.events(subjects=["guard"], kinds=["triggered"])) == [breaker_event()]
        assert told(store.events(subjects=["a", "b"])) == [desk_event("a")]

    def test_rules_come_back_in_saved_order(self, store: DeskStore) -> None:
        rules = (
            make_rule("drawdown", 0.1, HALVE, NOTIFY, name="zeta", reset_threshold=0.02),
            make_rule("equity", 500.0, comparison="<=", enabled=False, name="alpha"),
        )
        store.save_rules(rules)
        assert store.rules() == rules
        store.save_rules(rules[::-1])
        assert store.rules() == rules[::-1]

    def test_saving_rules_replaces_all_of_them(self, store: DeskStore) -> None:
        store.save_rules([make_rule(name="a"), make_rule(name="b")])
        store.save_rules([make_rule(name="b", threshold=0.3)])
        assert store.rules() == (make_rule(name="b", threshold=0.3),)
        store.save_rules([])
        assert store.rules() == ()

    def test_requests_wait_in_order_until_a_cycle_has_carried_them_out(
        self, store: DeskStore
    ) -> None:
        due_at = A_MOMENT + timedelta(minutes=1)
        wishes = (
            DeskRequest(RequestKind.RESET_BREAKER, "zeta", A_MOMENT),
            DeskRequest(RequestKind.FLATTEN, "I see smoke", A_MOMENT, due_at=due_at),
            DeskRequest(RequestKind.RESUME, "anna", A_MOMENT),
        )
        numbers = [store.add_request(wish) for wish in wishes]
        waiting = tuple(
            replace(wish, number=number) for wish, number in zip(wishes, numbers, strict=True)
        )
        assert store.requests() == waiting
        assert numbers == sorted(set(numbers))
        store.save_cycle(
            CycleRecord(memory=CycleMemory(), accounts=(), taken=(numbers[0], numbers[2])),
            lease=LEASE,
        )
        assert store.requests() == (waiting[1],)

    def test_the_progress_of_a_request_can_be_followed(self, store: DeskStore) -> None:
        number = store.add_request(DeskRequest(RequestKind.HALT, "fire", NOW))
        assert store.request_progress(number) is RequestProgress.WAITING
        store.acknowledge_request(number, at=A_MOMENT)
        assert store.request_progress(number) is RequestProgress.ACKNOWLEDGED
        assert [each.number for each in store.requests()] == [number]
        done = CycleRecord(memory=CycleMemory(), accounts=(), taken=(number,))
        store.save_cycle(done, lease=LEASE)
        store.acknowledge_request(number, at=A_MOMENT)
        assert store.request_progress(number) is RequestProgress.DONE

    def test_the_number_of_a_request_is_never_given_again(self, store: DeskStore) -> None:
        wish = DeskRequest(RequestKind.HALT, "fire", NOW)
        first = store.add_request(wish)
        done = CycleRecord(memory=CycleMemory(), accounts=(), taken=(first,))
        store.save_cycle(done, lease=LEASE)
        assert store.add_request(wish) > first

    @pytest.mark.parametrize("ahead", [0, 1, 7])
    def test_a_request_that_was_never_made_has_no_progress(
        self, store: DeskStore, ahead: int
    ) -> None:
        with pytest.raises(StorageError, match=f"no request ever had the number {ahead}"):
            store.request_progress(ahead)
        number = store.add_request(DeskRequest(RequestKind.HALT, "fire", NOW))
        with pytest.raises(StorageError, match="no request ever had"):
            store.request_progress(number + 1)

    def test_two_writers_with_different_fences_only_the_newer_one_stores(
        self, store: DeskStore, stores: DeskStores
    ) -> None:
        save(store, make_account(wallet=1.0), events=[desk_event("old")], point=reading(1.0))
        number = store.add_request(DeskRequest(RequestKind.HALT, "fire", NOW))
        newer = stores.lease.take("standby", seen=stores.lease.read())
        assert newer is not None
        record = CycleRecord(
            memory=Desk().read(long_account()).memory,
            accounts=(make_account(wallet=2.0),),
            events=(desk_event("new"),),
            point=reading(2.0),
            intents=(make_intent("et-1"),),
            taken=(number,),
        )
        with pytest.raises(LeaseLostError, match="desk does not hold the desk any more"):
            store.save_cycle(record, lease=LEASE)
        assert_nothing_stored_after_the_first(stores)
        store.save_cycle(record, lease=newer)
        assert store.load_accounts() == record.accounts
        assert stores.intents.open() == record.intents
        assert store.requests() == ()

    @pytest.mark.parametrize("lease", [Lease("desk", 2), Lease("other", 1)])
    def test_a_lease_that_was_never_given_stores_nothing(
        self, store: DeskStore, lease: Lease
    ) -> None:
        record = CycleRecord(memory=CycleMemory(), accounts=(make_account(),))
        with pytest.raises(LeaseLostError):
            store.save_cycle(record, lease=lease)
        assert store.load_accounts() == ()

    def test_without_any_lease_nothing_is_stored(self, stores: DeskStores) -> None:
        record = CycleRecord(memory=CycleMemory(), accounts=(make_account(),))
        with pytest.raises(LeaseLostError):
            stores.desk.save_cycle(record, lease=LEASE)

    def test_events_between_cycles_need_no_lease(self, stores: DeskStores) -> None:
        stores.desk.append_events([desk_event()])
        assert told(stores.desk.events()) == [desk_event()]

    def test_a_cycle_stores_its_intents_new_and_changed(
        self, store: DeskStore, stores: DeskStores
    ) -> None:
        first, second = make_intent("et-1"), make_intent("et-2")
        record = CycleRecord(memory=CycleMemory(), accounts=(), intents=(first, second))
        store.save_cycle(record, lease=LEASE)
        done = replace(first, state=IntentState.DONE, attempts=1, detail="filled")
        third = make_intent("et-3")
        store.save_cycle(replace(record, intents=(done, third)), lease=LEASE)
        assert stores.intents.open() == (second, third)
        assert stores.intents.recent() == (third, second, done)

    def test_an_intent_that_would_begin_anew_stops_its_whole_cycle(
        self, store: DeskStore, stores: DeskStores
    ) -> None:
        save(store, make_account(wallet=1.0), events=[desk_event("old")], point=reading(1.0))
        sent = make_intent("et-1", state=IntentState.SENT)
        assert stores.intents.add(sent, lease=LEASE)
        record = CycleRecord(
            memory=Desk().read(long_account()).memory,
            accounts=(make_account(wallet=2.0),),
            events=(desk_event("new"),),
            point=reading(2.0),
            intents=(make_intent("et-0"), make_intent("et-1")),
        )
        with pytest.raises(StorageError, match="'et-1' is sent already"):
            store.save_cycle(record, lease=LEASE)
        assert stores.intents.recent() == (sent,)
        assert_nothing_stored_after_the_first(stores, intents=1)

    def test_history_is_shown_oldest_first_from_a_moment_on(self, store: DeskStore) -> None:
        for seconds in (3.0, 1.0, 2.0):
            save(store, point=reading(seconds))
        shown = store.history(since=NOW + timedelta(seconds=2))
        assert shown == (reading(2.0), reading(3.0))

    def test_the_equity_of_each_account_is_kept_beside_the_portfolio(
        self, store: DeskStore
    ) -> None:
        accounts = (AccountEquity("main", 400.0), AccountEquity("other", None))
        save(store, point=replace(reading(1.0), accounts=accounts))
        at = NOW + timedelta(seconds=1)
        assert store.account_history("main", since=EPOCH) == (EquityPoint(at, 400.0),)
        assert store.account_history("other", since=at) == (EquityPoint(at, None),)
        assert store.account_history("main", since=at + timedelta(seconds=1)) == ()
        assert store.history(since=EPOCH) == (reading(1.0),)

    def test_an_unknown_figure_of_the_history_stays_unknown(self, store: DeskStore) -> None:
        unknown = HistoryPoint(A_MOMENT, None, None, None, None)
        save(store, point=unknown)
        assert store.history(since=EPOCH) == (unknown,)

    def test_the_first_reading_of_a_moment_stays(self, store: DeskStore) -> None:
        save(store, point=reading(1.0, 1000.0))
        save(store, point=reading(1.0, 2000.0))
        assert store.history(since=EPOCH) == (reading(1.0, 1000.0),)

    def test_a_cycle_without_a_reading_adds_none(self, store: DeskStore) -> None:
        save(store, point=None)
        assert store.history(since=EPOCH) == ()

    def test_a_long_history_is_thinned_to_the_last_reading_of_equal_stretches(
        self, store: DeskStore
    ) -> None:
        for second in range(2_500):
            save(store, point=reading(second, float(second)))
        shown = store.history(since=NOW)
        assert 1_200 <= len(shown) <= 2_000
        assert shown[-1] == reading(2_499, 2_499.0)
        gaps = {
            (after.observed_at - before.observed_at).total_seconds()
            for before, after in pairwise(shown)
        }
        assert gaps <= {1.0, 2.0}
        recent = store.history(since=NOW + timedelta(seconds=2_400))
        assert len(recent) == 100

    @pytest.mark.parametrize("where", ["account", "event", "point"])
    def test_nan_is_refused_and_nothing_of_its_cycle_is_stored(
        self, store: DeskStore, stores: DeskStores, where: str
    ) -> None:
        save(store, make_account(wallet=1.0), events=[desk_event("old")], point=reading(1.0))
        account = replace(make_account(), ledger=(LedgerTotal("BTCUSDT", nan),))
        result = Desk().read(long_account())
        with pytest.raises(StorageError, match="NaN"):
            save(
                store,
                account if where == "account" else make_account(wallet=2.0),
                memory=result.memory,
                events=[breaker_event(nan if where == "event" else 1.0)],
                point=reading(2.0, nan if where == "point" else 1.0),
            )
        assert_nothing_stored_after_the_first(stores)

    def test_events_with_nan_are_refused_between_cycles_too(self, store: DeskStore) -> None:
        with pytest.raises(StorageError, match="NaN"):
            store.append_events([desk_event(), breaker_event(nan)])
        assert store.events() == ()
