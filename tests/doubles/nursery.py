"""Gives birth to desks that can be killed: `python -m tests.doubles.nursery`.

Each line of standard input is a `Birth` as JSON. The nursery, which has imported everything, forks
a child that runs a real desk until its work is done (exit code 0), its time is over (3), or it
kills itself with SIGKILL at a step. The answer is a line with the child's process id, and one
with its exit status when it has ended.
"""

import json
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any

from etrms_core.adapters.exchanges.paper.remote import RemotePaperExchange
from etrms_core.adapters.passwords import BcryptHasher
from etrms_core.adapters.storage.emergency_journal import EmergencyJournalFile
from etrms_core.adapters.storage.stores import OpenedStores, open_stores
from etrms_core.breakers.rule_document import parse_rules
from etrms_core.domain.lease import Lease
from etrms_core.domain.policy import RiskPolicy
from etrms_core.engine.lease_ports import HolderLock, LeaseStore
from etrms_core.engine.memory import CycleMemory
from etrms_core.engine.risk_cycle import run_risk_cycle
from etrms_core.engine.settlement import Patience
from etrms_core.services.alarms import AlarmBoard
from etrms_core.services.desk import Desk
from etrms_core.services.desk_log import DeskLog
from etrms_core.services.desk_parts import DeskParts
from etrms_core.services.limits import LimitsDesk
from etrms_core.services.owner import OwnerDesk
from etrms_core.services.supervisor import Role
from etrms_core.services.tenure import Tenure
from etrms_core.settings import LimitsSettings
from tests.builders import NOW, make_account, make_position
from tests.idle_notifications import idle_notifications

DESK_ID = "nurs"
CYCLE_SECONDS = 0.01
QUIET_CYCLES = 5
TIME_OVER, DONE = 3, 0


@dataclass(frozen=True, slots=True)
class Birth:
    """A desk to be born.

    Attributes
    ----------
    kill_at : str or None
        A step such as ``create:after``; the child kills itself at its `kill_pass`-th pass.
    window_ms, margin_ms : int
        How long the fate of an order stays open.
    triggers : int
        The desk's work is done when so many triggers were settled.
    without : str or None
        A protection that is taken out, to show that the proof notices: log, query, deadline,
        lease.
    """

    home: str
    port: int
    kill_at: str | None = None
    kill_pass: int = 1
    window_ms: int = 150
    margin_ms: int = 50
    triggers: int = 1
    seconds: float = 20.0
    without: str | None = None


@dataclass(slots=True)
class Killer:
    """Kills its own process at a step."""

    step: str | None
    passes: int
    seen: Counter[str] = field(default_factory=Counter)
    lock: Lock = field(default_factory=Lock)

    def hit(self, step: str) -> None:
        """Pass a step, or die there."""
        with self.lock:
            self.seen[step] += 1
            if step == self.step and self.seen[step] == self.passes:
                os.kill(os.getpid(), signal.SIGKILL)
                time.sleep(60)


class Tapped:
    """Anything, with a killer before and after some of its methods."""

    def __init__(self, target: object, steps: dict[str, str], killer: Killer) -> None:
        self._target = target
        self._steps = steps
        self._killer = killer

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        method = getattr(self._target, name)
        step = self._steps.get(name)
        return method if step is None else self._tapped(method, step)

    def _tapped(self, method: Callable[..., Any], step: str) -> Callable[..., Any]:
        def call(*arguments: object, **options: object) -> Any:  # noqa: ANN401
            self._killer.hit(f"{step}:before")
            answer = method(*arguments, **options)
            self._killer.hit(f"{step}:after")
            return answer

        return call


class Without:
    """Anything, with one method replaced."""

    def __init__(self, target: object, name: str, instead: Callable[..., Any]) -> None:
        self._target = target
        self._name = name
        self._instead = instead

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return self._instead if name == self._name else getattr(self._target, name)


def utc_now() -> datetime:
    return datetime.now(UTC)


def build_desk(birth: Birth, opened: OpenedStores) -> Desk:
    """Put a real desk together, with a killer at every step of the crash protocol."""
    killer = Killer(birth.kill_at, birth.kill_pass)
    known = opened.stores
    intents: Any = Tapped(known.intents, {"update": "update"}, killer)
    if birth.without == "log":
        intents = Without(intents, "open", lambda: ())
    stores = replace(
        known,
        desk=Tapped(known.desk, {"save_cycle": "save"}, killer),
        intents=intents,
        lease=Tapped(known.lease, {"take": "take"}, killer),
    )
    venue: Any = Tapped(
        RemotePaperExchange(("127.0.0.1", birth.port), account="main", timeout_seconds=0.3),
        {"create_order": "create", "fetch_order": "look", "cancel_order": "cancel"},
        killer,
    )
    if birth.without == "deadline":
        taking_late = venue.create_order
        venue = Without(venue, "create_order", lambda request, deadline: taking_late(request))
    if birth.without == "query":
        venue = Without(venue, "fetch_order", lambda _order_id: None)
    alarms = AlarmBoard(utc_now)
    log = DeskLog(
        stores, EmergencyJournalFile(Path(birth.home) / "emergency.journal"), alarms, clock=utc_now
    )
    return Desk(
        DeskParts(
            stores=stores,
            log=log,
            tenure=_tenure(birth, stores.lease, opened.lock),
            alarms=alarms,
            limits=LimitsDesk(stores.limits, stores.desk, outer=LimitsSettings(), clock=utc_now),
            owner=OwnerDesk(stores.owner, stores.desk, hasher=BcryptHasher(), clock=utc_now),
            notifications=idle_notifications(stores, log.append_events, utc_now),
            open_exchanges=lambda: {"main": venue},
            clock=utc_now,
            # Equity may jump in these tests: nothing waits for a confirming reading.
            policy=RiskPolicy(equity_jump_fraction=1e9),
            desk_id=DESK_ID,
            interval_seconds=CYCLE_SECONDS,
            patience=Patience(
                timedelta(milliseconds=birth.window_ms), timedelta(milliseconds=birth.margin_ms)
            ),
        )
    )


def _tenure(birth: Birth, leases: LeaseStore, lock: HolderLock) -> Tenure:
    if birth.without == "lease":
        lock = Without(lock, "try_acquire", lambda: True)
        leases = Without(
            leases, "take", lambda holder, *, seen: seen.lease if seen else Lease("x", 1)
        )
        leases = Without(leases, "renew", lambda lease: None)
    return Tenure(leases, lock, holder=str(os.getpid()), monotonic=time.monotonic)


def prepare_home(home: Path, rules: list[dict[str, Any]]) -> None:
    """Make the database of a desk with these rules."""
    opened = open_stores(home / "etrms.db")
    opened.stores.desk.save_rules(parse_rules(rules))
    opened.desk_id(lambda: DESK_ID)
    opened.close()


def live(birth: Birth) -> int:
    """Run a desk until its work is done."""
    opened = open_stores(Path(birth.home) / "etrms.db")
    desk = build_desk(birth, opened)
    desk.start()
    ends_at = time.monotonic() + birth.seconds
    quiet, last = 0, None
    while time.monotonic() < ends_at:
        time.sleep(CYCLE_SECONDS)
        state = desk.state()
        if state is None or state.as_of == last:
            continue
        last = state.as_of
        triggered = sum(view.triggered_at_ms is not None for view in state.breakers)
        is_settled = not opened.stores.intents.open()
        quiet = quiet + 1 if triggered >= birth.triggers and is_settled else 0
        if quiet >= QUIET_CYCLES or (quiet and desk.role is Role.STANDBY):
            desk.close()
            return DONE
    return TIME_OVER


def main() -> None:
    """Read births, fork children, tell what became of them."""
    _load_kernels()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        command = json.loads(line)
        births = [Birth(**each) for each in command]
        children = [_fork(birth) for birth in births]
        sys.stdout.write(json.dumps(children) + "\n")
        sys.stdout.flush()
        statuses = {}
        for _ in children:
            pid, status = os.wait()
            statuses[pid] = os.waitstatus_to_exitcode(status)
        sys.stdout.write(json.dumps([statuses[pid] for pid in children]) + "\n")
        sys.stdout.flush()


def _load_kernels() -> None:
    rule = {
        "name": "x",
        "metric": "daily_loss",
        "threshold": -1.0,
        "actions": [{"kind": "close_all"}],
    }
    account = make_account(make_position())
    run_risk_cycle(CycleMemory(), [account], parse_rules([rule]), as_of=NOW)


def _fork(birth: Birth) -> int:
    pid = os.fork()
    if pid:
        return pid
    log = os.open(Path(birth.home) / "child.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    code = 99
    try:
        code = live(birth)
    finally:
        os._exit(code)
    return 0


if __name__ == "__main__":
    main()
