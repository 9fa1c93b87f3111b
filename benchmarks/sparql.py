"""SPARQL over HTTP beside bare pyoxigraph on the same store folder and rdflib on the same data.

Run it with `python -m benchmarks.sparql [STATEMENTS …]`; without numbers, 1,000 and 10,000.

Starts a Neo4j and the API on free ports of the loopback interface, in a folder of its own, and ends them. For each
size it loads a generated data set, and measures: the time from the end of the load to the first answer from a fresh
view, and from a small commit to the next; the median of eight shapes of queries, in milliseconds; and how much more two
clients get done at once than one. rdflib is asked at the smallest size only: it holds the graph in memory.
"""

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection, RemoteDisconnected
from pathlib import Path
from urllib.parse import urlencode

import pyoxigraph as ox
import rdflib
from neo4j import GraphDatabase
from rich.console import Console
from rich.table import Table

from benchmarks.api import ROOT
from benchmarks.machine import facts, free_port

TURNS = 21  # of a query; the median is shown
SLOW = 3.0  # seconds of one turn, after which fewer are made
PREFIXES = """PREFIX bg: <https://w3id.org/belgraph/ontology#>
PREFIX id: <https://w3id.org/belgraph/id/>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""
SHAPES = {
    "point": "SELECT ?p ?o { id:agent-7 ?p ?o }",
    "star": "SELECT ?q ?m ?o { ?st rdf:subject id:agent-7 ; rdf:object ?o ; bg:quote ?q ; bg:modality ?m }",
    "path of two": "SELECT DISTINCT ?c { id:agent-7 bg:supports ?b . ?b bg:supports ?c }",
    "date range": """SELECT ?st { ?st bg:validFromMin ?d
        FILTER(?d >= "2020-03-01"^^xsd:date && ?d < "2020-04-01"^^xsd:date) }""",
    "aggregate": "SELECT ?s (COUNT(*) AS ?n) { ?st rdf:predicate bg:supports ; bg:source ?s } GROUP BY ?s",
    "optional": """SELECT ?st ?holder { ?st rdf:object id:agent-7 ; rdf:predicate bg:supports
        OPTIONAL { ?st bg:assertedBy ?holder } }""",
    "text": 'SELECT ?a ?n { ?a skos:prefLabel ?n FILTER CONTAINS(?n, "number 77") }',
    "construct": "CONSTRUCT { ?st ?p ?o } { ?st rdf:subject id:agent-7 ; ?p ?o }",
}


def _load(uri: str, password: str, count: int) -> None:
    """A data set of so many statements on a tenth of as many agents."""
    rows = random.Random(count)  # noqa: S311 - no secret
    agents = max(count // 10, 20)
    with GraphDatabase.driver(uri, auth=("neo4j", password)) as driver:
        driver.execute_query("MATCH (n) WHERE n.id STARTS WITH 'agent-' OR n.id = 'generated' DETACH DELETE n")
        driver.execute_query(
            "CREATE (:Thing:InformationObject:Dataset {id: 'generated', name: 'Generated', title: 'Generated',"
            " sha256: $digest, version: '1', licence: 'CC0-1.0'})",
            digest="0" * 64,
        )
        for start in range(0, agents, 5_000):
            names = [[f"agent-{n}", f"Agent number {n}"] for n in range(start, min(start + 5_000, agents))]
            made = "UNWIND $names AS n CREATE (:Thing:Agent:Organization {id: n[0], name: n[1], names: [n[1]]})"
            driver.execute_query(made, names=names)
        for start in range(0, count, 5_000):
            batch = []
            for n in range(start, min(start + 5_000, count)):
                day = f"20{rows.randrange(10, 26)}-{rows.randrange(1, 13):02}-{rows.randrange(1, 29):02}"
                ends = [f"agent-{rows.randrange(agents)}", f"agent-{rows.randrange(agents)}"]
                batch.append([*ends, {**_COMMON, "id": f"st-{n:020x}", "record": f"row {n}", **_dates(day)}])
            driver.execute_query(
                "UNWIND $batch AS b MATCH (s:Thing {id: b[0]}), (o:Thing {id: b[1]}) CREATE (s)-[r:SUPPORTS]->(o)"
                " SET r = b[2], r.quote = 'It is said in row ' + b[2].record",
                batch=batch,
            )


_COMMON = {
    "source": "generated",
    "modality": "asserted",
    "negated": False,
    "recorded_at": "2026-01-01T00:00:00.000Z",
}


def _dates(day: str) -> dict[str, str]:
    until = {"valid_to_min": "0001-01-01", "valid_to_max": "9999-12-31"}
    return {"valid_from": day, "valid_from_min": day, "valid_from_max": day, **until}


@contextmanager
def _served() -> Iterator[tuple[Path, int, str]]:
    """The data folder, the port of the API and the address of the Neo4j."""
    with tempfile.TemporaryDirectory() as folder:
        jars = ROOT / "build/jars/neo4j"
        jars.mkdir(parents=True, exist_ok=True)
        (Path(folder) / "jars").symlink_to(jars)
        ports = {name: free_port() for name in ("BOLT", "BROWSER", "API")}
        environment = {**os.environ, "BELGRAPH_HOME": folder, "BELGRAPH_QUERY_TIMEOUT": "120"}
        environment |= {f"BELGRAPH_{name}_PORT": str(port) for name, port in ports.items()}
        command = [sys.executable, str(ROOT / "belgraph.py")]
        subprocess.run([*command, "up", "--detach"], env=environment, cwd=folder, check=True, stdout=sys.stderr)
        try:
            yield Path(folder), ports["API"], f"bolt://127.0.0.1:{ports['BOLT']}"
        finally:
            subprocess.run([*command, "down"], env=environment, cwd=folder, check=True, stdout=sys.stderr)


class _Client:
    """One connection that stays open."""

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=600)

    def ask(self, query: str) -> bytes:
        try:
            return self._ask(query)
        except RemoteDisconnected:  # it was idle for long
            self._connection.close()
            return self._ask(query)

    def _ask(self, query: str) -> bytes:
        accept = "application/sparql-results+json, application/n-triples"
        while True:
            self._connection.request("GET", f"/sparql?{urlencode({'query': query})}", headers={"Accept": accept})
            answer = self._connection.getresponse()
            body = answer.read()
            if answer.status != 503:
                break
        if answer.status != 200:
            raise SystemExit(body.decode())
        return body


def _bare(store: ox.Store, query: str) -> bytes:
    found = store.query(query)
    if isinstance(found, ox.QueryTriples):
        written = found.serialize(format=ox.RdfFormat.N_TRIPLES)
    else:
        written = found.serialize(format=ox.QueryResultsFormat.JSON)
    return written or b""


def _median(work: Callable[[], object]) -> float:
    work()
    times: list[float] = []
    while len(times) < TURNS and sum(times) < SLOW * 3:
        before = time.perf_counter()
        work()
        times.append(time.perf_counter() - before)
    return statistics.median(times) * 1000


def _both_cores(port: int) -> float:
    """How much more two clients get done than one, with a query that takes long."""
    query = PREFIXES + "SELECT (COUNT(*) AS ?n) { ?st rdf:predicate ?p ; rdf:object ?o . ?o ?q ?x }"

    def work(_: int) -> None:
        client = _Client(port)
        for _turn in range(4):
            client.ask(query)

    with ThreadPoolExecutor(2) as threads:
        before = time.perf_counter()
        work(0)
        alone = time.perf_counter() - before
        before = time.perf_counter()
        list(threads.map(work, range(2)))
        return 2 * alone / (time.perf_counter() - before)


def _measure(count: int, home: Path, port: int, uri: str, *, rdflib_too: bool) -> Table:
    password = (home / "password").read_text().strip()
    _load(uri, password, count)
    client = _Client(port)
    everything = PREFIXES + "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    before = time.perf_counter()
    quads = json.loads(client.ask(everything))["results"]["bindings"][0]["n"]["value"]
    first = time.perf_counter() - before
    with GraphDatabase.driver(uri, auth=("neo4j", password)) as driver:
        driver.execute_query("MATCH (n:Thing {id: 'agent-1'}) SET n.name = 'Another name'")
    before = time.perf_counter()
    client.ask(PREFIXES + SHAPES["point"])
    fresh = time.perf_counter() - before
    both = _both_cores(port)
    (folder,) = (home / "sparql").iterdir()
    store = ox.Store.read_only(str(folder / "store"))
    graph = rdflib.Graph()
    if rdflib_too:
        graph.parse(data=_bare(store, "CONSTRUCT WHERE { ?s ?p ?o }"), format="nt")
    title = (
        f"{count:,} statements, {int(quads):,} triples: view of a new graph {first:.1f} s,"
        f" after a small commit {fresh:.1f} s, two clients at once get {both:.2f} times as much done"
    )
    table = Table("query", "/sparql ms", "pyoxigraph ms", "adds ms", "rdflib ms", title=title)
    for name, shape in SHAPES.items():
        query = PREFIXES + shape
        ours = _median(lambda query=query: client.ask(query))  # type: ignore[misc]
        bare = _median(lambda query=query: _bare(store, query))  # type: ignore[misc]
        peer = f"{_median(lambda query=query: list(graph.query(query))):.1f}" if rdflib_too else ""  # type: ignore[misc]
        table.add_row(name, f"{ours:.1f}", f"{bare:.1f}", f"{ours - bare:.1f}", peer)
    return table


def main() -> None:
    """Print a table for each size."""
    sizes = [int(each) for each in sys.argv[1:]] or [1_000, 10_000]
    console = Console(width=110)
    console.print(facts())
    with _served() as (home, port, uri):
        for count in sizes:
            console.print(_measure(count, home, port, uri, rdflib_too=count == min(sizes)))


if __name__ == "__main__":
    main()
