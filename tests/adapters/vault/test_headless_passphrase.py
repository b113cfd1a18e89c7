"""The passphrase of a desk that nobody sits at."""

import os
from pathlib import Path

import pytest

from etrms_core.adapters.vault.headless_passphrase import (
    FILE_VARIABLE,
    VARIABLE,
    headless_passphrase,
)
from etrms_core.domain.secret import Secret
from etrms_core.errors import ConfigurationError

CANARY = "CANARY correct horse battery"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "passphrase"
    path.write_text(f"{CANARY}\n")
    path.chmod(0o600)
    return path


def refused(environment: dict[str, str]) -> str:
    with pytest.raises(ConfigurationError) as caught:
        headless_passphrase(environment)
    assert CANARY not in str(caught.value)
    return str(caught.value)


def test_nobody_gave_one() -> None:
    assert headless_passphrase({}) is None
    assert headless_passphrase({VARIABLE: "", FILE_VARIABLE: ""}) is None


def test_it_comes_from_the_environment() -> None:
    assert headless_passphrase({VARIABLE: CANARY}) == Secret(CANARY)


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_it_comes_from_a_file_of_which_the_last_line_break_does_not_count(
    file: Path, mode: int, ending: str
) -> None:
    file.write_bytes(f" {CANARY}{ending}".encode())
    file.chmod(mode)
    assert headless_passphrase({FILE_VARIABLE: str(file)}) == Secret(f" {CANARY}")


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o601, 0o610, 0o700])
def test_a_file_that_is_open_to_others_is_refused(file: Path, mode: int) -> None:
    file.chmod(mode)
    text = refused({FILE_VARIABLE: str(file)})
    assert f"has mode {mode:04o}" in text
    assert "0600" in text


def test_both_ways_at_once_are_refused(file: Path) -> None:
    assert FILE_VARIABLE in refused({FILE_VARIABLE: str(file), VARIABLE: CANARY})


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no passphrase"),
        (b" \n", "no passphrase"),
        (b"\xff\xfe", "not UTF-8"),
        (b"x" * 5_000, "4096 bytes"),
    ],
)
def test_a_file_without_a_passphrase_is_refused(file: Path, content: bytes, reason: str) -> None:
    file.write_bytes(content)
    assert reason in refused({FILE_VARIABLE: str(file)})


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    assert "No such file" in refused({FILE_VARIABLE: str(tmp_path / "absent")})
    assert "no regular file" in refused({FILE_VARIABLE: str(tmp_path)})
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o600)
    assert "no regular file" in refused({FILE_VARIABLE: str(pipe)})


def test_a_link_counts_as_what_it_leads_to(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(file)
    assert headless_passphrase({FILE_VARIABLE: str(link)}) == Secret(CANARY)
    file.chmod(0o644)
    assert "0644" in refused({FILE_VARIABLE: str(link)})


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_another_user_is_refused(file: Path) -> None:
    os.chown(file, 12_345, -1)
    assert "another user" in refused({FILE_VARIABLE: str(file)})
