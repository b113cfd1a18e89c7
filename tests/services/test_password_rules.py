"""Weak passwords are refused with the reason."""

import pytest

from etrms_core.errors import ConfigurationError
from etrms_core.services.password_rules import check_password


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("", "is empty"),
        ("            ", "is empty"),
        ("k9#vLq2!z", "has 9 characters, needs at least 10"),
        ("anchor velvet comet " * 4, "has 80 bytes, of which only 72"),
        ("\u00e4\u00f6" * 19, "has 76 bytes"),
        ("violin GraceHopper oak", "contains your name"),
        ("violin glacier ETRMS oak", "contains the word etrms"),
        ("password12345", "common password, word or name"),
        ("qwertyuiopasdf", "too easy to guess"),
        ("aaaaaaaaaaaaaaaa", "repeats itself"),
        ("abcdefghijklm", "counts or spells in order"),
    ],
)
def test_a_weak_password_is_refused_with_the_reason(password: str, reason: str) -> None:
    with pytest.raises(ConfigurationError, match=reason) as refused:
        check_password(password, name="gracehopper")
    assert refused.value.field == "password"
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "password",
    [
        "anchor velvet comet ladder",
        "k9#vLq2!zz",
        "\u00fcber Wiesen f\u00e4hrt kein Zug",
        "x" * 5 + "kQ9 v7!aP",
    ],
)
def test_a_good_password_is_taken(password: str) -> None:
    check_password(password, name="gracehopper")


def test_a_name_of_two_letters_may_lie_inside_by_chance() -> None:
    check_password("anchor velvet comet ladder", name="an")
