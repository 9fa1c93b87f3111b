"""What the API's description (OpenAPI) says of answers: their formats, an example of each, and the problems."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi_problem.error import StatusProblem
from pydantic import BaseModel

from api.negotiation import CSV, JSON, NDJSON
from api.problems import (
    MEDIA_TYPE,
    TYPES,
    DatabaseUnavailable,
    InternalError,
    Invalid,
    NotAcceptable,
    TimedOut,
)
from api.tables import encoded

Responses = dict[int | str, dict[str, Any]]

_SCHEMA: Mapping[str, Any] = {"schema": {"$ref": "#/components/schemas/Problem"}}
_PROBLEM: Mapping[str, Any] = {
    "type": "object",
    "title": "Problem",
    "description": "Problem details (RFC 9457).",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "format": "uri", "description": "Stays the same; the rest is for people."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "description": "What is wrong with the parameters.",
            "items": {
                "type": "object",
                "required": ["loc", "msg"],
                "properties": {
                    "loc": {
                        "type": "array",
                        "description": "Where: query, path, header or body, then the name of the parameter.",
                        "items": {"type": "string"},
                    },
                    "msg": {"type": "string"},
                },
            },
        },
        "near": {
            "type": "array",
            "description": "Ids like the one that nothing has; none for statements, whose ids are hashes.",
            "items": {"type": "string"},
        },
    },
}


def one(example: Any, *problems: type[StatusProblem]) -> Responses:
    """Answers of an operation that gives one thing."""
    return {200: {"content": {JSON: {"example": example}}}, **problems_of(*problems)}


def page_of(item: type[BaseModel], example: Any, *problems: type[StatusProblem], **more: Any) -> Responses:
    """Answers of an operation that lists things; `more` is what its JSON has beside `items` and `next`."""
    content: dict[str, Any] = {JSON: {"example": {"items": [example], "next": None, **more}}}
    for media in (CSV, NDJSON):
        content[media] = {"schema": {"type": "string"}, "example": encoded(media, item, [example], header=True)}
    link = {"description": 'The next page, `rel="next"` (RFC 8288).', "schema": {"type": "string"}}
    return {200: {"content": content, "headers": {"Link": link}}, **problems_of(*problems)}


def forms(*media: str, problems: Iterable[type[StatusProblem]] = ()) -> Responses:
    """Answers of an operation that gives one thing in several formats, the preferred one first."""
    content = {each: {"schema": written_in(each)} for each in media}
    link = {"description": "Its other forms, what it is about, its licence (RFC 8288).", "schema": {"type": "string"}}
    return {200: {"content": content, "headers": {"Link": link}}, **reading_problems(*problems)}


def written_in(media: str) -> dict[str, Any]:
    """The schema of an answer that is a text, or of one that clients read as JSON."""
    return {"type": ["array", "object"] if media.endswith("+json") else "string"}


def reading_problems(*problems: type[StatusProblem]) -> Responses:
    """The problems of an operation outside /v1: some of its own, and those of all that read the database."""
    return problems_of(*problems, NotAcceptable, Invalid, TimedOut, InternalError, DatabaseUnavailable)


def problems_of(*problems: type[StatusProblem]) -> Responses:
    """Answers that are problems."""
    return {problem.status: _answer(problem) for problem in problems}


def _answer(problem: type[StatusProblem]) -> dict[str, Any]:
    told = Invalid((("query", "limit"), "Input should be less than or equal to 1000"))
    example = told if problem is Invalid else problem(str(problem.__doc__))
    description = f"{HTTPStatus(problem.status).phrase}. {problem.__doc__}"
    return {"description": description, "content": {MEDIA_TYPE: {**_SCHEMA, "example": example.marshal(uri=TYPES)}}}


def describe(app: FastAPI) -> None:
    """Complete the description: every operation can give the problems of all, and every error is a problem."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        description = generate()
        schemas = description["components"]["schemas"]
        schemas["Problem"] = _PROBLEM
        for framework in ("HTTPValidationError", "ValidationError"):
            schemas.pop(framework, None)
        for path, methods in description["paths"].items():
            for method, operation in methods.items():
                _complete(operation["responses"], reads=method == "get", versioned=path.startswith("/v1/"))
        return description

    app.openapi = openapi  # type: ignore[method-assign]


def _complete(answers: dict[str, Any], *, reads: bool, versioned: bool) -> None:
    if "422" in answers and MEDIA_TYPE not in answers["422"].get("content", ()):
        answers["422"] = {**_answer(Invalid), **({} if reads else {"description": answers["422"]["description"]})}
    answers.setdefault("422", _answer(Invalid))
    if versioned:
        for problem in (*((NotAcceptable, TimedOut) if reads else ()), InternalError, DatabaseUnavailable):
            answers.setdefault(str(problem.status), _answer(problem))
    for status, answer in answers.items():
        if status >= "400":
            answer.setdefault("content", {MEDIA_TYPE: _SCHEMA})
