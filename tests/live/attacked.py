"""A Neo4j that refuses nothing by itself, the API over it, and an eye on what attacks on it do to others."""

import asyncio
import http.server
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn
from fastapi import FastAPI

from api.app import create_app
from graph.config import Settings
from graph.cypher import queries as user_queries
from graph.load import load, prepare
from graph.local import java, server
from graph.local.instance import claim
from graph.local.server import LocalNeo4j
from graph.password import password
from graph.store import Store
from loaders.registry import SEED_SOURCES, read
from ontology.model import load as load_ontology
from tests.live.conftest import free_port, make_settings

SECONDS = 3.0  # of a query
ROWS = 1000  # of an answer
CANARY = "the-canary-sings-2c1f"

Inside = Callable[[Callable[[Store], Any]], Any]
"""Runs a look at the database on the loop of the API."""


def plain_conf(settings: Settings) -> str:
    """What a Neo4j needs to listen, and nothing that protects it."""
    bolt, browser = f"127.0.0.1:{settings.bolt_port}", f"127.0.0.1:{settings.browser_port}"
    options = {
        "server.bolt.listen_address": bolt,
        "server.http.listen_address": browser,
        "server.directories.import": "/",
        "server.memory.pagecache.size": "64m",
        "server.memory.heap.max_size": "512m",
        "db.tx_log.preallocate": "false",
        "dbms.usage_report.enabled": "false",
    }
    return "".join(f"{name}={value}\n" for name, value in options.items())


@dataclass
class Api:
    """The API over HTTP, and a look at the database behind it."""

    url: str
    neo4j: LocalNeo4j
    inside: Inside
    queries: user_queries.UserQueries
    reached: list[str] = field(default_factory=list)  # requests to the host that nobody may reach
    files: Path = Path()
    host: str = ""

    def ask(self, query: str, parameters: dict[str, Any] | None = None) -> httpx2.Response:
        return self.post(json.dumps({"query": query, "parameters": parameters or {}}).encode())

    def post(self, body: bytes, kind: str = "application/json") -> httpx2.Response:
        return httpx2.post(f"{self.url}/v1/cypher", content=body, headers={"content-type": kind}, timeout=30)

    def rows(self, query: str, **parameters: Any) -> list[list[Any]]:
        answer = self.ask(query, parameters)
        assert answer.status_code == 200, answer.text
        rows: list[list[Any]] = answer.json()["rows"]
        return rows

    def state(self) -> Any:
        """Counts and revision of the data, and the schema."""

        async def look(store: Store) -> Any:
            schema = [await store.read(f"SHOW {kind} YIELD name RETURN name") for kind in ("INDEXES", "CONSTRAINTS")]
            return await store.counts(), await store.revision(), schema

        return self.inside(look)

    def free(self) -> None:
        """Wait until no query is under way, and one is run again: a server that computes on is started anew."""
        deadline = time.monotonic() + 100  # it may be starting
        while self.queries._places < user_queries.AT_ONCE:
            assert time.monotonic() < deadline, "a query does not end"
            time.sleep(0.05)
        while (answer := self.ask("RETURN 1")).status_code != 200:
            assert answer.status_code in (429, 503), answer.text
            assert time.monotonic() < deadline, answer.text
            time.sleep(0.2)


@contextmanager
def serve(settings: Settings, restart: Callable[[], None]) -> Iterator[tuple[Inside, user_queries.UserQueries]]:
    """The API in a thread, with the article loaded; yields a way to use its store, and what runs users' queries."""
    began: list[tuple[asyncio.AbstractEventLoop, FastAPI, uvicorn.Server]] = []

    async def work() -> None:
        async with Store(settings, password(settings)) as store:
            await prepare(store, load_ontology())
            for path in SEED_SOURCES.values():
                await load(store, load_ontology(), read(path))
            app = create_app(settings, store, "test", SEED_SOURCES, restart)
            running = uvicorn.Server(uvicorn.Config(app, port=settings.api_port, log_level="critical"))
            began.append((asyncio.get_running_loop(), app, running))
            await running.serve()

    thread = threading.Thread(target=asyncio.run, args=(work(),))
    thread.start()
    while thread.is_alive() and not (began and began[0][2].started):
        time.sleep(0.05)
    loop, app, running = began[0]
    try:
        state = app.state
        yield lambda look: asyncio.run_coroutine_threadsafe(look(state.store), loop).result(30), state.user_queries
    finally:
        running.should_exit = True
        thread.join()


@contextmanager
def forbidden_host() -> Iterator[tuple[str, list[str]]]:
    """A web server on loopback, and the requests that reach it."""
    reached: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            reached.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(CANARY.encode())

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as host:
        threading.Thread(target=host.serve_forever).start()
        yield f"127.0.0.1:{host.server_port}", reached
        host.shutdown()


class Others:
    """Other requests, one after the other in a thread, for as long as the block lasts."""

    PATHS = ("/health/live", "/health/ready", "/v1/entities/belavia")

    def __init__(self, url: str) -> None:
        self._client = httpx2.Client(base_url=url, timeout=30)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._go)
        self.times: list[float] = []
        self.statuses: set[int] = set()

    def __enter__(self) -> "Others":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._client.close()

    def _go(self) -> None:
        while True:
            for path in self.PATHS:
                before = time.monotonic()
                self.statuses.add(self._client.get(path).status_code)
                self.times.append(time.monotonic() - before)
            if self._over.wait(0.05):
                return


@contextmanager
def attacked(folder: Path) -> Iterator[Api]:
    """That server, in a folder of its own."""
    (folder / "secret.csv").write_text(f"{CANARY}\n")
    local = make_settings(folder)
    with pytest.MonkeyPatch.context() as patch, forbidden_host() as (host, reached):
        patch.setattr(server, "neo4j_conf", plain_conf)
        patch.setattr(java, "_FLAGS", (*java._FLAGS, "-Xms512m", "-Xmx512m"))
        patch.setattr(user_queries, "PATIENCE", 4.0)
        with claim(local) as claimed, LocalNeo4j(claimed) as neo4j:
            neo4j.start(lambda *_: None)
            neo4j.keep_alive(lambda _: None)
            settings = Settings(
                _env_file=None,
                neo4j_uri=local.bolt_uri,
                neo4j_password=password(local),
                api_port=free_port(),
                query_timeout=SECONDS,
                max_rows=ROWS,
            )
            with serve(settings, neo4j.restart) as (inside, queries):
                yield Api(f"http://127.0.0.1:{settings.api_port}", neo4j, inside, queries, reached, folder, host)
