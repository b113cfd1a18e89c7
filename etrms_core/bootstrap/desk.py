"""Opening and starting the desk of a home folder."""

import os
import secrets
import socket
import string
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path
from time import monotonic
from zoneinfo import ZoneInfo

import structlog

from etrms_core.adapters.desk_socket import DeskSocket
from etrms_core.adapters.notifications.heartbeat import UrlHeartbeat
from etrms_core.adapters.passwords import BcryptHasher
from etrms_core.adapters.storage.ballast import Ballast
from etrms_core.adapters.storage.emergency_journal import EmergencyJournalFile
from etrms_core.adapters.storage.stores import OpenedStores, open_stores
from etrms_core.bootstrap.backup import desk_database_url, settle_restoration
from etrms_core.bootstrap.jobs import open_jobs, start_runner
from etrms_core.bootstrap.machine_clock import utc_now
from etrms_core.bootstrap.notifications import open_notifications
from etrms_core.bootstrap.paper import PAPER_ACCOUNT, open_paper_exchange
from etrms_core.breakers.presets import preset
from etrms_core.domain.policy import RiskPolicy
from etrms_core.engine.audit_ports import Retention
from etrms_core.engine.change_ports import CommittedSettings
from etrms_core.errors import StorageError
from etrms_core.services.alarms import AlarmBoard
from etrms_core.services.commitment import Commitment
from etrms_core.services.desk import Desk
from etrms_core.services.desk_health import HealthStatus
from etrms_core.services.desk_log import DeskLog
from etrms_core.services.desk_parts import DeskParts
from etrms_core.services.guard import Guard
from etrms_core.services.halting import answer_halt
from etrms_core.services.heartbeat import Heartbeat
from etrms_core.services.limits import LimitsDesk
from etrms_core.services.owner import OwnerDesk
from etrms_core.services.steady_clock import SteadyClock
from etrms_core.services.tenure import Tenure
from etrms_core.services.trading_bot import TradingBot
from etrms_core.settings import Settings, load_settings

log = structlog.get_logger(__name__)

FIRST_PRESET = "balanced"
DATABASE, JOURNAL, BALLAST = "etrms.db", "emergency.journal", "ballast"
DESK_ID_ALPHABET = string.ascii_lowercase + string.digits


def open_desk(home: Path | str) -> Desk:
    """Open the desk whose files lie in `home`, creating them when absent.

    A new desk gets a paper account and the balanced breakers. The monitor does not run before
    `start`; venues are not opened before this process acts.

    Parameters
    ----------
    home : path
        Folder of settings, databases, bars and exports (`ETRMS_HOME`).

    Raises
    ------
    ConfigurationError
        If a setting is wrong; it names the key.
    StorageError
        If the folder cannot be made or a database cannot be opened; it names the file.
    """
    folder = Path(home)
    settings = load_settings(folder)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{folder} cannot be made: {error}") from error
    settle_restoration(folder)
    opened = open_stores(desk_database_url() or folder / DATABASE)
    if opened.is_new:
        opened.stores.desk.save_rules(preset(FIRST_PRESET))
    desk = Desk(_parts(folder, settings, opened))
    desk.when_closed(opened.close)
    return desk


def open_desk_to_act(home: Path | str) -> Desk:
    """Open a desk that must act even though the disk is full, with room that was kept for it.

    Raises
    ------
    ConfigurationError, StorageError
        Everything that `open_desk` raises.
    """
    ballast = Ballast(Path(home) / BALLAST)
    if ballast.drop_when_full():
        log.error("the disk is full; the room that was kept for this is used now", home=str(home))
    desk = open_desk(home)
    ballast.take()
    return desk


def start_desk(home: Path | str) -> Desk:
    """Open the desk and start its monitor, with the paper bot where the settings want it.

    Where another process acts already, this one stands by and takes over when that one ends.

    Raises
    ------
    ConfigurationError, StorageError
        Everything that `open_desk` raises.
    """
    folder = Path(home)
    settings = load_settings(folder)
    desk = open_desk_to_act(folder)
    with ExitStack() as undo:
        undo.callback(desk.close)
        if settings.paper.trading_bot:
            desk.start(bot=lambda guard: _bot(guard, settings))
        else:
            desk.start()
        undo.pop_all()
    _listen(desk, folder)
    desk.when_closed(start_runner(folder, desk.jobs).stop)
    desk.notifications.notifier.start()
    desk.when_closed(desk.notifications.notifier.stop)
    if settings.monitor.heartbeat_url is not None:
        heartbeat = _heartbeat(desk, str(settings.monitor.heartbeat_url))
        heartbeat.start()
        desk.when_closed(heartbeat.stop)
    return desk


def _listen(desk: Desk, folder: Path) -> None:
    try:
        line = DeskSocket(folder, partial(answer_halt, desk))
    except OSError as error:
        log.warning("a kill switch reaches this desk by its database only", reason=str(error))
    else:
        desk.when_closed(line.close)


def _parts(folder: Path, settings: Settings, opened: OpenedStores) -> DeskParts:
    stores = opened.stores
    clock = SteadyClock(utc_now, monotonic, floor=stores.desk.load_memory().as_of)
    alarms = AlarmBoard(clock, lambda event: desk_log.append_events([event]))
    desk_log = DeskLog(stores, EmergencyJournalFile(folder / JOURNAL), alarms, clock=clock)
    commitment = Commitment(
        stores,
        clock=clock,
        fallback_delay=timedelta(seconds=settings.commitment.delay_seconds),
        seconds=monotonic,
    )
    policy = RiskPolicy(
        time_zone=_committed(commitment, settings).time_zone,
        stale_after_seconds=settings.monitor.stale_after_seconds,
        carry_seconds=settings.monitor.carry_seconds,
    )
    tenure = Tenure(stores.lease, opened.lock, holder=_holder_name(), monotonic=monotonic)
    return DeskParts(
        stores=stores,
        log=desk_log,
        tenure=tenure,
        alarms=alarms,
        limits=LimitsDesk(
            stores.limits,
            stores.desk,
            outer=settings.limits,
            clock=clock,
            may_loosen=lambda: not commitment.delay,
        ),
        owner=OwnerDesk(stores.owner, stores.desk, hasher=BcryptHasher(), clock=clock),
        notifications=open_notifications(
            stores,
            append_events=desk_log.append_events,
            clock=clock,
            zone=lambda: ZoneInfo(policy.time_zone),
            is_active=lambda: tenure.is_held,
        ),
        open_exchanges=lambda: {PAPER_ACCOUNT: open_paper_exchange(folder, settings.paper, clock)},
        clock=clock,
        policy=policy,
        desk_id=opened.desk_id(_new_desk_id),
        commitment=commitment,
        jobs=open_jobs(folder, stores.jobs, clock),
        interval_seconds=settings.monitor.interval_seconds,
        retention=Retention(**settings.retention.model_dump()),
    )


def _committed(commitment: Commitment, settings: Settings) -> CommittedSettings:
    wanted = CommittedSettings(
        time_zone=settings.owner.time_zone, delay_seconds=settings.commitment.delay_seconds
    )
    try:
        return commitment.adopt(wanted)
    except StorageError as error:
        # A desk that must act opens all the same.
        log.warning("what the settings file changes is looked at again later", reason=str(error))
        return wanted


def _heartbeat(desk: Desk, url: str) -> Heartbeat:
    return Heartbeat(
        UrlHeartbeat(url),
        is_healthy=lambda: desk.health().status is not HealthStatus.DEAD,
        alarms=desk.alarm_board,
    )


def _bot(guard: Guard, settings: Settings) -> TradingBot:
    return TradingBot(
        guard.exchange(PAPER_ACCOUNT), guard.orders, clock=utc_now, seed=settings.paper.seed
    )


def _holder_name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


def _new_desk_id() -> str:
    return "".join(secrets.choice(DESK_ID_ALPHABET) for _ in range(4))
