"""Writes the whole graph as RDF, as a stream: memory does not grow with the graph.

A named graph holds what one source says and what that source is, under the source's own IRI. What the store derives
from all sources together (classes and display names of entities) and the vocabularies are in the default graph.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from graph.rdf import reading
from graph.rdf.digest import Digest
from graph.rdf.formats import FORMATS, Writer
from graph.rdf.mapping import Block, RdfMapping
from graph.store import Store, Transaction

CHUNK = 65_536
"""Characters of a chunk."""

TOLD = 1_000
"""What stays behind is told in full up to here; memory stays bounded."""


@dataclass(slots=True)
class Exported:
    """What an export wrote, and what it left behind; `digest` stands for the content of the database."""

    nodes: int = 0
    statements: int = 0
    triples: int = 0
    lost: int = 0
    left: list[str] = field(default_factory=list)
    digest: Digest = field(default_factory=Digest)

    def leave(self, what: str) -> None:
        """Something of the database is not in the file."""
        self.lost += 1
        if len(self.left) < TOLD:
            self.left.append(what)


async def lines(store: Store, mapping: RdfMapping, *, graphs: bool) -> AsyncIterator[bytes]:
    """The graph as chunks of N-Triples, or of N-Quads where `graphs`; a chunk ends with a line.

    Raises:
        Unavailable, DatabaseError: see `Store.reading`.
    """
    async for chunk in write(store, mapping, "nq" if graphs else "nt"):
        yield chunk


async def write(
    store: Store, mapping: RdfMapping, format_: str, exported: Exported | None = None
) -> AsyncIterator[bytes]:
    """The graph as chunks of a format of `FORMATS`; counts what it writes in `exported`.

    Raises:
        UnwritableError: RDF/XML only: a text has control characters.
        Unavailable, DatabaseError: see `Store.reading`.
    """
    counted = exported or Exported()
    writer = FORMATS[format_](mapping.base)
    waiting, size = [writer.head()], 0
    async with store.reading() as transaction:
        async for graph, block in _blocks(transaction, mapping, counted):
            text = _write(writer, graph, block, counted)
            waiting.append(text)
            size += len(text)
            if size >= CHUNK:
                yield "".join(waiting).encode()
                waiting, size = [], 0
    waiting.append(writer.tail())
    yield "".join(waiting).encode()


def _write(writer: Writer, graph: str | None, block: Block, counted: Exported) -> str:
    counted.triples += len(block[1])
    return writer.block(graph, block)


async def _blocks(
    transaction: Transaction, mapping: RdfMapping, counted: Exported
) -> AsyncIterator[tuple[str | None, Block]]:
    ontology = mapping.ontology
    for block in mapping.vocabularies():
        yield None, block
    async for node in reading.nodes(transaction):
        counted.nodes += 1
        counted.digest.node(node.id, node.labels, node.properties)
        for fault in reading.node_faults(node, mapping):
            counted.leave(fault)
        graph = mapping.iri(node.id) if ontology.is_source(node.labels) else None
        yield graph, mapping.node(node.id, node.labels, node.properties)
    sources = await reading.sources(transaction, ontology)
    for source in sources:
        text = await reading.text(transaction, source)
        async for row in reading.statements(transaction, ontology, source):
            for fault in reading.statement_faults(row, mapping):
                counted.leave(fault)
            if reading.is_whole(row, mapping):
                counted.statements += 1
                counted.digest.statement(row.subject, row.type, row.object, row.properties)
                for block in mapping.statement(row.subject, row.type, row.object, row.properties, text):
                    yield mapping.iri(source), block
    async for stranger in reading.strangers(transaction, ontology, sources):
        counted.leave(stranger)
