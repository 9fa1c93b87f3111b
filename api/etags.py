"""Answers that a client keeps until the database changes.

The ETag is made of the database's revision and of all that shapes the answer. The revision is read before the answer
is, so a change in between makes the tag too old, never the answer: no 304 is ever given for what has changed. Requests
that arrive together share one reading of it, which begins after them.
"""

import hashlib
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from api.batching import Batched
from api.negotiation import Negotiated
from graph.store import Store


def revisions(store: Store) -> Batched[str, str]:
    """Reads the database's revision, under any key."""

    async def read(keys: Sequence[str]) -> Mapping[str, str]:
        return dict.fromkeys(keys, await store.revision())

    return Batched(read)


class Revalidated(Negotiated):
    """A route whose answers have a strong ETag; `request.state.revision` is the revision that they begin from."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, behind the comparison with what the client has."""
        handle = super().get_route_handler()

        async def revalidated(request: Request) -> Response:
            revision = request.state.revision = await self.revision(request)
            tag, known = _tag(request, revision), _known(request)
            if tag in known:
                return _unchanged(tag)
            response = await handle(request)
            return _marked(response, tag, known) if response.status_code == 200 else response

        return revalidated

    async def revision(self, request: Request) -> str:
        """What stays the same as long as the answer may."""
        found: str = await request.app.state.revisions.get("now")
        return found


def marked(response: Response, request: Request, revision: str) -> Response:
    """The answer with its ETag, or a 304 in its place; it must not be older than `revision`."""
    return _marked(response, _tag(request, revision), _known(request))


def _marked(response: Response, tag: str, known: set[str]) -> Response:
    if tag in known or "*" in known:  # any: whatever there is
        return _unchanged(tag)
    for name, value in _headers(tag).items():
        response.headers.setdefault(name, value) if name != "Vary" else response.headers.add_vary_header(value)
    return response


def _unchanged(tag: str) -> Response:
    return Response(status_code=304, headers=_headers(tag))


def _tag(request: Request, revision: str) -> str:
    """A strong ETag (RFC 9110, 8.8.3): other revision, program, URL, format or compression, other tag."""
    headers = request.headers
    shaping = [
        request.app.version,
        revision,
        request.scope["path"],
        request.scope["query_string"].decode("latin-1"),
        headers.getlist("accept"),
        "gzip" in headers.get("accept-encoding", ""),
    ]
    digest = hashlib.blake2b(repr(shaping).encode(errors="surrogatepass"), digest_size=12)
    return f'"{digest.hexdigest()}"'


def _known(request: Request) -> set[str]:
    """The tags of If-None-Match, which compares weakly (RFC 9110, 13.1.2)."""
    given = ",".join(request.headers.getlist("if-none-match"))
    return {tag.strip().removeprefix("W/") for tag in given.split(",")}


def _headers(tag: str) -> dict[str, str]:
    return {"ETag": tag, "Cache-Control": "no-cache", "Vary": "Accept"}
