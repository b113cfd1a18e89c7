"""Every error of the API has one shape: `{"error": {"code", "message", "details"}}`."""

import secrets
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from etrms_core.errors import EtrmsError

log = structlog.get_logger(__name__)


def error_response(
    status: HTTPStatus, message: str, *, details: object = None, code: str | None = None
) -> JSONResponse:
    """Build an error answer; its code is the status in words unless given."""
    words = code or status.name.lower()
    error: dict[str, Any] = {"code": words, "message": message, "details": details or {}}
    return JSONResponse({"error": error}, status_code=status)


def register_error_handlers(api: FastAPI) -> None:
    """Make every failure of the API answer in the one shape."""
    api.add_exception_handler(HTTPException, _refused)
    api.add_exception_handler(RequestValidationError, _malformed)
    api.add_exception_handler(EtrmsError, _not_possible)
    api.add_exception_handler(Exception, _failed)


def _refused(request: Request, error: Exception) -> JSONResponse:
    status = HTTPStatus(error.status_code if isinstance(error, HTTPException) else 500)
    if status is HTTPStatus.NOT_FOUND:
        return error_response(status, f"there is nothing at {request.url.path}")
    return error_response(status, str(getattr(error, "detail", status.phrase)))


def _malformed(_request: Request, error: Exception) -> JSONResponse:
    found = error.errors() if isinstance(error, RequestValidationError) else ()
    fields = [
        {"field": ".".join(map(str, each["loc"])), "message": each["msg"]}
        for each in jsonable_encoder(found)
    ]
    return error_response(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "the request does not fit",
        details={"fields": fields},
        code="malformed_request",
    )


def _not_possible(_request: Request, error: Exception) -> JSONResponse:
    return error_response(HTTPStatus.SERVICE_UNAVAILABLE, str(error))


def _failed(request: Request, error: Exception) -> JSONResponse:
    reference = secrets.token_hex(4)
    log.error("request failed", path=request.url.path, reference=reference, exc_info=error)
    return error_response(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "something unexpected happened",
        details={"reference": reference},
    )
