"""First run and login as a page shows them."""

import re
from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from app import runtime
from app.login_form import LABELS
from app.login_gate import NAME_HELP
from etrms_core.adapters.passwords import BcryptHasher
from etrms_core.services.desk import Desk
from etrms_core.services.sign_in import SessionEnd
from tests.app.desks import make_desk, sign_in_everybody
from tests.app.web_entrance import NAME, PASSWORD, owned_desk

OTHER = "pepper glacier violin oak"


def page() -> None:
    import streamlit as st  # noqa: PLC0415  the function's source is the script

    from app.login_gate import log_out_button, require_owner  # noqa: PLC0415

    owner = require_owner().owner
    log_out_button()
    st.write(f"the figures of {owner.name}")


@pytest.fixture
def desk() -> Iterator[Desk]:
    with owned_desk() as made:
        yield made


@pytest.fixture
def new_desk() -> Iterator[Desk]:
    made = make_desk(is_signed_in=False)
    runtime.set_desk(made)
    yield made
    runtime.set_desk(None)


def show() -> AppTest:
    shown = AppTest.from_function(page, default_timeout=30).run()
    assert not shown.exception
    return shown


def log_in(shown: AppTest, name: str, password: str) -> AppTest:
    shown.text_input[0].set_value(name)
    shown.text_input[1].set_value(password)
    shown.button[0].click().run()
    assert not shown.exception
    return shown


def typed_by(shown: AppTest) -> list[str]:
    return [each.label for each in (*shown.text_input, *shown.selectbox, *shown.button)]


def html_of(shown: AppTest) -> str:
    return "".join(each.proto.body for each in shown.get("html"))


@pytest.mark.usefixtures("desk")
def test_a_stranger_sees_the_login_and_nothing_else() -> None:
    shown = show()
    assert typed_by(shown) == ["Username", "Password", "Log in"]
    assert [each.value for each in shown.markdown] == [NAME_HELP]
    assert shown.header[0].value == "Log in"
    assert [each.value for each in (*shown.info, *shown.error)] == []


def test_the_right_password_leads_through_the_cookie_to_the_same_page(desk: Desk) -> None:
    shown = log_in(show(), NAME, PASSWORD)
    assert "the figures" not in str(shown)
    found = re.search(r'location\.replace\("([^"]+)"\)', html_of(shown))
    assert found is not None
    ticket = re.fullmatch(r"/auth/accept\?ticket=([\w-]+)&next=%2F", found[1])
    assert ticket is not None
    assert f'<a href="{found[1].replace("&", "&amp;")}">' in html_of(shown)
    assert desk.sign_in.accept(ticket[1]) is not None


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize(("name", "password"), [(NAME, OTHER), ("bob", PASSWORD), ("", "")])
def test_a_wrong_password_says_no_more_than_that(name: str, password: str) -> None:
    shown = log_in(show(), name, password)
    assert [each.value for each in shown.error] == ["Username or password is wrong."]
    assert html_of(shown) == ""


@pytest.mark.usefixtures("desk")
def test_who_must_wait_is_told_how_long() -> None:
    shown = show()
    told = [log_in(shown, NAME, OTHER).error[0].value for _ in range(5)]
    assert told[4] == ("Username or password is wrong. That was one too many: try again in 30 s.")
    waiting = log_in(shown, NAME, PASSWORD).error[0].value
    assert re.fullmatch(r"Too many wrong passwords\. Try again in (29|30) s\.", waiting)
    assert html_of(shown) == ""


@pytest.mark.parametrize(
    ("end", "sentence"),
    [
        (SessionEnd.IDLE, "after 30 minutes without use"),
        (SessionEnd.EXPIRED, "after 12 hours"),
        (SessionEnd.PASSWORD_CHANGED, "The password was changed"),
        (SessionEnd.UNKNOWN, "You are logged out"),
    ],
)
def test_a_session_that_ended_says_why(desk: Desk, end: SessionEnd, sentence: str) -> None:
    sign_in_everybody(desk).end = end
    shown = show()
    assert sentence in shown.info[0].value
    assert typed_by(shown) == ["Username", "Password", "Log in"]


def test_the_owner_sees_the_page_until_the_session_ends(desk: Desk) -> None:
    door = sign_in_everybody(desk)
    shown = show()
    assert [each.value for each in shown.markdown] == ["the figures of ada"]
    assert '<form method="post" action="/auth/logout"' in html_of(shown)
    door.end = SessionEnd.UNKNOWN
    shown.run()
    assert [each.value for each in shown.markdown] == [NAME_HELP]


def code_from(capsys: pytest.CaptureFixture[str]) -> str:
    from app.login_gate import _CODE  # noqa: PLC0415  it is told once per process

    capsys.readouterr()
    return _CODE._code


def fill_first_run(shown: AppTest, *, code: str, name: str = "ada", repeated: str = "") -> AppTest:
    for field, value in zip(
        shown.text_input, (name, PASSWORD, repeated or PASSWORD, code), strict=True
    ):
        field.set_value(value)
    shown.selectbox[0].set_value("Asia/Tokyo")
    shown.button[0].click().run()
    assert not shown.exception
    return shown


def test_the_first_run_makes_the_owner_and_keeps_the_time_zone(
    new_desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = show()
    assert typed_by(shown) == [
        "Your name",
        "Password",
        "Repeat password",
        "Code from the console",
        "Time zone",
        "Create account",
    ]
    assert shown.selectbox[0].value == "UTC"
    fill_first_run(shown, code=code_from(capsys))
    assert new_desk.owner.name == "ada"
    assert new_desk.preferences.current().time_zone == "Asia/Tokyo"
    assert "/auth/accept?ticket=" in html_of(shown)
    assert typed_by(show()) == ["Username", "Password", "Log in"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"repeated": OTHER}, "The two passwords are not the same."),
        ({"name": " "}, "Your name is empty"),
        ({"code": "0" * 16}, "That is not the code."),
    ],
)
def test_what_is_wrong_with_an_account_is_told(
    new_desk: Desk,
    capsys: pytest.CaptureFixture[str],
    changes: dict[str, str],
    sentence: str,
) -> None:
    shown = fill_first_run(show(), **{"code": code_from(capsys), **changes})
    assert shown.error[0].value.startswith(sentence)
    assert not new_desk.owner.exists


def test_an_owner_made_meanwhile_is_not_replaced(
    new_desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    shown, code = show(), code_from(capsys)
    new_desk.owner.create("eve", OTHER)
    shown.run()
    assert typed_by(shown) == ["Username", "Password", "Log in"]
    assert code
    assert new_desk.owner.name == "eve"


def test_the_hashes_are_those_of_the_library() -> None:
    from streamlit_authenticator import Hasher  # noqa: PLC0415  slow

    hasher = BcryptHasher(cost=4)
    assert Hasher.check_pw(PASSWORD, hasher.hash_password(PASSWORD))
    assert hasher.matches(PASSWORD, Hasher.hash(PASSWORD))
    assert Hasher.is_hash(hasher.hash_password(PASSWORD))


def test_the_labels_are_those_of_the_public_interface() -> None:
    assert [LABELS[each] for each in ("Username", "Password", "Login")] == [
        "Username",
        "Password",
        "Log in",
    ]
