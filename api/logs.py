"""One line a request, on standard error, and an id that leads from an answer to its lines.

Lines are logfmt (`key=value`), which people and log collectors both read. What monitors ask every few seconds is left
out while it goes well.
"""

import re
import secrets
import sys
import time

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.typing import FilteringBoundLogger

HEADER = "X-Request-ID"

_SANE = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")
"""An id that a client may choose: nothing in it can forge a line of a log or a header."""
_MONITORS = ("/health/live", "/health/ready", "/metrics")
_LONGEST = 200


def make_log() -> FilteringBoundLogger:
    """A logger whose lines carry the id of the request in which they are written."""
    log: FilteringBoundLogger = structlog.wrap_logger(
        structlog.WriteLogger(sys.stderr),
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=["time", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(20),  # info
        cache_logger_on_first_use=True,
    )
    return log


class RequestLog:
    """ASGI middleware, the outermost but one: gives each request its id and writes its line."""

    def __init__(self, app: ASGIApp, log: FilteringBoundLogger) -> None:
        self._app = app
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on under an id: the client's `X-Request-ID` if it is sane, or a new one."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(HEADER, "")
        id_ = given if _SANE.fullmatch(given) else secrets.token_hex(8)
        status = None
        began = time.perf_counter()

        async def identified(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(raw=message["headers"])[HEADER] = id_
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=id_):
            try:
                await self._app(scope, receive, identified)
            finally:
                if status != 200 or scope["path"] not in _MONITORS:
                    self._log.info(
                        "request",
                        method=scope["method"],
                        path=scope.get("raw_path", b"")[:_LONGEST].decode("ascii", "replace"),
                        status=status,  # none: the client went away, or the answer was cut off
                        ms=round((time.perf_counter() - began) * 1000, 1),
                    )
