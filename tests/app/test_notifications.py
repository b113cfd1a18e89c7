"""The page of notifications within the shell, in every state, without a browser."""

from pathlib import Path
from time import monotonic, sleep

from streamlit.testing.v1 import AppTest

from etrms_core.domain.notifications import Severity
from etrms_core.domain.secret import Secret
from etrms_core.engine.notification_ports import NoticeState
from etrms_core.engine.vault_ports import VaultState
from etrms_core.errors import DataError, StorageError
from tests.app.notifying_desk import notifying_desk
from tests.services.notifying import PASSPHRASE, Bench, address_of, channel

PAGE = Path(__file__).parents[2] / "pages" / "notifications.py"
HOSTILE = "<img src=x onerror=alert(1)> **=1+1**"


def show() -> AppTest:
    shown = AppTest.from_file(str(PAGE), default_timeout=60).run()
    assert not shown.exception
    return shown


def text(shown: AppTest) -> str:
    kinds = (shown.markdown, shown.text, shown.error, shown.warning, shown.info, shown.success)
    return " ".join(each.value for kind in kinds for each in kind)


def click(shown: AppTest, label: str) -> AppTest:
    (button,) = [each for each in shown.button if each.label == label]
    button.click().run()
    assert not shown.exception
    return shown


def button_is_off(shown: AppTest, label: str) -> bool:
    (button,) = [each for each in shown.button if each.label == label]
    return bool(button.disabled)


def wait_for_text(shown: AppTest, words: str) -> None:
    deadline = monotonic() + 20.0
    while words not in text(shown.run()):
        assert monotonic() < deadline, text(shown)
        sleep(0.05)


def test_the_first_run_asks_for_a_passphrase_and_refuses_a_weak_one() -> None:
    with notifying_desk(Bench(), has_vault=False) as desk:
        shown = show()
        assert "Choose a passphrase" in [each.value for each in shown.header]
        assert "only your passphrase opens" in text(shown)
        assert button_is_off(shown, "New channel")
        shown.text_input(key="passphrase_new").set_value("password1234")
        shown.text_input(key="passphrase_repeated").set_value("password1234")
        click(shown, "Create the vault")
        assert "Too weak" in shown.error[0].value
        assert "password1234" not in text(shown)
        assert desk.notifications.vault.state is VaultState.ABSENT


def test_a_passphrase_that_is_repeated_wrongly_creates_nothing() -> None:
    with notifying_desk(Bench(), has_vault=False) as desk:
        shown = show()
        shown.text_input(key="passphrase_new").set_value("anchor velvet comet ladder")
        shown.text_input(key="passphrase_repeated").set_value("anchor velvet comet adder")
        click(shown, "Create the vault")
        assert "not the same" in shown.error[0].value
        assert desk.notifications.vault.state is VaultState.ABSENT


def test_a_strong_passphrase_opens_the_vault() -> None:
    with notifying_desk(Bench(), has_vault=False) as desk:
        shown = show()
        shown.text_input(key="passphrase_new").set_value("anchor velvet comet ladder")
        shown.text_input(key="passphrase_repeated").set_value("anchor velvet comet ladder")
        click(shown, "Create the vault")
        assert desk.notifications.vault.state is VaultState.UNLOCKED
        assert "The vault is unlocked" in text(shown)
        assert not button_is_off(shown, "New channel")


def test_wrong_passphrases_are_slowed_down_and_the_right_one_waits_too() -> None:
    bench = Bench()
    bench.vault.lock()
    with notifying_desk(bench) as desk:
        shown = show()
        assert "LOCKED" in text(shown)
        for _ in range(5):
            shown.text_input(key="passphrase_now").set_value("wrong words")
            click(shown, "Unlock")
        assert "The passphrase is wrong. That was one too many" in text(shown)
        shown.text_input(key="passphrase_now").set_value(PASSPHRASE.reveal())
        click(shown, "Unlock")
        assert "Too many wrong passphrases. Try again in" in text(shown)
        assert desk.notifications.vault.state is VaultState.LOCKED


def test_the_right_passphrase_unlocks() -> None:
    bench = Bench()
    bench.vault.lock()
    with notifying_desk(bench) as desk:
        shown = show()
        shown.text_input(key="passphrase_now").set_value(PASSPHRASE.reveal())
        click(shown, "Unlock")
        assert desk.notifications.vault.state is VaultState.UNLOCKED


def test_without_a_channel_the_page_says_what_comes_next() -> None:
    with notifying_desk(Bench()):
        drawn = text(show())
        assert "No channel yet" in drawn
        assert "No message was written yet." in drawn


def test_a_channel_shows_what_goes_there_and_what_did_not_arrive() -> None:
    bench = Bench()
    bench.add(channel("phone", minimum=Severity.CRITICAL), channel("mail", fallback="phone"))
    bench.sender.troubles[address_of("mail")] = DataError("the service said no")
    bench.happen("main")
    bench.run(3)
    with notifying_desk(bench):
        drawn = text(show())
        for words in (
            "Critical events of all kinds.",
            "Warnings and critical events of all kinds.",
            "What it does not take goes to phone.",
            "1 not delivered",
            "Last error of mail, at 10 Oct 12:00 UTC: the service said no",
            "No quiet hours.",
            "test://...",
        ):
            assert words in drawn, words
        assert address_of("mail") not in drawn


def test_hostile_names_and_errors_are_text() -> None:
    bench = Bench()
    bench.add(channel(HOSTILE))
    bench.sender.troubles[address_of(HOSTILE)] = DataError(HOSTILE)
    bench.happen(HOSTILE)
    bench.run(3)
    with notifying_desk(bench):
        drawn = text(show())
        assert "<img" not in drawn
        assert "&lt;img src=x onerror=alert(1)&gt;" in drawn


def test_a_test_is_sent_once_and_its_result_shown() -> None:
    bench = Bench()
    bench.add(channel())
    with notifying_desk(bench):
        shown = show()
        for _ in range(3):
            click(shown, "Test")
            wait_for_text(shown, "The service took the test message")
        assert len(bench.arrived("phone")) == 1


def test_a_refused_test_says_why() -> None:
    bench = Bench()
    bench.add(channel())
    bench.sender.troubles[address_of("phone")] = DataError("<b>unauthorized</b>")
    with notifying_desk(bench):
        shown = click(show(), "Test")
        wait_for_text(shown, "failed: &lt;b&gt;unauthorized&lt;/b&gt;")


def test_while_the_vault_is_locked_nothing_can_be_tested_or_added() -> None:
    bench = Bench()
    bench.add(channel())
    bench.vault.lock()
    with notifying_desk(bench):
        shown = show()
        assert button_is_off(shown, "Test")
        assert button_is_off(shown, "New channel")
        assert not button_is_off(shown, "Switch off")


def test_a_database_that_fails_is_a_sentence() -> None:
    bench = Bench()
    outbox = bench.stores.outbox
    outbox.trouble = StorageError("the disk is full")  # type: ignore[attr-defined]
    with notifying_desk(bench):
        told = [each.value for each in show().error]
        assert any(each.startswith("The channels cannot be shown: the disk is") for each in told)
        assert any(each.startswith("The messages cannot be shown: the disk is") for each in told)


def test_messages_are_listed_with_their_state() -> None:
    bench = Bench()
    bench.add(channel())
    bench.happen("main", "other")
    bench.sender.troubles[address_of("phone")] = DataError("no")
    bench.run(3)
    with notifying_desk(bench):
        shown = show()
        frame = shown.dataframe[0].value
        assert list(frame["State"]) == ["Waiting", "Waiting"]
        assert set(frame["Last error"]) <= {"no", ""}
        assert button_is_off(shown, "Drop")
        assert bench.states("phone") == [NoticeState.WAITING, NoticeState.WAITING]


def test_a_secret_is_nowhere_on_the_page() -> None:
    bench = Bench()
    bench.add(channel())
    with notifying_desk(bench) as desk:
        desk.notifications.channels.save(
            channel("hook"), address=Secret("json://canary-4711/path?x=canary-4712")
        )
        shown = show()
        everything = " ".join(str(each) for each in shown.main)
        assert "canary" not in everything
        assert "canary" not in str(shown.session_state)
