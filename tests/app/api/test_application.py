"""The API application as a whole."""

from starlette.testclient import TestClient

from app.api.application import create_api

API = TestClient(create_api())


def test_the_description_lists_health_with_both_answers() -> None:
    document = API.get("/openapi.json").json()
    assert set(document["paths"]["/health"]["get"]["responses"]) == {"200", "503"}


def test_no_page_loads_scripts_from_another_server() -> None:
    for path in ("/docs", "/redoc"):
        answer = API.get(path)
        assert answer.status_code == 404
        assert "cdn" not in answer.text
