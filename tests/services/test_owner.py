"""The one user of the desk."""

import logging
import traceback
from datetime import UTC, datetime
from time import perf_counter

import pytest

from etrms_core.adapters.passwords import BcryptHasher
from etrms_core.domain.events import DeskEvent, DeskEventKind
from etrms_core.engine.owner_ports import Owner
from etrms_core.errors import ConfigurationError, StorageError
from etrms_core.services.owner import OwnerDesk
from tests.fakes import InMemoryDeskStore, ManualClock

START = datetime(2026, 1, 1, tzinfo=UTC)
GOOD = "anchor velvet comet ladder"
OTHER = "pepper glacier violin oak"


class RememberedOwner:
    """An `OwnerStore` that forgets with its process."""

    def __init__(self) -> None:
        self.kept: Owner | None = None

    def owner(self) -> Owner | None:
        return self.kept

    def add_owner(self, owner: Owner) -> bool:
        if self.kept is not None:
            return False
        self.kept = owner
        return True

    def save_owner(self, owner: Owner) -> None:
        self.kept = owner


class Setting:
    """An owner's desk with everything around it."""

    def __init__(self, cost: int = 4) -> None:
        self.store = RememberedOwner()
        self.desk_store = InMemoryDeskStore()
        self.clock = ManualClock(START)
        hasher = BcryptHasher(cost=cost)
        self.desk = OwnerDesk(self.store, self.desk_store, hasher=hasher, clock=self.clock)

    def events(self) -> list[DeskEvent]:
        found = [stored.event for stored in reversed(self.desk_store.events())]
        return [event for event in found if isinstance(event, DeskEvent)]


@pytest.fixture
def setting() -> Setting:
    return Setting()


def test_a_new_owner_is_known_by_the_password(setting: Setting) -> None:
    assert (setting.desk.exists, setting.desk.name) == (False, None)
    setting.desk.create("ada", GOOD)
    assert (setting.desk.exists, setting.desk.name) == (True, "ada")
    assert setting.desk.check(GOOD)
    assert not setting.desk.check(GOOD + " ")
    assert not setting.desk.check("")


def test_nobody_gets_in_before_there_is_an_owner(setting: Setting) -> None:
    assert not setting.desk.check(GOOD)


def test_a_second_owner_is_refused(setting: Setting) -> None:
    setting.desk.create("ada", GOOD)
    with pytest.raises(ConfigurationError, match="has an owner already, 'ada'"):
        setting.desk.create("bob", OTHER)
    assert setting.desk.check(GOOD)


def test_a_changed_password_replaces_the_old_one(setting: Setting) -> None:
    setting.desk.create("ada", GOOD)
    setting.clock.advance(days=1)
    setting.desk.change_password("ada", OTHER)
    assert setting.desk.check(OTHER)
    assert not setting.desk.check(GOOD)
    kept = setting.store.kept
    assert kept is not None
    assert (kept.changed_at - kept.created_at).days == 1


def test_only_the_owner_can_get_another_password(setting: Setting) -> None:
    with pytest.raises(ConfigurationError, match="no owner yet"):
        setting.desk.change_password("ada", GOOD)
    setting.desk.create("ada", GOOD)
    with pytest.raises(ConfigurationError, match="the owner is 'ada'"):
        setting.desk.change_password("bob", OTHER)
    assert setting.desk.check(GOOD)


def test_a_weak_password_changes_nothing(setting: Setting) -> None:
    with pytest.raises(ConfigurationError, match="password: has 5 characters"):
        setting.desk.create("ada", "short")
    assert not setting.desk.exists
    setting.desk.create("ada", GOOD)
    with pytest.raises(ConfigurationError, match="too easy"):
        setting.desk.change_password("ada", "qwertyuiop123")
    assert setting.desk.check(GOOD)
    assert len(setting.events()) == 1


@pytest.mark.parametrize("name", ["", " ", " ada", "a\nb", "a\0", "x" * 101])
def test_a_name_that_cannot_be_one_is_refused(setting: Setting, name: str) -> None:
    with pytest.raises(ConfigurationError, match="name: "):
        setting.desk.create(name, GOOD)


def test_each_change_is_an_event(setting: Setting) -> None:
    setting.desk.create("ada", GOOD)
    setting.desk.change_password("ada", OTHER)
    assert [(event.kind, event.subject, event.detail) for event in setting.events()] == [
        (DeskEventKind.OWNER_CREATED, "ada", "created"),
        (DeskEventKind.PASSWORD_CHANGED, "ada", "password changed; sessions ended"),
    ]


@pytest.mark.parametrize("name", ["ada", "Ada", " ADA "])
def test_the_owner_signs_in_by_name_and_password(setting: Setting, name: str) -> None:
    setting.desk.create("ada", GOOD)
    assert setting.desk.check_login(name, GOOD) == setting.desk.stamp
    assert setting.desk.check_login(name, OTHER) is None


@pytest.mark.parametrize("name", ["bob", "", "ad", "ada\0"])
def test_another_name_does_not_sign_in(setting: Setting, name: str) -> None:
    assert setting.desk.check_login(name, GOOD) is None
    setting.desk.create("ada", GOOD)
    assert setting.desk.check_login(name, GOOD) is None


def test_another_password_is_another_stamp(setting: Setting) -> None:
    assert setting.desk.stamp is None
    setting.desk.create("ada", GOOD)
    before = setting.desk.stamp
    setting.clock.advance(microseconds=1)
    setting.desk.change_password("ada", OTHER)
    assert setting.desk.stamp != before


def test_of_two_that_create_at_once_the_second_is_told(setting: Setting) -> None:
    class Overtaken(RememberedOwner):
        def add_owner(self, owner: Owner) -> bool:
            self.kept = self.kept or Owner("bob", "hash", START, START)
            return super().add_owner(owner)

    store = Overtaken()
    hasher = BcryptHasher(cost=4)
    desk = OwnerDesk(store, setting.desk_store, hasher=hasher, clock=setting.clock)
    with pytest.raises(ConfigurationError, match="has an owner already, 'bob'"):
        desk.create("ada", GOOD)
    assert setting.events() == []


def test_neither_password_nor_hash_is_ever_shown(
    setting: Setting, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    canary = "canary velvet comet ladder"
    shown = []
    for name, password in (("ada", canary), ("ada", canary), ("canary velvet", canary)):
        try:
            setting.desk.create(name, password)
        except ConfigurationError:
            shown.append(traceback.format_exc())
    for password in ("canary", canary * 9, "canarycanary"):
        with pytest.raises(ConfigurationError) as refused:
            setting.desk.change_password("ada", password)
        shown += [str(refused.value), repr(refused.value)]
    kept = setting.store.kept
    assert kept is not None
    setting.store.kept = Owner("ada", f"damaged {kept.password_hash}", START, START)
    with pytest.raises(StorageError) as damaged:
        setting.desk.check(canary)
    shown += ["".join(traceback.format_exception(damaged.value)), repr(setting.store.kept)]
    shown += [repr(setting.events()), repr(setting.desk), caplog.text]
    everything = "\n".join(shown)
    assert kept.password_hash not in everything
    assert canary not in everything.replace("canary velvet", "", 1)


def test_an_unknown_owner_takes_as_long_as_a_known_one() -> None:
    empty, known = Setting(cost=12), Setting(cost=12)
    known.desk.create("ada", GOOD)

    def seconds(desk: OwnerDesk) -> float:
        began = perf_counter()
        assert not desk.check(OTHER)
        return perf_counter() - began

    ratios = [seconds(empty.desk) / seconds(known.desk) for _ in range(5)]
    assert 0.5 < sorted(ratios)[2] < 2.0
