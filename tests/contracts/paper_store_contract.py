"""What the paper exchange may rely on wherever its accounts are kept."""

from dataclasses import replace
from datetime import timedelta

import pytest

from etrms_core.adapters.exchanges.paper.market_source import PaperStore
from etrms_core.adapters.exchanges.paper.order_entry import clear_news
from etrms_core.adapters.exchanges.paper.resting_orders import end_order
from etrms_core.adapters.exchanges.paper.state import PaperState, RestingOrder
from etrms_core.domain.account import Flow, FlowKind, FundingPayment
from etrms_core.domain.identifiers import PositionSide
from etrms_core.domain.order import Order, OrderStatus
from etrms_core.errors import StorageError
from tests.adapters.exchanges.paper.account_states import busy_state, fill_now
from tests.builders import NOW

CONFLICT = "another process has changed the account 'paper' since"


class PaperStoreContract:
    """Every `PaperStore` passes these.

    A subclass gives two fixtures, `store` and `other`, on one empty place as two processes would
    open it.
    """

    def test_an_account_that_was_never_saved_is_none(self, store: PaperStore) -> None:
        store.save("other", PaperState())
        assert store.load("paper") is None

    def test_a_state_comes_back_without_its_news(self, store: PaperStore) -> None:
        state = full_news()
        store.save("paper", state)
        assert state == full_news()
        clear_news(state)
        assert store.load("paper") == state

    def test_the_newest_state_counts(self, store: PaperStore) -> None:
        for wallet in (1.0, 2.0, 3.0):
            store.save("paper", PaperState(wallet=wallet))
        assert store.load("paper") == PaperState(wallet=3.0)

    def test_accounts_are_kept_apart(self, store: PaperStore, other: PaperStore) -> None:
        store.save("a", PaperState(wallet=1.0))
        other.save("b", PaperState(wallet=2.0))
        store.save("a", PaperState(wallet=3.0))
        assert other.load("a") == PaperState(wallet=3.0)
        assert store.load("b") == PaperState(wallet=2.0)

    def test_news_may_be_saved_again(self, store: PaperStore) -> None:
        state = full_news()
        for number in range(3):
            store.save("paper", state)
            fill_now(state, number + 1, at=NOW)
        store.save("paper", state)
        clear_news(state)
        assert store.load("paper") == state

    def test_of_orders_with_one_id_the_newest_comes_back(self, store: PaperStore) -> None:
        state = busy_state(now=NOW)
        name = "et-desk-trend-3"
        first = state.orders[name].order
        end_order(state, name, OrderStatus.CANCELED)
        store.save("paper", state)
        clear_news(state)
        again(state, replace(first, order_id="o77"))
        store.save("paper", state)
        loaded = store.load("paper")
        assert loaded is not None
        assert loaded.used_ids[name].order_id == "o77"
        assert loaded.used_ids[name].is_open
        ended = end_order(loaded, name, OrderStatus.EXPIRED)
        store.save("paper", loaded)
        found = store.load("paper")
        assert found is not None
        assert found.used_ids[name] == ended

    def test_a_save_over_a_version_that_this_process_has_not_seen_is_refused(
        self, store: PaperStore, other: PaperStore
    ) -> None:
        store.save("paper", PaperState(wallet=1.0))
        assert other.load("paper") == PaperState(wallet=1.0)
        other.save("paper", PaperState(wallet=2.0))
        for _ in range(2):
            with pytest.raises(StorageError, match=CONFLICT):
                store.save("paper", PaperState(wallet=3.0))
        other.save("paper", PaperState(wallet=4.0))
        assert store.load("paper") == PaperState(wallet=4.0)
        store.save("paper", PaperState(wallet=5.0))
        with pytest.raises(StorageError, match=CONFLICT):
            other.save("paper", PaperState(wallet=6.0))
        assert other.load("paper") == PaperState(wallet=5.0)

    def test_two_processes_do_not_open_one_account_anew(
        self, store: PaperStore, other: PaperStore
    ) -> None:
        assert store.load("paper") is other.load("paper") is None
        store.save("paper", PaperState(wallet=1.0))
        with pytest.raises(StorageError, match=CONFLICT):
            other.save("paper", PaperState(wallet=2.0))
        assert other.load("paper") == PaperState(wallet=1.0)

    def test_the_ledger_is_what_the_news_did_to_the_wallet_however_often_they_are_saved(
        self, store: PaperStore, other: PaperStore
    ) -> None:
        state = full_news()
        for _ in range(2):
            store.save("paper", state)
        other.save("second", full_news())
        entries = other.ledger("paper", since=NOW, limit=100).entries
        assert {each.kind.value: (each.symbol, each.amount) for each in entries} == {
            "fee": ("S0USDT", -0.05),
            "funding": ("S0USDT", -0.1),
            "transfer": (None, 5.0),
        }
        assert len(entries) == 3
        assert store.ledger("paper", since=NOW + timedelta(hours=1), limit=100).entries == ()

    def test_pages_of_the_ledger_hold_whole_moments(self, store: PaperStore) -> None:
        state = PaperState()
        for number in range(6):
            at = NOW + timedelta(seconds=number // 2, milliseconds=-number)
            fill_now(state, number, at=at)
        store.save("paper", state)
        pages = [store.ledger("paper", since=NOW, limit=1)]
        while (since := pages[-1].next_since) is not None:
            pages.append(store.ledger("paper", since=since, limit=1))
        times = [{each.occurred_at for each in page.entries} for page in pages if page.entries]
        assert times == [{NOW + timedelta(seconds=second)} for second in range(3)]
        entries = [each for page in pages for each in page.entries]
        assert entries == list(store.ledger("paper", since=NOW, limit=100).entries)

    def test_a_refused_save_leaves_no_news(self, store: PaperStore, other: PaperStore) -> None:
        store.save("paper", busy_state(now=NOW))
        other.load("paper")
        other.save("paper", busy_state(now=NOW))
        state = busy_state(now=NOW)
        end_order(state, "et-desk-trend-3", OrderStatus.CANCELED)
        with pytest.raises(StorageError, match=CONFLICT):
            store.save("paper", state)
        loaded = store.load("paper")
        assert loaded is not None
        assert loaded.used_ids["et-desk-trend-3"].is_open


def again(state: PaperState, order: Order) -> None:
    """Let an order rest under an id that was used before."""
    name = order.request.client_order_id
    state.orders[name] = RestingOrder(order)
    state.used_ids.pop(name)
    state.used_ids[name] = order


def full_news() -> PaperState:
    """Build an account with one of each kind of news."""
    state = busy_state(now=NOW)
    end_order(state, "et-desk-trend-3", OrderStatus.CANCELED)
    flow = Flow("m1", NOW, FlowKind.DEPOSIT, "USDT", 5.0)
    state.recent_flows.append(flow)
    state.news_flows.append(flow)
    state.news_funding.append(FundingPayment("S0USDT", PositionSide.NET, NOW, -0.1))
    return state
