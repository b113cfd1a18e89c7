"""The built-in exchange of a home folder: opened as it was stored last."""

from datetime import timedelta
from pathlib import Path

from etrms_core.bootstrap.paper import PAPER_ACCOUNT, open_paper_exchange
from etrms_core.domain.order import OrderRequest, OrderSide, OrderType
from etrms_core.settings import PaperSettings
from tests.builders import NOW
from tests.fakes import ManualClock


def test_a_new_account_holds_its_capital_and_lists_the_chosen_symbols(tmp_path: Path) -> None:
    settings = PaperSettings(capital=123.0, symbols=("ETHUSDT",))
    exchange = open_paper_exchange(tmp_path, settings, ManualClock(NOW))
    account = exchange.fetch_account()
    assert (account.account, account.is_paper) == (PAPER_ACCOUNT, True)
    assert [balance.amount for balance in account.balances] == [123.0]
    assert set(exchange.instruments()) == {"ETHUSDT"}
    assert (tmp_path / "paper.db").exists()


def test_opening_again_shows_what_another_opening_did(tmp_path: Path) -> None:
    clock = ManualClock(NOW)
    first = open_paper_exchange(tmp_path, PaperSettings(), clock)
    first.create_order(
        OrderRequest(
            client_order_id="et-test-manual-1",
            account=PAPER_ACCOUNT,
            symbol="BTCUSDT",
            side=OrderSide.BUY,
            order_type=OrderType.MARKET,
            quantity=0.01,
        )
    )
    second = open_paper_exchange(tmp_path, PaperSettings(), clock)
    assert [position.quantity for position in second.fetch_account().positions] == [0.01]
    assert second.fetch_order("et-test-manual-1") is not None


def test_prices_depend_on_seed_and_time_alone(tmp_path: Path) -> None:
    def price(name: str, seed: int) -> float:
        folder = tmp_path / name
        folder.mkdir()
        clock = ManualClock(NOW + timedelta(minutes=1))
        exchange = open_paper_exchange(folder, PaperSettings(seed=seed), clock)
        return exchange.quotes()["BTCUSDT"].mark_price

    assert price("a", 1) == price("b", 1) != price("c", 2)
