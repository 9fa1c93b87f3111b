"""Cypher of a user: it reads, guarded (graph/cypher/guard.py), bounded in time, memory, rows and bytes, two at once.

StatusProblem
├── QueryInvalid      400  the server finds a mistake; `code` and `position` are its own
├── QueryRefused      403  it does more than read; `what` names the operator, procedure or trait
├── TimedOut          408  the database took longer than a query may
├── Invalid           422  parameters or body
├── QueryMemory       422  it needs more memory than a query may
├── AnswerTooLarge    422  one row is too large
├── AnswerUnreadable  422  a value has no form in JSON
├── TooManyQueries    429  two are under way
└── HeapExhausted     503  it used up the memory of the database
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import StreamingResponse
from fastapi_problem.error import StatusProblem
from pydantic import BaseModel, ConfigDict, Field
from starlette.types import Message

from api.documented import one
from api.negotiation import JSON
from api.problems import DatabaseFailed, Invalid, TimedOut
from api.strict import Strict
from graph.cypher.queries import QueryFailure, UserQueries

LARGEST = 1_048_576
"""Bytes of a request."""

PIECE = 65_536
"""Bytes of an answer that are sent, and compressed, at once."""


class Bounded(Strict):
    """A route that reads bodies of up to `LARGEST` bytes, told or not; the framework's own limit gives no problem."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, behind a count of what comes in."""
        handle = super().get_route_handler()

        async def bounded(request: Request) -> Response:
            size = 0

            async def receive() -> Message:
                nonlocal size
                message = await request.receive()
                size += len(message.get("body", b""))
                if size > LARGEST:
                    raise HTTPException(413, f"a request has up to {LARGEST} bytes")
                return message

            return await handle(Request(request.scope, receive))

        return bounded


router = APIRouter(prefix="/v1/cypher", tags=["cypher"], route_class=Bounded)


class CypherQuery(BaseModel):
    """A query and its parameters."""

    model_config = ConfigDict(extra="forbid")

    query: str = Field(
        min_length=1,
        description="Cypher that reads the graph, and nothing else.",
        examples=["MATCH (a:Thing)-[r:HAS_TARGET]->(b:Thing {id: $id}) RETURN a.name, r.status, r.quote, r.source"],
    )
    parameters: dict[str, Any] = Field(
        default_factory=dict,
        description="Values of `$name` in the query; in the JSON that answers have.",
        examples=[{"id": "belavia"}],
    )


class CypherAnswer(BaseModel):
    """The rows of a query."""

    columns: list[str]
    rows: list[list[Any]] = Field(description="Values in the order of the columns.")
    truncated: bool = Field(description="Whether there are more rows.")


class QueryInvalid(StatusProblem):
    """The server finds a mistake in the query; `code` is its own, `position` counts from the start of the text."""

    type_ = "query-invalid"
    title = "The query is wrong"
    status = 400


class QueryRefused(StatusProblem):
    """The query does more than read the graph; `what` names the operator, the procedure or the trait."""

    type_ = "query-refused"
    title = "The query is refused"
    status = 403


class QueryMemory(StatusProblem):
    """The query needs more memory than one may have."""

    type_ = "query-memory"
    title = "The query needs too much memory"
    status = 422


class AnswerTooLarge(StatusProblem):
    """One row of the answer is too large."""

    type_ = "answer-too-large"
    title = "The answer is too large"
    status = 422


class AnswerUnreadable(StatusProblem):
    """A value of the answer has no form in JSON."""

    type_ = "answer-unreadable"
    title = "The answer cannot be read"
    status = 422


class TooManyQueries(StatusProblem):
    """As many queries as may be are under way."""

    type_ = "too-many-queries"
    title = "Too many queries"
    status = 429

    def __init__(self, detail: str) -> None:
        super().__init__(detail, headers={"Retry-After": "1"})


class HeapExhausted(StatusProblem):
    """The query used up the memory of the database; others may have failed with it."""

    type_ = "heap-exhausted"
    title = "The database ran out of memory"
    status = 503

    def __init__(self, detail: str) -> None:
        super().__init__(detail, headers={"Retry-After": "2"})


_PROBLEMS: Mapping[str, type[StatusProblem]] = {
    "refused": QueryRefused,
    "query": QueryInvalid,
    "timeout": TimedOut,
    "memory": QueryMemory,
    "heap": HeapExhausted,
    "too-large": AnswerTooLarge,
    "unreadable": AnswerUnreadable,
    "busy": TooManyQueries,
    "database": DatabaseFailed,
}
"""What a QueryFailure is over HTTP."""

_EXAMPLE = {
    "columns": ["a.name", "r.status", "r.quote", "r.source"],
    "rows": [
        [
            "Lifting of US sanctions on Belavia",
            "pledged",
            "Trump pledged to lift sanctions on the airline Belavia",
            "trump-belarus-move",
        ]
    ],
    "truncated": False,
}


async def _user_queries(request: Request) -> UserQueries:
    return cast("UserQueries", request.app.state.user_queries)


@router.post(
    "",
    summary="Ask in Cypher",
    operation_id="runCypher",
    response_model=CypherAnswer,
    responses=one(_EXAMPLE, QueryInvalid, QueryRefused, TimedOut, TooManyQueries, HeapExhausted)
    | {413: {"description": f"Content Too Large. A request has up to {LARGEST} bytes."}},
)
async def run_cypher(asked: CypherQuery, queries: Annotated[UserQueries, Depends(_user_queries)]) -> Response:
    """Runs a query that reads, in one transaction without retry, and answers with its first rows.

    It sees all there is: structural relationships (`STATES`, `MENTIONS`, …) and retracted ones (`RETRACTED`) too. An
    answer holds the rows that settings and bytes allow, and says if it was `truncated`.

    Values are JSON, and where JSON cannot say it an object `{"$type": …, "_value": …}`, as in the typed JSON of Neo4j's
    Query API. So nothing is lost, and what was answered can be sent as a parameter (but no nodes, relationships and
    paths).

    | `$type` | `_value` | |
    | --- | --- | --- |
    | Integer | `"9007199254740993"` | beyond ±(2^53 - 1), which many readers of JSON would round |
    | Float | `"NaN"`, `"Infinity"`, `"-Infinity"` | |
    | Base64 | `"AAECAw=="` | a byte array |
    | Date | `"2025-06-21"` | years 1 to 9999 |
    | LocalTime, Time | `"12:50:35.000000001"`, `"12:50:35+01:00"` | |
    | LocalDateTime | `"2025-06-21T12:50:35"` | |
    | OffsetDateTime | `"2025-06-21T12:50:35+03:00"` | |
    | ZonedDateTime | `"2025-06-21T12:50:35+03:00[Europe/Minsk]"` | |
    | Duration | `"P14M3DT10.5S"` | months, days and seconds do not convert |
    | Point | `"SRID=4326;POINT (27.5 53.9)"` | |
    | Node | `{"_element_id", "_labels", "_properties"}` | |
    | Relationship | `{"_element_id", "_start_node_element_id", "_end_node_element_id", "_type", "_properties"}` | |
    | Path | `[node, relationship, node, …]` | |
    | Map | the map | if it has a key `$type` itself |
    """
    try:
        answer = await queries.run(asked.query, asked.parameters)
    except QueryFailure as failure:
        raise _problem(failure) from failure
    if len(answer) <= PIECE:
        return Response(answer, media_type=JSON)
    return StreamingResponse(pieces(answer), media_type=JSON)


def _problem(failure: QueryFailure) -> StatusProblem:
    if failure.kind == "parameter":
        place, _, told = str(failure).partition(": ")
        return Invalid((("body", place), told))
    return _PROBLEMS[failure.kind](str(failure), **failure.more)


async def pieces(answer: bytes) -> AsyncIterator[bytes]:
    """An answer in parts: while one is compressed, nobody else is served."""
    for start in range(0, len(answer), PIECE):
        yield answer[start : start + PIECE]
        await asyncio.sleep(0)
