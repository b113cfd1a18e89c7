"""The owner's password, asked for again."""

from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from app import runtime
from app.components.password_check import password_is_right
from etrms_core.services.desk import Desk
from tests.app.web_entrance import PASSWORD, owned_desk


def page() -> None:
    import streamlit as st  # noqa: PLC0415  the script

    from app.components.password_check import password_is_right  # noqa: PLC0415

    if password_is_right(st.session_state["typed"]):
        st.success("right")


@pytest.fixture
def desk() -> Iterator[Desk]:
    with owned_desk() as made:
        yield made


def ask(typed: str) -> AppTest:
    shown = AppTest.from_function(page, default_timeout=30)
    shown.session_state["typed"] = typed
    return shown.run()


def test_the_right_password_is_right(desk: Desk) -> None:
    assert runtime.desk() is desk
    shown = ask(PASSWORD)
    assert (len(shown.success), len(shown.error)) == (1, 0)


@pytest.mark.parametrize("typed", ["", PASSWORD.upper(), f"{PASSWORD} ", "<b>x</b>"])
def test_any_other_changes_nothing(desk: Desk, typed: str) -> None:
    shown = ask(typed)
    assert (len(shown.success), len(shown.error)) == (0, 1)
    assert shown.error[0].value == "Nothing is changed. The password is wrong."
    assert desk.owner.exists


def test_it_is_throttled_like_the_login(desk: Desk) -> None:
    for _ in range(5):
        ask("wrong")
    assert "Try again in" in ask(PASSWORD).error[0].value
    assert callable(password_is_right)
    assert desk.events(kinds=["login_throttled"])
