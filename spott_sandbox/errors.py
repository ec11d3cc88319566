"""Error responses in the format that "Update client contact" documents."""

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
    """Convert an `HTTPException` to a response. Starlette's `exception_handlers` determines the signature."""
    http_error = cast("HTTPException", error)
    body = error_body(http_error.status_code, http_error.detail, request.scope.get("spott.request_id", ""))
    return Response(body, http_error.status_code, media_type="application/json")


def bad_request(message: str) -> HTTPException:
    """Create the error for an invalid argument (400)."""
    return HTTPException(400, message)


def not_found(record_name: str) -> HTTPException:
    """Create the error for an unknown ID (404)."""
    return HTTPException(404, f"{record_name} not found")


def unknown_path() -> HTTPException:
    """Create the error for a path without an endpoint (404)."""
    return HTTPException(404)
