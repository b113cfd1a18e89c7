"""Channels are added, changed, switched and deleted in dialogs."""

from collections.abc import Callable, Iterator
from datetime import time

import pytest
from streamlit.testing.v1 import AppTest

from app.components.channel_dialogs import told
from app.forms.channel_form import NOBODY
from etrms_core.domain.notifications import Channel, QuietHours, Severity
from etrms_core.errors import ConfigurationError
from etrms_core.services.desk import Desk
from etrms_core.services.notification_address import address_name
from tests.app.notifying_desk import notifying_desk
from tests.services.notifying import Bench, channel

CANARY = "canary-4711"


def adding() -> None:
    from app.components.channel_dialogs import edit_channel  # noqa: PLC0415  the script

    edit_channel(None)


def editing() -> None:
    from app.components.channel_dialogs import edit_channel  # noqa: PLC0415  the script

    edit_channel("phone")


def switching() -> None:
    from app.components.channel_dialogs import switch_channel  # noqa: PLC0415  the script

    switch_channel("phone")


def deleting() -> None:
    from app.components.channel_dialogs import delete_channel  # noqa: PLC0415  the script

    delete_channel("phone")


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def desk(bench: Bench) -> Iterator[Desk]:
    with notifying_desk(bench) as running:
        yield running


def show(script: Callable[[], None]) -> AppTest:
    shown = AppTest.from_function(script, default_timeout=60).run()
    assert not shown.exception
    return shown


def fill_webhook(shown: AppTest, *, name: str = "log") -> None:
    kinds = shown.selectbox(key="channel_kind")
    kinds.set_value(next(each for each in kinds.options if each == "Webhook")).run()
    shown.text_input(key="channel_name").set_value(name)
    shown.text_input(key="channel_Webhook_url").set_value(f"https://example.com/{CANARY}?a=1")


def send(shown: AppTest) -> None:
    shown.button(key="channel_save").click().run()


def saved(desk: Desk, name: str) -> Channel:
    return next(each for each in desk.notifications.channels.all() if each.name == name)


def test_a_channel_is_added_with_its_address_in_the_vault_only(desk: Desk, bench: Bench) -> None:
    shown = show(adding)
    fill_webhook(shown)
    shown.selectbox(key="channel_severity").set_value(Severity.CRITICAL)
    shown.multiselect(key="channel_kinds").set_value(["Orders: order refused"])
    shown.time_input(key="channel_quiet_from").set_value(time(22))
    shown.time_input(key="channel_quiet_until").set_value(time(7, 30))
    shown.checkbox(key="channel_breaks_through").set_value(False)
    send(shown)
    kept = saved(desk, "log")
    assert kept.minimum_severity is Severity.CRITICAL
    assert kept.kinds == ("order_refused",)
    assert kept.quiet_hours == QuietHours(time(22), time(7, 30), critical_breaks_through=False)
    assert CANARY not in repr(kept)
    address = bench.vault.get(address_name("log"))
    assert address is not None
    assert address.reveal() == f"jsons://example.com/{CANARY}?-a=1"


def test_what_was_saved_is_saved_once_and_forgotten_by_the_page(desk: Desk) -> None:
    shown = show(adding)
    fill_webhook(shown)
    send(shown)
    for _ in range(3):
        shown.run()
    assert [each.name for each in desk.notifications.channels.all()] == ["log"]
    assert not shown.error


def test_a_name_that_is_taken_is_refused_and_the_channel_stays(desk: Desk, bench: Bench) -> None:
    bench.add(channel("log"))
    shown = show(adding)
    fill_webhook(shown)
    send(shown)
    assert "Name is taken by another channel" in shown.error[0].value
    assert saved(desk, "log").service == "Scripted"


@pytest.mark.parametrize(
    ("name", "error"), [("", "Name a channel"), ("x" * 40 + " ", ""), ("a\tb", "Name a channel")]
)
def test_a_name_that_cannot_be_one_is_refused(desk: Desk, name: str, error: str) -> None:
    shown = show(adding)
    fill_webhook(shown, name=name)
    send(shown)
    assert [each.value for each in shown.error if error not in each.value] == []
    assert len(desk.notifications.channels.all()) == (0 if error else 1)


def test_without_an_address_nothing_is_added(desk: Desk) -> None:
    shown = show(adding)
    shown.text_input(key="channel_name").set_value("log")
    send(shown)
    assert "Bot token is needed" in shown.error[0].value
    assert desk.notifications.channels.all() == ()


def test_quiet_hours_need_both_ends(desk: Desk) -> None:
    shown = show(adding)
    fill_webhook(shown)
    shown.time_input(key="channel_quiet_from").set_value(time(22))
    send(shown)
    assert "both a beginning and an end" in shown.error[0].value
    assert desk.notifications.channels.all() == ()


def test_a_change_keeps_the_address_that_is_never_shown(desk: Desk, bench: Bench) -> None:
    bench.add(channel("mail"), channel("phone"))
    shown = show(editing)
    assert "test://phone" not in str(shown.main)
    assert NOBODY in shown.selectbox(key="channel_fallback").options
    shown.selectbox(key="channel_fallback").set_value(1)
    send(shown)
    assert saved(desk, "phone").fallback == "mail"
    assert bench.vault.get(address_name("phone")) is not None


def test_a_channel_that_is_gone_is_not_edited_into_being(desk: Desk) -> None:
    assert not show(editing).button
    assert desk.notifications.channels.all() == ()


def test_a_channel_is_switched_off_and_on(desk: Desk, bench: Bench) -> None:
    bench.add(channel())
    shown = show(switching)
    assert "is given up" in shown.text[0].value
    assert saved(desk, "phone").is_enabled
    shown.button(key="channel_switch_now").click().run()
    assert not saved(desk, "phone").is_enabled
    # Another click into the same dialog changes nothing back.
    shown.run()
    assert not shown.button
    show(switching).button(key="channel_switch_now").click().run()
    assert saved(desk, "phone").is_enabled


def test_deleting_names_what_follows_and_takes_the_address_along(desk: Desk, bench: Bench) -> None:
    bench.add(channel(), channel("mail", fallback="phone"))
    shown = show(deleting)
    assert "Without a fallback are then: mail." in [each.value for each in shown.text]
    shown.button(key="channel_delete_now").click().run()
    assert [each.name for each in desk.notifications.channels.all()] == ["mail"]
    assert bench.vault.get(address_name("phone")) is None


def test_the_last_channel_is_deleted_with_a_warning(desk: Desk, bench: Bench) -> None:
    bench.add(channel())
    assert "the only channel" in show(deleting).warning[0].value
    assert desk.notifications.channels.all()


def test_a_refusal_begins_with_what_is_wrong() -> None:
    error = ConfigurationError("is a number such as 587", field="port")
    assert told(error) == "Not saved. Port is a number such as 587."
