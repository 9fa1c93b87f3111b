"""What several live tests use: the whole content of a database, and the command line with settings of its own."""

import asyncio
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neo4j import Driver

from graph.config import Settings
from graph.load import load, prepare
from graph.password import password
from graph.store import Store
from loaders.registry import SEED_SOURCES, read
from ontology.model import load as load_ontology


@dataclass(frozen=True)
class Graph:
    """All that a database holds, in an order that does not depend on how it came in."""

    nodes: list[dict[str, Any]]
    relationships: list[dict[str, Any]]


def rows(driver: Driver, query: str, **parameters: object) -> list[dict[str, Any]]:
    """Rows of a query, looked at without the code that is tested."""
    return [dict(record) for record in driver.execute_query(query, parameters).records]


def everything(driver: Driver, *, times: bool = True) -> Graph:
    """The whole graph, on request without the times at which it was written."""
    nodes = rows(driver, "MATCH (n) RETURN labels(n) AS labels, properties(n) AS stored")
    relationships = rows(
        driver, "MATCH (a)-[r]->(b) RETURN a.id AS subject, type(r) AS type, b.id AS object, properties(r) AS stored"
    )
    for row in () if times else relationships:
        for key in ("recorded_at", "retracted_at"):
            row["stored"].pop(key, None)
    for row in nodes:
        row["labels"].sort()
    for row in (*nodes, *relationships):
        row["stored"] = dict(sorted(row["stored"].items()))
    return Graph(
        sorted(nodes, key=lambda row: str(row["stored"]["id"])),
        sorted(relationships, key=lambda row: (str(row["stored"]["id"]), repr(row))),
    )


def wipe(driver: Driver) -> None:
    """Delete everything but the constraints and indexes."""
    driver.execute_query("MATCH (n) DETACH DELETE n")


def seed(driver: Driver, settings: Settings) -> None:
    """Leave the article and the names in the database, and nothing else."""

    async def load_both() -> None:
        ontology = load_ontology()
        async with Store(settings, password(settings)) as store:
            await prepare(store, ontology)
            for path in SEED_SOURCES.values():
                await load(store, ontology, read(path))

    wipe(driver)
    asyncio.run(load_both())


def environment(settings: Settings) -> dict[str, str]:
    """An environment in which the command line has these settings and no others."""
    return {
        **os.environ,
        "BELGRAPH_HOME": str(settings.home),
        "BELGRAPH_BOLT_PORT": str(settings.bolt_port),
        "BELGRAPH_BROWSER_PORT": str(settings.browser_port),
        "BELGRAPH_API_PORT": str(settings.api_port),
        "BELGRAPH_QUERY_TIMEOUT": str(settings.query_timeout),
    }


def command(*arguments: str | Path) -> list[str]:
    """The installed command line of the Python that runs the tests."""
    return [str(Path(sys.executable).with_name("belgraph")), *map(str, arguments)]


def belgraph(
    settings: Settings, *arguments: str | Path, seconds: float = 300, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run the command line to its end, in the data folder, where there is no `.env`."""
    return subprocess.run(
        command(*arguments),
        env={**environment(settings), **variables},
        cwd=settings.home,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
