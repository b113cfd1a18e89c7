"""The health answer over desks in every state."""

from collections.abc import Iterator
from datetime import UTC, datetime
from math import inf, nan
from time import sleep

import pytest
from starlette.testclient import TestClient

from app import runtime
from app.api.application import create_api
from etrms_core.domain.account import AccountState
from etrms_core.domain.policy import RiskPolicy
from etrms_core.services.alarms import AlarmCode
from etrms_core.services.desk import Desk
from etrms_core.services.desk_health import DeskHealth, HealthStatus
from etrms_core.services.supervisor import Role
from tests.app.desks import busy_account, make_desk, wait_for_status


@pytest.fixture
def api() -> TestClient:
    return TestClient(create_api())


@pytest.fixture
def running() -> Iterator[list[Desk]]:
    desks: list[Desk] = []
    yield desks
    runtime.set_desk(None)
    for desk in desks:
        desk.close()


def run(running: list[Desk], desk: Desk) -> Desk:
    running.append(desk)
    runtime.set_desk(desk)
    desk.start()
    return desk


def test_a_guarded_desk_is_ok(api: TestClient, running: list[Desk]) -> None:
    wait_for_status(run(running, make_desk()), HealthStatus.OK)
    answer = api.get("/health")
    document = answer.json()
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert set(document) == {"status", "monitor_age_seconds", "mode", "sources", "role", "alarms"}
    assert (document["status"], document["mode"]) == ("ok", "paper")
    assert 0.0 <= document["monitor_age_seconds"] < 10.0
    assert 0.0 <= document["sources"]["main"] < 10.0


def test_a_source_that_does_not_answer_degrades_the_desk(
    api: TestClient, running: list[Desk]
) -> None:
    wait_for_status(run(running, make_desk(lambda _now: None)), HealthStatus.DEGRADED)
    answer = api.get("/health")
    assert answer.status_code == 200
    assert answer.json()["status"] == "degraded"
    assert answer.json()["sources"] == {"main": None}


def test_a_stopped_monitor_is_dead(api: TestClient, running: list[Desk]) -> None:
    desk = run(running, make_desk())
    wait_for_status(desk, HealthStatus.OK)
    desk.close()
    answer = api.get("/health")
    assert (answer.status_code, answer.json()["status"]) == (503, "dead")


def test_a_monitor_that_is_late_is_dead(api: TestClient, running: list[Desk]) -> None:
    policy = RiskPolicy(stale_after_seconds=0.2)
    desk = run(running, make_desk(policy=policy, interval_seconds=60.0))
    wait_for_status(desk, HealthStatus.OK)
    sleep(0.3)
    answer = api.get("/health")
    assert (answer.status_code, answer.json()["status"]) == (503, "dead")
    assert answer.json()["monitor_age_seconds"] > 0.2


def test_before_the_first_cycle_nobody_guards(api: TestClient) -> None:
    runtime.set_desk(make_desk())
    answer = api.get("/health")
    runtime.set_desk(None)
    assert (answer.status_code, answer.json()["monitor_age_seconds"]) == (503, None)


def test_without_a_desk_it_still_answers(api: TestClient) -> None:
    runtime.set_desk(None)
    answer = api.get("/health")
    assert answer.status_code == 503
    assert answer.json() == {
        "status": "dead",
        "monitor_age_seconds": None,
        "mode": "paper",
        "sources": {},
        "role": "idle",
        "alarms": [],
    }


@pytest.mark.parametrize("age", [inf, nan])
def test_what_json_cannot_write_is_null(api: TestClient, age: float) -> None:
    desk = make_desk()
    found = DeskHealth(HealthStatus.DEGRADED, age, "paper", {"main": age})
    desk.health = lambda: found  # type: ignore[method-assign]
    runtime.set_desk(desk)
    document = api.get("/health").json()
    runtime.set_desk(None)
    assert document["monitor_age_seconds"] is None
    assert document["sources"] == {"main": None}


def test_a_venue_that_goes_silent_degrades_the_desk_once_its_reading_is_stale(
    api: TestClient, running: list[Desk]
) -> None:
    shows = [busy_account(datetime.now(UTC))]

    def once(_now: datetime) -> AccountState | None:
        return shows.pop() if shows else None

    desk = run(running, make_desk(once, policy=RiskPolicy(stale_after_seconds=1.0)))
    wait_for_status(desk, HealthStatus.OK)
    wait_for_status(desk, HealthStatus.DEGRADED)
    answer = api.get("/health")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert answer.json()["sources"]["main"] > 1.0


def test_it_names_every_alarm_and_one_of_the_monitor_is_dead(
    api: TestClient, running: list[Desk]
) -> None:
    desk = run(running, make_desk())
    wait_for_status(desk, HealthStatus.OK)
    desk.alarm_board.sound(AlarmCode.HEARTBEAT_FAILED, "nobody hears us")
    answer = api.get("/health")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    (alarm,) = answer.json()["alarms"]
    assert (alarm["code"], alarm["message"]) == ("heartbeat_failed", "nobody hears us")
    assert alarm["since"].endswith(("Z", "+00:00"))
    desk.health = lambda: DeskHealth(  # type: ignore[method-assign]
        HealthStatus.DEAD, 1.0, "paper", {}, Role.STANDBY, desk.alarms()
    )
    answer = api.get("/health")
    assert (answer.status_code, answer.json()["role"]) == (503, "standby")


def test_the_process_that_acts_says_so(api: TestClient, running: list[Desk]) -> None:
    wait_for_status(run(running, make_desk()), HealthStatus.OK)
    assert api.get("/health").json()["role"] == "active"
