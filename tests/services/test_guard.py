"""One tenure: monitor, order desk and thread under one lease."""

from time import monotonic, sleep

from etrms_core.services.subscriptions import Topic
from etrms_core.services.trading_bot import TradingBot
from tests.builders import make_account
from tests.engine.intents import make_request
from tests.services.acting import Bench


def wait(seconds: float, until: object) -> None:
    ends = monotonic() + seconds
    while monotonic() < ends and not until():  # type: ignore[operator]
        sleep(0.005)


def test_a_guard_begins_with_what_was_stored_last() -> None:
    bench = Bench()
    state = bench.refresh()
    again = bench.next_guard()
    assert again.monitor.accounts() == {"main": state.accounts[0]}
    assert again.monitor.blocks() == state.blocks


def test_an_order_wakes_the_monitor() -> None:
    bench = Bench()
    bench.guard.start()
    wait(5.0, lambda: bench.guard.monitor.state() is not None)
    first = bench.guard.monitor.state()
    bench.subscriptions.publish(Topic.ORDER, make_request())
    wait(5.0, lambda: bench.guard.monitor.state() is not first)
    assert bench.guard.monitor.state() is not first
    bench.guard.stop()
    assert not bench.guard.thread.is_alive


def test_a_bot_decides_only_while_its_guard_acts() -> None:
    bench = Bench(accounts=(make_account(),))
    heard: list[object] = []

    class Bot(TradingBot):
        def __init__(self) -> None:
            pass

        def on_risk(self, state: object) -> None:
            heard.append(state)

    bench.guard.let_trade(Bot())
    bench.refresh()
    assert len(heard) == 1
    bench.guard.abandon()
    bench.refresh()
    assert len(heard) == 1
