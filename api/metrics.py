"""Counts and durations of requests for Prometheus, at /metrics.

prometheus-client alone, without an instrumentator: a middleware of few lines, a registry of each application instead of
one of the process, and only templates of paths as labels, so that no client can make up new time series.
"""

import time
from http import HTTPMethod, HTTPStatus

from fastapi import APIRouter, Request, Response
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from starlette.types import ASGIApp, Message, Receive, Scope, Send

router = APIRouter(include_in_schema=False)

_METHODS = frozenset(HTTPMethod)


class Metrics:
    """The measures of one application."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        labels = ("method", "path", "status")
        self.requests = Counter("belgraph_http_requests", "Requests answered.", labels, registry=self.registry)
        self.seconds = Histogram(
            "belgraph_http_request_seconds", "Time to answer.", ("method", "path"), registry=self.registry
        )
        self.open = Gauge("belgraph_http_requests_open", "Requests being answered.", registry=self.registry)

    def observe(self, scope: Scope, status: int, seconds: float) -> None:
        """Count a request under the template of its path; paths and methods that the API does not have are one."""
        method = scope["method"] if scope["method"] in _METHODS else "other"
        route = scope.get("route")
        path = route.path if route and status != HTTPStatus.METHOD_NOT_ALLOWED else "none"
        self.requests.labels(method, path, status).inc()
        self.seconds.labels(method, path).observe(seconds)


class Measured:
    """ASGI middleware that feeds the measures."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and count it when it is over."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 0  # the client went away, or the answer was cut off
        began = time.perf_counter()

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        self._metrics.open.inc()
        try:
            await self._app(scope, receive, watch)
        finally:
            self._metrics.open.dec()
            self._metrics.observe(scope, status, time.perf_counter() - began)


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """The measures in Prometheus' text format."""
    measures: Metrics = request.app.state.metrics
    return Response(generate_latest(measures.registry), media_type=CONTENT_TYPE_LATEST)
