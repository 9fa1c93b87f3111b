"""What of the database goes into RDF: entities by id, then the statements of each source by id.

The order depends on the content only, so the same graph gives the same bytes. The server sorts a batch of sources at a
time, so that no memory grows with the graph, and packs rows into pages, several times as fast to read as single rows.
"""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from graph.store import Transaction
from ontology.model import Ontology


class NodeRow(NamedTuple):
    """A node of the database; its properties include those that the store derives."""

    id: str
    labels: Sequence[str]
    properties: Mapping[str, Any]


class StatementRow(NamedTuple):
    """A relationship of the database, by the ids of its ends."""

    subject: str
    type: str
    object: str
    properties: Mapping[str, Any]


class Batch(NamedTuple):
    """Some sources, or one with very many statements: those whose ids are from `low` to before `high`."""

    sources: Sequence[str]
    low: str = ""
    high: str | None = None


PAGE = 100
"""Rows that come as one: a row by itself costs more than what is in it."""

_BATCH, _MOST = 20_000, 250_000
"""Statements that are sorted at once: of several sources, and of one. A million would be more than Neo4j allows."""

_TEXTS = 4_000_000
"""Characters of texts that are held at once, where there is more than one."""

_PAGES = f"UNWIND range(0, size(found) - 1, {PAGE}) AS at"


async def entities(transaction: Transaction, ontology: Ontology) -> AsyncIterator[Sequence[NodeRow]]:
    """Pages of all nodes that have an id and are no sources."""
    query = (
        f"MATCH (n:Thing) WHERE n.id > $last AND NOT n:{_source_classes(ontology)}"
        f" WITH n ORDER BY n.id LIMIT {_BATCH} WITH collect(n) AS found {_PAGES}"
        f" RETURN [n IN found[at..at + {PAGE}] | [n.id, labels(n), properties(n)]]"
    )
    last: str | None = ""
    while last is not None:
        begun, last = last, None
        async for (page,) in transaction.values(query, last=begun):
            if page:
                last = page[-1][0]
                yield [NodeRow(*row) for row in page]


async def batches(transaction: Transaction, ontology: Ontology) -> Sequence[Batch]:
    """All sources, in batches of what can be sorted and held at once."""
    found = await transaction.run(
        f"MATCH (n:{_source_classes(ontology)}) WHERE n:Thing AND n.id > '' RETURN n.id AS id,"
        " CASE WHEN valueType(n.text) STARTS WITH 'STRING' THEN size(n.text) ELSE 0 END AS length ORDER BY n.id"
    )
    counted = f"MATCH (:Thing)-[r:{_kinds(ontology)}]->(:Thing) RETURN r.source AS source, count(*) AS statements"
    counts = {str(row["source"]): row["statements"] for row in await transaction.run(counted)}
    made: list[Batch] = []
    waiting: list[str] = []
    statements = length = 0
    for row in found:
        count = counts.get(row["id"], 0)
        if waiting and (statements + count > _BATCH or length + row["length"] > _TEXTS):
            made.append(Batch(waiting))
            waiting, statements, length = [], 0, 0
        if count > _MOST:
            made += _slices(row["id"], count)
        else:
            waiting.append(row["id"])
            statements, length = statements + count, length + row["length"]
    return [*made, Batch(waiting)] if waiting else made


def _slices(source: str, count: int) -> Iterator[Batch]:
    """A source in parts that are about equal, as ids end in a hash."""
    digits = 1
    while count / 16**digits > _MOST:
        digits += 1
    bounds = [f"st-{n:0{digits}x}" for n in range(1, 16**digits)]
    for low, high in zip(["", *bounds], [*bounds, None], strict=True):
        yield Batch([source], low, high)


async def nodes(transaction: Transaction, ids: Sequence[str]) -> Sequence[NodeRow]:
    """The nodes of these ids."""
    query = "MATCH (n:Thing) WHERE n.id IN $ids RETURN n.id, labels(n), properties(n) ORDER BY n.id"
    return [NodeRow(*row.values()) for row in await transaction.run(query, ids=ids)]


async def text(transaction: Transaction, source: str) -> str | None:
    """The text of a document."""
    (row,) = await transaction.run("MATCH (n:Thing {id: $id}) RETURN n.text AS text", id=source)
    return _text(row["text"])


def text_of(node: NodeRow) -> str | None:
    """The text of a document that was read already."""
    return _text(node.properties.get("text"))


def _text(found: object) -> str | None:
    return found if isinstance(found, str) else None


async def statements(
    transaction: Transaction, ontology: Ontology, batch: Batch
) -> AsyncIterator[Sequence[StatementRow]]:
    """Pages of the statements of a batch, live or withdrawn, by source and id."""
    query = (
        f"MATCH (a:Thing)-[r:{_kinds(ontology)}]->(b:Thing) WHERE r.source IN $sources AND r.id IS NOT NULL"
        " AND coalesce(r.id >= $low, $low = '') AND coalesce(r.id < $high, $high IS NULL OR $low = '')"
        " WITH a.id AS a, r, b.id AS b ORDER BY r.source, r.id, r.retracted_at, type(r)"
        f" WITH collect([a, r, b]) AS found {_PAGES}"
        f" RETURN [x IN found[at..at + {PAGE}] | [x[0], type(x[1]), x[2], properties(x[1])]]"
    )
    async for (page,) in transaction.values(query, **batch._asdict()):
        yield [StatementRow(*row) for row in page if _is_id(row[0]) and _is_id(row[2])]


def _is_id(found: object) -> bool:
    return isinstance(found, str) and found != ""  # an IRI must have something behind the base


def _kinds(ontology: Ontology) -> str:
    return "|".join(sorted(relation.type for relation in ontology.relations.values()))


def _source_classes(ontology: Ontology) -> str:
    return "|".join(sorted({name for property_ in ontology.sources.values() for name in property_.domain}))


async def controlled(transaction: Transaction) -> str | None:
    """A node or relationship with control characters, which XML 1.0 cannot hold (2.2)."""
    pattern = "(?s).*[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\ufffe\\uffff].*"
    for match in ("(x)", "()-[x]->()"):
        query = f"MATCH {match} WHERE any(key IN keys(x) WHERE x[key] =~ $pattern) RETURN x.id AS id LIMIT 1"
        for row in await transaction.run(query, pattern=pattern):
            return str(row["id"])
    return None
