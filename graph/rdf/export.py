"""Writes the whole graph as RDF, as a stream: memory does not grow with the graph.

A named graph holds what one source says and what that source is, under the source's own IRI. What the store derives
from all sources together (classes and display names of entities) and the vocabularies are in the default graph.

A stream is one state of the graph, or it breaks off: Neo4j has no snapshots, so the revision after the last row must be
the one before the first.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from graph.errors import ChangedError, Fault, UnwritableError
from graph.rdf import foreign, reading
from graph.rdf.digest import Digest
from graph.rdf.formats import FORMATS
from graph.rdf.mapping import RdfMapping
from graph.rdf.reading import NodeRow, StatementRow
from graph.rdf.templates import Templates
from graph.rdf.terms import Block
from graph.store import Store, Transaction

CHUNK = 65_536
"""Bytes of a chunk."""

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

    def leave(self, what: Fault | str) -> None:
        """Something of the database is not in the file."""
        self.lost += 1
        if len(self.left) < TOLD:
            self.left.append(str(what))


async def lines(store: Store, mapping: RdfMapping, *, graphs: bool) -> AsyncIterator[bytes]:
    """The graph as chunks of N-Triples, or of N-Quads where `graphs`; a chunk ends with a line.

    Raises:
        ChangedError: the database changed meanwhile; this comes after the last chunk.
        Unavailable, DatabaseError: see `Store.reading`.
    """
    async for chunk in write(store, mapping, "nq" if graphs else "nt"):
        yield chunk


async def write(
    store: Store, mapping: RdfMapping, format_: str, exported: Exported | None = None
) -> AsyncIterator[bytes]:
    """The graph as chunks of a format of `FORMATS`; counts in `exported`, if given, and compares with what there is.

    Raises:
        UnwritableError: RDF/XML only: something has control characters; this comes before the first chunk.
        ChangedError: the database changed meanwhile; this comes before the last chunk.
        Unavailable, DatabaseError: see `Store.reading`.
    """
    export = _Export(mapping, format_, exported)
    revision = await store.revision()
    waiting, size = [export.writer.head().encode()], 0
    async with store.reading() as transaction:
        if format_ == "rdf" and (where := await reading.controlled(transaction)):
            raise UnwritableError(f"RDF/XML cannot hold the control characters of {where}; use another format")
        async for pieces in export.pieces(transaction):
            if size >= CHUNK:
                yield b"".join(waiting)
                waiting, size = [], 0
            waiting += pieces
            size += sum(map(len, pieces))
    if await store.revision() != revision:
        raise ChangedError("the database changed while it was exported; export again")
    waiting.append(export.writer.tail().encode())
    yield b"".join(waiting)


class _Export:
    def __init__(self, mapping: RdfMapping, format_: str, exported: Exported | None) -> None:
        self.writer = FORMATS[format_](mapping.base)
        self._mapping = mapping
        self._templates = Templates(mapping, self.writer)
        self._iri = lru_cache(mapping.iri)
        self._exported = exported
        self._left_out = 0

    async def pieces(self, transaction: Transaction) -> AsyncIterator[Sequence[bytes]]:
        """What stands between head and tail."""
        ontology = self._mapping.ontology
        yield [self._block(None, block) for block in self._mapping.vocabularies()]
        async for entities in reading.entities(transaction, ontology):
            yield [self._node(node, None) for node in entities]
        sources: list[str] = []
        for batch in await reading.batches(transaction, ontology):
            nodes = await reading.nodes(transaction, batch.sources)
            if not batch.low:
                sources += batch.sources
                yield [self._node(node, self._mapping.iri(node.id)) for node in nodes]
            texts = {node.id: reading.text_of(node) for node in nodes}
            async for rows in reading.statements(transaction, ontology, batch):
                yield [self._statement(row, texts[row.properties["source"]]) for row in rows]
        if self._exported:
            await self._compare(transaction, self._exported, sources)
            self._exported.triples += self._templates.triples

    async def _compare(self, transaction: Transaction, exported: Exported, sources: list[str]) -> None:
        """Tell what is not ours, and see that the database has no more than was written and told."""
        nodes, relationships = exported.nodes, exported.statements + self._left_out
        async for fault in foreign.strange_nodes(transaction):
            exported.leave(fault)
            nodes += 1
        async for fault in foreign.strange_relationships(transaction, self._mapping.ontology, sources):
            exported.leave(fault)
            relationships += 1
        query = "RETURN COUNT { MATCH (n) } AS nodes, COUNT { MATCH ()-[r]->() } AS relationships"
        (there,) = await transaction.run(query)
        for what, met in (("nodes", nodes), ("relationships", relationships)):
            if there[what] != met:
                exported.leave(f"{what}: the database has {there[what]:,}, and {met:,} were met")

    def _node(self, node: NodeRow, graph: str | None) -> bytes:
        if self._exported:
            self._exported.nodes += 1
            self._exported.digest.node(*node)
            for fault in foreign.node_faults(node, self._mapping):
                self._exported.leave(fault)
        return self._block(graph, self._mapping.node(*node))

    def _statement(self, row: StatementRow, text: str | None) -> bytes:
        graph = self._iri(row.properties["source"])
        written = self._templates.write(row, text)
        if written is not None:
            self._count(row)
            entered = self.writer.enter(graph)
            return entered.encode() + written if entered else written
        if self._exported:
            for fault in foreign.statement_faults(row, self._mapping):
                self._exported.leave(fault)
        if not foreign.is_whole(row, self._mapping):
            self._left_out += 1
            return b""
        self._count(row)
        return b"".join([self._block(graph, block) for block in self._mapping.statement(*row, text)])

    def _count(self, row: StatementRow) -> None:
        if self._exported:
            self._exported.statements += 1
            self._exported.digest.statement(*row)

    def _block(self, graph: str | None, block: Block) -> bytes:
        if self._exported:
            self._exported.triples += len(block[1])
        return (self.writer.enter(graph) + self.writer.block(graph, block)).encode()
