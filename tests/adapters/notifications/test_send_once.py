"""The guard that every connection of a sending process passes."""

import subprocess
import sys
from ipaddress import ip_address
from pathlib import Path

import pytest

from etrms_core.adapters.notifications.send_once import ConnectionGuard, send
from tests.adapters.notifications.web_hook import web_hook

NAS = ip_address("192.168.1.20")
CANARY = "CANARYd41d8cd98f00"


@pytest.mark.parametrize("event", ["socket.connect", "socket.sendto", "socket.sendmsg"])
@pytest.mark.parametrize(
    "target",
    [
        ("127.0.0.1", 80),
        ("10.0.0.1", 443),
        ("169.254.169.254", 80),
        ("::1", 80, 0, 0),
        ("fe80::1%eth0", 80, 0, 2),
        ("::ffff:127.0.0.1", 80, 0, 0),
        ("192.168.1.21", 80),
        ("localhost", 80),
        "/run/secret.sock",
        b"\x00abstract",
    ],
)
def test_the_guard_lets_nothing_into_a_private_network(event: str, target: object) -> None:
    guard = ConnectionGuard([NAS])
    with pytest.raises(PermissionError, match="private address"):
        guard(event, (None, target))
    assert guard.has_refused


@pytest.mark.parametrize("target", [("8.8.8.8", 443), ("192.168.1.20", 80), None])
def test_the_guard_lets_out_to_the_internet_and_to_what_is_allowed(target: object) -> None:
    guard = ConnectionGuard([NAS])
    guard("socket.connect", (None, target))
    assert not guard.has_refused


@pytest.mark.parametrize("event", ["subprocess.Popen", "os.system", "os.posix_spawn", "os.fork"])
def test_no_other_program_is_started(event: str) -> None:
    with pytest.raises(PermissionError, match="no other program"):
        ConnectionGuard([])(event, ())


def test_everything_else_is_none_of_its_business() -> None:
    ConnectionGuard([])("open", ("/etc/hosts", "r", 0))


GUARDED = """
import socket, sys
from etrms_core.adapters.notifications.send_once import ConnectionGuard
guard = ConnectionGuard([])
sys.addaudithook(guard)
for connect in (
    lambda: socket.create_connection(("localhost", int(sys.argv[1])), timeout=5),
    lambda: socket.socket().connect_ex(("127.1", int(sys.argv[1]))),
    lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", 9)),
):
    try:
        connect()
    except PermissionError:
        print("refused")
"""


def test_python_asks_the_guard_before_every_connection() -> None:
    with web_hook() as hook:
        port = hook.host.partition(":")[2]
        ended = subprocess.run(  # noqa: S603 (our own script)
            [sys.executable, "-c", GUARDED, port],
            cwd=Path(__file__).parents[3],
            capture_output=True,
            check=True,
            text=True,
        )
    assert ended.stdout.split() == ["refused"] * 3


def test_an_address_is_checked_again_before_it_is_used() -> None:
    order = {"address": f"jsons://127.0.0.1/{CANARY}", "allows_private": False}
    hooks: list[object] = []
    reason = send(order, add_hook=hooks.append)
    assert "private network" in (reason or "")
    assert hooks == []
    assert CANARY not in (reason or "")


def test_a_damaged_address_is_a_reason_without_it() -> None:
    reason = send({"address": f"none://{CANARY}", "allows_private": False}, add_hook=print)
    assert reason is not None
    assert CANARY not in reason
