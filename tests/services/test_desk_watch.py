"""What a desk looks after beside its monitor."""

from dataclasses import replace
from datetime import timedelta

from etrms_core.domain.intents import IntentState
from etrms_core.engine.storage_ports import DeskRequest, RequestKind
from etrms_core.services.alarms import AlarmCode
from etrms_core.services.desk import Desk
from etrms_core.services.desk_watch import DeskWatch
from etrms_core.services.supervisor import Role
from tests.builders import NOW, make_account, make_stop
from tests.engine.intents import make_intent
from tests.fakes import ManualClock, ScriptedExchange
from tests.services.acting import ManualSeconds, make_parts


class Watched:
    """A desk that acts without threads, with a watch whose time a test moves."""

    def __init__(self, *order_ids: str) -> None:
        stop = make_stop(1.0)
        orders = tuple(
            replace(stop, request=replace(stop.request, client_order_id=name), order_id=name)
            for name in order_ids
        )
        self.venue = ScriptedExchange(make_account(orders=orders))
        self.clock = ManualClock(NOW)
        self.parts = make_parts({"main": self.venue}, clock=self.clock)
        self.desk = Desk(self.parts)
        self.seconds = ManualSeconds()
        self.watch = DeskWatch(
            self.parts,
            self.desk._supervisor,
            stored_state=self.desk.stored_state,
            seconds=self.seconds,
        )

    def codes(self) -> set[AlarmCode]:
        return {alarm.code for alarm in self.desk.alarms()}


def test_an_order_of_another_desk_is_an_alarm_until_it_is_gone() -> None:
    watched = Watched("et-test-bot-1", "et-othr-bot-1", "web-2")
    watched.desk.refresh()
    watched.watch.look()
    (alarm,) = watched.desk.alarms()
    assert alarm.code is AlarmCode.FOREIGN_DESK
    assert "othr on main" in alarm.message
    watched.venue.state = make_account()
    watched.desk.refresh()
    watched.seconds.advance(3.0)
    watched.watch.look()
    assert watched.codes() == set()


def test_an_order_whose_fate_stays_unknown_is_an_alarm() -> None:
    watched = Watched()
    watched.desk.refresh()
    log, lease = watched.parts.log, watched.parts.tenure.lease
    log.add_intent(make_intent(), lease=lease)
    log.update_intent(make_intent(state=IntentState.SENT, attempts=1), lease=lease)
    watched.watch.look()
    assert watched.codes() == set()
    watched.clock.now += timedelta(seconds=31)
    watched.seconds.advance(3.0)
    watched.watch.look()
    assert watched.codes() == {AlarmCode.ORDER_UNSETTLED}
    done = make_intent(state=IntentState.DONE, attempts=1)
    log.update_intent(done, lease=lease)
    watched.seconds.advance(3.0)
    watched.watch.look()
    assert watched.codes() == set()


def test_a_kill_switch_hurries_the_monitor() -> None:
    watched = Watched()
    watched.desk.refresh()
    urged: list[str] = []
    watched.desk._supervisor.guard.urge = lambda: urged.append("now")  # type: ignore[method-assign]
    watched.watch.look()
    assert urged == []
    watched.parts.stores.desk.add_request(DeskRequest(RequestKind.RESET_BREAKER, "x", NOW))
    watched.watch.look()
    assert urged == []
    watched.parts.stores.desk.add_request(DeskRequest(RequestKind.HALT, "fire", NOW))
    watched.watch.look()
    assert urged == ["now"]


def test_the_database_is_pruned_once_an_hour() -> None:
    watched = Watched()
    watched.desk.refresh()
    pruned: list[float] = []
    watched.parts.stores.maintenance.prune = (  # type: ignore[method-assign]
        lambda retention, *, now, lease: pruned.append(watched.seconds.now) or 0
    )
    for _ in range(5):
        watched.watch.look()
        watched.seconds.advance(1800.0)
    assert pruned == [0.0, 3600.0, 7200.0]


def test_a_process_that_stands_by_shows_what_the_one_that_acts_has_stored() -> None:
    watched = Watched()
    watched.desk.refresh()
    standing_by = Desk(make_parts({}, stores=watched.parts.stores, clock=watched.clock))
    assert standing_by.role is not Role.ACTIVE
    standing_by._watch.look()
    shown, acting = standing_by.state(), watched.desk.state()
    assert shown is not None
    assert acting is not None
    assert shown.as_of == acting.as_of
    assert standing_by.instruments("main") == {}
    assert set(watched.desk.instruments("main")) == {"BTCUSDT"}
