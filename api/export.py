"""The whole graph as a file in a format of RDF, streamed."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

from fastapi import APIRouter, Request
from starlette.responses import Response, StreamingResponse

from api.deps import MappingDep, StoreDep
from api.documented import Responses, written_in
from api.etags import Revalidated
from api.head import without_length
from graph.rdf.export import write

router = APIRouter(tags=["rdf"], route_class=Revalidated)

MEDIA: Mapping[str, tuple[str, str]] = {
    "nt": ("application/n-triples", "N-Triples"),
    "nq": ("application/n-quads", "N-Quads, a named graph for each source"),
    "ttl": ("text/turtle", "Turtle"),
    "trig": ("application/trig", "TriG, a named graph for each source"),
    "jsonld": ("application/ld+json", "JSON-LD with its context"),
    "rdf": ("application/rdf+xml", "RDF/XML"),
}
"""Media types as registered at IANA, and what each format is, by ending."""


async def joined(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Chunks of which the first was read before the answer began, so that what fails until then is still a problem."""
    yield first
    async for chunk in rest:
        yield chunk


def _operation(ending: str, media: str) -> Callable[[Request, StoreDep, MappingDep], Awaitable[Response]]:
    async def export(request: Request, store: StoreDep, mapping: MappingDep) -> Response:
        headers = {"Content-Disposition": f'attachment; filename="belgraph.{ending}"'}
        if getattr(request.state, "head", False):
            return without_length(Response(media_type=media, headers=headers))
        chunks = write(store, mapping, ending)
        # Without a database, or with control characters in RDF/XML, this is still a problem and not a torn file.
        first = await anext(chunks)

        return StreamingResponse(joined(first, chunks), media_type=media, headers=headers)

    return export


for _ending, (_media, _what) in MEDIA.items():
    _answers: Responses = {
        200: {"content": {_media: {"schema": written_in(_media)}}},
        503: {"description": "The database changed meanwhile, or does not answer; ask again."},
    }
    if _ending == "rdf":
        _answers[409] = {"description": "Something has control characters, which XML cannot hold."}
    router.add_api_route(
        f"/export.{_ending}",
        _operation(_ending, _media),
        methods=["GET"],
        summary=f"The graph as {_what}",
        description="Every statement with its evidence, live and withdrawn; `belgraph import` reads it back. The answer"
        " breaks off, and is no valid HTTP message, where the database changes before it is complete: ask again.",
        operation_id=f"export{_ending.capitalize()}",
        response_class=StreamingResponse,
        responses=_answers,
    )
