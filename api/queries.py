"""The catalogue of questions over HTTP: each is an operation of its own, with its typed parameters."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi_problem.error import ConflictProblem
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema, create_model

from api import examples
from api.cypher import AnswerTooLarge, TooManyQueries
from api.deps import MappingDep, OntologyDep, StoreDep, ViewsDep
from api.documented import one, page_of
from api.etags import Revalidated
from api.paging import BadCursor, Key, Page, Paged, answer
from api.parameters import Day, near, one_of
from api.problems import NotFound, short
from api.sparql import ViewStale, sparql_problems
from graph.records import SLUG
from queries.catalog import Parameter, Question, catalogue
from queries.run import bind, run_cypher, run_sparql

router = APIRouter(prefix="/v1/queries", tags=["queries"], route_class=Revalidated)

_TYPES: Mapping[str, Any] = {
    "integer": Annotated[int, Field(ge=-(2**63), le=2**63 - 1)],
    "date": Day,
    "known_on": Day,
    "id": Annotated[str, Field(pattern=f"^{SLUG.pattern}$", max_length=200)],
    "text": Annotated[str, Field(max_length=1000)],
}
_COLUMN_TYPES: Mapping[str, Any] = {"number": float, "integer": int, "rank": int, "boolean": bool}


class About(BaseModel):
    """A parameter or column."""

    name: str
    type: str
    description: str


class AboutParameter(About):
    """A parameter, with its values."""

    choices: list[str] | None = Field(description="All the values it may have; null where the list is open.")
    default: str | int | None = Field(description="Its value where none is given; null restricts nothing.")
    example: str | int


class Entry(BaseModel):
    """A question of the catalogue."""

    name: str
    title: str
    summary: str
    parameters: list[AboutParameter]
    columns: list[About]
    cypher: str
    sparql: str


class _Asked(Paged):
    """What every question takes beside its own parameters."""

    engine: Literal["cypher", "sparql"] = Field("cypher", description="Which of the twins to run; the rows are equal.")


class CursorExpired(ConflictProblem):
    """The graph changed since the page before; its rows may have moved."""

    type_ = "cursor-expired"
    title = "The graph has changed"


@router.get("", summary="List the questions", operation_id="listQueries", responses=one(examples.QUERIES))
async def list_queries() -> Page[Entry]:
    """Every question with its parameters, its columns and its text in both languages."""
    return Page(items=[_entry(question) for question in catalogue().values()], next=None)


def _entry(question: Question) -> Entry:
    return Entry(
        name=question.name,
        title=question.title,
        summary=question.summary,
        parameters=[AboutParameter(**asdict(parameter)) for parameter in question.parameters.values()],
        columns=[About(**asdict(column)) for column in question.columns.values()],
        cypher=question.cypher,
        sparql=question.sparql,
    )


def _operation(question: Question, row_model: type[BaseModel]) -> Callable[..., Awaitable[Any]]:
    asked_model = create_model(
        f"{_camel(question.name)}Parameters",
        __base__=_Asked,
        **{name: _field(parameter) for name, parameter in question.parameters.items()},
    )

    async def ask(
        request: Request,
        response: Response,
        store: StoreDep,
        ontology: OntologyDep,
        views: ViewsDep,
        mapping: MappingDep,
        asked: Annotated[asked_model, Query()],
    ) -> Any:
        given = asked.model_dump(mode="json", include=set(question.parameters), exclude_none=True)
        revision: str = request.state.revision
        seen, start = asked.after((str, int)) or [revision, 0]
        if seen != revision:
            raise CursorExpired("the rows may have moved since the page before; begin again without a cursor")
        if start < 0:
            raise BadCursor
        bound = bind(question, given)
        if asked.engine == "sparql":
            with sparql_problems():
                rows = await run_sparql(question, bound, views, revision, mapping)
        else:
            rows = await run_cypher(question, bound, store, ontology)

        async def fetch(after: Key | None, limit: int) -> Sequence[tuple[Key, Any]]:
            begin = int(after[1]) if after else 0
            return [([revision, number], row) for number, row in enumerate(rows[begin : begin + limit], begin + 1)]

        return await answer(asked, request, response, row_model, (str, int), fetch)

    ask.__doc__ = question.summary
    return ask


def _field(parameter: Parameter) -> Any:
    details = Field(parameter.default, description=parameter.description, examples=[parameter.example])
    type_ = _TYPES[parameter.type] if parameter.choices is None else _closed(parameter.choices)
    return (type_ if parameter.default is not None else type_ | None, details)


def _closed(choices: Sequence[str]) -> Any:
    return Annotated[str, AfterValidator(one_of("the list has no", choices)), WithJsonSchema({"enum": list(choices)})]


def _row_model(question: Question) -> type[BaseModel]:
    columns: dict[str, Any] = {
        column.name: (_COLUMN_TYPES.get(column.type, str) | None, Field(description=column.description))
        for column in question.columns.values()
    }
    return create_model(f"{_camel(question.name)}Row", __config__=ConfigDict(extra="forbid"), **columns)


def _camel(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("-"))


_EXAMPLES = {
    "statement": examples.STATEMENT["id"],
    "id": "belavia",
    "text": "…",
    "word": "pledged",
    "date": "2025-06-21",
    "time": "2026-11-25T02:59:31.068Z",
    "number": 52.0,
    "integer": 52,
    "rank": 52,
    "boolean": False,
}

for _question in catalogue().values():
    _model = _row_model(_question)
    _row = {column.name: _EXAMPLES[column.type] for column in _question.columns.values()}
    router.add_api_route(
        f"/{_question.name}",
        _operation(_question, _model),
        response_model=Page[_model],  # type: ignore[valid-type]
        responses=page_of(_model, _row, CursorExpired, AnswerTooLarge, TooManyQueries, ViewStale),
        summary=_question.title,
        operation_id=f"ask{_camel(_question.name)}",
    )


@router.get("/{name}", include_in_schema=False)
async def unknown_query(name: str) -> None:
    """No question has this name."""
    raise NotFound(f"no question is called {short(name)!r}, see /v1/queries", near(name, catalogue()))
