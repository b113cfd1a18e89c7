"""Sending for real, to a web server on this machine."""

from collections.abc import Iterator
from time import monotonic

import pytest

from etrms_core.adapters.notifications.apprise_sender import AppriseSender
from etrms_core.domain.notifications import Severity
from etrms_core.domain.secret import Secret
from etrms_core.engine.notification_ports import Message
from etrms_core.errors import DataError
from tests.adapters.notifications.web_hook import WebHook, web_hook

CANARY = "CANARYd41d8cd98f00b204"
MESSAGE = Message(
    "PAPER CRITICAL: breaker 'Drawdown'",
    "Drawdown is <b>6 %</b> & more.\nLine 2.",
    Severity.CRITICAL,
)


@pytest.fixture
def hook() -> Iterator[WebHook]:
    with web_hook() as opened:
        yield opened


def address(hook: WebHook) -> Secret:
    return Secret(f"json://user:{CANARY}@{hook.host}/hook/{CANARY}")


def send(to: Secret, *, allows_private: bool = True, timeout_seconds: float = 20.0) -> None:
    AppriseSender(timeout_seconds=timeout_seconds).send(to, MESSAGE, allows_private=allows_private)


def test_a_message_arrives_whole(hook: WebHook) -> None:
    send(address(hook))
    (body,) = hook.bodies
    assert (body["title"], body["message"], body["type"]) == (
        MESSAGE.title,
        MESSAGE.text,
        "failure",
    )


def test_a_refusal_is_an_error_that_shows_nothing_of_the_address(hook: WebHook) -> None:
    hook.status = 401
    with pytest.raises(DataError, match="401") as caught:
        send(address(hook))
    assert CANARY not in repr(caught.value)
    assert caught.value.__cause__ is None


def test_a_provider_that_hangs_is_left_after_the_time_out(hook: WebHook) -> None:
    hook.hangs = True
    started = monotonic()
    with pytest.raises(DataError, match="no answer within 2 s"):
        send(address(hook), timeout_seconds=2.0)
    assert monotonic() - started < 4.0


def test_nothing_goes_to_a_private_address_that_is_not_allowed(hook: WebHook) -> None:
    with pytest.raises(DataError, match="private network"):
        send(Secret(f"jsons://{hook.host}/"), allows_private=False)
    assert hook.bodies == []


def test_a_redirect_to_another_private_address_is_not_followed(hook: WebHook) -> None:
    with web_hook("127.0.0.2") as inside:
        hook.redirect_to = f"http://{inside.host}/internal"
        # Even where the address itself asks for it.
        for asking in ("", "?redirect=yes"):
            with pytest.raises(DataError):
                send(Secret(f"{address(hook).reveal()}{asking}"))
        assert len(hook.bodies) == 2
        assert inside.bodies == []


def test_an_address_that_cannot_be_read_is_an_error_without_it() -> None:
    with pytest.raises(DataError) as caught:
        send(Secret(f"nonsense://{CANARY}"))
    assert CANARY not in str(caught.value)


def test_a_time_out_of_the_process_shows_nothing_of_the_address() -> None:
    with pytest.raises(DataError, match="no answer within") as caught:
        send(Secret(f"jsons://example.com/{CANARY}"), timeout_seconds=0.01)
    assert CANARY not in repr(caught.value)
    assert caught.value.__context__ is None


def test_reading_an_address_needs_no_process() -> None:
    reading = AppriseSender(resolve=lambda host: []).read_address(
        Secret(f"tgram://123456789:{CANARY}abcdefghijklmnop/12345"), allows_private=False
    )
    assert (reading.service, reading.masked) == ("Telegram", "tgram://...")
    assert CANARY not in repr(reading)
