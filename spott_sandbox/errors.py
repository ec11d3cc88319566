"""Answers that refuse, with the error body that "Update client contact" shows."""

from http import HTTPStatus
from typing import cast

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response


def error_body(status: int, message: str, request_id: str) -> bytes:
    """Return the documented error body as JSON."""
    return msgspec.json.encode(
        {
            "status": status,
            "message": message,
            "requestId": request_id,
            "statusCode": status,
            "error": HTTPStatus(status).phrase,
        }
    )


def error_response(request: Request, error: Exception) -> Response:
    """Turn an `HTTPException` into an answer; for Starlette's `exception_handlers`, which fixes the types."""
    refusal = cast("HTTPException", error)
    body = error_body(refusal.status_code, refusal.detail, request.scope.get("spott.request_id", ""))
    return Response(body, refusal.status_code, media_type="application/json")


def bad_request(message: str) -> HTTPException:
    """Return the refusal of a wrong argument, to be raised."""
    return HTTPException(400, message)


def not_found(what: str) -> HTTPException:
    """Return the refusal of an id or path that does not exist, to be raised."""
    return HTTPException(404, f"{what} not found")


def bad_path() -> HTTPException:
    """Return the refusal of a path that leads nowhere, to be raised."""
    return HTTPException(404)
