"""What a desk looks after beside its monitor."""

from dataclasses import replace
from datetime import timedelta

from etrms_core.domain.intents import IntentState
from etrms_core.engine.ports import Clock
from etrms_core.engine.settlement import after_rejection, mark_sent
from etrms_core.engine.storage_ports import DeskRequest, RequestKind
from etrms_core.services.alarms import AlarmCode
from etrms_core.services.desk import Desk
from etrms_core.services.desk_watch import DeskWatch
from etrms_core.services.steady_clock import SteadyClock
from etrms_core.services.supervisor import Role
from tests.builders import NOW, make_account, make_stop
from tests.engine.intents import make_intent
from tests.fakes import ManualClock, ScriptedExchange
from tests.services.acting import ManualSeconds, make_parts


class Watched:
    """A desk that acts without threads, with a watch whose time a test moves."""

    def __init__(self, *order_ids: str, clock: Clock | None = None) -> None:
        stop = make_stop(1.0)
        orders = tuple(
            replace(stop, request=replace(stop.request, client_order_id=name), order_id=name)
            for name in order_ids
        )
        self.venue = ScriptedExchange(make_account(orders=orders))
        self.clock = ManualClock(NOW)
        self.parts = make_parts({"main": self.venue}, clock=clock or self.clock)
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


def test_a_close_that_a_venue_refuses_is_an_alarm_at_once_that_tells_why() -> None:
    watched = Watched()
    watched.desk.refresh()
    log, lease = watched.parts.log, watched.parts.tenure.lease
    refused = after_rejection(mark_sent(make_intent(), now=NOW), code="x", reason="closed")
    log.add_intent(make_intent(), lease=lease)
    log.update_intent(refused, lease=lease)
    watched.watch.look()
    (alarm,) = watched.desk.alarms()
    assert alarm.code is AlarmCode.ORDER_UNSETTLED
    assert alarm.message == (
        "reduce-only market sell 1 BTCUSDT on main: not closed, the venue refuses it: closed; "
        "the desk goes on trying"
    )
    watched.clock.now += timedelta(seconds=60)
    watched.seconds.advance(3.0)
    watched.watch.look()
    assert watched.desk.alarms()[0].message == alarm.message
    log.update_intent(replace(refused, state=IntentState.DONE), lease=lease)
    watched.seconds.advance(3.0)
    watched.watch.look()
    assert watched.codes() == set()


def test_a_machine_whose_clock_was_set_back_is_an_alarm_until_it_has_caught_up() -> None:
    machine = ManualClock(NOW)
    watched = Watched(clock=SteadyClock(machine, lambda: 0.0))
    watched.desk.refresh()
    seen = []
    for seconds in (0.0, -5.0, -1.0, -3_600.0, 3_602.0, 5.0):
        machine.advance(seconds=seconds)
        watched.seconds.advance(3.0)
        watched.watch.look()
        seen.append({alarm.code.value: alarm.message for alarm in watched.desk.alarms()})
    assert [set(each) for each in seen] == [
        set(),
        set(),
        {"clock_trouble"},
        {"clock_trouble"},
        set(),
        set(),
    ]
    assert "is 6 s ahead" in seen[2]["clock_trouble"]
    assert "is 3,606 s ahead" in seen[3]["clock_trouble"]
    kinds = [stored.event.kind.value for stored in watched.desk.events()]
    assert (kinds.count("alarm_raised"), kinds.count("alarm_cleared")) == (1, 1)


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
