"""Carrying out intents account by account."""

from threading import Event

from etrms_core.domain.events import DeskEvent, DeskEventKind
from etrms_core.domain.events import Event as Told
from etrms_core.domain.intents import Intent
from etrms_core.errors import StorageError
from etrms_core.services.intent_runner import IntentRunner
from tests.builders import NOW
from tests.engine.intents import make_intent, make_request


class Orders:
    """An order desk that writes down what it is given; some accounts hang."""

    def __init__(self, *hanging: str) -> None:
        self.hanging = hanging
        self.free = Event()
        self.order: list[str] = []
        self.broken: set[str] = set()

    def advance(self, intent: Intent) -> tuple[Intent, tuple[Told, ...]]:
        if intent.account in self.hanging:
            self.free.wait(10.0)
        if intent.intent_id in self.broken:
            raise StorageError("the disk is full")
        self.order.append(intent.intent_id)
        return intent, (DeskEvent(NOW, DeskEventKind.ORDER_SETTLED, intent.account, "done"),)


def intent(name: str, account: str = "main") -> Intent:
    return make_intent(make_request(client_order_id=name, account=account))


def runner(orders: Orders) -> IntentRunner:
    return IntentRunner(orders, patience_seconds=0.2)  # type: ignore[arg-type]


def test_intents_of_an_account_go_out_in_the_order_of_decision() -> None:
    orders = Orders()
    names = [f"i{number}" for number in range(20)]
    events = runner(orders).run([intent(name) for name in names])
    assert orders.order == names
    assert len(events) == 20


def test_a_venue_that_hangs_holds_up_no_other_and_is_told_when_it_ends() -> None:
    orders = Orders("slow")
    running = runner(orders)
    events = running.run([intent("a", "slow"), intent("b")])
    assert [event.subject for event in events if isinstance(event, DeskEvent)] == ["main"]
    assert running.run([intent("a", "slow")]) == []  # still busy: not begun a second time
    orders.free.set()
    assert len(running.run([intent("c", "other")])) >= 1
    while "a" not in orders.order:
        running.run([])
    assert orders.order.count("a") == 1


def test_without_intents_nothing_runs() -> None:
    assert runner(Orders()).run([]) == []


def test_an_intent_that_cannot_be_advanced_loses_nothing_of_the_others() -> None:
    orders = Orders()
    orders.broken = {"b"}
    events = runner(orders).run([intent("a"), intent("b"), intent("c")])
    assert orders.order == ["a", "c"]
    assert len(events) == 2


def test_whoever_is_in_a_hurry_waits_for_no_venue_and_hears_of_it_later() -> None:
    orders = Orders("slow")
    running = runner(orders)
    running.hurry()
    assert running.run([intent("a", "slow")]) == []
    orders.free.set()
    told: list[Told] = []
    while not told:
        told = running.late()
    assert len(told) == 1
