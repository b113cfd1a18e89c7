"""Taking an address and a port."""

import socket

import pytest

from app.server import listen, loopback_address, serve
from etrms_core.errors import ConfigurationError


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("localhost", "127.0.0.1"),
        ("127.0.0.1", "127.0.0.1"),
        ("127.1.2.3", "127.1.2.3"),
        ("::1", "::1"),
    ],
)
def test_this_machine_is_reached_by_its_loopback_addresses(host: str, address: str) -> None:
    assert loopback_address(host) == address


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "desk.lan", ""])  # noqa: S104
def test_an_address_that_others_reach_is_refused(host: str) -> None:
    with pytest.raises(ConfigurationError, match="this machine only"):
        serve(host=host, port=0)


def test_a_port_in_use_is_told_in_one_line_with_the_way_out() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError) as told:
            serve(port=port)
    assert str(told.value) == (
        f"port {port} is in use by another program; choose another with PORT="
    )


@pytest.mark.parametrize("port", [-1, 65_536])
def test_a_port_that_cannot_exist_is_told(port: int) -> None:
    with pytest.raises(ConfigurationError, match="port: lies between 0 and 65535"):
        listen("127.0.0.1", port)


def test_a_port_is_free_again_after_it_was_left() -> None:
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
    listen("127.0.0.1", port).close()


def test_both_families_can_be_listened_on() -> None:
    with listen("127.0.0.1", 0) as listener:
        assert listener.family is socket.AF_INET
