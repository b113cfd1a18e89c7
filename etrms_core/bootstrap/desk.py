"""Opening and starting the desk of a home folder."""

import os
import secrets
import socket
import string
from contextlib import ExitStack
from pathlib import Path
from time import monotonic

from etrms_core.adapters.notifications.heartbeat import UrlHeartbeat
from etrms_core.adapters.passwords import BcryptHasher
from etrms_core.adapters.storage.emergency_journal import EmergencyJournalFile
from etrms_core.adapters.storage.stores import OpenedStores, open_stores
from etrms_core.bootstrap.backup import desk_database_url, settle_restoration
from etrms_core.bootstrap.machine_clock import utc_now
from etrms_core.bootstrap.paper import PAPER_ACCOUNT, open_paper_exchange
from etrms_core.breakers.presets import preset
from etrms_core.domain.policy import RiskPolicy
from etrms_core.engine.audit_ports import Retention
from etrms_core.errors import StorageError
from etrms_core.services.alarms import AlarmBoard
from etrms_core.services.desk import Desk
from etrms_core.services.desk_health import HealthStatus
from etrms_core.services.desk_log import DeskLog
from etrms_core.services.desk_parts import DeskParts
from etrms_core.services.guard import Guard
from etrms_core.services.heartbeat import Heartbeat
from etrms_core.services.limits import LimitsDesk
from etrms_core.services.owner import OwnerDesk
from etrms_core.services.steady_clock import SteadyClock
from etrms_core.services.tenure import Tenure
from etrms_core.services.trading_bot import TradingBot
from etrms_core.settings import Settings, load_settings

FIRST_PRESET = "balanced"
DATABASE, JOURNAL = "etrms.db", "emergency.journal"
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
    desk = open_desk(folder)
    with ExitStack() as undo:
        undo.callback(desk.close)
        if settings.paper.trading_bot:
            desk.start(bot=lambda guard: _bot(guard, settings))
        else:
            desk.start()
        undo.pop_all()
    if settings.monitor.heartbeat_url is not None:
        heartbeat = _heartbeat(desk, str(settings.monitor.heartbeat_url))
        heartbeat.start()
        desk.when_closed(heartbeat.stop)
    return desk


def _parts(folder: Path, settings: Settings, opened: OpenedStores) -> DeskParts:
    stores = opened.stores
    clock = SteadyClock(utc_now, monotonic, floor=stores.desk.load_memory().as_of)
    alarms = AlarmBoard(clock, lambda event: log.append_events([event]))
    log = DeskLog(stores, EmergencyJournalFile(folder / JOURNAL), alarms, clock=clock)
    return DeskParts(
        stores=stores,
        log=log,
        tenure=Tenure(stores.lease, opened.lock, holder=_holder_name(), monotonic=monotonic),
        alarms=alarms,
        limits=LimitsDesk(stores.limits, stores.desk, outer=settings.limits, clock=clock),
        owner=OwnerDesk(stores.owner, stores.desk, hasher=BcryptHasher(), clock=clock),
        open_exchanges=lambda: {PAPER_ACCOUNT: open_paper_exchange(folder, settings.paper, clock)},
        clock=clock,
        policy=RiskPolicy(
            time_zone=settings.owner.time_zone,
            stale_after_seconds=settings.monitor.stale_after_seconds,
            carry_seconds=settings.monitor.carry_seconds,
        ),
        desk_id=opened.desk_id(_new_desk_id),
        interval_seconds=settings.monitor.interval_seconds,
        retention=Retention(**settings.retention.model_dump()),
    )


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
