"""Secrets that are looked for wherever they could have got: found nowhere."""

import logging
import sqlite3
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC
from pathlib import Path

import pytest

from etrms_core.adapters.notifications.apprise_sender import AppriseSender
from etrms_core.adapters.storage.stores import OpenedStores, open_stores
from etrms_core.adapters.vault.passphrase_vault import PassphraseVault
from etrms_core.domain.events import DeskEvent, DeskEventKind
from etrms_core.domain.notifications import Channel, Severity
from etrms_core.domain.secret import Secret
from etrms_core.engine.desk_stores import DeskStores
from etrms_core.engine.vault_ports import SecretName
from etrms_core.errors import EtrmsError
from etrms_core.services.notification_channels import ChannelParts, NotificationChannels
from etrms_core.services.vault_desk import VaultDesk
from tests.adapters.notifications.web_hook import web_hook
from tests.adapters.vault.test_passphrase_vault import CHEAP
from tests.builders import NOW
from tests.fakes import ManualClock

CANARIES = ("CANARYpassphrase purple tractor", "CANARYaddress0d41d", "CANARYapikey98f00b")
PASSPHRASE, TOKEN, KEY = CANARIES
SECRET = SecretName("venue", "main", "api_secret")
PHONE = Channel(
    name="phone",
    service="",
    masked_address="",
    allows_private=True,
    minimum_severity=Severity.INFO,
)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[OpenedStores]:
    with closing(open_stores(tmp_path / "home" / "etrms.db")) as stores:
        yield stores


class Search:
    """Collects texts and says which canaries are in them."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def add_failure(self, error: BaseException) -> None:
        self.texts += [*traceback.format_exception(error), repr(error), repr(vars(error))]

    def hits(self, *more: str) -> list[str]:
        return [each for each in CANARIES for text in (*self.texts, *more) if each in text]


class Desk:
    """Vault and channels over a real database and a real web server."""

    def __init__(self, stores: DeskStores) -> None:
        self.stores = stores
        self.vault = PassphraseVault(stores.vault, cost=CHEAP)
        self.desk = VaultDesk(self.vault, note=self.note)
        self.channels = NotificationChannels(
            ChannelParts(
                store=stores.channels,
                vault=self.vault,
                sender=AppriseSender(),
                clock=ManualClock(NOW),
                zone=lambda: UTC,
                note=self.note,
            )
        )

    def note(self, text: str) -> None:
        event = DeskEvent(NOW, DeskEventKind.OWNER_CHANGED, "vault", text)
        self.stores.desk.append_events([event])

    def failures(self, address: Secret) -> list[Callable[[], object]]:
        """Everything that can go wrong with a secret in its hand."""
        right, wrong = Secret(PASSPHRASE), Secret(f"{PASSPHRASE}?")
        return [
            lambda: self.desk.create(right),
            lambda: self.desk.unlock(wrong),
            lambda: self.desk.change_passphrase(wrong, right),
            lambda: self.desk.change_passphrase(right, Secret("CANARY" * 3)),
            lambda: self.channels.try_out("phone"),
            lambda: self.channels.save(PHONE, address=Secret(f"nonsense://{TOKEN}")),
            lambda: self.channels.save(PHONE, address=Secret(TOKEN)),
            lambda: self.channels.save(replace(PHONE, allows_private=False), address=address),
        ]

    def shown(self) -> list[str]:
        """Everything that can be looked at afterwards."""
        shown: list[object] = [
            self.vault,
            self.vault.get(SECRET),
            self.stores.vault.header(),
            self.desk.headline,
        ]
        shown += [self.stores.vault.all_sealed(), self.channels.all(), self.stores.desk.events()]
        return [repr(each) for each in shown]


def test_no_secret_is_found_in_database_logs_reprs_or_errors(
    opened: OpenedStores,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    desk, search = Desk(opened.stores), Search()
    with caplog.at_level(logging.DEBUG), web_hook() as hook:
        hook.status = 403
        address = Secret(f"http://user:{TOKEN}@{hook.host}/{TOKEN}?key={TOKEN}")
        desk.desk.create(Secret(PASSPHRASE))
        desk.vault.put(SECRET, Secret(KEY))
        desk.channels.save(PHONE, address=address)
        for use in desk.failures(address):
            with pytest.raises(EtrmsError) as caught:
                use()
            search.add_failure(caught.value)
        assert hook.bodies
    desk.desk.change_passphrase(Secret(PASSPHRASE), Secret(f"{PASSPHRASE} two"))
    written = capfd.readouterr()
    assert search.hits(caplog.text, written.out, written.err, *desk.shown()) == []
    home = tmp_path / "home"
    with closing(sqlite3.connect(home / "etrms.db")) as connection:
        connection.execute("VACUUM INTO ?", (str(home / "copy.db"),))
    assert_no_file_holds(home)


def test_the_search_finds_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"\x00")
    (tmp_path / "planted").write_text(f"x{TOKEN}x")
    with pytest.raises(AssertionError, match="planted"):
        assert_no_file_holds(tmp_path)
    search = Search()
    search.add_failure(ValueError(KEY))
    assert KEY in search.hits()
    assert search.hits(PASSPHRASE).count(PASSPHRASE) == 1


def assert_no_file_holds(folder: Path) -> None:
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert len(files) >= 2
    hits = [
        (path.name, canary)
        for path in files
        for canary in CANARIES
        if canary.encode() in path.read_bytes()
    ]
    assert hits == []
