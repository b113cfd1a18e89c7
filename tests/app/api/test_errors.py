"""What the API answers when something goes wrong."""

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.api.errors import register_error_handlers
from etrms_core.errors import StorageError


@pytest.fixture
def api() -> TestClient:
    application = FastAPI()
    register_error_handlers(application)

    @application.get("/number/{value}")
    def number(value: int) -> int:
        return value

    @application.get("/storage")
    def storage() -> None:
        raise StorageError("the disk is full")

    @application.get("/bug")
    def bug() -> None:
        raise RuntimeError("secret detail")

    return TestClient(application, raise_server_exceptions=False)


def test_an_unknown_address_is_an_error_in_the_one_shape(api: TestClient) -> None:
    answer = api.get("/typo")
    assert answer.status_code == 404
    assert answer.json() == {
        "error": {"code": "not_found", "message": "there is nothing at /typo", "details": {}}
    }


def test_a_method_that_is_not_served_is_refused(api: TestClient) -> None:
    answer = api.post("/storage")
    assert answer.status_code == 405
    assert answer.json()["error"]["code"] == "method_not_allowed"


def test_a_malformed_request_names_the_field(api: TestClient) -> None:
    answer = api.get("/number/ten")
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert error["code"] == "malformed_request"
    assert error["details"]["fields"][0]["field"] == "path.value"


def test_an_error_of_ours_tells_its_message(api: TestClient) -> None:
    answer = api.get("/storage")
    assert answer.status_code == 503
    assert answer.json()["error"]["message"] == "the disk is full"


def test_a_bug_tells_a_reference_and_nothing_else(api: TestClient) -> None:
    answer = api.get("/bug")
    assert answer.status_code == 500
    assert "secret detail" not in answer.text
    assert len(answer.json()["error"]["details"]["reference"]) == 8
