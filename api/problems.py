"""Errors as RFC 9457 problems, each with a stable `type`; a table leads from our exceptions to them.

    StatusProblem
    ├── NotFound             404  no thing has that id; `near` lists ids like it
    ├── UnknownPath          404  the API has no such path
    ├── NotAcceptable        406  none of the formats that the client accepts can be served
    ├── TimedOut             408  the database took longer than a query may
    ├── Unwritable           409  the format cannot hold what is in the database; another can
    ├── Invalid              422  parameters or body; `errors` names each fault
    ├── DatabaseFailed       500  the database refused what the API asked of it
    ├── InternalError        500  a fault of this program
    ├── DatabaseChanged      503  the database changed while it was read; the same request may succeed
    └── DatabaseUnavailable  503  the database does not answer; it may again soon

Other statuses that the framework gives (405, 413 …) are called by their phrase in RFC 9110.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi_problem.error import Problem, StatusProblem
from fastapi_problem.handler import ExceptionHandler, new_exception_handler
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.typing import FilteringBoundLogger

from graph.errors import ChangedError, DatabaseError, QueryTimeout, Unavailable, UnwritableError

TYPES = "https://w3id.org/belgraph/problem/{type}"
MEDIA_TYPE = "application/problem+json"

NO_SUCH_PARAMETER = "there is no such parameter"

_MOST = 20  # faults listed
_LONGEST = 200  # characters repeated of what the client sent


class NotFound(StatusProblem):
    """No thing of that kind has that id."""

    type_ = "not-found"
    title = "Not found"
    status = 404

    def __init__(self, detail: str, near: Sequence[str] = ()) -> None:
        hint = f"; near it: {', '.join(near)}" if near else ""
        super().__init__(f"{detail}{hint}", near=list(near))


class UnknownPath(StatusProblem):
    """The API has no such path."""

    type_ = "unknown-path"
    title = "No such path"
    status = 404


class NotAcceptable(StatusProblem):
    """None of the formats that the client accepts can be served."""

    type_ = "not-acceptable"
    title = "Not acceptable"
    status = 406


class TimedOut(StatusProblem):
    """The database took longer than a query may."""

    type_ = "query-timeout"
    title = "The query took too long"
    status = 408


class Unwritable(StatusProblem):
    """The format cannot hold what is in the database; another can."""

    type_ = "unwritable"
    title = "Not writable in this format"
    status = 409


class Invalid(StatusProblem):
    """Parameters or the body are not as they must be; a fault is the way to its place, and what is wrong there."""

    type_ = "invalid-parameters"
    title = "Invalid parameters"
    status = 422

    def __init__(self, *faults: tuple[Sequence[str | int], str]) -> None:
        errors = [{"loc": [short(str(part)) for part in place], "msg": short(told)} for place, told in faults[:_MOST]]
        super().__init__("; ".join(f"{each['loc'][-1]}: {each['msg']}" for each in errors), errors=errors)


class DatabaseFailed(StatusProblem):
    """The database refused what the API asked of it."""

    type_ = "database-error"
    title = "The database refused the query"
    status = 500


class InternalError(StatusProblem):
    """A fault of this program."""

    type_ = "internal-error"
    title = "Internal error"
    status = 500


class DatabaseChanged(StatusProblem):
    """The database changed while it was read, and the answer would have been of no one time."""

    type_ = "database-changed"
    title = "The database changed meanwhile"
    status = 503

    def __init__(self, detail: str) -> None:
        super().__init__(detail, headers={"Retry-After": "2"})


class DatabaseUnavailable(StatusProblem):
    """The database does not answer; the same request may succeed soon."""

    type_ = "database-unavailable"
    title = "The database is unavailable"
    status = 503

    def __init__(self, detail: str) -> None:
        super().__init__(detail, headers={"Retry-After": "2"})


_OURS: Mapping[type[Exception], type[StatusProblem]] = {
    Unavailable: DatabaseUnavailable,
    ChangedError: DatabaseChanged,
    UnwritableError: Unwritable,
    QueryTimeout: TimedOut,
    DatabaseError: DatabaseFailed,
}


def install(app: FastAPI) -> None:
    """Turn every error of the application into a problem."""
    handler = new_exception_handler(
        handlers=dict.fromkeys(_OURS, _of_ours),
        http_exception_handler=_of_http,
        request_validation_handler=_of_validation,
        documentation_uri_template=TYPES,
    )
    for error in (*_OURS, Problem, HTTPException, RequestValidationError):
        app.add_exception_handler(error, handler)


def response(problem: Problem) -> Response:
    """A problem as a response, for middleware that stands outside the application's handlers."""
    return JSONResponse(problem.marshal(uri=TYPES), problem.status, problem.headers, media_type=MEDIA_TYPE)


def short(text: str) -> str:
    """A text that a client may have sent, cut to what a message can hold."""
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


class LastResort:
    """ASGI middleware that answers what no handler did: a 500 problem that tells nothing, and a traceback in the log.

    It stands inside the other middlewares, so that this answer too has its headers from them.
    """

    def __init__(self, app: ASGIApp, log: FilteringBoundLogger) -> None:
        self._app = app
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; once an answer has begun, an error can only cut it off."""
        begun = False

        async def watch(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except Exception:
            if begun or scope["type"] != "http":
                raise
            self._log.exception("internal error")
            detail = "This is a fault of belgraph; its log has more under the id in X-Request-ID."
            await response(InternalError(detail))(scope, receive, send)


def _of_ours(_: ExceptionHandler, __: Request, error: Exception) -> Problem:
    problem = next(problem for kind, problem in _OURS.items() if isinstance(error, kind))
    return problem(str(error))


def _of_http(_: ExceptionHandler, request: Request, error: HTTPException) -> Problem:
    if error.status_code == HTTPStatus.NOT_FOUND:
        return UnknownPath(f"there is nothing at {short(request.scope['path'])}; see /docs")
    status = HTTPStatus(error.status_code)
    phrase = _PHRASES.get(status, status.phrase)
    type_ = phrase.lower().replace(" ", "-")
    detail = error.detail if error.detail != status.phrase else status.description
    headers = dict(error.headers or {})
    if "Allow" in headers:
        headers["Allow"] = _allowed(request, headers["Allow"])
    return Problem(phrase, type_, detail, status, headers)


def _allowed(request: Request, told: str) -> str:
    """All methods of a path: the framework tells those of its first route only."""
    described = request.app.openapi()["paths"].get(request.scope["route"].path, {})
    methods = {*told.split(", "), *(method.upper() for method in described)}
    return ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))  # see api/head.py


_PHRASES = {413: "Content Too Large", 422: "Unprocessable Content"}
"""Those of RFC 9110 that Python before 3.13 calls by older names: a type must not depend on who runs us."""


def _of_validation(_: ExceptionHandler, __: Request, error: RequestValidationError) -> Problem:
    return Invalid(*map(_fault, error.errors()))


def _fault(error: Mapping[str, Any]) -> tuple[Sequence[str | int], str]:
    """Place and message; not the input, which can be large, nor what else the validator tells."""
    place = error["loc"][:2] if error["loc"][0] != "body" else error["loc"]
    if error["type"] == "extra_forbidden":
        return place, NO_SUCH_PARAMETER
    if error["type"] == "json_invalid":
        return ("body",), f"not JSON at character {error['loc'][1]}: {error['ctx']['error']}"
    if error["type"] == "value_error":  # raised by our own validators
        return place, str(error["ctx"]["error"])
    return place, error["msg"]
