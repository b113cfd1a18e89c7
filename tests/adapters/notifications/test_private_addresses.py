"""Which addresses lie in the public internet, in whatever form they are written."""

from ipaddress import ip_address

import pytest

from etrms_core.adapters.notifications.private_addresses import (
    is_never_allowed,
    is_public,
    refusal,
)

PUBLIC = ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"]
PRIVATE = [
    "127.0.0.1",
    "127.8.8.8",
    "10.1.2.3",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.10",
    "100.64.0.1",
    "198.18.0.1",
    "192.0.2.1",
    "::1",
    "fd12:3456::1",
    "fec0::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:0:10.0.0.1",
    "::127.0.0.1",
    "2002:7f00:1::",
    "2002:c0a8:101::1",
    "64:ff9b::127.0.0.1",
    "64:ff9b:1::10.0.0.1",
    "2001:0:4136:e378:8000:63bf:80ff:fffe",
    "2606:4700::5efe:10.0.0.1",
]
NEVER = [
    "169.254.169.254",
    "169.254.1.1",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "2002:a9fe:a9fe::",
    "100.100.100.200",
    "fd00:ec2::254",
    "fe80::1",
    "224.0.0.1",
    "239.1.1.1",
    "ff02::1",
    "0.0.0.0",  # noqa: S104 (an address to refuse)
    "::",
    "::ffff:0.0.0.0",
    "255.255.255.255",
]


@pytest.mark.parametrize("text", PUBLIC)
def test_a_public_address_is_taken(text: str) -> None:
    assert is_public(ip_address(text))
    assert refusal([ip_address(text)], allows_private=False) is None


@pytest.mark.parametrize("text", PRIVATE)
def test_a_private_one_is_taken_only_when_it_is_allowed(text: str) -> None:
    address = ip_address(text)
    assert not is_public(address)
    assert "private network" in (refusal([address], allows_private=False) or "")
    assert "private network" in (
        refusal([ip_address("8.8.8.8"), address], allows_private=False) or ""
    )
    assert refusal([address], allows_private=True) is None


@pytest.mark.parametrize("text", NEVER)
def test_some_are_never_taken(text: str) -> None:
    address = ip_address(text)
    assert is_never_allowed(address)
    assert not is_public(address)
    for allows_private in (True, False):
        assert "never allowed" in (refusal([address], allows_private=allows_private) or "")
