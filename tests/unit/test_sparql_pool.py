"""SPARQL in processes of its own, on a real store folder: answers, limits, and a new process for one that is killed."""

import json
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
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
HUNGRY = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?i"


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two graphs of 1,000 and 500 triples."""
    path = tmp_path_factory.mktemp("store")
    store = ox.Store(str(path))
    lines = [f'<http://s/{n}> <http://p/{n % 7}> "{n}" <http://g/{n % 3 // 2}> .\n' for n in range(1500)]
    store.bulk_load(input="".join(lines).encode(), format=ox.RdfFormat.N_QUADS)
    store.flush()
    return path


@pytest.fixture
async def pool(folder: Path) -> AsyncIterator[SparqlPool]:
    async with SparqlPool(folder, timeout=3) as opened:
        yield opened


async def count(pool: SparqlPool, query: str = COUNT, **graphs: list[str]) -> int:
    media, body = await pool.run(query, MEDIA, **graphs)
    assert media == JSON
    return int(json.loads(body)["results"]["bindings"][0]["n"]["value"])


async def test_the_default_graph_is_the_union(pool: SparqlPool) -> None:
    assert await count(pool) == 1500


async def test_the_request_chooses_graphs(pool: SparqlPool) -> None:
    assert await count(pool, default_graphs=["http://g/1"]) == 500
    assert await count(pool, default_graphs=["http://g/0", "http://g/1"]) == 1500
    assert await count(pool, named_graphs=["http://g/1"]) == 0  # then the default graph is empty
    with pytest.raises(SparqlFailure, match="no graph"):
        await count(pool, default_graphs=["file:///etc/hostname"])


async def test_the_query_chooses_graphs_and_the_request_wins(pool: SparqlPool) -> None:
    query = "SELECT (COUNT(*) AS ?n) FROM <http://g/1> { ?s ?p ?o }"

    assert await count(pool, query) == 500
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


async def test_a_query_without_end_is_an_error_and_its_process_is_replaced(pool: SparqlPool) -> None:
    for _ in range(3):  # more than there are processes
        with pytest.raises(QueryTimeout):
            await pool.run(ENDLESS, MEDIA)

    assert await count(pool) == 1500


@pytest.mark.parametrize("query", [HUNGRY, "SELECT * { ?a ?b ?c . ?d ?e ?f }"])
async def test_a_query_without_measure_is_an_error(folder: Path, query: str) -> None:
    async with SparqlPool(folder, timeout=30) as pool:
        with pytest.raises(SparqlFailure) as caught:
            await pool.run(query, MEDIA)

        assert caught.value.kind == "too-large"
        assert await count(pool) == 1500


UNCHECKED = """
import sys
from graph.sparql import worker
worker.check = lambda query, graphs: False
worker._serve(sys.argv[1])
"""


def test_a_process_opens_no_connection_even_where_the_check_is_deceived(folder: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(0.5)
        query = f"ASK {{ SERVICE <http://127.0.0.1:{listener.getsockname()[1]}/> {{ ?s ?p ?o }} }}"
        asked = {"query": query, "media": MEDIA, "default_graphs": [], "named_graphs": []}
        ran = subprocess.run(
            [sys.executable, "-c", UNCHECKED, str(folder)],
            input=json.dumps(asked).encode() + b"\n",
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
        async with SparqlPool(tmp_path / "none", timeout=3):
            pass
