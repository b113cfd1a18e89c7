"""How a browser gets its session and gives it back."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from app.authentication_routes import accept_address, own_path
from etrms_core.engine.sign_in_ports import WebSession
from etrms_core.services.desk import Desk
from tests.app.web_entrance import ORIGIN, client, owned_desk, sign_in, ticket_of


@pytest.fixture
def desk() -> Iterator[Desk]:
    with owned_desk() as made:
        yield made


def test_a_ticket_becomes_a_cookie_and_leads_to_the_page(desk: Desk) -> None:
    browser = client()
    answer = browser.get(accept_address(ticket_of(desk), "/overview?account=main"))
    assert answer.status_code == 303
    assert answer.headers["location"] == "/overview?account=main"
    assert answer.headers["cache-control"] == "no-store"
    assert "secure" not in answer.headers["set-cookie"].lower()
    session_id = browser.cookies["etrms_test"]
    assert isinstance(desk.sign_in.look_up(session_id), WebSession)
    assert session_id not in answer.headers["location"]


def test_over_tls_the_cookie_never_goes_out_in_clear(desk: Desk) -> None:
    answer = client("https://localhost").get(accept_address(ticket_of(desk), "/"))
    assert "secure" in answer.headers["set-cookie"].lower()


def test_a_ticket_that_was_used_leads_to_the_page_without_a_session(desk: Desk) -> None:
    address = accept_address(ticket_of(desk), "/overview")
    client().get(address)
    for again in (address, "/auth/accept?ticket=invented&next=/overview", "/auth/accept"):
        answer = client().get(again)
        assert answer.status_code == 303
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "path",
    [
        "//evil.test",
        "https://evil.test",
        "javascript:alert(1)",
        "\\\\evil.test",
        "/\\evil.test",
        "/overview\\..",
        "/\t/evil.test",
        "/a\r\nSet-Cookie: x=y",
        "overview",
        "",
        "/" + "x" * 2_000,
    ],
)
def test_nobody_is_led_to_another_server(desk: Desk, path: str) -> None:
    answer = client().get(accept_address(ticket_of(desk), path))
    assert answer.headers["location"] == "/"


@pytest.mark.parametrize("path", ["/", "/overview", "/overview?a=b&c=%20", "/x//y"])
def test_a_path_of_our_own_is_kept(path: str) -> None:
    assert own_path(path) == path
    query = parse_qs(urlsplit(accept_address("t", path)).query)
    assert query == {"ticket": ["t"], "next": [path]}


def test_logging_out_ends_the_session_and_clears_the_cookie(desk: Desk) -> None:
    browser = client()
    sign_in(browser, desk)
    copied = browser.cookies["etrms_test"]
    answer = browser.post("/auth/logout", headers={"origin": ORIGIN})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "etrms_test" not in browser.cookies
    assert not isinstance(desk.sign_in.look_up(copied), WebSession)


@pytest.mark.parametrize(
    "origin",
    ["http://evil.test", "null", "", "http://localhost", "http://localhost:8501.evil.test", "//["],
)
def test_another_site_cannot_log_out(desk: Desk, origin: str) -> None:
    browser = client()
    sign_in(browser, desk)
    answer = browser.post("/auth/logout", headers={"origin": origin})
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "foreign_origin"
    assert len(desk.sign_in.sessions()) == 1


def test_a_link_cannot_log_out(desk: Desk) -> None:
    browser = client()
    sign_in(browser, desk)
    browser.get("/auth/logout")
    assert browser.post("/auth/logout").status_code == 403
    assert len(desk.sign_in.sessions()) == 1


def test_logging_out_twice_is_no_failure(desk: Desk) -> None:
    assert desk.owner.exists
    answer = client().post("/auth/logout", headers={"origin": ORIGIN})
    assert answer.status_code == 303
