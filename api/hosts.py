"""Answers only requests that are meant for this server.

A page of another site can make a browser send requests to a loopback address under a name of its own (DNS rebinding),
or post a form to it. So a Host that is neither loopback nor allowed gets 421 (RFC 9110, 15.5.20), and a form that
another origin posts gets 403. JSON posts need no such rule: browsers ask before sending them, and nothing says yes.
"""

import ipaddress
import re
from collections.abc import Collection
from functools import lru_cache

from fastapi_problem.error import StatusProblem
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.problems import response, short

_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s\[\]:/?#@\\]+)(?::[0-9]*)?")  # RFC 9110, 7.2: name or address, and port
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data", "text/plain")


class Misdirected(StatusProblem):
    """The server does not answer for this host."""

    type_ = "misdirected"
    title = "Misdirected request"
    status = 421


class CrossOriginForm(StatusProblem):
    """A page of another origin posts a form."""

    type_ = "cross-origin-form"
    title = "Cross-origin form"
    status = 403


class HostGuard:
    """ASGI middleware; `allowed` are host names without port."""

    def __init__(self, app: ASGIApp, allowed: Collection[str] = ()) -> None:
        self._app = app
        self._allowed = {host.lower() for host in allowed}
        self._known = lru_cache(1000)(self._is_known)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it with a problem (ASGI 3)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if len(headers.getlist("host")) != 1 or not self._known(host):
            detail = f"this server does not answer for the host {short(host)!r}; add it to BELGRAPH_ALLOWED_HOSTS"
            await response(Misdirected(detail))(scope, receive, send)
        elif scope["method"] == "POST" and _foreign_form(headers, host):
            refused = CrossOriginForm("a form from another origin is refused; send JSON")
            await response(refused)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _is_known(self, host: str) -> bool:
        match = _HOST.fullmatch(host)
        if match is None:
            return False
        name = match[1].strip("[]").lower()
        try:
            return ipaddress.ip_address(name).is_loopback or name in self._allowed
        except ValueError:
            return name == "localhost" or name in self._allowed


def _foreign_form(headers: Headers, host: str) -> bool:
    origin = headers.get("origin")
    kind = headers.get("content-type", "text/plain").split(";")[0].strip().lower()
    return origin is not None and origin.partition("://")[2] != host and kind in _FORMS
