"""Opening a home folder: what is made once, what is kept, and what is refused by name."""

import stat
from contextlib import closing
from pathlib import Path
from threading import enumerate as running_threads

import numpy as np
import pytest

from etrms_core.bootstrap import open_desk, start_desk
from etrms_core.bootstrap.desk import PAPER_ACCOUNT
from etrms_core.breakers.presets import preset
from etrms_core.engine.memory_document import memory_hash
from etrms_core.errors import ConfigurationError, StorageError
from etrms_core.risk.metrics import Metric
from etrms_core.services.desk_health import HealthStatus
from etrms_core.services.supervisor import Role
from tests.services.test_monitor_thread import wait_for


def settings(home: Path, text: str) -> Path:
    home.mkdir(exist_ok=True)
    (home / "etrms.toml").write_text(text, encoding="utf-8")
    return home


def test_an_empty_folder_becomes_a_paper_desk_with_the_balanced_breakers(tmp_path: Path) -> None:
    desk = open_desk(tmp_path / "home")
    assert desk.breakers.all() == preset("balanced")
    state = desk.refresh()
    assert state.is_paper
    assert [account.account for account in state.accounts] == [PAPER_ACCOUNT]
    assert state.snapshot.value(Metric.EQUITY) == 10_000.0
    assert stat.S_IMODE((tmp_path / "home").stat().st_mode) == 0o700


def test_rules_that_the_user_removed_do_not_come_back(tmp_path: Path) -> None:
    desk = open_desk(tmp_path)
    for rule in desk.breakers.all():
        desk.breakers.remove(rule.rule_id)
    assert open_desk(tmp_path).breakers.all() == ()


def desk_id(home: Path) -> str:
    with closing(open_desk(home)) as desk:
        desk.refresh()
        return desk.orders.order_id(strategy="manual", nonce="1")


def test_a_second_desk_on_one_home_stands_by_and_takes_over(tmp_path: Path) -> None:
    first, second = start_desk(tmp_path), start_desk(tmp_path)
    assert (first.role, second.role) == (Role.ACTIVE, Role.STANDBY)
    wait_for(lambda: second.health().status is HealthStatus.OK)
    first.close()
    wait_for(lambda: second.role is Role.ACTIVE)
    second.close()


def test_the_second_opening_keeps_the_id_of_the_desk(tmp_path: Path) -> None:
    first, second, other = map(desk_id, (tmp_path, tmp_path, tmp_path / "other"))
    assert first == second
    assert other != first


def test_another_opening_shows_what_the_running_desk_stored(tmp_path: Path) -> None:
    running = open_desk(tmp_path).refresh()
    stored = open_desk(tmp_path).stored_state()
    assert stored is not None
    np.testing.assert_array_equal(stored.snapshot.values, running.snapshot.values)
    assert (stored.as_of, stored.breakers) == (running.as_of, running.breakers)
    assert memory_hash(stored.memory) == memory_hash(running.memory)


@pytest.mark.parametrize("bot", ["true", "false"])
def test_start_and_close_leave_no_thread_behind(bot: str, tmp_path: Path) -> None:
    before = set(running_threads())
    desk = start_desk(settings(tmp_path, f"[paper]\ntrading_bot = {bot}"))
    wait_for(lambda: desk.health().status is HealthStatus.OK)
    desk.close()
    assert set(running_threads()) <= before


def test_settings_reach_the_desk(tmp_path: Path) -> None:
    home = settings(
        tmp_path,
        """
        [owner]
        time_zone = "Asia/Tokyo"
        [monitor]
        stale_after_seconds = 7.0
        carry_seconds = 70.0
        [paper]
        capital = 123.0
        symbols = ["ETHUSDT"]
        """,
    )
    desk = open_desk(home)
    assert (desk.policy.time_zone, desk.policy.stale_after_seconds) == ("Asia/Tokyo", 7.0)
    assert desk.policy.carry_seconds == 70.0
    assert desk.refresh().snapshot.value(Metric.EQUITY) == 123.0
    assert set(desk.exchange(PAPER_ACCOUNT).instruments()) == {"ETHUSDT"}
    desk.close()


def test_a_wrong_setting_leaves_no_folder_half_made(tmp_path: Path) -> None:
    home = settings(tmp_path, "[web]\nprot = 1")
    with pytest.raises(ConfigurationError, match=r"web\.prot"):
        open_desk(home)
    assert [path.name for path in home.iterdir()] == ["etrms.toml"]


def test_an_unknown_paper_symbol_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"symbols: .*NOPE"):
        start_desk(settings(tmp_path, '[paper]\nsymbols = ["NOPE"]'))


@pytest.mark.parametrize("name", ["etrms.db", "paper.db"])
def test_a_database_that_is_none_is_named(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"this is no database, whatever its name says" * 100)
    with pytest.raises(StorageError, match=name):
        start_desk(tmp_path)


def test_a_file_in_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file", encoding="utf-8")
    with pytest.raises(StorageError, match="home"):
        open_desk(tmp_path / "home")


@pytest.mark.parametrize("url", ["junk", "mysql://u@h/x", "sqlite:///x.db", "some/x.db"])
def test_a_database_url_of_another_kind_opens_nothing(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ETRMS_DATABASE_URL", url)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigurationError, match="ETRMS_DATABASE_URL: is a URL such as"):
        open_desk(tmp_path / "home")
    assert not (tmp_path / "junk").exists()


def test_a_database_url_that_cannot_be_read_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ETRMS_DATABASE_URL", "postgresql://u@h:port/x")
    with pytest.raises(StorageError, match="URL cannot be read"):
        open_desk(tmp_path)
