"""`GET health`: is anybody guarding the accounts."""

from datetime import datetime
from http import HTTPStatus

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from app import runtime
from app.api.documents import number
from etrms_core.errors import ConfigurationError
from etrms_core.services.alarms import AlarmCode
from etrms_core.services.desk_health import HealthStatus
from etrms_core.services.supervisor import Role

router = APIRouter(tags=["health"])


class AlarmDocument(BaseModel):
    """Something that a person must know of."""

    code: AlarmCode
    message: str
    since: datetime


class Health(BaseModel):
    """State of the monitor; ages are in seconds, null when nothing was read yet."""

    status: HealthStatus = Field(
        description="ok, degraded (a source is not fresh), or dead (nobody guards the accounts)"
    )
    monitor_age_seconds: float | None = Field(description="since the last cycle that succeeded")
    mode: str = Field(description="paper, or live when an account holds real money")
    sources: dict[str, float | None] = Field(description="age of each account's reading")
    role: Role = Field(
        default=Role.IDLE,
        description="active (this process guards), or standby (it takes over when that one ends)",
    )
    alarms: list[AlarmDocument] = Field(default=[], description="what is wrong right now")


NO_DESK = Health(status=HealthStatus.DEAD, monitor_age_seconds=None, mode="paper", sources={})


@router.get("/health", responses={503: {"model": Health, "description": "dead or stale"}})
async def health(response: Response) -> Health:
    """Answer 200 while the monitor runs, 503 when it is dead or its last cycle too long ago."""
    # async, since it waits for nothing: a thread pool that is full must not look like a dead desk.
    answer = _health()
    response.headers["Cache-Control"] = "no-store"
    if answer.status is HealthStatus.DEAD:
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    return answer


def _health() -> Health:
    try:
        found = runtime.desk().health()
    except ConfigurationError:
        return NO_DESK
    return Health(
        status=found.status,
        monitor_age_seconds=number(found.monitor_age_seconds),
        mode=found.mode,
        sources={name: number(age) for name, age in found.sources.items()},
        role=found.role,
        alarms=[
            AlarmDocument(code=alarm.code, message=alarm.message, since=alarm.since)
            for alarm in found.alarms
        ],
    )
