"""The API application, mounted below `/api/v1`."""

from importlib.metadata import version

from fastapi import FastAPI

from app.api import health
from app.api.errors import register_error_handlers


def create_api() -> FastAPI:
    """Build the API.

    Its own lifespan does not run when mounted. The interactive documentation is off: its page
    loads scripts from other servers; the description itself is at `openapi.json`.
    """
    api = FastAPI(
        title="ETRMS",
        version=version("etrms"),
        description="The risk desk of one crypto-futures trader.",
        docs_url=None,
        redoc_url=None,
    )
    api.include_router(health.router)
    register_error_handlers(api)
    return api
