"""SPARQL 1.1 over HTTP: the query operation of the protocol, by GET and both forms of POST; updates there are none.

StatusProblem
├── QueryInvalid      400  the text does not parse (`position` is line and column) or is not UTF-8
├── QueryRefused      403  SERVICE, the parameter `update`, or a graph that is not here
├── NotAcceptable     406  no format of the answer is acceptable
├── TimedOut          408  the query took longer than one may
├── WrongMediaType    415  a body that is neither a form nor a query, or says that it is not UTF-8
├── Invalid           422  a parameter is there twice, or is no IRI
├── QueryMemory       422  it needs more memory than a query may
├── AnswerTooLarge    422  its answer is too large
├── TooManyQueries    429  too many are waiting
└── ViewStale         503  the graph has changed, and its view is being made

Other parameters are passed over, unlike everywhere else: clients of SPARQL send some of their own (`format`, `output`).
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Query, Request
from fastapi_problem.error import StatusProblem
from starlette.responses import Response, StreamingResponse

from api.cypher import (
    PIECE,
    AnswerTooLarge,
    Bounded,
    QueryInvalid,
    QueryMemory,
    QueryRefused,
    TooManyQueries,
    pieces,
)
from api.deps import MappingDep, StoreDep, ViewsDep
from api.documented import Responses, problems_of, written_in
from api.etags import Revalidated
from api.negotiation import best
from api.problems import DatabaseFailed, Invalid, NotAcceptable, TimedOut
from api.service import RDF, description
from graph.sparql.pool import SparqlFailure
from graph.sparql.view import Stale, Views

ROWS = {
    "application/sparql-results+json": "JSON",
    "application/sparql-results+xml": "XML",
    "text/csv": "CSV",
    "text/tab-separated-values": "TSV",
    "application/json": "JSON",
    "application/xml": "XML",
}
"""Formats of the rows of SELECT, the preferred one first; the last two for clients that do not know the others."""

BOOLEAN = [media for media, name in ROWS.items() if name in ("JSON", "XML")]
FORM, TEXT = "application/x-www-form-urlencoded", "application/sparql-query"


class WrongMediaType(StatusProblem):
    """The body is neither a form nor a query, or it is said not to be UTF-8."""

    type_ = "wrong-media-type"
    title = "Unsupported media type"
    status = 415


class ViewStale(StatusProblem):
    """The graph has changed, and its SPARQL view is still being made."""

    type_ = "sparql-view-stale"
    title = "The SPARQL view is being made"
    status = 503

    def __init__(self, detail: str) -> None:
        super().__init__(detail, headers={"Retry-After": "5"})


_PROBLEMS: Mapping[str, type[StatusProblem]] = {
    "malformed": QueryInvalid,
    "refused": QueryRefused,
    "not-acceptable": NotAcceptable,
    "too-large": AnswerTooLarge,
    "memory": QueryMemory,
    "busy": TooManyQueries,
    "damaged": DatabaseFailed,
    "failed": DatabaseFailed,
}
"""What a SparqlFailure is over HTTP."""

reading = APIRouter(tags=["sparql"], route_class=Revalidated)
posting = APIRouter(tags=["sparql"], route_class=Bounded)

_EXAMPLE = {
    "head": {"vars": ["name"]},
    "results": {"bindings": [{"name": {"type": "literal", "value": "Belavia"}}]},
}
_ANSWERS: Responses = {
    200: {
        "description": "Rows, a boolean, or RDF, by the form of the query; without a query the service's description.",
        "content": {
            "application/sparql-results+json": {"schema": {"type": "object"}, "example": _EXAMPLE},
            **{media: {"schema": written_in(media)} for media in (*[*ROWS][1:4], *RDF)},
        },
    },
    **problems_of(
        *(QueryInvalid, QueryRefused, NotAcceptable, TimedOut, WrongMediaType, Invalid, TooManyQueries, ViewStale)
    ),
}
_QUERY = "PREFIX bg: <https://w3id.org/belgraph/ontology#> SELECT ?name { ?who a bg:Company ; bg:name ?name }"
_FORM_OF_POST = {
    "requestBody": {
        "required": True,
        "content": {
            FORM: {
                "schema": {
                    "type": "object",
                    "required": ["query"],
                    "properties": {
                        "query": {"type": "string"},
                        "default-graph-uri": {"type": "array", "items": {"type": "string"}},
                        "named-graph-uri": {"type": "array", "items": {"type": "string"}},
                    },
                },
                "example": {"query": _QUERY},
            },
            TEXT: {"schema": {"type": "string"}, "example": _QUERY},
        },
    }
}


@dataclass(frozen=True, slots=True)
class _Asked:
    """A query operation (SPARQL 1.1 Protocol, 2.1)."""

    query: str
    default_graphs: Sequence[str]
    named_graphs: Sequence[str]


_DefaultGraphs = Annotated[
    list[str],
    Query(alias="default-graph-uri", description="Sources whose graphs are the default graph.", default_factory=list),
]
_NamedGraphs = Annotated[
    list[str],
    Query(alias="named-graph-uri", description="Sources whose graphs GRAPH can name.", default_factory=list),
]


@reading.get(
    "/sparql",
    summary="Ask in SPARQL",
    operation_id="querySparql",
    response_class=Response,
    responses=_ANSWERS,
)
async def get_sparql(
    request: Request,
    store: StoreDep,
    mapping: MappingDep,
    views: ViewsDep,
    default_graphs: _DefaultGraphs,
    named_graphs: _NamedGraphs,
    query: Annotated[str | None, Query(description="SPARQL 1.1 Query.", examples=[_QUERY])] = None,
) -> Response:
    """Evaluates a query: SELECT, ASK, CONSTRUCT or DESCRIBE. Without one, describes the service.

    A named graph holds what one source says, under the source's IRI; the default graph is the union of all, with the
    classes and display names that follow from them together. What was withdrawn is there too, with `bg:retractedAt`.
    The graph is that of the database now: after a change the answer may wait for a few seconds, or be a 503 with
    Retry-After.
    """
    given = _parameters(request.scope["query_string"])
    if query is None and "update" not in request.query_params:
        media = best(_accepted(request), RDF)
        if media is None:
            raise NotAcceptable(f"the description of the service can be served as {', '.join(RDF)}")
        graphs = [mapping.iri(row["id"])[1:-1] for row in await store.read(_SOURCES)]
        return Response(description(str(request.url.replace(query="")), graphs, media), media_type=media)
    return await _answer(request, views, _asked(given, None), request.state.revision)


_SOURCES = "MATCH (n:Document|Dataset) WHERE n.id IS :: STRING NOT NULL RETURN n.id AS id ORDER BY id"


@posting.post(
    "/sparql",
    summary="Ask in SPARQL, a long query",
    operation_id="postSparql",
    response_class=Response,
    responses=_ANSWERS,
    openapi_extra=_FORM_OF_POST,
)
async def post_sparql(
    request: Request, views: ViewsDep, default_graphs: _DefaultGraphs, named_graphs: _NamedGraphs
) -> Response:
    """The same as GET, with the query as the body, or with query and graphs as a form."""
    kind, _, parameters = request.headers.get("content-type", "").lower().partition(";")
    charset = parameters.partition("charset=")[2].strip(' "')
    if kind.strip() not in (FORM, TEXT) or charset not in ("", "utf-8"):
        raise WrongMediaType(f"send {FORM} or {TEXT}, as UTF-8")
    given, body = _parameters(request.scope["query_string"]), await request.body()
    if kind.strip() == FORM:
        asked = _asked([*given, *_parameters(body)], None)
    else:
        with _utf8():
            asked = _asked(given, body.decode())
    return await _answer(request, views, asked, await request.app.state.revisions.get("now"))


@posting.api_route("/sparql", methods=["OPTIONS"], include_in_schema=False)
async def sparql_options() -> Response:
    """What may be done here."""
    return Response(status_code=204, headers={"Allow": "GET, HEAD, POST, OPTIONS"})


def _parameters(encoded: bytes) -> list[tuple[str, str]]:
    """Names and values of a query string or form; unlike the framework's own, it does not replace what is no text."""
    with _utf8():
        try:
            return parse_qsl(encoded.decode(), keep_blank_values=True, errors="strict", max_num_fields=1000)
        except UnicodeDecodeError:
            raise
        except ValueError as error:  # too many
            raise Invalid((("query",), str(error))) from error


@contextmanager
def _utf8() -> Iterator[None]:
    try:
        yield
    except UnicodeDecodeError as error:
        raise QueryInvalid("the request is not UTF-8") from error


def _asked(given: Sequence[tuple[str, str]], text: str | None) -> _Asked:
    queries = [each for name, each in given if name == "query"] + ([] if text is None else [text])
    if any(name == "update" for name, _ in given):
        raise QueryRefused("this endpoint takes no updates")
    if len(queries) != 1:
        raise Invalid((("query", "query"), "there must be exactly one"))
    if any("\ud800" <= character <= "\udfff" for character in queries[0]):
        raise QueryInvalid("the request is not UTF-8")
    graphs = {name: [each for key, each in given if key == name] for name in ("default-graph-uri", "named-graph-uri")}
    return _Asked(queries[0], *graphs.values())


async def _answer(request: Request, views: Views, asked: _Asked, revision: str) -> Response:
    accept = _accepted(request)
    media = {"rows": best(accept, [*ROWS]), "boolean": best(accept, BOOLEAN), "rdf": best(accept, RDF)}
    if not any(media.values()):
        raise NotAcceptable(f"this can be served as {', '.join([*ROWS, *RDF])}")
    base = str(request.url.replace(query=""))
    with sparql_problems():
        kind, body = await views.run(revision, asked.query, media, asked.default_graphs, asked.named_graphs, base=base)
    if len(body) <= PIECE:
        return Response(body, media_type=kind)
    return StreamingResponse(pieces(body), media_type=kind)


@contextmanager
def sparql_problems() -> Iterator[None]:
    """Failures of a query as problems."""
    try:
        yield
    except Stale as error:
        raise ViewStale(str(error)) from error
    except SparqlFailure as failure:
        more: dict[str, Any] = {}
        if failure.position:
            line, column = failure.position
            more["position"] = {"line": line, "column": column}
        raise _PROBLEMS[failure.kind](str(failure), **more) from failure


def _accepted(request: Request) -> str:
    return ",".join(request.headers.getlist("accept"))
