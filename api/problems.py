"""Errors as RFC 9457 problems: one table from our errors to a status and a stable type."""

from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI
from fastapi_problem.error import NotFoundProblem, Problem
from fastapi_problem.handler import ExceptionHandler, add_exception_handler, new_exception_handler
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from graph.errors import DatabaseError, Unavailable

TYPES = "https://w3id.org/belgraph/problem/{type}"

_OURS: Mapping[type[Exception], tuple[int, str, str]] = {
    Unavailable: (503, "database-unavailable", "The database is unavailable"),
    DatabaseError: (500, "database-error", "The database refused the query"),
}


class NotFound(NotFoundProblem):
    """No thing of that kind has that id."""

    type_ = "not-found"
    title = "Not found"


def install(app: FastAPI) -> None:
    """Turn every error of the application into a problem."""
    problems = new_exception_handler(handlers=dict.fromkeys(_OURS, _handle), documentation_uri_template=TYPES)
    add_exception_handler(app, problems, generic_swagger_defaults=False)
    for error in _OURS:
        app.add_exception_handler(error, problems)


def response(status: int, title: str, type_: str, detail: str) -> Response:
    """A problem as a response, for middleware that stands outside the application's handlers."""
    body = {"type": TYPES.format(type=type_), "title": title, "status": status, "detail": detail}
    return JSONResponse(body, HTTPStatus(status), media_type="application/problem+json")


def _handle(_: ExceptionHandler, __: Request, error: Exception) -> Problem:
    status, type_, title = _OURS[type(error)]
    headers = {"Retry-After": "2"} if status == HTTPStatus.SERVICE_UNAVAILABLE else None
    return Problem(title, type_=type_, detail=str(error), status=status, headers=headers)
