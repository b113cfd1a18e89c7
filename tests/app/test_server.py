"""Taking an address and a port."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from app.server import ROOT, listen, own_address, say_role, serve
from etrms_core.errors import ConfigurationError
from etrms_core.services.supervisor import Role


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("localhost", "127.0.0.1"),
        ("127.0.0.1", "127.0.0.1"),
        ("127.1.2.3", "127.1.2.3"),
        ("::1", "::1"),
    ],
)
def test_this_machine_is_reached_by_its_own_addresses(host: str, address: str) -> None:
    assert own_address(host, behind_tls_proxy=False) == address


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5"])  # noqa: S104
def test_an_address_that_others_reach_needs_a_proxy_with_tls(host: str) -> None:
    with pytest.raises(ConfigurationError, match="this machine only"):
        serve(host=host, port=0)
    assert own_address(host, behind_tls_proxy=True) == host


@pytest.mark.parametrize("host", ["desk.lan", "", "127.0.0.1:8501"])
def test_what_is_no_address_is_refused(host: str) -> None:
    with pytest.raises(ConfigurationError, match="is an address"):
        own_address(host, behind_tls_proxy=True)


def test_a_port_in_use_is_told_in_one_line_with_the_way_out() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError) as told:
            serve(port=port)
    assert str(told.value) == (
        f"port {port} is in use by another program; choose another with PORT="
    )


def test_a_role_is_said_once_and_again_when_it_changes(capsys: pytest.CaptureFixture[str]) -> None:
    said = None
    for role in (Role.STANDBY, Role.STANDBY, Role.ACTIVE, Role.ACTIVE, Role.STANDBY):
        said = say_role(role, said=said)
    assert [line.split("(")[1] for line in capsys.readouterr().out.splitlines()] == [
        "standby)",
        "active)",
        "standby)",
    ]


def test_a_desk_with_its_pages_says_its_role_once_and_nothing_when_it_ends(tmp_path: Path) -> None:
    with listen("127.0.0.1", 0) as listener:
        port = str(listener.getsockname()[1])
    process = subprocess.Popen(  # noqa: S603  our own command
        [sys.executable, "-m", "app.cli", "run", "--port", port],
        cwd=ROOT,
        env={**os.environ, "ETRMS_HOME": str(tmp_path)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == f"ETRMS listens on http://127.0.0.1:{port} (PAPER)\n"
        said = process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=20.0)
    finally:
        process.kill()
        process.communicate()
    assert said == "ETRMS: this process guards the accounts (active)\n"
    assert (process.returncode, rest) == (0, "")


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
