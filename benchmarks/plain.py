"""The peer of benchmarks/api.py: FastAPI as its documentation shows it, with one query of the driver a request."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, HTTPException, Request, Response
from neo4j import AsyncGraphDatabase

LOOKUP = """
MATCH (n:Thing {id: $id})
RETURN n.id AS id, n.name AS name, labels(n) AS types, n.names AS names,
       COLLECT { MATCH (:Thing)-[r:STATES {property: 'name'}]->(n) RETURN [r.value, r.lang, r.source] } AS forms,
       COLLECT { MATCH (s:Thing)-[:STATES]->(n) RETURN DISTINCT s.id } AS sources
"""


@asynccontextmanager
async def _driver(app: FastAPI) -> AsyncIterator[None]:
    auth = ("neo4j", os.environ["PLAIN_PASSWORD"])
    async with AsyncGraphDatabase.driver(os.environ["PLAIN_URI"], auth=auth) as app.state.driver:
        yield


app = FastAPI(lifespan=_driver)


@app.get("/plain/{id}")
async def plain(id: str, request: Request) -> dict[str, Any]:
    """An entity."""
    async with request.app.state.driver.session() as session:
        result = await session.run(LOOKUP, id=id)
        record = await result.single()
    if record is None:
        raise HTTPException(404)
    return dict(record)


@app.get("/empty")
async def empty() -> Response:
    """Nothing: what the server and the framework cost."""
    return Response(b"{}", media_type="application/json")
