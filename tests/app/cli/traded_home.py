"""A home whose paper account has a position and a resting entry order."""

from pathlib import Path

from etrms_core.bootstrap import open_desk
from etrms_core.domain.order import OrderRequest, OrderSide, OrderType


def trade(home: Path) -> None:
    """Open a position and rest an entry order on the paper account."""
    (home / "etrms.toml").write_text("[paper]\ntrading_bot = false\n", encoding="utf-8")
    desk = open_desk(home)
    state = desk.refresh()
    assert state.accounts
    price = desk.exchange("paper").quotes()["BTCUSDT"].mark_price
    tick = desk.instruments("paper")["BTCUSDT"].tick_size
    for nonce, kind, level in (
        ("1", OrderType.MARKET, None),
        ("2", OrderType.LIMIT, round(0.9 * price / tick) * tick),
    ):
        desk.orders.submit(
            OrderRequest(
                client_order_id=desk.orders.order_id(strategy="manual", nonce=nonce),
                account="paper",
                symbol="BTCUSDT",
                side=OrderSide.BUY,
                order_type=kind,
                quantity=0.01,
                price=level,
            )
        )
    desk.refresh()
    desk.close()
