"""Whatever a provider says about an address, nothing of it is repeated."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etrms_core.adapters.notifications.scrubbing import scrubbed
from etrms_core.domain.secret import Secret

CANARY = "CANARY/d41d+8cd9"
ADDRESS = Secret(f"jsons://user:{quote(CANARY, safe='')}@hooks.example.com/a/t0kenValue?key=s3cret")


@pytest.mark.parametrize(
    "said",
    [
        f"cannot reach {ADDRESS.reveal()}",
        f"cannot reach https{ADDRESS.reveal().removeprefix('jsons')}",
        f"wrong password {CANARY}",
        f"wrong password {quote(CANARY, safe='')}",
        "no such hook: T0KENVALUE",
        "key=s3cret is unknown",
    ],
)
def test_neither_the_address_nor_a_part_of_it_is_left(said: str) -> None:
    left = scrubbed(said, ADDRESS).lower()
    assert not any(part in left for part in ("canary", "8cd9", "t0kenvalue", "s3cret"))


def test_the_reason_stays_on_one_short_line() -> None:
    assert scrubbed("error\n 401", ADDRESS) == "error 401"
    assert len(scrubbed("x y" * 1_000, ADDRESS)) == 200


@given(st.text("abcdefgXYZ0189-_", min_size=8, max_size=40), st.text(max_size=80))
def test_no_token_is_left_in_any_text(token: str, around: str) -> None:
    address = Secret(f"tgram://{token}/12345")
    assert token.lower() not in scrubbed(f"{around}{token}{around}", address).lower()
