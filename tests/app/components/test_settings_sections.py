"""The sections of the page Settings over a desk with an owner."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app.background_job import BackgroundJob
from app.components.audit_section import REPLAY, VERIFY
from app.components.data_section import BACK_UP, MEASURE
from app.components.desk_section import REDIRECTIONS
from app.components.profile_section import THEME
from app.components.session_section import session_rows
from app.components.settings_sections import SECTIONS
from app.components.vault_section import LOCK
from etrms_core.bootstrap import open_desk
from etrms_core.domain.events import DeskEvent, DeskEventKind
from etrms_core.domain.secret import Secret
from etrms_core.engine.sign_in_ports import WebSession
from etrms_core.engine.vault_ports import VaultState
from etrms_core.services.desk import Desk
from tests.app.owned_desk import PASSWORD, desk_of_owner

WRONG, OTHER = "something else", "pepper glacier violin oak"


@pytest.fixture
def desk() -> Iterator[Desk]:
    with desk_of_owner() as running:
        yield running


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    monkeypatch.setenv("ETRMS_HOME", str(folder))
    open_desk(folder).close()
    return folder


def profile() -> None:
    from app.components.profile_section import profile_section  # noqa: PLC0415  the script

    profile_section()


def sessions() -> None:
    from app.components.session_section import session_section  # noqa: PLC0415  the script

    session_section()


def ending() -> None:
    import streamlit as st  # noqa: PLC0415  the script

    from app.components.session_section import end_session  # noqa: PLC0415

    end_session(st.session_state["row"])


def ending_all() -> None:
    from app.components.session_section import end_all_sessions  # noqa: PLC0415  the script

    end_all_sessions()


def facts() -> None:
    from app.components.desk_section import desk_section  # noqa: PLC0415  the script

    desk_section()


def data() -> None:
    from app.components.data_section import (  # noqa: PLC0415  the script
        backup_section,
        restore_section,
        retention_section,
        table_size_section,
    )

    retention_section()
    table_size_section()
    backup_section()
    restore_section()


def downloading() -> None:
    import streamlit as st  # noqa: PLC0415  the script

    from app.components.data_section import download_backup  # noqa: PLC0415

    download_backup(st.session_state["backup"])


def audit() -> None:
    from app.components.audit_section import audit_browser, audit_proof  # noqa: PLC0415

    audit_browser()
    audit_proof()


def vault() -> None:
    from app.components.vault_section import vault_section  # noqa: PLC0415  the script

    vault_section()


def locking() -> None:
    from app.components.vault_section import lock_vault  # noqa: PLC0415  the script

    lock_vault()


def show(script: Callable[[], None], **state: object) -> AppTest:
    shown = AppTest.from_function(script, default_timeout=60)
    for name, value in state.items():
        shown.session_state[name] = value
    shown.run()
    assert not shown.exception
    return shown


def told(shown: AppTest) -> str:
    kinds = (shown.markdown, shown.text, shown.info, shown.success, shown.error, shown.warning)
    return " ".join(each.value for kind in kinds for each in kind)


def press(shown: AppTest, key: str, **typed: str) -> AppTest:
    for name, value in typed.items():
        shown.text_input(key=name).set_value(value)
    shown.button(key=key).click().run()
    assert not shown.exception
    return shown


def finished(job: BackgroundJob[Any]) -> None:
    deadline = monotonic() + 30.0
    while job.state is None or job.state.is_running:
        assert monotonic() < deadline
        sleep(0.01)


def state_of(desk: Desk) -> VaultState:
    return desk.notifications.vault.state


def add_session(desk: Desk, name: str, user_agent: str = "Firefox/140.0") -> None:
    now, stamp = desk.now(), desk.owner.stamp
    assert stamp is not None
    desk._parts.stores.web_sessions.add_session(
        WebSession(name, stamp, now, now, now + timedelta(hours=1), user_agent)
    )


def test_every_section_has_an_address() -> None:
    assert list(SECTIONS) == ["Profile", "Sessions", "Desk", "Data", "Audit log", "Vault"]


def test_preferences_are_kept_in_the_database(desk: Desk) -> None:
    shown = show(profile)
    assert THEME in told(shown)
    shown.selectbox(key="profile_zone").set_value("Asia/Tokyo")
    shown.selectbox(key="profile_account").set_value("main")
    press(shown, "save_profile")
    kept = desk.preferences.current()
    assert (kept.time_zone, kept.default_account) == ("Asia/Tokyo", "main")
    assert "Saved." in told(shown)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("something else", OTHER, "Nothing is changed. The password is wrong."),
        (PASSWORD, "short", "has 5 characters, needs at least 10"),
        (PASSWORD, "ada and " + OTHER, "contains your name"),
    ],
)
def test_a_wrong_or_a_weak_password_changes_nothing(
    desk: Desk, old: str, new: str, words: str
) -> None:
    shown = press(
        show(profile),
        "save_password",
        old_password=old,
        new_password=new,
        repeated_password=new,
    )
    assert words in told(shown).replace("\\", "")
    assert desk.owner.check(PASSWORD)


def test_another_password_counts_at_once_and_ends_every_session(desk: Desk) -> None:
    add_session(desk, "other")
    assert len(desk.sign_in.sessions()) == 1
    press(
        show(profile),
        "save_password",
        old_password=PASSWORD,
        new_password=OTHER,
        repeated_password=OTHER,
    )
    assert desk.owner.check(OTHER)
    assert desk.sign_in.sessions() == ()


def test_sessions_are_listed_and_another_one_can_be_ended(desk: Desk) -> None:
    add_session(desk, "mine")
    add_session(desk, "other", "<script>x</script>")
    shown = show(sessions)
    drawn = [each.value for each in shown.text]
    assert "Firefox (this browser)" in drawn
    assert "<script>x</script>" in drawn
    assert [each.key for each in shown.button] == ["end_other", "end_all"]
    row = next(each for each in session_rows() if not each.is_own)
    press(show(ending, row=row), "end_now")
    assert [each.id_hash for each in desk.sign_in.sessions()] == ["mine"]
    assert "another browser" in desk.events(kinds=["logged_out"])[0].event.detail
    press(show(ending_all), "end_all_now")
    assert desk.sign_in.sessions() == ()


def test_the_desk_is_told_with_what_redirects_it(
    desk: Desk, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(REDIRECTIONS[0], "https://ada:secret@example.com")
    drawn = told(show(facts))
    for words in (desk.sign_in.desk_id, "Active", str(home.resolve()), REDIRECTIONS[0], "PAPER"):
        assert words in drawn, words
    assert "secret" not in drawn


@pytest.mark.usefixtures("desk")
def test_backups_are_taken_in_the_background_and_downloaded_with_the_password(home: Path) -> None:
    BACK_UP.forget()
    MEASURE.forget()
    shown = show(data)
    drawn = told(shown)
    assert "There is no backup yet." in drawn
    assert "730 days" in drawn
    assert f"etrms restore {home}/backups/FILE.zip" in shown.code[0].value
    press(shown, "back_up_now")
    finished(BACK_UP)
    press(shown, "measure_tables")
    finished(MEASURE)
    drawn = told(shown.run())
    assert "is written" in drawn
    assert "breakers" in drawn
    assert "other tables are empty" in drawn
    (file,) = (home / "backups").iterdir()
    assert file.stat().st_mode & 0o077 == 0
    assert BACK_UP.state is not None
    asking = show(downloading, backup=BACK_UP.state.result)
    assert not asking.get("download_button")
    press(asking, "download_now", download_password=WRONG)
    assert not asking.get("download_button")
    press(asking, "download_now", download_password=PASSWORD)
    assert file.name in asking.get("download_button")[0].proto.label


def test_the_audit_log_is_filtered_paged_verified_and_replayed(desk: Desk) -> None:
    VERIFY.forget()
    REPLAY.forget()
    event = DeskEvent(desk.now(), DeskEventKind.LIMITS_CHANGED, "limits", "<b>hostile</b>")
    desk._store.append_events([event] * 120)
    shown = show(audit)
    assert "&lt;b&gt;hostile&lt;/b&gt;" in told(shown)
    assert "1 to 50 of the newest" in told(shown)
    shown.multiselect(key="audit_kinds").set_value(["Limits and settings: limits changed"])
    shown.run()
    assert "1 to 50 of the newest 120" in told(shown)
    shown.multiselect(key="audit_kinds").set_value(["Access: login throttled"]).run()
    assert "Nothing of that happened" in told(shown)
    press(shown, "audit_verify")
    finished(VERIFY)
    press(shown, "audit_replay")
    finished(REPLAY)
    drawn = told(shown.run())
    assert "what was written" in drawn
    assert "came out the same" in drawn


def test_the_vault_is_changed_with_its_passphrase_and_locked_with_the_password(
    desk: Desk,
) -> None:
    kept = desk.notifications.vault
    assert "Choose a passphrase" in [each.value for each in show(vault).header]
    kept.create(Secret(PASSWORD))
    new = {"vault_new": OTHER, "vault_repeated": OTHER}
    shown = press(show(vault), "vault_change", vault_old="wrong one", **new)
    assert "The passphrase is wrong." in told(shown)
    shown = press(show(vault), "vault_change", vault_old=PASSWORD, vault_new=OTHER)
    assert "are not the same" in told(shown)
    weak = {"vault_new": "short", "vault_repeated": "short"}
    shown = press(show(vault), "vault_change", vault_old=PASSWORD, **weak)
    assert "Nothing is changed. The new passphrase has 5 characters" in told(shown)
    shown = press(show(vault), "vault_change", vault_old=PASSWORD, **new)
    assert "The passphrase is changed." in told(shown)
    shown = press(show(locking), "vault_lock", lock_password=WRONG)
    assert LOCK in told(shown)
    assert state_of(desk) is VaultState.UNLOCKED
    press(shown, "vault_lock", lock_password=PASSWORD)
    assert state_of(desk) is VaultState.LOCKED
    kept.unlock(Secret(OTHER))
