"""The code for a first run from far away."""

import pytest

from app.first_run_code import FirstRunCode, is_on_this_machine


def test_the_console_tells_it_once(capsys: pytest.CaptureFixture[str]) -> None:
    code = FirstRunCode()
    for _ in range(3):
        code.tell()
    (line,) = capsys.readouterr().out.splitlines()
    told = line.removeprefix("ETRMS first-run code: ")
    assert len(told) == 16
    assert code.fits(told)
    assert code.fits(f" {told.upper()} ")


@pytest.mark.parametrize("typed", ["", "0" * 16, "\ud800", "x" * 10_000])
def test_anything_else_does_not_fit(typed: str) -> None:
    assert not FirstRunCode().fits(typed)


def test_every_process_has_another() -> None:
    assert FirstRunCode()._code != FirstRunCode()._code


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
@pytest.mark.parametrize("address", [None, "127.0.0.1", "::1"])
def test_a_browser_beside_the_desk_is_told_apart(host: str, address: str | None) -> None:
    assert is_on_this_machine(host, address, {"user-agent": "x"})


@pytest.mark.parametrize(
    ("host", "address", "headers"),
    [
        (None, None, {}),
        ("desk.lan", None, {}),
        ("192.168.1.5", "192.168.1.9", {}),
        ("localhost", "192.168.1.9", {}),
        ("localhost", "nonsense", {}),
        ("localhost", None, {"x-forwarded-for": "127.0.0.1"}),
        ("localhost", None, {"forwarded": "for=127.0.0.1"}),
        ("localhost", None, {"x-real-ip": "127.0.0.1"}),
        ("localhost", None, {"x-forwarded-host": "localhost"}),
    ],
)
def test_any_sign_of_another_machine_asks_for_the_code(
    host: str | None, address: str | None, headers: dict[str, str]
) -> None:
    assert not is_on_this_machine(host, address, headers)
