"""The line to the running desks of a home folder."""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from etrms_core.adapters.desk_socket import DeskSocket, Document, call_desks

SOON = {"first_within": 0.3, "next_within": 0.3}


def echo(wish: Document) -> Iterator[Document]:
    yield {"heard": dict(wish)}
    yield {"done": True}


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[Path]:
    with closing(DeskSocket(tmp_path, echo)):
        yield tmp_path


def all_answers(home: Path, wish: Document) -> list[list[Document]]:
    return [list(answers) for answers in call_desks(home, wish, **SOON)]


def test_a_caller_gets_every_answer_in_order(listening: Path) -> None:
    assert all_answers(listening, {"halt": "now"}) == [[{"heard": {"halt": "now"}}, {"done": True}]]


def test_only_its_owner_can_call(listening: Path) -> None:
    (path,) = listening.glob("desk-*.sock")
    assert path.name == f"desk-{os.getpid()}.sock"
    assert path.stat().st_mode & 0o777 == 0o600


def test_closing_hangs_up_and_removes_the_socket(tmp_path: Path) -> None:
    DeskSocket(tmp_path, echo).close()
    assert all_answers(tmp_path, {}) == []


def test_what_a_killed_process_left_behind_is_removed(tmp_path: Path) -> None:
    dead = tmp_path / "desk-1.sock"
    with closing(socket.socket(socket.AF_UNIX)) as line:
        line.bind(str(dead))
    assert all_answers(tmp_path, {}) == [[]]
    with closing(DeskSocket(tmp_path, echo)):
        assert not dead.exists()
        assert len(all_answers(tmp_path, {})) == 1


def test_a_desk_that_is_silent_costs_no_more_than_the_time_given(tmp_path: Path) -> None:
    with closing(socket.socket(socket.AF_UNIX)) as line:
        line.bind(str(tmp_path / "desk-1.sock"))
        line.listen()
        began = time.monotonic()
        assert all_answers(tmp_path, {}) == [[]]
        assert 0.2 < time.monotonic() - began < 2.0


@pytest.mark.parametrize(
    "sent", [b"no json\n", b"[1]\n", b"\xff\n", b"\n", b"[" * 5_000 + b"\n", b"{" + b"1" * 9_000]
)
def test_nonsense_is_hung_up_on_and_the_next_caller_is_heard(listening: Path, sent: bytes) -> None:
    (path,) = listening.glob("desk-*.sock")
    with closing(socket.socket(socket.AF_UNIX)) as line:
        line.settimeout(5.0)
        line.connect(str(path))
        line.sendall(sent)
        with suppress(ConnectionResetError):
            assert line.recv(1) == b""
    assert len(all_answers(listening, {"halt": ""})[0]) == 2


def test_a_home_without_desks_has_nobody_to_call(tmp_path: Path) -> None:
    assert all_answers(tmp_path / "absent", {}) == []
