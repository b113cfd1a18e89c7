"""What the settings file loosens, on a desk with real money, over openings and restarts."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from etrms_core.bootstrap import open_desk
from etrms_core.bootstrap.desk import _committed
from etrms_core.engine.change_ports import CommittedSettings
from etrms_core.engine.changes import CommitSettings, removing
from etrms_core.engine.storage_ports import CycleRecord
from etrms_core.errors import StorageError
from etrms_core.services.commitment import Commitment
from etrms_core.settings import Settings
from tests.engine.desk import long_account
from tests.services.test_monitor_thread import wait_for


def write(home: Path, text: str) -> None:
    (home / "etrms.toml").write_text(f"[paper]\ntrading_bot = false\n{text}", encoding="utf-8")


def show_real_money(home: Path) -> None:
    with closing(open_desk(home)) as desk:
        assert desk.act_alone()
        parts = desk._parts
        account = replace(long_account(), is_paper=False)
        record = CycleRecord(memory=parts.stores.desk.load_memory(), accounts=(account,))
        parts.stores.desk.save_cycle(record, lease=parts.tenure.lease)


def zone_of(home: Path) -> str:
    with closing(open_desk(home)) as desk:
        return desk.policy.time_zone


def test_another_time_zone_waits_where_real_money_is(tmp_path: Path) -> None:
    write(tmp_path, "[commitment]\ndelay_seconds = 7200\n")
    show_real_money(tmp_path)
    looser = '[owner]\ntime_zone = "Asia/Tokyo"\n[commitment]\ndelay_seconds = 0\n'
    write(tmp_path, looser)
    assert [zone_of(tmp_path), zone_of(tmp_path)] == ["UTC", "UTC"]
    with closing(open_desk(tmp_path)) as desk:
        (pending,) = desk.commitment.pending()
        assert desk.commitment.delay.total_seconds() == 7200.0
    assert (pending.due_at - pending.requested_at).total_seconds() == 7200.0
    wanted = CommittedSettings(time_zone="Asia/Tokyo", delay_seconds=0.0)
    assert pending.change == CommitSettings(wanted)


def test_on_paper_the_file_counts_at_once(tmp_path: Path) -> None:
    write(tmp_path, "")
    assert zone_of(tmp_path) == "UTC"
    write(tmp_path, '[owner]\ntime_zone = "Asia/Tokyo"\n')
    assert zone_of(tmp_path) == "Asia/Tokyo"


def test_a_running_desk_makes_what_is_due_by_itself_and_once(tmp_path: Path) -> None:
    write(tmp_path, "[commitment]\ndelay_seconds = 0.5\n")
    show_real_money(tmp_path)
    with closing(open_desk(tmp_path)) as asking:
        rule = asking.breakers.all()[0]
        change = removing(asking.breakers.all(), rule.rule_id)
        asked = asking.commitment.ask(change, by="Ada", is_confirmed=True)
        assert asked.pending is not None
        with closing(open_desk(tmp_path)) as running:
            running.start()
            wait_for(lambda: not asking.commitment.pending())
            assert rule not in asking.breakers.all()
        made = asking.events(kinds=["change_made"])
    assert len(made) == 1
    assert "removed" in made[0].event.detail


class _Failing(Commitment):
    def adopt(self, wanted: CommittedSettings) -> CommittedSettings:
        raise StorageError(f"the disk is full, {wanted}")


def test_a_database_that_takes_nothing_keeps_no_desk_from_opening(tmp_path: Path) -> None:
    with closing(open_desk(tmp_path)) as desk:
        failing = object.__new__(_Failing)
        assert _committed(failing, Settings()).time_zone == desk.policy.time_zone


@pytest.mark.parametrize("text", ["[commitment]\ndelay_seconds = 60\n", ""])
def test_the_first_opening_commits_to_what_the_file_says(tmp_path: Path, text: str) -> None:
    write(tmp_path, text)
    with closing(open_desk(tmp_path)) as desk:
        assert desk.commitment.pending() == ()
    show_real_money(tmp_path)
    with closing(open_desk(tmp_path)) as desk:
        assert desk.commitment.delay.total_seconds() == (60.0 if text else 3600.0)
