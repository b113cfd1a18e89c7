"""From an event in the database to a web server, with everything real in between."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC
from pathlib import Path
from time import monotonic, sleep

import pytest

from etrms_core.adapters.storage.stores import OpenedStores, open_stores
from etrms_core.bootstrap.machine_clock import utc_now
from etrms_core.bootstrap.notifications import Notifications, open_notifications
from etrms_core.domain.events import DeskEvent, DeskEventKind
from etrms_core.domain.notifications import Channel
from etrms_core.domain.secret import Secret
from etrms_core.engine.notification_ports import NoticeState
from etrms_core.engine.vault_ports import VaultState
from tests.adapters.notifications.web_hook import WebHook, web_hook

PASSPHRASE = "correct horse battery staple"  # noqa: S105 (of a test)
HOOK = Channel(name="hook", service="", masked_address="", allows_private=True)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[OpenedStores]:
    with closing(open_stores(tmp_path / "etrms.db")) as stores:
        yield stores


@pytest.fixture
def hook() -> Iterator[WebHook]:
    with web_hook() as opened:
        yield opened


def notifications(opened: OpenedStores) -> Notifications:
    return open_notifications(
        opened.stores,
        append_events=opened.stores.desk.append_events,
        clock=utc_now,
        zone=lambda: UTC,
        is_active=lambda: True,
    )


def happen(opened: OpenedStores, subject: str) -> None:
    event = DeskEvent(utc_now(), DeskEventKind.ALARM_RAISED, subject, "the monitor hangs")
    opened.stores.desk.append_events([event])


def wait_for(bodies: list[dict[str, object]], count: int) -> None:
    until = monotonic() + 20.0
    while len(bodies) < count and monotonic() < until:
        sleep(0.05)
    assert len(bodies) == count


def settled(opened: OpenedStores) -> bool:
    recent = opened.stores.outbox.recent()
    return bool(recent) and all(each.state is NoticeState.DELIVERED for each in recent)


def test_an_event_arrives_and_a_restart_repeats_nothing(
    opened: OpenedStores, hook: WebHook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ETRMS_VAULT_PASSPHRASE", PASSPHRASE)
    first = notifications(opened)
    assert first.vault.state is VaultState.UNLOCKED
    first.channels.save(HOOK, address=Secret(f"http://{hook.host}/"))
    happen(opened, "monitor_hung")
    first.notifier.start()
    # That a vault was made and a channel added is news too.
    wait_for(hook.bodies, 3)
    until = monotonic() + 10.0
    while not settled(opened) and monotonic() < until:
        sleep(0.05)
    first.notifier.stop()
    titles = [str(body["title"]) for body in hook.bodies]
    assert "NO ACCOUNT READ CRITICAL: alarm raised (monitor_hung)" in titles
    again = notifications(opened)
    assert again.vault.state is VaultState.UNLOCKED
    for _ in range(3):
        again.notifier.tick()
    sleep(0.5)
    assert len(hook.bodies) == 3
    assert again.notifier.status().undelivered == 0


def test_a_locked_vault_keeps_nothing_else_from_working(
    opened: OpenedStores, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ETRMS_VAULT_PASSPHRASE", "ETRMS_VAULT_PASSPHRASE_FILE"):
        monkeypatch.delenv(name, raising=False)
    opened_once = notifications(opened)
    opened_once.vault.create(Secret(PASSPHRASE))
    locked = notifications(opened)
    assert locked.vault.headline == "LOCKED: cannot act"
    happen(opened, "monitor_hung")
    locked.notifier.tick()
    details = [each.stored.event.detail for each in locked.alerts.unread().alerts]
    assert details == ["the monitor hangs", "the vault was created"]
