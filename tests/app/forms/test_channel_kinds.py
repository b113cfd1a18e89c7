"""Services to choose from."""

import pytest

from app.forms.channel_kinds import KINDS, kind_of
from etrms_core.errors import ConfigurationError


def test_every_kind_says_where_to_find_what_it_asks_for() -> None:
    assert [kind.label for kind in KINDS][:5] == [
        "Telegram",
        "Discord",
        "Slack",
        "E-mail",
        "Webhook",
    ]
    for kind in KINDS:
        assert "http" not in kind.hint
        assert any(field.is_secret for field in kind.fields)


def test_nothing_typed_is_no_address() -> None:
    for kind in KINDS:
        assert kind.address({}) is None
        assert kind.address({field.name: field.default for field in kind.fields}) is None


def test_half_of_what_is_needed_is_refused() -> None:
    with pytest.raises(ConfigurationError):
        KINDS[0].address({"token": "123456789:abcdefg_hij-klmnop"})


def test_spaces_around_what_was_pasted_do_not_count() -> None:
    address = KINDS[0].address({"token": " 123456789:abcdefg_hij-klmnop\n", "chat": " 5 "})
    assert address is not None
    assert address.reveal() == "tgram://123456789:abcdefg_hij-klmnop/5"


def test_a_channel_finds_its_kind_again() -> None:
    assert kind_of("Telegram").label == "Telegram"
    assert kind_of("JSON").label == "Webhook"
    assert kind_of("E-Mail").label == "E-mail"
    assert kind_of("ntfy") is KINDS[-1]
