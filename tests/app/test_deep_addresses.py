"""Addresses with several parts lead to the page Not found."""

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from app.deep_addresses import NOT_FOUND, DeepAddresses, is_deep


async def say_where(request: Request) -> PlainTextResponse:
    return PlainTextResponse(request.url.path)


CLIENT = TestClient(
    Starlette(routes=[Route("/{path:path}", say_where)], middleware=[Middleware(DeepAddresses)])
)


@pytest.mark.parametrize("path", ["/no/where", "/overview/more", "//a//b"])
def test_a_deep_address_is_led_to_not_found(path: str) -> None:
    answer = CLIENT.get(f"http://testserver{path}")
    assert answer.text == NOT_FOUND


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/overview",
        "/overview/",
        "/static/js/a.js",
        "/_stcore/health",
        "/api/v1/health",
        "/overview/_stcore/health",
    ],
)
def test_other_addresses_are_left_alone(path: str) -> None:
    assert not is_deep(path)
    assert CLIENT.get(path).text == path
