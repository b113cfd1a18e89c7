"""Addresses written from typed parts, as the library that sends reads them."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.forms.channel_address import (
    discord_address,
    mail_address,
    other_address,
    slack_address,
    telegram_address,
    webhook_address,
)
from etrms_core.adapters.notifications.address_rules import read_plugin
from etrms_core.domain.secret import Secret
from etrms_core.errors import ConfigurationError

WORD, WEBHOOK_TOKEN = "p", "abcDEF_-0123"
TOKEN = "123456789:abcdefg_hij-klmnop"  # noqa: S105
VISIBLE = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20)
FEW = settings(max_examples=60, deadline=None)


def plugin_of(address: Secret) -> Any:  # noqa: ANN401 (a service of the library's)
    return read_plugin(address)


def test_a_telegram_chat_is_a_number_or_a_name() -> None:
    plugin = plugin_of(telegram_address(TOKEN, "-1001234"))
    assert plugin.bot_token == TOKEN
    assert plugin.targets == [(-1001234, None)]
    assert plugin_of(telegram_address(TOKEN, "@my_channel")).targets == [("@my_channel", None)]


def test_a_webhook_of_discord_is_taken_apart() -> None:
    url = "https://discord.com/api/webhooks/123456789/abcDEF_-0123"
    assert discord_address(url) == Secret("discord://123456789/abcDEF_-0123")
    assert plugin_of(discord_address(url)).webhook_token == WEBHOOK_TOKEN


def test_a_webhook_of_slack_is_taken_apart() -> None:
    url = "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
    assert plugin_of(slack_address(url)).service_name == "Slack"


@FEW
@given(user=VISIBLE, password=VISIBLE)
def test_user_and_password_of_mail_arrive_as_typed(user: str, password: str) -> None:
    address = mail_address(
        server="smtp.example.com",
        port="587",
        user=user,
        password=password,
        sender="a+b&c%41@example.com",
        recipient="me+de%41sk@example.com",
    )
    plugin = plugin_of(address)
    assert (plugin.user, plugin.password) == (user, password)
    assert (plugin.smtp_host, plugin.port) == ("smtp.example.com", 587)
    assert plugin.from_addr[1] == "a+b&c%41@example.com"
    assert [each[1] for each in plugin.targets] == ["me+de%41sk@example.com"]
    assert plugin.secure
    assert plugin.verify_certificate


@pytest.mark.parametrize(
    ("port", "mode"), [("465", "ssl"), ("587", "starttls"), ("25", "starttls")]
)
def test_mail_is_encrypted_on_every_port(port: str, mode: str) -> None:
    address = mail_address(
        server="smtp.example.com",
        port=port,
        user="u",
        password=WORD,
        sender="a@example.com",
        recipient="b@example.com",
    )
    assert plugin_of(address).secure_mode == mode


@FEW
@given(
    value=VISIBLE, key=st.sampled_from(["token", "verify", "method", "format", "-x", "+h", ":p"])
)
def test_what_follows_the_question_mark_is_data_and_no_option(value: str, key: str) -> None:
    from urllib.parse import urlencode  # noqa: PLC0415

    url = f"https://example.com:8443/a/b?{urlencode({key: value})}"
    plugin = plugin_of(webhook_address(url))
    assert plugin.params == {key: value}
    assert (plugin.host, plugin.port, plugin.fullpath) == ("example.com", 8443, "/a/b")
    assert plugin.verify_certificate
    assert plugin.method == "POST"
    assert plugin.headers == {}


HOSTILE = ["", " ", "<b>", "a b", "javascript:alert(1)", "http://[", "x" * 3_000, "\0"]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize(
    "write",
    [
        lambda text: telegram_address(text, "1"),
        lambda text: telegram_address(TOKEN, text),
        discord_address,
        slack_address,
        webhook_address,
        lambda text: mail_address(
            server=text, port="587", user="u", password=WORD, sender="a@b.de", recipient="a@b.de"
        ),
        lambda text: mail_address(
            server="b.de", port=text, user="u", password=WORD, sender="a@b.de", recipient="a@b.de"
        ),
        lambda text: mail_address(
            server="b.de", port="587", user="u", password=WORD, sender=text, recipient="a@b.de"
        ),
    ],
)
def test_what_cannot_be_an_address_is_refused_without_repeating_it(
    write: Callable[[str], Secret], text: str
) -> None:
    if text == "x" * 3_000 and write.__name__ == "<lambda>":
        text = "x" * 3_000 + "/"
    with pytest.raises(ConfigurationError) as refused:
        write(text)
    assert not text.strip() or text not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/api/webhooks/123456789/abcDEF_-0123",
        "https://discord.com.evil.example/api/webhooks/123456789/abcDEF_-0123",
        "https://discord.com/api/webhooks/123456789/abc/../../DEF?x=1",
    ],
)
def test_a_webhook_of_another_host_is_no_discord_webhook(url: str) -> None:
    with pytest.raises(ConfigurationError, match="webhook: begins with"):
        discord_address(url)


def test_a_name_given_twice_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="twice"):
        webhook_address("https://example.com/?a=1&a=2")


def test_an_address_of_another_service_is_taken_as_it_is() -> None:
    assert other_address("ntfys://topic") == Secret("ntfys://topic")
    with pytest.raises(ConfigurationError):
        other_address("")
