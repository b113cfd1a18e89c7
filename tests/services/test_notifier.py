"""The trader is told: once, soon, and whatever a provider does."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from threading import Event as Flag
from time import monotonic, sleep
from zoneinfo import ZoneInfo

import pytest

from etrms_core.domain.events import DeskEventKind
from etrms_core.domain.notifications import QuietHours, Severity
from etrms_core.domain.secret import Secret
from etrms_core.engine.notification_ports import AddressReading, Message, NoticeState
from etrms_core.errors import DataError, StorageError
from etrms_core.services.errands import Errands
from etrms_core.services.monitor_thread import MonitorThread
from etrms_core.services.notification_address import address_name
from etrms_core.services.notifier import LOCKED
from tests.notification_fakes import InMemoryOutbox
from tests.services.notifying import PASSPHRASE, Bench, address_of, channel

ALARM = DeskEventKind.ALARM_RAISED
STALE_TITLE = "NO ACCOUNT READ WARNING: source stale (main)"
DELIVERED, WAITING = NoticeState.DELIVERED, NoticeState.WAITING
HELD, FAILED = NoticeState.HELD, NoticeState.FAILED


@pytest.fixture
def bench() -> Bench:
    return Bench()


def outbox_of(bench: Bench) -> InMemoryOutbox:
    outbox = bench.stores.outbox
    assert isinstance(outbox, InMemoryOutbox)
    return outbox


def test_an_event_arrives_once_at_each_channel(bench: Bench) -> None:
    bench.add(channel("phone"), channel("mail"))
    bench.happen("main")
    bench.run(10)
    assert bench.arrived("phone") == bench.arrived("mail") == [STALE_TITLE]
    assert bench.states("phone") == bench.states("mail") == [DELIVERED]
    assert bench.notifier.status().undelivered == 0


def test_what_happened_before_a_channel_was_there_is_not_told(bench: Bench) -> None:
    bench.happen("main")
    bench.run()
    bench.add(channel())
    bench.happen("other")
    bench.run()
    assert bench.arrived("phone") == ["NO ACCOUNT READ WARNING: source stale (other)"]


def test_what_does_not_matter_enough_is_not_told(bench: Bench) -> None:
    bench.add(channel(minimum=Severity.CRITICAL))
    bench.happen("main")
    bench.happen("storage", kind=ALARM)
    bench.run()
    assert bench.arrived("phone") == ["NO ACCOUNT READ CRITICAL: alarm raised (storage)"]


def test_a_process_that_does_not_act_is_silent_until_it_does(bench: Bench) -> None:
    bench.add(channel())
    bench.is_active = False
    bench.happen("main")
    bench.run()
    assert bench.sender.tried == []
    bench.is_active = True
    bench.run()
    assert bench.arrived("phone") == [STALE_TITLE]


def test_a_restart_loses_nothing_and_doubles_nothing(bench: Bench) -> None:
    bench.add(channel())
    for number in range(5):
        bench.happen(f"account {number}")
        bench.run(2)
        bench.restarted()
    bench.run(5)
    assert len(bench.arrived("phone")) == len(set(bench.arrived("phone"))) == 5


def test_a_restart_while_a_message_is_on_its_way_sends_it_again(bench: Bench) -> None:
    bench.add(channel())
    bench.seconds["phone"] = 5.0
    bench.happen("main")
    bench.run(1)
    bench.restarted()
    bench.run(10)
    assert bench.arrived("phone") == [STALE_TITLE]
    assert bench.states("phone") == [DELIVERED]


def test_a_provider_that_fails_is_tried_ever_less_often(bench: Bench) -> None:
    bench.add(channel())
    bench.sender.troubles[address_of("phone")] = DataError("the provider answered 500")
    bench.happen("main")
    bench.run(120)
    # After 5, 10, 20 and 40 seconds, each noticed a second later.
    assert len(bench.sender.tried) == 5
    (notice,) = bench.notices("phone")
    assert (notice.state, notice.tries, notice.last_error) == (
        WAITING,
        5,
        "the provider answered 500",
    )
    status = bench.notifier.status()
    assert (status.undelivered, status.channels[0].last_error) == (1, "the provider answered 500")
    tried_at = status.channels[0].last_error_at
    assert tried_at is not None
    assert timedelta(0) < bench.clock() - tried_at < timedelta(minutes=1)
    bench.sender.troubles.clear()
    bench.clock.advance(minutes=2)
    bench.run()
    assert bench.arrived("phone") == [STALE_TITLE]
    assert bench.notifier.status().undelivered == 0


def test_a_message_is_given_up_after_a_day_and_stays_counted(bench: Bench) -> None:
    bench.add(channel())
    bench.sender.troubles[address_of("phone")] = DataError("down")
    bench.happen("main")
    for _ in range(25 * 60):
        bench.run(1)
        bench.clock.advance(seconds=59)
    assert bench.states("phone") == [FAILED]
    status = bench.restarted().status()
    assert status.undelivered == 1
    assert status.channels[0].last_error_at == bench.notices("phone")[0].settled_at
    bench.stores.outbox.acknowledge([("phone", 1)])
    assert bench.notifier.status().undelivered == 0
    assert 90 < len(bench.sender.tried) < 110


def test_a_provider_that_hangs_for_half_a_minute_holds_up_nobody_else(bench: Bench) -> None:
    bench.add(channel("slow"), channel("quick"))
    bench.seconds["slow"] = 30.0
    for number in range(5):
        bench.happen(f"account {number}")
        bench.run(2)
    assert len(bench.arrived("quick")) == 5
    assert bench.arrived("slow") == []
    assert bench.sender.tried.count(address_of("slow")) == 0
    bench.run(55)
    assert bench.notifier.status().undelivered >= 1
    bench.seconds["slow"] = 0.0
    bench.run(60)
    # What arrived late counts as arrived, and is not sent again.
    assert len(bench.arrived("slow")) == len(set(bench.arrived("slow"))) == 5
    assert set(bench.states("slow")) == {DELIVERED}


def test_a_failure_that_comes_late_counts_once(bench: Bench) -> None:
    bench.add(channel())
    bench.seconds["phone"] = 31.0
    bench.sender.troubles[address_of("phone")] = DataError("the provider answered 500")
    bench.happen("main")
    bench.run(33)
    (notice,) = bench.notices("phone")
    assert (notice.tries, notice.last_error) == (1, "no answer within 30 s")


def test_a_provider_that_never_answers_is_overdue_and_others_take_over(bench: Bench) -> None:
    bench.add(channel("slow", fallback="mail"), channel("mail", minimum=Severity.CRITICAL))
    bench.seconds["slow"] = 1e9
    bench.happen("storage", kind=ALARM)
    bench.run(40)
    first = bench.notices("slow")[0]
    assert first.last_error is not None
    assert (first.state, first.tries >= 1) == (WAITING, True)
    # Passed on besides: it reached the mail already, which gets critical events of its own.
    assert bench.arrived("mail") == ["NO ACCOUNT READ CRITICAL: alarm raised (storage)"]
    bench.happen("main")
    bench.run(120)
    assert bench.arrived("mail")[1:] == [STALE_TITLE]
    assert bench.notifier.status().undelivered == 2


def test_a_critical_message_takes_another_way_at_once(bench: Bench) -> None:
    bench.add(channel("phone", fallback="mail"), replace(channel("mail"), kinds=("triggered",)))
    bench.sender.troubles[address_of("phone")] = DataError("down")
    bench.happen("storage", kind=ALARM)
    bench.run(3)
    assert bench.arrived("mail") == ["NO ACCOUNT READ CRITICAL: alarm raised (storage)"]
    (_, message) = bench.sender.sent[0]
    assert "Sent here because the channel 'phone' did not take it." in message.text
    bench.run(60)
    assert len(bench.arrived("mail")) == 1


def test_others_take_another_way_after_three_tries(bench: Bench) -> None:
    bench.add(channel("phone", fallback="mail"), replace(channel("mail"), kinds=("triggered",)))
    bench.sender.troubles[address_of("phone")] = DataError("down")
    bench.happen("main")
    bench.run(10)
    assert bench.arrived("mail") == []
    bench.run(20)
    assert bench.arrived("mail") == [STALE_TITLE]


def test_channels_that_fall_back_to_each_other_do_not_go_round_in_circles(bench: Bench) -> None:
    bench.add(channel("a", fallback="b"), channel("b", fallback="a"))
    for name in ("a", "b"):
        bench.sender.troubles[address_of(name)] = DataError("down")
    bench.happen("storage", kind=ALARM)
    bench.run(30)
    assert len(bench.stores.outbox.recent()) == 2


def test_quiet_hours_hold_messages_and_end_with_one_digest(bench: Bench) -> None:
    # 12:00 UTC is 14:00 in Berlin.
    bench.zone = ZoneInfo("Europe/Berlin")
    hours = QuietHours(time(13), time(15))
    bench.add(replace(channel(), quiet_hours=hours))
    for number in range(4):
        bench.happen(f"account {number}")
        bench.run(2)
    bench.happen("storage", kind=ALARM)
    bench.run(3)
    assert bench.arrived("phone") == ["NO ACCOUNT READ CRITICAL: alarm raised (storage)"]
    assert bench.states("phone") == [HELD] * 4 + [DELIVERED]
    assert bench.notifier.status().channels[0].held == 4
    assert bench.notifier.status().undelivered == 0
    bench.clock.now = datetime(2025, 10, 10, 14, 59, 58, tzinfo=bench.zone)
    bench.run(1)
    assert len(bench.arrived("phone")) == 1
    bench.run(4)
    assert bench.arrived("phone")[1:] == ["ETRMS WARNING: 4 events (4 warning)"]
    assert set(bench.states("phone")) == {DELIVERED}


def test_critical_messages_wait_too_where_the_owner_wants_silence(bench: Bench) -> None:
    hours = QuietHours(time(11), time(13), critical_breaks_through=False)
    bench.add(replace(channel(), quiet_hours=hours))
    bench.happen("storage", kind=ALARM)
    bench.run(3)
    assert bench.states("phone") == [HELD]
    bench.clock.advance(hours=1)
    bench.run(3)
    assert bench.states("phone") == [DELIVERED]


def test_a_flood_of_alike_events_is_a_few_messages(bench: Bench) -> None:
    bench.add(channel())
    for _ in range(50):
        bench.happen(*["main"] * 4)
        bench.run(1)
    assert bench.arrived("phone") == [STALE_TITLE] * 3
    bench.run(20)
    assert bench.arrived("phone")[3:] == [f"{STALE_TITLE} (x197)"]
    bench.run(120)
    assert set(bench.states("phone")) == {DELIVERED}


def test_a_crowd_of_different_events_is_one_message(bench: Bench) -> None:
    bench.add(channel())
    bench.happen(*[f"account {number}" for number in range(40)])
    bench.run(5)
    assert bench.arrived("phone") == ["ETRMS WARNING: 40 events (40 warning)"]


def test_a_locked_vault_says_so_and_sends_when_it_is_unlocked(bench: Bench) -> None:
    bench.add(channel())
    bench.vault.lock()
    bench.happen("main")
    bench.run(90)
    status = bench.notifier.status()
    assert (status.trouble, status.undelivered) == (LOCKED, 1)
    assert bench.sender.tried == []
    bench.vault.unlock(PASSPHRASE)
    bench.run(3)
    assert bench.arrived("phone") == [STALE_TITLE]
    assert bench.notifier.status().trouble is None


def test_a_channel_without_an_address_is_a_failure_that_says_so(bench: Bench) -> None:
    bench.add(channel())
    bench.vault.remove(address_name("phone"))
    bench.happen("main")
    bench.run(3)
    (notice,) = bench.notices("phone")
    assert "holds no address" in (notice.last_error or "")


def test_what_waits_for_a_channel_that_is_switched_off_fails(bench: Bench) -> None:
    bench.add(channel())
    bench.vault.lock()
    bench.happen("main")
    bench.run(2)
    bench.stores.channels.save_channel(replace(channel(), is_enabled=False))
    bench.run(2)
    (notice,) = bench.notices("phone")
    assert (notice.state, notice.last_error) == (FAILED, "the channel is switched off")


def test_a_database_that_takes_nothing_for_a_while_costs_no_message(bench: Bench) -> None:
    bench.add(channel())
    bench.happen("main")
    bench.seconds["phone"] = 3.0
    bench.run(2)
    outbox_of(bench).trouble = StorageError("disk full")
    for _ in range(10):
        with pytest.raises(StorageError):
            bench.notifier.tick()
        bench.clock.advance(seconds=1)
    outbox_of(bench).trouble = None
    bench.run(3)
    assert bench.arrived("phone") == [STALE_TITLE]
    assert bench.states("phone") == [DELIVERED]


def test_old_notices_are_dropped(bench: Bench) -> None:
    bench.add(channel())
    bench.happen("main")
    bench.run(3)
    bench.clock.advance(days=31)
    bench.run(1)
    assert bench.notices("phone") == []


class HangingSender:
    """A `NotificationSender` that hangs until it is let go; one address works."""

    def __init__(self) -> None:
        self.let_go = Flag()
        self.arrived = Flag()

    def read_address(self, address: Secret, *, allows_private: bool) -> AddressReading:
        raise NotImplementedError

    def send(self, address: Secret, message: Message, *, allows_private: bool) -> None:
        assert message.title
        assert not allows_private
        if address == Secret(address_of("slow")):
            self.let_go.wait(30.0)
        else:
            self.arrived.set()


def test_a_hanging_provider_touches_neither_the_monitor_nor_another_channel(bench: Bench) -> None:
    sender = HangingSender()
    bench.sender = sender  # type: ignore[assignment]
    bench.errands = Errands[None]()
    bench.add(channel("slow"), channel("quick"))
    notifier = bench.restarted()
    cycles: list[float] = []

    def cycle() -> None:
        started = monotonic()
        bench.happen(f"account {len(cycles)}")
        cycles.append(monotonic() - started)

    monitor = MonitorThread(cycle, interval_seconds=0.01)
    monitor.start()
    notifier.start()
    try:
        assert sender.arrived.wait(5.0)
        before = len(cycles)
        sleep(0.5)
        assert len(cycles) - before > 20
        assert max(cycles) < 0.1
        assert bench.errands.running_seconds().keys() >= {"slow"}
    finally:
        sender.let_go.set()
        notifier.stop()
        monitor.stop()


def test_nothing_ends_the_thread(bench: Bench) -> None:
    bench.add(channel())
    outbox_of(bench).trouble = StorageError("locked")
    notifier = bench.restarted()
    notifier.start()
    sleep(0.1)
    outbox_of(bench).trouble = None
    bench.happen("main")
    until = monotonic() + 5.0
    while not bench.sender.sent and monotonic() < until:
        sleep(0.05)
    notifier.stop()
    assert len(bench.sender.sent) == 1


def test_a_day_is_a_day_also_for_a_locked_vault(bench: Bench) -> None:
    bench.add(channel())
    bench.vault.lock()
    bench.happen("main")
    bench.run(1)
    bench.clock.now += timedelta(hours=24)
    bench.run(1)
    (notice,) = bench.notices("phone")
    assert (notice.state, notice.last_error) == (FAILED, LOCKED)
