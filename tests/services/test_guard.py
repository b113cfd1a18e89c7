"""One tenure: monitor, order desk and thread under one lease."""

from time import monotonic, sleep

from etrms_core.services.subscriptions import Topic
from etrms_core.services.trading_bot import TradingBot
from tests.builders import NOW, make_account
from tests.contracts.ledger_store_contract import entry
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


def test_ledgers_are_copied_only_while_cycles_run_in_their_thread() -> None:
    bench = Bench(accounts=(make_account(),))
    account = next(iter(bench.venues))
    bench.venues[account].entries = [entry("1")]
    ledger = bench.kept.ledger
    bench.guard.keep_ledgers(ledger)
    bench.refresh()
    assert ledger.readings() == ()
    bench.guard.start()
    wait(5.0, lambda: ledger.readings())
    bench.guard.stop()
    assert [each.entry_id for each in ledger.entries(account, since=NOW, limit=5)] == ["1"]
