"""Answers HEAD as GET without the body (RFC 9110, 9.3.2), for every path that has GET."""

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send


def without_length(response: Response) -> Response:
    """An answer to HEAD where only making the body would tell its length (RFC 9110, 8.6)."""
    del response.headers["content-length"]
    return response


class Head:
    """ASGI middleware; `request.state.head` tells whoever would stream a long body that nobody reads it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a HEAD request on as GET."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        state = {**scope.get("state", {}), "head": True}
        await self._app({**scope, "method": "GET", "state": state}, receive, without_body)
