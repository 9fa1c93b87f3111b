"""The HTTP API: what it serves and in which order a request passes through it."""

import gc
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.middleware.gzip import GZipMiddleware

from api import (
    cypher,
    documents,
    entities,
    export,
    graph,
    health,
    linked,
    metrics,
    network,
    ontology,
    page,
    paths,
    problems,
    queries,
    sparql,
    statements,
    timeline,
    void,
)
from api.cors import Cors
from api.documented import describe
from api.etags import revisions
from api.facets import FacetCounts
from api.head import Head
from api.hosts import HostGuard
from api.logs import RequestLog, make_log
from graph.config import Settings
from graph.cypher.queries import UserQueries
from graph.password import password
from graph.rdf.mapping import RdfMapping
from graph.sparql.view import Views
from graph.store import Store
from ontology.model import load as load_ontology


def create_app(
    settings: Settings,
    store: Store,
    version: str,
    awaited: Collection[str] = (),
    restart: Callable[[], None] | None = None,
) -> FastAPI:
    """The application over an open store; it is ready once the sources whose ids are `awaited` are in the database.

    `restart` starts the local Neo4j anew, for when it computes a user's query without end.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.store = store
        app.state.ontology = load_ontology()
        app.state.revisions = revisions(store)
        app.state.lookups = entities.make_lookups(store, app.state.ontology)
        app.state.mapping = RdfMapping(app.state.ontology, settings.base_iri)
        app.state.facets = FacetCounts(app.state.ontology)
        app.state.awaited = frozenset(awaited)
        app.state.user_queries = UserQueries(settings, password(settings), store, restart)
        app.state.void = void.Statistics(store, app.state.mapping)
        app.state.views = Views(settings, password(settings), store)
        gc.collect()
        gc.freeze()  # what is loaded stays: to look through it again and again would halt all requests for 0.2 s
        yield
        gc.unfreeze()
        await app.state.views.close()
        await app.state.user_queries.close()

    app: FastAPI = FastAPIOffline(
        title="belgraph",
        version=version,
        description="Relations of Belarus, the US and the EU. Every statement leads to the sentence that says it.",
        lifespan=lifespan,
        redoc_url=None,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
    )
    problems.install(app)
    app.include_router(entities.lookup)  # first, as each router before it takes time from the most frequent request
    for module in (
        health,
        metrics,
        entities,
        statements,
        timeline,
        documents,
        queries,
        cypher,
        paths,
        network,
        graph,
        export,
        linked,
        page,
        ontology,
        void,
    ):
        app.include_router(module.router)
    for router in (sparql.reading, sparql.posting):
        app.include_router(router)
    describe(app)
    _add_middleware(app, settings)
    return app


def _add_middleware(app: FastAPI, settings: Settings) -> None:
    """From the innermost to the outermost: a request passes through them from the bottom up."""
    log = make_log()
    app.state.metrics = metrics.Metrics()
    app.add_middleware(problems.LastResort, log=log)
    app.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=5)  # 9 takes three times as long for 3 %
    app.add_middleware(HostGuard, allowed=settings.allowed_hosts)
    app.add_middleware(Cors, origins=settings.cors_origins)
    app.add_middleware(metrics.Measured, metrics=app.state.metrics)
    app.add_middleware(Head)
    app.add_middleware(RequestLog, log=log)
