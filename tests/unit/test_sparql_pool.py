"""SPARQL in processes of its own, on a real store folder: answers, limits, and a new process for one that is killed."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pyoxigraph as ox
import pytest

from graph.errors import QueryTimeout, Unavailable
from graph.sparql.pool import SparqlFailure, SparqlPool

pytestmark = pytest.mark.anyio

JSON = "application/sparql-results+json"
MEDIA = {"rows": JSON, "boolean": JSON, "rdf": "application/n-triples"}
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two graphs of 1,000 and 500 triples, and their union as the default graph; one triple is in both."""
    path = tmp_path_factory.mktemp("store")
    store = ox.Store(str(path))
    lines = [f'<http://s/{n}> <http://p/{n % 7}> "{n}" <http://g/{n % 3 // 2}> .\n' for n in range(1500)]
    union = [f"{line.rpartition(' <')[0]} .\n" for line in lines]
    both = '<http://s/0> <http://p/0> "0" <http://g/1> .\n'
    store.bulk_load(input="".join([*lines, *union, both]).encode(), format=ox.RdfFormat.N_QUADS)
    store.flush()
    return path


@asynccontextmanager
async def opened(folder: Path, seconds: float = 2) -> AsyncIterator[SparqlPool]:
    pool = SparqlPool(seconds)
    await pool.start()
    await pool.open(folder)
    try:
        yield pool
    finally:
        await pool.close()


@pytest.fixture
async def pool(folder: Path) -> AsyncIterator[SparqlPool]:
    async with opened(folder, seconds=20) as pool:
        yield pool


async def count(
    pool: SparqlPool, query: str = COUNT, default_graphs: Sequence[str] = (), named_graphs: Sequence[str] = ()
) -> int:
    media, body = await pool.run(query, MEDIA, default_graphs, named_graphs)
    assert media == JSON
    return int(json.loads(body)["results"]["bindings"][0]["n"]["value"])


async def test_the_default_graph_is_the_union(pool: SparqlPool) -> None:
    assert await count(pool) == 1500


async def test_the_request_chooses_graphs(pool: SparqlPool) -> None:
    assert await count(pool, default_graphs=["http://g/1"]) == 501
    assert await count(pool, default_graphs=["http://g/0", "http://g/1"]) == 1500
    assert await count(pool, named_graphs=["http://g/1"]) == 0  # then the default graph is empty
    with pytest.raises(SparqlFailure, match="no graph"):
        await count(pool, default_graphs=["file:///etc/hostname"])


async def test_the_query_chooses_graphs_and_the_request_wins(pool: SparqlPool) -> None:
    query = "SELECT (COUNT(*) AS ?n) FROM <http://g/1> { ?s ?p ?o }"

    assert await count(pool, query) == 501
    assert await count(pool, query.replace("{", "FROM <http://g/0> {")) == 1500
    assert await count(pool, query, default_graphs=["http://g/0"]) == 1000


async def test_every_form_has_its_format(pool: SparqlPool) -> None:
    asked = await pool.run("ASK { ?s ?p ?o }", MEDIA)
    made = await pool.run("CONSTRUCT WHERE { <http://s/1> ?p ?o }", MEDIA)

    assert (asked[0], json.loads(asked[1])["boolean"]) == (JSON, True)
    assert made == ("application/n-triples", b'<http://s/1> <http://p/1> "1" .\n')


async def test_a_fault_is_told_with_its_place(pool: SparqlPool) -> None:
    with pytest.raises(SparqlFailure) as caught:
        await pool.run("SELECT * { ?s ?p }", MEDIA)

    assert caught.value.kind == "malformed"
    assert caught.value.position is not None


async def test_no_format_that_is_acceptable(pool: SparqlPool) -> None:
    with pytest.raises(SparqlFailure) as caught:
        await pool.run("ASK { ?s ?p ?o }", {**MEDIA, "boolean": None})

    assert caught.value.kind == "not-acceptable"


async def test_queries_without_end_are_errors_and_do_not_keep_short_ones_waiting(folder: Path) -> None:
    async with opened(folder, seconds=2) as pool:
        pids = set(pool.pids)
        endless = [asyncio.create_task(pool.run(ENDLESS, MEDIA)) for _ in range(2)]
        await asyncio.sleep(0.1)

        assert await count(pool) == 1500
        assert not any(each.done() for each in endless)
        assert [type(each) for each in await asyncio.gather(*endless, return_exceptions=True)] == [QueryTimeout] * 2
        assert await count(pool) == 1500
        assert len(pool.pids & pids) == 1  # the one for short queries


async def test_a_process_that_was_killed_is_not_the_fault_of_the_query(pool: SparqlPool) -> None:
    for pid in pool.pids:
        os.kill(pid, signal.SIGKILL)

    assert [await count(pool) for _ in range(3)] == [1500] * 3


UNCHECKED = """
from graph.sparql import worker
worker.may_reach = lambda query: False
worker._serve()
"""


def test_a_process_opens_no_connection_even_where_the_check_is_deceived(folder: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(0.5)
        query = f"ASK {{ SERVICE <http://127.0.0.1:{listener.getsockname()[1]}/> {{ ?s ?p ?o }} }}"
        asked: dict[str, object] = {
            "query": query,
            "media": MEDIA,
            "default_graphs": [],
            "named_graphs": [],
            "base": None,
        }
        ran = subprocess.run(
            [sys.executable, "-c", UNCHECKED],
            input=b"".join(json.dumps(line).encode() + b"\n" for line in ({"folder": str(folder)}, asked)),
            capture_output=True,
            timeout=30,
            check=True,
        )

        ready, answer = map(json.loads, ran.stdout.splitlines())
        assert (ready, answer["kind"]) == ({}, "failed")
        with pytest.raises(TimeoutError):
            listener.accept()


async def test_a_folder_that_is_no_store(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        async with opened(tmp_path / "none"):
            pass
