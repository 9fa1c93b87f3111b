"""The HTTP API: what it serves and in which order a request passes through it."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

from api import documents, entities, health, problems, queries, statements
from api.hosts import HostGuard
from graph.config import Settings
from graph.store import Store
from ontology.model import load as load_ontology


def create_app(settings: Settings, store: Store, version: str, awaited: Collection[str] = ()) -> FastAPI:
    """The application over an open store; it is ready once the sources whose ids are `awaited` are in the database."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.store = store
        app.state.ontology = load_ontology()
        app.state.awaited = frozenset(awaited)
        yield

    app: FastAPI = FastAPIOffline(
        title="belgraph",
        version=version,
        description="Relations of Belarus, the US and the EU. Every statement leads to the sentence that says it.",
        lifespan=lifespan,
        redoc_url=None,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
    )
    app.add_middleware(HostGuard, allowed=settings.allowed_hosts)
    problems.install(app)
    for module in (health, entities, statements, documents, queries):
        app.include_router(module.router)
    return app
