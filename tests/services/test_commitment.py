"""The commitment lock: tightening at once, loosening with a password and after a wait, once."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from etrms_core.breakers.rules import BreakerRule
from etrms_core.domain.events import DeskEvent
from etrms_core.domain.lease import Lease
from etrms_core.domain.limits import Limits
from etrms_core.engine.change_ports import CommittedSettings, Settlement
from etrms_core.engine.changes import (
    Change,
    CommitSettings,
    EditRules,
    EndPause,
    ResetBreaker,
    ResumeTrading,
    SetLimits,
    adding,
    removing,
    reordering,
    replacing_all,
    switching,
)
from etrms_core.engine.memory import CycleMemory
from etrms_core.engine.storage_ports import CycleRecord, DeskRequest, RequestKind
from etrms_core.errors import ConfigurationError, LeaseLostError, StorageError
from etrms_core.services.commitment import Commitment, Outcome
from tests.builders import NOW
from tests.engine.desk import long_account, make_rule
from tests.fakes import ManualClock, in_memory_stores
from tests.services.acting import ManualSeconds
from tests.storage_fakes import InMemoryChangeStore

HOUR = timedelta(hours=1)
A, B = make_rule("drawdown", 0.1, name="a"), make_rule("drawdown", 0.2, name="b")
TIGHT, LOOSE = Limits(maximum_leverage=2.0), Limits(maximum_leverage=5.0)


@dataclass
class Bench:
    """A commitment over stores in memory, on an account with real money."""

    is_paper: bool = False
    clock: ManualClock = field(default_factory=lambda: ManualClock(NOW))
    seconds: ManualSeconds | None = None

    def __post_init__(self) -> None:
        self.stores = in_memory_stores()
        self.lease = self.take("test")
        self.stores.desk.save_rules([A, B])
        self.stores.limits.save_limits(TIGHT)
        self.keep(CycleMemory())
        self.commitment = self.again()

    def again(self) -> Commitment:
        """Build it in another process."""
        return Commitment(self.stores, clock=self.clock, fallback_delay=HOUR, seconds=self.seconds)

    def take(self, holder: str) -> Lease:
        lease = self.stores.lease.take(holder, seen=self.stores.lease.read())
        assert lease is not None
        return lease

    def keep(self, memory: CycleMemory) -> None:
        account = replace(long_account(), is_paper=self.is_paper)
        record = CycleRecord(memory=memory, accounts=(account,))
        self.stores.desk.save_cycle(record, lease=self.lease)

    def ask(self, change: Change) -> Outcome:
        return self.commitment.ask(change, by="Ada", is_confirmed=True)

    def pass_time(self, wait: timedelta) -> list[DeskEvent]:
        self.clock.now += wait
        if self.seconds is not None:
            self.seconds.advance(wait.total_seconds())
        return list(self.commitment.carry_out_due(self.lease))

    def told(self, kind: str) -> list[str]:
        return [each.event.detail for each in self.stores.desk.events(kinds=[kind])][::-1]

    def rules(self) -> list[str]:
        return [rule.rule_id for rule in self.stores.desk.rules()]


@pytest.fixture
def bench() -> Bench:
    return Bench()


TIGHTENINGS: list[Callable[[tuple[BreakerRule, ...]], Change]] = [
    lambda rules: adding(rules, [make_rule(name="c")]),
    lambda _: EditRules((("a", replace(A, threshold=0.05)),)),
    lambda rules: reordering(rules, ["b", "a"]),
    lambda rules: replacing_all(rules, [B, make_rule(name="c"), replace(A, latched=True)]),
    lambda _: SetLimits(replace(TIGHT, maximum_orders_per_minute=3)),
]
LOOSENINGS: list[Callable[[tuple[BreakerRule, ...]], Change]] = [
    lambda rules: removing(rules, "a"),
    lambda rules: switching(rules, "a", enabled=False),
    lambda _: EditRules((("a", replace(A, threshold=0.15)),)),
    lambda rules: replacing_all(rules, [A]),
    lambda _: SetLimits(LOOSE),
    lambda _: ResetBreaker("a"),
    lambda _: ResumeTrading(),
    lambda _: EndPause(),
]


@pytest.mark.parametrize("make", TIGHTENINGS)
def test_a_tightening_counts_at_once_and_needs_no_password(
    bench: Bench, make: Callable[[tuple[BreakerRule, ...]], Change]
) -> None:
    before = bench.stores.desk.rules(), bench.stores.limits.limits()
    change = make(bench.stores.desk.rules())
    assert not bench.commitment.weigh(change).loosens
    outcome = bench.commitment.ask(change, by="Ada")
    assert outcome.pending is None
    assert outcome.sentence
    assert (bench.stores.desk.rules(), bench.stores.limits.limits()) != before
    assert bench.told("rules_changed") + bench.told("limits_changed") == [outcome.sentence]


@pytest.mark.parametrize("make", LOOSENINGS)
def test_a_loosening_needs_the_password_and_waits_for_its_time(
    bench: Bench, make: Callable[[tuple[BreakerRule, ...]], Change]
) -> None:
    def stored() -> object:
        others = [each.kind for each in bench.stores.desk.requests() if each.kind != "change"]
        return bench.stores.desk.rules(), bench.stores.limits.limits(), others

    before = stored()
    change = make(bench.stores.desk.rules())
    with pytest.raises(ConfigurationError, match="password") as caught:
        bench.commitment.ask(change, by="Ada")
    assert caught.value.field == "password"
    assert bench.stores.desk.events() == ()
    weighed = bench.commitment.weigh(change)
    outcome = bench.ask(change)
    assert outcome.pending is not None
    assert (weighed.delay, outcome.pending.due_at) == (HOUR, NOW + HOUR)
    assert outcome.sentence in bench.told("change_requested")[0]
    assert bench.pass_time(HOUR - timedelta(seconds=1)) == []
    assert stored() == before
    assert bench.commitment.pending() == (outcome.pending,)
    assert bench.commitment.remaining(outcome.pending) == timedelta(seconds=1)
    assert bench.pass_time(timedelta(seconds=1))
    assert stored() != before
    assert bench.commitment.pending() == ()
    assert "Ada asked for it at" in bench.told("change_made")[0]
    assert bench.pass_time(HOUR) == []


@pytest.mark.parametrize("make", LOOSENINGS)
def test_on_paper_a_loosening_counts_at_once(
    make: Callable[[tuple[BreakerRule, ...]], Change],
) -> None:
    bench = Bench(is_paper=True)
    assert bench.ask(make(bench.stores.desk.rules())).pending is None
    assert all(each.kind is not RequestKind.CHANGE for each in bench.stores.desk.requests())


def test_every_change_tells_the_old_and_the_new(bench: Bench) -> None:
    change = EditRules((("a", replace(A, threshold=0.15, for_seconds=5.0)), ("b", None)))
    assert bench.ask(change).sentence == (
        "a: threshold from 0.1 to 0.15, for_seconds from 0 to 5; removed b (drawdown >= 0.2)"
    )
    assert bench.ask(SetLimits(LOOSE)).sentence == "maximum_leverage from 2 to 5"
    assert bench.commitment.weigh(change).loosened == (
        "a: it fires at drawdown >= 0.15, no longer at drawdown >= 0.1",
        "a: it fires after 5 s, no longer after 0 s",
        "b: it is removed",
    )


def test_a_change_that_changes_nothing_leaves_no_trace(bench: Bench) -> None:
    assert bench.commitment.ask(SetLimits(TIGHT), by="Ada").sentence == ""
    assert bench.stores.desk.events() == ()


def test_what_waits_is_cancelled_without_a_password_and_once(bench: Bench) -> None:
    pending = bench.ask(SetLimits(LOOSE)).pending
    assert pending is not None
    bench.again().cancel(pending.number, by="Ada")
    assert bench.told("change_cancelled") == [
        f"Ada cancelled change {pending.number}: maximum_leverage from 2 to 5"
    ]
    with pytest.raises(ConfigurationError, match="no change 1 waits"):
        bench.commitment.cancel(pending.number, by="Ada")
    assert bench.pass_time(HOUR) == []
    assert bench.stores.limits.limits() == TIGHT


def test_only_changes_can_be_cancelled(bench: Bench) -> None:
    number = bench.stores.desk.add_request(DeskRequest(RequestKind.HALT, "enough", NOW))
    with pytest.raises(ConfigurationError, match="no change 1 waits"):
        bench.commitment.cancel(number, by="Ada")
    assert len(bench.stores.desk.requests()) == 1


def tightened_rule(bench: Bench) -> None:
    bench.commitment.ask(EditRules((("a", replace(A, threshold=0.05)),)), by="Ada")


def tightened_limits(bench: Bench) -> None:
    bench.commitment.ask(SetLimits(Limits(maximum_leverage=1.0)), by="Ada")


def halted_again(bench: Bench) -> None:
    bench.stores.desk.add_request(DeskRequest(RequestKind.HALT, "again", NOW))


def paused_again(bench: Bench) -> None:
    bench.stores.desk.add_request(DeskRequest(RequestKind.PAUSE, "60 again", NOW))


@pytest.mark.parametrize(
    ("change", "meanwhile"),
    [
        (EditRules((("a", replace(A, threshold=0.15)),)), tightened_rule),
        (EditRules((("a", None),)), tightened_rule),
        (ResetBreaker("a"), tightened_rule),
        (SetLimits(LOOSE), tightened_limits),
        (ResumeTrading(), halted_again),
        (EndPause(), paused_again),
    ],
)
def test_a_later_tightening_is_never_undone_by_an_older_loosening(
    bench: Bench, change: Change, meanwhile: Callable[[Bench], None]
) -> None:
    bench.ask(change)
    meanwhile(bench)
    before = bench.stores.desk.rules(), bench.stores.limits.limits()
    (event,) = bench.pass_time(HOUR)
    assert event.kind == "request_refused"
    assert "is not what it was when it was asked for" in event.detail
    assert (bench.stores.desk.rules(), bench.stores.limits.limits()) == before
    kinds = {each.kind for each in bench.stores.desk.requests()}
    assert not kinds & {RequestKind.RESUME, RequestKind.END_PAUSE, RequestKind.RESET_BREAKER}
    assert bench.commitment.pending() == ()


def test_a_change_of_another_rule_meanwhile_is_in_nobodys_way(bench: Bench) -> None:
    bench.ask(removing(bench.stores.desk.rules(), "a"))
    bench.ask(adding(bench.stores.desk.rules(), [make_rule(name="c")]))
    bench.pass_time(HOUR)
    assert bench.rules() == ["b", "c"]


def test_of_two_loosenings_of_one_rule_only_the_first_is_made(bench: Bench) -> None:
    for threshold in (0.15, 0.12):
        bench.ask(EditRules((("a", replace(A, threshold=threshold)),)))
    kinds = [event.kind for event in bench.pass_time(HOUR)]
    assert kinds == ["rules_changed", "change_made", "request_refused"]
    assert bench.stores.desk.rules()[0].threshold == 0.15


@pytest.mark.parametrize("crash", [-1, 1])
def test_after_a_crash_a_change_is_made_exactly_once(bench: Bench, crash: int) -> None:
    bench.ask(SetLimits(LOOSE))
    store = bench.stores.changes
    assert isinstance(store, InMemoryChangeStore)
    store.crash = crash
    with pytest.raises(StorageError, match="died"):
        bench.pass_time(HOUR)
    store.crash = 0
    bench.commitment = bench.again()
    # Meanwhile a person goes back; what was made already is not made a second time.
    bench.commitment.ask(SetLimits(TIGHT), by="Ada")
    bench.pass_time(timedelta(0))
    assert bench.stores.limits.limits() == (LOOSE if crash < 0 else TIGHT)
    assert len(bench.told("change_made")) == 1


def test_a_desk_that_lost_its_lease_makes_nothing(bench: Bench) -> None:
    bench.ask(SetLimits(LOOSE))
    newest = bench.take("another")
    with pytest.raises(LeaseLostError):
        bench.pass_time(HOUR)
    bench.commitment.look(bench.lease)  # says so and goes on
    assert bench.stores.limits.limits() == TIGHT
    bench.commitment.look(None)
    assert bench.stores.limits.limits() == TIGHT
    bench.commitment.look(newest)
    assert bench.stores.limits.limits() == LOOSE


def test_a_clock_set_forward_shortens_no_wait_that_a_desk_has_seen() -> None:
    bench = Bench(seconds=ManualSeconds())
    assert bench.seconds is not None
    pending = bench.ask(SetLimits(LOOSE)).pending
    assert pending is not None
    bench.commitment.observe()
    bench.clock.now += 2 * HOUR
    assert bench.commitment.remaining(pending) == HOUR
    assert bench.commitment.carry_out_due(bench.lease) == ()
    bench.seconds.advance(3600.0)
    assert bench.commitment.carry_out_due(bench.lease)


def test_a_change_that_nobody_can_read_is_refused_when_its_time_comes(bench: Bench) -> None:
    damaged = DeskRequest(RequestKind.CHANGE, '{"change": {"kind": "x"}}', NOW, NOW + HOUR)
    bench.stores.desk.add_request(damaged)
    assert bench.commitment.pending() == ()
    (event,) = bench.pass_time(HOUR)
    assert (event.kind, "cannot be read" in event.detail) == ("request_refused", True)
    assert bench.stores.desk.requests() == ()


def test_a_change_is_weighed_again_when_somebody_else_was_faster(bench: Bench) -> None:
    store = bench.stores.changes
    assert isinstance(store, InMemoryChangeStore)
    faster = replace(A, threshold=0.02)
    settle = store.settle

    def after_somebody_else(settlement: Settlement) -> int | None:
        bench.stores.desk.save_rules([faster, B])
        return settle(settlement)

    store.settle = after_somebody_else  # type: ignore[method-assign]
    with pytest.raises(ConfigurationError, match="needs the owner's password"):
        bench.commitment.ask(EditRules((("a", replace(A, threshold=0.05)),)), by="Ada")
    assert bench.stores.desk.rules()[0] == faster


def settings_of(delay_seconds: float = 3600.0, time_zone: str = "UTC") -> CommittedSettings:
    return CommittedSettings(time_zone=time_zone, delay_seconds=delay_seconds)


@pytest.mark.parametrize("looser", [settings_of(60.0), settings_of(time_zone="Asia/Tokyo")])
def test_what_the_settings_file_loosens_waits_for_the_delay_before(
    bench: Bench, looser: CommittedSettings
) -> None:
    before = settings_of()
    assert bench.commitment.adopt(before) == before
    for _ in range(2):  # each program that opens the desk reads the file
        assert bench.commitment.adopt(looser) == before
    (pending,) = bench.commitment.pending()
    assert (pending.change, pending.due_at) == (CommitSettings(looser), NOW + HOUR)
    bench.pass_time(HOUR)
    assert bench.commitment.adopt(looser) == looser
    assert bench.commitment.pending() == ()


def test_a_longer_delay_counts_at_once_and_a_file_put_back_cancels(bench: Bench) -> None:
    bench.commitment.adopt(settings_of())
    bench.commitment.adopt(settings_of(60.0))
    assert bench.commitment.adopt(settings_of(7200.0)) == settings_of(7200.0)
    assert bench.commitment.pending() == ()
    assert bench.commitment.delay == 2 * HOUR
    assert len(bench.told("change_cancelled")) == 1
