"""SPARQL over HTTP beside bare pyoxigraph on the same store folder and rdflib on the same data.

Measured are the time from the first question to the answer from a new view, and from a small commit to the next; the
median of eight shapes of queries, in milliseconds; and how much more two clients get done at once than one.
"""

import json
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, RemoteDisconnected
from pathlib import Path
from urllib.parse import urlencode

import pyoxigraph as ox
import rdflib
from neo4j import GraphDatabase
from rich.table import Table

RDFLIB_MOST = 10_000
"""Statements up to which rdflib is measured: it holds the graph in memory."""

WARM = 1_000
"""Small queries before any is measured: Neo4j, which tells the revision for each, runs cold at first."""

TURNS = 21  # of a query; the median is shown
SLOW = 3.0  # seconds of one turn, after which fewer are made
PREFIXES = """PREFIX bg: <https://w3id.org/belgraph/ontology#>
PREFIX id: <https://w3id.org/belgraph/id/>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""
SHAPES = {
    "point": "SELECT ?p ?o { id:person-7 ?p ?o }",
    "star": "SELECT ?q ?m ?o { ?st rdf:subject id:person-7 ; rdf:object ?o ; bg:quote ?q ; bg:modality ?m }",
    "path of two": "SELECT DISTINCT ?c { id:person-7 bg:supports ?b . ?c bg:opposes ?b }",
    "date range": """SELECT ?st { ?st bg:validFromMin ?d
        FILTER(?d >= "2025-06-01"^^xsd:date && ?d < "2025-07-01"^^xsd:date) }""",
    "aggregate": "SELECT ?s (COUNT(*) AS ?n) { ?st rdf:predicate bg:supports ; bg:source ?s } GROUP BY ?s",
    "optional": """SELECT ?st ?holder { ?st rdf:object id:organization-7 ; rdf:predicate bg:supports
        OPTIONAL { ?st bg:assertedBy ?holder } }""",
    "text": 'SELECT ?a ?n { ?a skos:prefLabel ?n FILTER CONTAINS(?n, "Person 7") }',
    "construct": "CONSTRUCT { ?st ?p ?o } { ?st rdf:subject id:person-7 ; ?p ?o }",
}


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


def table(size: int, environment: dict[str, str]) -> Table:
    """The lines of a Neo4j with so many statements and the API on it, which a process with this environment finds."""
    home = Path(environment["BELGRAPH_HOME"])
    port = int(environment["BELGRAPH_API_PORT"])
    client = _Client(port)
    everything = PREFIXES + "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    before = time.perf_counter()
    quads = json.loads(client.ask(everything))["results"]["bindings"][0]["n"]["value"]
    first = time.perf_counter() - before
    with GraphDatabase.driver(
        f"bolt://127.0.0.1:{environment['BELGRAPH_BOLT_PORT']}", auth=("neo4j", (home / "password").read_text().strip())
    ) as driver:
        driver.execute_query("MATCH (n:Thing {id: 'person-1'}) SET n.name = 'Another name'")
    before = time.perf_counter()
    client.ask(PREFIXES + SHAPES["point"])
    fresh = time.perf_counter() - before
    for _ in range(WARM):
        client.ask("ASK {}")
    both = _both_cores(port)
    (folder,) = (home / "sparql").iterdir()
    store = ox.Store.read_only(str(folder / "store"))
    graph = rdflib.Graph()
    with_rdflib = size <= RDFLIB_MOST
    if with_rdflib:
        graph.parse(data=_bare(store, "CONSTRUCT WHERE { ?s ?p ?o }"), format="nt")
    title = (
        f"SPARQL, {size:,} statements, {int(quads):,} triples: view of a new graph {first:.1f} s,"
        f" after a small commit {fresh:.1f} s, two clients at once get {both:.2f} times as much done"
    )
    made = Table("query", "rows", "/sparql ms", "pyoxigraph ms", "adds ms", "times", "rdflib ms", title=title)
    for name, shape in SHAPES.items():
        query = PREFIXES + shape
        rows = len(list(store.query(query)))  # type: ignore[arg-type]  # none is an ASK
        ours = _median(lambda query=query: client.ask(query))  # type: ignore[misc]
        bare = _median(lambda query=query: _bare(store, query))  # type: ignore[misc]
        peer = f"{_median(lambda query=query: list(graph.query(query))):,.1f}" if with_rdflib else ""  # type: ignore[misc]
        numbers = (f"{ours:,.1f}", f"{bare:,.1f}", f"{ours - bare:,.1f}", f"{ours / bare:.2f}")
        made.add_row(name, f"{rows:,}", *numbers, peer)
    return made
