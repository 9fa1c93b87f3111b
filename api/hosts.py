"""Answers only requests that are meant for this server.

A page of another site can make a browser send requests to a loopback address under a name of its own (DNS rebinding),
or post a form to it. So a Host that is neither loopback nor allowed gets 421 (RFC 9110, 15.5.20), and a form that
another origin posts gets 403. JSON posts need no such rule: browsers ask before sending them, and nothing says yes.
"""

import ipaddress
from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.problems import response

_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data", "text/plain")


class HostGuard:
    """ASGI middleware; `allowed` are host names without port."""

    def __init__(self, app: ASGIApp, allowed: Collection[str] = ()) -> None:
        self._app = app
        self._allowed = {host.lower() for host in allowed}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it with a problem (ASGI 3)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not self._known(host):
            detail = f"This server does not answer for the host {host!r}; add it to BELGRAPH_ALLOWED_HOSTS."
            await response(421, "Misdirected request", "misdirected", detail)(scope, receive, send)
        elif scope["method"] == "POST" and _foreign_form(headers, host):
            detail = "A form from another origin is refused; send JSON."
            await response(403, "Cross-origin form", "cross-origin-form", detail)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _known(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname
        except ValueError:
            return False
        if name is None:
            return False
        try:
            return ipaddress.ip_address(name).is_loopback or name in self._allowed
        except ValueError:
            return name == "localhost" or name in self._allowed


def _foreign_form(headers: Headers, host: str) -> bool:
    origin = headers.get("origin")
    kind = headers.get("content-type", "text/plain").split(";")[0].strip().lower()
    return origin is not None and urlsplit(origin).netloc != host and kind in _FORMS
