"""Addresses that are refused, in all the forms in which somebody may try to slip them in."""

from ipaddress import ip_address
from socket import gaierror, getaddrinfo

import pytest

from etrms_core.adapters.notifications.address_rules import (
    network_hosts,
    read_address,
    read_plugin,
    resolved,
)
from etrms_core.adapters.notifications.private_addresses import Address
from etrms_core.domain.secret import Secret
from etrms_core.errors import ConfigurationError

CANARY = "CANARYd41d8cd98f00"
NAMES = {
    "hooks.example.com": ["93.184.215.14"],
    "rebound.example.com": ["127.0.0.1"],
    "both.example.com": ["93.184.215.14", "10.0.0.5"],
    "mapped.example.com": ["::ffff:192.168.0.1"],
    "metadata.example.com": ["169.254.169.254"],
    "nas.home.arpa": ["192.168.1.20"],
}


def resolve(host: str) -> list[Address]:
    """Answer for a few names, and read numbers as the machine's resolver does."""
    if host in NAMES:
        return [ip_address(each) for each in NAMES[host]]
    return resolved(host) if host[:1].isdigit() or ":" in host or host == "localhost" else []


def refused(text: str, *, allows_private: bool = False) -> str:
    with pytest.raises(ConfigurationError) as caught:
        read_address(Secret(text), allows_private=allows_private, resolve=resolve)
    assert caught.value.field == "address"
    assert CANARY not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "service", "masked"),
    [
        (f"tgram://123456789:{CANARY}abcdefghijklmnopq/12345", "Telegram", "tgram://..."),
        (f"discord://4174216298/{CANARY}", "Discord", "discord://...8f00"),
        (
            f"https://discord.com/api/webhooks/4174216298/{CANARY}abc",
            "Discord",
            "https://...0abc",
        ),
        (f"https://hooks.example.com/{CANARY}", "JSON", "jsons://...example.com/...8f00"),
        (f"jsons://u:{CANARY}@hooks.example.com/x", "JSON", "jsons://...example.com/..."),
        (f"xmls://hooks.example.com/{CANARY}", "XML", "xmls://...example.com/...8f00"),
        (f"forms://hooks.example.com/{CANARY}", "Form", "forms://...example.com/...8f00"),
        (f"mailtos://me:{CANARY}@gmail.com", "E-Mail", "mailtos://gmail.com/..."),
        (f"ntfy://{CANARY}", "ntfy", "ntfy://...8f00"),
        ("ntfy://alerts", "ntfy", "ntfy://...ts"),
        (
            "https://hooks.example.com/x/?key=secretsecretsecret",
            "JSON",
            "jsons://...example.com/...",
        ),
        ("https://93.184.215.14/hook", "JSON", "jsons://93.184.215.14/..."),
    ],
)
def test_an_address_in_the_public_internet_is_taken_and_masked(
    text: str, service: str, masked: str
) -> None:
    reading = read_address(Secret(f" {text}\n"), allows_private=False, resolve=resolve)
    assert (reading.service, reading.masked) == (service, masked)
    assert CANARY not in repr(reading)
    assert read_plugin(reading.address).service_name == service


@pytest.mark.parametrize(
    "text",
    [
        "",
        CANARY,
        f"://{CANARY}",
        f"{CANARY}://x",
        "jsons://",
        "https://",
        f"tgram://{CANARY}",
        f"jsons://a b/{CANARY}",
        f"jsons://hooks.example.com/{CANARY}\x00",
        f"jsons://hooks.example.com/{CANARY * 200}",
        f"jsons://\uff11\uff12\uff17.0.0.1/{CANARY}",
        f"dbus://{CANARY}",
        f"syslog://{CANARY}",
        "gnome://",
        "windows://",
    ],
)
def test_what_is_no_address_is_refused_without_repeating_it(text: str) -> None:
    refused(text)


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "127.0.0.1",
        "127.1",
        "2130706433",
        "017700000001",
        "0x7f000001",
        "0177.0.0.1",
        "10.0.0.1:8080",
        "192.168.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "169.254.169.254",
        "0.0.0.0",  # noqa: S104 (an address to refuse)
        "100.64.0.1",
        "rebound.example.com",
        "both.example.com",
        "mapped.example.com",
        "metadata.example.com",
        "nas.home.arpa",
        "hooks.example.com@127.0.0.1",
        "hooks.example.com:80@127.0.0.1",
        "user:hooks.example.com@[::1]",
        "hooks.example.com%2F@127.0.0.1",
    ],
)
@pytest.mark.parametrize("scheme", ["https", "jsons", "xmls", "forms", "gotifys", "mailtos"])
def test_no_form_of_a_private_address_gets_through(scheme: str, host: str) -> None:
    refused(f"{scheme}://{host}/{CANARY}")


@pytest.mark.parametrize(
    "text",
    [
        "jsons://127.0.0.1\\@hooks.example.com/",
        "jsons://hooks.example.com#@127.0.0.1",
        "jsons://hooks.example.com?@127.0.0.1",
        "jsons://hooks.example.com/@127.0.0.1",
    ],
)
def test_what_only_looks_private_is_judged_by_where_it_goes(text: str) -> None:
    plugin = read_plugin(read_address(Secret(text), allows_private=False, resolve=resolve).address)
    assert network_hosts(plugin) == ["hooks.example.com"]


@pytest.mark.parametrize("scheme", ["http", "json", "xml", "form", "gotify", "ntfy"])
def test_without_encryption_nothing_goes_into_the_internet(scheme: str) -> None:
    for host in ("hooks.example.com", "93.184.215.14", "unknown.example.com"):
        for allows_private in (False, True):
            text = f"{scheme}://{host}/{CANARY}"
            assert "not encrypted" in refused(text, allows_private=allows_private)


def test_a_private_address_is_taken_when_it_is_expressly_allowed() -> None:
    for text in ("http://nas.home.arpa/hook", "https://192.168.1.20/hook", "json://127.0.0.1:9/"):
        reading = read_address(Secret(text), allows_private=True, resolve=resolve)
        assert reading.service == "JSON"
    for text in ("http://both.example.com/", "http://169.254.169.254/latest"):
        refused(text, allows_private=True)


def test_another_mail_server_is_judged_too() -> None:
    assert "private" in refused(f"mailtos://u:{CANARY}@example.com?smtp=127.0.0.1")


def test_certificates_are_checked() -> None:
    assert "certificates" in refused("jsons://hooks.example.com/?verify=no")


def test_no_redirect_is_followed_even_when_the_address_asks_for_it() -> None:
    assert read_plugin(Secret("jsons://hooks.example.com/?redirect=yes")).redirects is False


def test_apprise_writes_no_address_into_a_log(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(0):
        refused(f"jsons://:bad:{CANARY}@:::/{CANARY}")
        refused(f"tgram://{CANARY}")
    shown = capfd.readouterr()
    assert CANARY not in caplog.text + shown.out + shown.err


def test_a_host_is_found_as_a_connection_would_find_it() -> None:
    assert set(resolved("[::1]")) == {ip_address("::1")}
    assert set(resolved("2130706433")) == {ip_address("127.0.0.1")}
    with pytest.raises(gaierror):
        getaddrinfo("nothing.invalid", None)
    assert resolved("nothing.invalid") == []
    assert resolved("a" * 300) == []
    assert resolved("\udcff") == []
