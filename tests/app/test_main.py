"""The ASGI application with its lifespan, over a desk on disk."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest
from starlette.testclient import TestClient

from app import runtime
from app.main import app, run_desk
from etrms_core.errors import ConfigurationError


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("ETRMS_HOME", str(tmp_path_factory.mktemp("home")))
        with TestClient(app, base_url="http://127.0.0.1:8501") as running:
            yield running


def test_the_desk_runs_before_any_browser(client: TestClient) -> None:
    deadline = monotonic() + 60.0
    while client.get("/api/v1/health").status_code != 200:
        assert monotonic() < deadline
        sleep(0.05)
    assert client.get("/api/v1/health").json()["mode"] == "paper"
    assert runtime.desk().state() is not None


def test_the_page_is_served_with_the_security_headers(client: TestClient) -> None:
    answer = client.get("/overview")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/typo", "/api/v1/typo", "/api/v2/health"])
def test_an_unknown_address_of_the_api_answers_in_json(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"


def test_an_unknown_host_is_refused(client: TestClient) -> None:
    assert client.get("/", headers={"host": "evil.test"}).status_code == 400


def test_a_desk_that_cannot_start_leaves_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "etrms.toml").write_text("[paper]\nspeeed = 1\n")
    monkeypatch.setenv("ETRMS_HOME", str(tmp_path))

    async def start() -> None:
        async with run_desk(app):
            pass

    with pytest.raises(ConfigurationError, match="speeed"):
        asyncio.run(start())
    error = runtime.start_error()
    runtime.set_start_error(None)
    assert error is not None
    assert "speeed" in str(error)
