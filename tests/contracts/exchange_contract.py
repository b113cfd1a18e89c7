"""What the desk may rely on whatever venue it trades at."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from math import isfinite

import pytest

from etrms_core.domain.account import AccountState, MarginMode
from etrms_core.domain.ledger import LedgerEntry, LedgerKind, LedgerPage
from etrms_core.domain.order import (
    Order,
    OrderRequest,
    OrderSide,
    OrderStatus,
    OrderType,
    Rejection,
)
from etrms_core.engine.ports import ExchangePort
from etrms_core.errors import DomainError, OrderRejectedError
from etrms_core.kernels.rounding import floor_to_step, round_to_step

ENDED = (OrderStatus.FILLED, OrderStatus.CANCELED, OrderStatus.EXPIRED)


class ExchangeContract:
    """Every `ExchangePort` passes these with a flat account in one-way mode.

    A subclass gives a fixture `exchange` and says in `settle` how time goes on, where a venue does
    not fill a market order at once. `has_book` is false for a venue without order books.
    """

    has_book = True

    def settle(self, exchange: ExchangePort) -> None:
        """Let a little time pass."""

    def test_it_names_its_account_and_its_venue(self, exchange: ExchangePort) -> None:
        account = exchange.fetch_account()
        assert (account.account, account.venue) == (exchange.account, exchange.venue)
        assert account.is_paper is exchange.is_paper

    def test_every_reading_has_an_aware_time_that_does_not_go_back(
        self, exchange: ExchangePort
    ) -> None:
        first, second = exchange.fetch_account(), exchange.fetch_account()
        assert first.observed_at is not None
        assert second.observed_at is not None
        assert first.observed_at.utcoffset() is not None
        assert second.observed_at >= first.observed_at

    def test_quotes_are_of_known_contracts_and_not_crossed(self, exchange: ExchangePort) -> None:
        quotes = exchange.quotes()
        assert quotes
        assert set(quotes) <= set(exchange.instruments())
        assert all(0.0 < quote.bid <= quote.ask for quote in quotes.values())

    def test_a_book_has_its_best_prices_first(self, exchange: ExchangePort) -> None:
        symbol = symbol_of(exchange)
        if not self.has_book:
            assert rejection(lambda: exchange.order_book(symbol)) is Rejection.NO_MARKET
            return
        book = exchange.order_book(symbol)
        assert [level.price for level in book.bids] == sorted(
            (level.price for level in book.bids), reverse=True
        )
        assert [level.price for level in book.asks] == sorted(level.price for level in book.asks)
        assert all(level.size > 0.0 for level in (*book.bids, *book.asks))

    def test_a_market_order_opens_a_position(self, exchange: ExchangePort) -> None:
        bought = self.trade(exchange, request(exchange, "open"))
        assert bought.status is OrderStatus.FILLED
        (position,) = exchange.fetch_account().positions
        assert position.quantity == pytest.approx(bought.request.quantity)
        assert position.entry_price == pytest.approx(bought.average_price)
        assert position.leverage is not None
        assert position.leverage >= 1.0

    def test_fills_carry_our_id_and_their_fee(self, exchange: ExchangePort) -> None:
        bought = self.trade(exchange, request(exchange, "open"))
        fills = [fill for fill in exchange.fetch_account().fills if fill.client_order_id == "open"]
        assert sum(fill.quantity for fill in fills) == pytest.approx(bought.request.quantity)
        assert all(fill.fee >= 0.0 for fill in fills)

    def test_the_wallet_changes_by_the_net_of_the_ledger(self, exchange: ExchangePort) -> None:
        before = exchange.fetch_account()
        self.trade(exchange, request(exchange, "open"))
        self.trade(exchange, request(exchange, "close", OrderSide.SELL, reduce_only=True))
        after = exchange.fetch_account()
        assert after.positions == ()
        assert wallet(after) - wallet(before) == pytest.approx(net(after) - net(before), abs=1e-6)

    def test_the_ledger_adds_up_to_what_the_wallet_changed(self, exchange: ExchangePort) -> None:
        before, known = wallet(exchange.fetch_account()), whole_ledger(exchange)
        self.trade(exchange, request(exchange, "open"))
        self.trade(exchange, request(exchange, "close", OrderSide.SELL, reduce_only=True))
        changed = wallet(exchange.fetch_account()) - before
        entries = whole_ledger(exchange)
        assert entries[: len(known)] == known
        assert sum(each.amount for each in entries[len(known) :]) == pytest.approx(changed)
        assert {LedgerKind.FEE} <= {each.kind for each in entries[len(known) :]}

    def test_pages_of_the_ledger_hold_every_entry_once_in_order_of_time(
        self, exchange: ExchangePort
    ) -> None:
        for number in range(3):
            self.trade(exchange, request(exchange, f"open{number}"))
        whole = whole_ledger(exchange)
        assert len({each.entry_id for each in whole}) == len(whole)
        assert [each.occurred_at for each in whole] == sorted(each.occurred_at for each in whole)
        assert whole_ledger(exchange, limit=1) == whole
        last = whole[-1].occurred_at
        newest = exchange.ledger(since=last)
        assert newest.entries == tuple(each for each in whole if each.occurred_at >= last)
        assert exchange.ledger(since=last + timedelta(days=1)) == LedgerPage(())

    def test_a_page_of_the_ledger_holds_at_least_one_entry(self, exchange: ExchangePort) -> None:
        with pytest.raises(DomainError, match="at least 1"):
            exchange.ledger(since=now_at(exchange), limit=0)

    def test_a_reduce_only_order_never_flips_a_position(self, exchange: ExchangePort) -> None:
        opened = self.trade(exchange, request(exchange, "open"))
        larger = request(exchange, "close", OrderSide.SELL, reduce_only=True)
        closed = self.trade(exchange, replace(larger, quantity=3.0 * larger.quantity))
        assert closed.status in ENDED
        assert closed.filled_quantity == pytest.approx(opened.request.quantity)
        assert exchange.fetch_account().positions == ()

    def test_a_reduce_only_order_needs_a_position(self, exchange: ExchangePort) -> None:
        wanted = request(exchange, "a", OrderSide.SELL, reduce_only=True)
        assert rejection(lambda: exchange.create_order(wanted)) is Rejection.REDUCE_ONLY
        self.settle(exchange)
        assert exchange.fetch_account().positions == ()

    def test_an_order_far_from_the_market_rests_until_it_is_cancelled(
        self, exchange: ExchangePort
    ) -> None:
        resting = exchange.create_order(far_limit(exchange, "bid"))
        assert resting.status is OrderStatus.NEW
        assert [each.order_id for each in exchange.fetch_account().orders] == [resting.order_id]
        cancelled = exchange.cancel_order("bid")
        assert (cancelled.status, cancelled.filled_quantity) == (OrderStatus.CANCELED, 0.0)
        assert exchange.fetch_account().orders == ()
        assert exchange.fetch_order("bid") == cancelled

    def test_a_guard_stop_rests_and_ends_with_its_position(self, exchange: ExchangePort) -> None:
        bought = self.trade(exchange, request(exchange, "open"))
        mark = exchange.quotes()[bought.request.symbol].mark_price
        tick = exchange.instruments()[bought.request.symbol].tick_size
        stop = replace(
            request(exchange, "stop", OrderSide.SELL, reduce_only=True),
            order_type=OrderType.STOP_MARKET,
            trigger_price=round_to_step(0.5 * mark, tick),
        )
        assert exchange.create_order(stop).status is OrderStatus.NEW
        self.trade(exchange, request(exchange, "close", OrderSide.SELL, reduce_only=True))
        ended = exchange.fetch_order("stop")
        assert ended is not None
        assert not ended.is_open

    def test_two_open_orders_never_have_one_client_order_id(self, exchange: ExchangePort) -> None:
        exchange.create_order(far_limit(exchange, "bid"))
        again = far_limit(exchange, "bid")
        assert rejection(lambda: exchange.create_order(again)) is Rejection.DUPLICATE_ID
        assert len(exchange.fetch_account().orders) == 1

    def test_the_id_of_an_ended_order_may_come_again_and_names_the_newest(
        self, exchange: ExchangePort
    ) -> None:
        first = exchange.create_order(far_limit(exchange, "bid"))
        exchange.cancel_order("bid")
        second = exchange.create_order(far_limit(exchange, "bid"))
        assert second.order_id != first.order_id
        assert exchange.fetch_order("bid") == second
        assert exchange.cancel_order("bid").order_id == second.order_id
        self.trade(exchange, request(exchange, "buy"))
        held = self.trade(exchange, request(exchange, "buy"))
        (position,) = exchange.fetch_account().positions
        assert position.quantity == pytest.approx(2.0 * held.filled_quantity)

    def test_an_order_after_its_deadline_is_refused_and_changes_nothing(
        self, exchange: ExchangePort
    ) -> None:
        before = exchange.fetch_account()
        late = now_at(exchange) - timedelta(milliseconds=1)
        for wanted in (request(exchange, "late"), far_limit(exchange, "late")):
            assert (
                rejection(partial(exchange.create_order, wanted, deadline=late))
                is Rejection.EXPIRED
            )
        self.settle(exchange)
        after = exchange.fetch_account()
        assert exchange.fetch_order("late") is None
        assert (after.balances, after.positions, after.orders, after.fills) == (
            before.balances,
            before.positions,
            before.orders,
            before.fills,
        )

    def test_an_order_before_its_deadline_is_taken(self, exchange: ExchangePort) -> None:
        for name, left in (("soon", timedelta(minutes=1)), ("far", timedelta(days=1))):
            deadline = now_at(exchange) + left
            taken = exchange.create_order(far_limit(exchange, name), deadline=deadline)
            assert taken.status is OrderStatus.NEW
            assert exchange.fetch_order(name) == taken

    def test_an_order_that_the_venue_never_saw_is_not_found(self, exchange: ExchangePort) -> None:
        assert exchange.fetch_order("never-sent") is None
        assert rejection(lambda: exchange.cancel_order("never-sent")) is Rejection.UNKNOWN_ORDER

    def test_a_refused_order_changes_nothing(self, exchange: ExchangePort) -> None:
        before = exchange.fetch_account()
        absurd = request(exchange, "absurd")
        absurd = replace(absurd, quantity=absurd.quantity * 2.0**40)
        assert rejection(lambda: exchange.create_order(absurd)) in (
            Rejection.INSUFFICIENT_MARGIN,
            Rejection.QUANTITY_LIMIT,
        )
        self.settle(exchange)
        after = exchange.fetch_account()
        assert (after.balances, after.positions, after.orders) == (
            before.balances,
            before.positions,
            before.orders,
        )

    def test_an_unknown_symbol_is_refused(self, exchange: ExchangePort) -> None:
        unknown = replace(request(exchange, "a"), symbol="NOSUCHUSDT")
        assert rejection(lambda: exchange.create_order(unknown)) is Rejection.UNKNOWN_SYMBOL
        assert (
            rejection(lambda: exchange.set_leverage("NOSUCHUSDT", 2.0)) is Rejection.UNKNOWN_SYMBOL
        )

    def test_leverage_is_set_within_the_limits_of_the_contract(
        self, exchange: ExchangePort
    ) -> None:
        symbol = symbol_of(exchange)
        maximum = exchange.instruments()[symbol].maximum_leverage
        assert (
            rejection(lambda: exchange.set_leverage(symbol, maximum + 1.0))
            is Rejection.LEVERAGE_LIMIT
        )
        exchange.set_leverage(symbol, 3.0)
        self.trade(exchange, request(exchange, "open"))
        (position,) = exchange.fetch_account().positions
        assert position.leverage == 3.0

    def test_the_margin_mode_is_set_while_flat_only(self, exchange: ExchangePort) -> None:
        symbol = symbol_of(exchange)
        exchange.set_margin_mode(symbol, MarginMode.ISOLATED)
        self.trade(exchange, request(exchange, "open"))
        (position,) = exchange.fetch_account().positions
        assert position.margin_mode is MarginMode.ISOLATED
        assert position.isolated_margin > 0.0
        assert (
            rejection(lambda: exchange.set_margin_mode(symbol, MarginMode.CROSS))
            is Rejection.POSITION_OPEN
        )

    def test_every_number_of_an_account_is_finite(self, exchange: ExchangePort) -> None:
        self.trade(exchange, request(exchange, "open"))
        account = exchange.fetch_account()
        (position,) = account.positions
        assert position.mark_price is not None
        assert all(isfinite(each) for each in (wallet(account), position.mark_price))

    def trade(self, exchange: ExchangePort, wanted: OrderRequest) -> Order:
        """Send a market order and return it as it ended."""
        exchange.create_order(wanted)
        self.settle(exchange)
        ended = exchange.fetch_order(wanted.client_order_id)
        assert ended is not None
        return ended


def now_at(exchange: ExchangePort) -> datetime:
    """Return the venue's time."""
    observed_at = exchange.fetch_account().observed_at
    assert observed_at is not None
    return observed_at


def whole_ledger(exchange: ExchangePort, *, limit: int = 1_000) -> tuple[LedgerEntry, ...]:
    """Read the ledger of a year, page by page."""
    since: datetime | None = now_at(exchange) - timedelta(days=365)
    entries: list[LedgerEntry] = []
    while since is not None:
        page = exchange.ledger(since=since, limit=limit)
        entries += page.entries
        since = page.next_since
    return tuple(entries)


def symbol_of(exchange: ExchangePort) -> str:
    """Return the first contract of a venue."""
    return next(iter(exchange.instruments()))


def request(
    exchange: ExchangePort,
    client_order_id: str,
    side: OrderSide = OrderSide.BUY,
    *,
    reduce_only: bool = False,
) -> OrderRequest:
    """Build a market order of about 200 quote currency in the first contract."""
    symbol = symbol_of(exchange)
    lot = exchange.instruments()[symbol].lot_size
    return OrderRequest(
        client_order_id=client_order_id,
        account=exchange.account,
        symbol=symbol,
        side=side,
        order_type=OrderType.MARKET,
        quantity=floor_to_step(200.0 / exchange.quotes()[symbol].mark_price, lot),
        reduce_only=reduce_only,
    )


def far_limit(exchange: ExchangePort, client_order_id: str) -> OrderRequest:
    """Build a bid at nine tenths of the mark."""
    wanted = request(exchange, client_order_id)
    tick = exchange.instruments()[wanted.symbol].tick_size
    price = round_to_step(0.9 * exchange.quotes()[wanted.symbol].mark_price, tick)
    return replace(wanted, order_type=OrderType.LIMIT, price=price)


def rejection(call: Callable[[], object]) -> Rejection:
    """Return why a venue refuses a call."""
    with pytest.raises(OrderRejectedError) as refused:
        call()
    return Rejection(refused.value.code)


def wallet(account: AccountState) -> float:
    """Return the amount of the one balance."""
    return account.balances[0].amount


def net(account: AccountState) -> float:
    """Return the net of all symbols' ledgers."""
    return sum(each.net for each in account.ledger or ())
