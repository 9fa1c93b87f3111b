"""Lets pages of allowed origins read the API, problems included, never with cookies (Fetch Standard, CORS protocol).

Not Starlette's middleware: that one answers a preflight from elsewhere with a text that is no problem, and it does not
say `Vary: Origin` to origins that it does not allow.
"""

from collections.abc import Collection

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_METHODS = "GET, HEAD, POST"
_EXPOSED = "ETag, Link, Retry-After, X-Request-ID"
_SECONDS = "600"  # for which a browser remembers the answer to a preflight


class Cors:
    """ASGI middleware; `origins` are such as `https://example.org`, or `*` for every origin."""

    def __init__(self, app: ASGIApp, origins: Collection[str]) -> None:
        self._app = app
        self._origins = frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer an allowed preflight, and mark every other answer for the origin that asked."""
        if scope["type"] != "http" or not self._origins:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin", "")
        allowed = bool(origin) and not self._origins.isdisjoint((origin, "*"))
        preflight = scope["method"] == "OPTIONS" and "access-control-request-method" in headers

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(raw=message["headers"])
                if "*" not in self._origins:
                    answer.add_vary_header("Origin")
                if allowed:
                    answer["Access-Control-Allow-Origin"] = "*" if "*" in self._origins else origin
                    answer["Access-Control-Expose-Headers"] = _EXPOSED
                if allowed and preflight:
                    answer["Access-Control-Allow-Methods"] = _METHODS
                    answer["Access-Control-Allow-Headers"] = headers.get("access-control-request-headers", "Accept")
                    answer["Access-Control-Max-Age"] = _SECONDS
            await send(message)

        if allowed and preflight:
            await marked({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body", "body": b""})
        else:
            await self._app(scope, receive, marked)
