"""One entity or statement in RDF: what the whole export says of it, and in the same words.

Of an entity that is its own properties and every statement that it is subject or object of, live or withdrawn, with the
evidence. It comes as a stream, sorted by the server, so memory here does not grow with how much is said about it.
"""

from collections.abc import AsyncGenerator, AsyncIterator
from urllib.parse import quote

from graph.rdf.export import CHUNK
from graph.rdf.foreign import is_whole
from graph.rdf.formats import FORMATS
from graph.rdf.mapping import Block, RdfMapping
from graph.rdf.reading import StatementRow, text
from graph.store import Store, Transaction
from ontology.model import Ontology


async def describe(store: Store, mapping: RdfMapping, id_: str, format_: str) -> AsyncGenerator[bytes]:
    """Chunks of the description of what has an id, in a format of `FORMATS`; none at all where nothing has it.

    The id of a statement stands for all that it ever was; with `~` and a time behind it, as in the IRI of a withdrawn
    one, for that one.

    Raises:
        UnwritableError: RDF/XML only: a text has control characters.
        Unavailable, DatabaseError: see `Store.reading`.
    """
    writer = FORMATS[format_](mapping.base)
    waiting, size, begun = [writer.head()], 0, False
    async with store.reading() as transaction:
        async for block in _blocks(transaction, mapping, id_):
            begun = True
            written = writer.block(None, block)
            waiting.append(written)
            size += len(written)
            if size >= CHUNK:
                yield "".join(waiting).encode()
                waiting, size = [], 0
    if begun:
        yield "".join([*waiting, writer.tail()]).encode()


async def _blocks(transaction: Transaction, mapping: RdfMapping, id_: str) -> AsyncIterator[Block]:
    nodes = await transaction.run(
        "MATCH (n:Thing {id: $id}) RETURN labels(n) AS labels, properties(n) AS found", id=id_
    )
    for node in nodes:
        yield mapping.node(id_, node["labels"], node["found"])
        async for block in _stated(transaction, mapping, _AROUND, id_):
            yield block
    if not nodes:
        statement, _, withdrawn = id_.partition("~")
        this = f"{mapping.iri(statement)[:-1]}~{quote(withdrawn, safe='+')}>"
        async for block in _stated(transaction, mapping, _BY_ID, statement, only=this if withdrawn else None):
            yield block


async def _stated(
    transaction: Transaction, mapping: RdfMapping, find: str, id_: str, only: str | None = None
) -> AsyncIterator[Block]:
    """The statements that a query finds, in the order of their sources; of one IRI alone where `only` is given."""
    source, said = None, None
    async for found in transaction.stream(_query(find, mapping.ontology), id=id_):
        row = StatementRow(*found.values())
        if not is_whole(row, mapping):
            continue
        if row.properties["source"] != source:
            source = row.properties["source"]
            said = await text(transaction, source)
        blocks = list(mapping.statement(row.subject, row.type, row.object, row.properties, said))
        if only is None or blocks[0][0] == only:
            for block in blocks:
                yield block


_AROUND = """
    MATCH (n:Thing {{id: $id}})
    CALL (n) {{
        MATCH (n)-[r:{kinds}]->(b:Thing) RETURN n AS a, r, b
        UNION ALL
        MATCH (a:Thing)-[r:{kinds}]->(n) WHERE a <> n RETURN a, r, n AS b
    }}
"""
_BY_ID = "MATCH (a:Thing)-[r:{kinds} {{id: $id}}]->(b:Thing)"


def _query(find: str, ontology: Ontology) -> str:
    kinds = "|".join(sorted(relation.type for relation in ontology.relations.values()))
    sources = "|".join(sorted({name for property_ in ontology.sources.values() for name in property_.domain}))
    return (
        f"{find.format(kinds=kinds)}"
        " WITH a, r, b WHERE a.id IS NOT NULL AND b.id IS NOT NULL AND r.id IS NOT NULL"
        f" AND EXISTS {{ MATCH (s:Thing {{id: r.source}}) WHERE s:{sources} }}"
        " WITH a, r, b ORDER BY r.source, r.id, r.retracted_at, type(r), a.id, b.id"
        " RETURN a.id, type(r), b.id, properties(r)"
    )
