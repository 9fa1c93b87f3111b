"""How fast the graph is exported as RDF and in how much memory, beside rdflib and pyoxigraph.

Every line of the table is measured in a process of its own (`python -m benchmarks.export WRITER FORMAT`). The first two
do the same work, from Neo4j to the last byte; then rdflib has the graph in its own store already. Then both belgraph
and pyoxigraph get the same rows, read from Neo4j in advance, so that only the writing is measured.
"""

import asyncio
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

import pyoxigraph as ox
from rdflib import Dataset, Graph, Literal, URIRef
from rich.table import Table

from benchmarks.machine import ROOT
from graph.config import Settings
from graph.password import password
from graph.rdf import reading
from graph.rdf.export import write
from graph.rdf.formats import FORMATS
from graph.rdf.mapping import RdfMapping
from graph.rdf.parsing import SYNTAXES
from graph.rdf.reading import StatementRow
from graph.rdf.templates import Templates
from graph.rdf.terms import Block, parts
from graph.store import Store
from ontology.model import load as load_ontology

RDFLIB_MOST = 100_000
"""Statements up to which rdflib is measured: it needs gigabytes for more."""

PATIENCE = 100
"""Seconds that rdflib may take; its Turtle of ten thousand statements with a super-node takes longer."""

PEER = {"nt": "nt", "nq": "nquads", "ttl": "turtle", "trig": "trig", "jsonld": "json-ld", "rdf": "xml"}
"""The formats as rdflib names them; of its two writers of RDF/XML, the one that does not nest and is faster."""

QUADS = ("nquads", "trig")

ROWS = 20_000
"""Statements that are read in advance."""

_NOWHERE = Path(os.devnull).open("wb")  # noqa: SIM115 - to the end of the process


def table(size: int, environment: dict[str, str]) -> Table:
    """The lines of a Neo4j with so many statements, which a process with this environment finds."""
    made = Table(
        "format", "writer", "triples", "triples/s", "times rdflib", "peak MB", title=f"export, {size:,} statements"
    )
    warm = _run("belgraph", "nt", environment)  # the JVM and the page cache
    for format_ in FORMATS:
        _lines(made, size, format_, warm[0] if warm else 0, environment)
    return made


def _lines(made: Table, size: int, format_: str, triples: int, environment: dict[str, str]) -> None:
    found = {
        writer: _run(writer, format_, environment)
        for writer in _MEASURES
        if "rdflib" not in writer or size <= RDFLIB_MOST
    }
    for writer, measured in found.items():
        slow = found.get("rdflib, graph in memory" if "memory" in writer else "rdflib")
        numbers = ("", "", "", f"over {PATIENCE} s")
        if measured:
            counted, seconds, peak = measured
            counted = triples if writer == "belgraph" else counted
            speed = counted / seconds
            times = f"{speed / (slow[0] / slow[1]):.1f}" if slow else ""
            numbers = (f"{counted:,}", f"{speed:,.0f}", times, f"{peak:,.0f}")
        made.add_row(format_, writer, *numbers, end_section=writer == list(found)[-1])


def _run(writer: str, format_: str, environment: dict[str, str]) -> tuple[int, float, float] | None:
    """Triples, seconds, and the most memory in MB; None if it took too long."""
    command = [sys.executable, "-m", "benchmarks.export", writer, format_]
    patience = PATIENCE if "rdflib" in writer else None
    try:
        told = subprocess.run(
            command, env=environment, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True, timeout=patience
        ).stdout
    except subprocess.TimeoutExpired:
        return None
    triples, seconds, peak = told.split()
    return int(triples), float(seconds), float(peak)


def _opened() -> Store:
    settings = Settings()
    return Store(settings, password(settings))


def _mapping() -> RdfMapping:
    return RdfMapping(load_ontology(), Settings().base_iri)


async def _belgraph(format_: str) -> tuple[int, float]:
    """All of it; the number of triples is that of lines, and of N-Triples only."""
    async with _opened() as store:
        lines = 0
        begin = time.perf_counter()
        async for chunk in write(store, _mapping(), format_):
            lines += chunk.count(b"\n")
            _NOWHERE.write(chunk)
        return lines, time.perf_counter() - begin


async def _rdflib(format_: str) -> tuple[int, float]:
    async with _opened() as store:
        text = b"".join([chunk async for chunk in write(store, _mapping(), "nq" if PEER[format_] in QUADS else "nt")])
    graph = Dataset() if PEER[format_] in QUADS else Graph()
    graph.parse(data=text, format="nquads" if PEER[format_] in QUADS else "nt")
    del text
    begin = time.perf_counter()
    graph.serialize(_NOWHERE, PEER[format_], encoding="utf-8")
    return len(graph), time.perf_counter() - begin


async def _rdflib_from_neo4j(format_: str) -> tuple[int, float]:
    """What Neo4j holds becomes rdflib's terms, its graph, and bytes."""
    mapping = _mapping()
    whole = Dataset() if PEER[format_] in QUADS else Graph()

    def add(graph: str | None, blocks: Iterable[Block]) -> None:
        to = whole.graph(URIRef(graph[1:-1])) if graph and isinstance(whole, Dataset) else whole
        for subject, said in blocks:
            for predicate, object_ in said:
                to.add((URIRef(subject[1:-1]), URIRef(predicate[1:-1]), _rdflib_term(object_)))

    begin = time.perf_counter()
    add(None, mapping.vocabularies())
    async with _opened() as store, store.reading() as transaction:
        async for entities in reading.entities(transaction, mapping.ontology):
            add(None, [mapping.node(*node) for node in entities])
        for batch in await reading.batches(transaction, mapping.ontology):
            nodes = await reading.nodes(transaction, batch.sources)
            for node in () if batch.low else nodes:
                add(mapping.iri(node.id), [mapping.node(*node)])
            texts = {node.id: reading.text_of(node) for node in nodes}
            async for rows in reading.statements(transaction, mapping.ontology, batch):
                for row in rows:
                    source = row.properties["source"]
                    add(mapping.iri(source), mapping.statement(*row, texts[source]))
    whole.serialize(_NOWHERE, PEER[format_], encoding="utf-8")
    return len(whole), time.perf_counter() - begin


def _rdflib_term(object_: str) -> URIRef | Literal:
    if object_.startswith("<"):
        return URIRef(object_[1:-1])
    text, kind = parts(object_)
    if kind.startswith("@"):
        return Literal(text, lang=kind[1:])
    return Literal(text, datatype=URIRef(kind[1:-1]) if kind else None, normalize=False)


async def _rows() -> tuple[list[tuple[StatementRow, str | None]], RdfMapping]:
    """Some statements with the texts of their sources, read in advance."""
    mapping = _mapping()
    rows: list[tuple[StatementRow, str | None]] = []
    async with _opened() as store, store.reading() as transaction:
        for batch in await reading.batches(transaction, mapping.ontology):
            texts = {node.id: reading.text_of(node) for node in await reading.nodes(transaction, batch.sources)}
            async for page in reading.statements(transaction, mapping.ontology, batch):
                rows += [(row, texts[row.properties["source"]]) for row in page[: ROWS - len(rows)]]
    return rows, mapping


async def _belgraph_rows(format_: str) -> tuple[int, float]:
    rows, mapping = await _rows()
    begin = time.perf_counter()
    templates = Templates(mapping, FORMATS[format_](mapping.base))
    for start in range(0, len(rows), reading.PAGE):
        _NOWHERE.write(b"".join([templates.write(*row) or b"" for row in rows[start : start + reading.PAGE]]))
    return templates.triples, time.perf_counter() - begin


async def _pyoxigraph_rows(format_: str) -> tuple[int, float]:
    """The texts of all terms are made in advance; only pyoxigraph's objects and its writing are measured."""
    rows, mapping = await _rows()
    blocks = [block for row, text in rows for block in mapping.statement(*row, text)]
    named = {predicate: ox.NamedNode(predicate[1:-1]) for _, said in blocks for predicate, _ in said}
    said = [(s[1:-1], named[p], *_split(o)) for s, pairs in blocks for p, o in pairs]
    begin = time.perf_counter()
    triples = (ox.Triple(ox.NamedNode(subject), predicate, make(text)) for subject, predicate, text, make in said)
    ox.serialize(triples, _NOWHERE, format=SYNTAXES[format_])
    return len(said), time.perf_counter() - begin


def _split(object_: str) -> tuple[str, Callable[[str], ox.NamedNode | ox.Literal]]:
    if object_.startswith("<"):
        return object_[1:-1], ox.NamedNode
    text, kind = parts(object_)
    if kind.startswith("@"):
        return text, partial(ox.Literal, language=kind[1:])
    return text, partial(ox.Literal, datatype=_datatype(kind[1:-1])) if kind else ox.Literal


_datatype = cache(ox.NamedNode)
_MEASURES: Mapping[str, Callable[[str], Coroutine[Any, Any, tuple[int, float]]]] = {
    "belgraph": _belgraph,
    "rdflib": _rdflib_from_neo4j,
    "rdflib, graph in memory": _rdflib,
    "belgraph, rows in memory": _belgraph_rows,
    "pyoxigraph, rows in memory": _pyoxigraph_rows,
}


if __name__ == "__main__":
    triples, seconds = asyncio.run(_MEASURES[sys.argv[1]](sys.argv[2]))
    sys.stdout.write(f"{triples} {seconds} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}")
