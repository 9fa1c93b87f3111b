"""What of the database goes into RDF: nodes by id, then the statements of each source by id, and what stays behind.

The order depends on the content only, so the same graph gives the same bytes. Rows come as a stream and each source is
sorted by the server on its own, so that memory here does not grow with the graph.
"""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graph.constraints import RETRACTED
from graph.rdf.mapping import RdfMapping
from graph.store import Transaction
from ontology.model import Ontology


@dataclass(frozen=True, slots=True)
class NodeRow:
    """A node of the database; its properties include those that the store derives."""

    id: str
    labels: Sequence[str]
    properties: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StatementRow:
    """A relationship of the database, by the ids of its ends."""

    subject: str
    type: str
    object: str
    properties: Mapping[str, Any]


_KNOWN = "valueType(n.id) STARTS WITH 'STRING'"
_NODES = f"MATCH (n:Thing) WHERE n.id STARTS WITH '' AND {_KNOWN} RETURN n.id, labels(n), properties(n) ORDER BY n.id"


def _statements(ontology: Ontology) -> str:
    kinds = "|".join(sorted(relation.type for relation in ontology.relations.values()))
    return (
        f"MATCH (a:Thing)-[r:{kinds} {{source: $source}}]->(b:Thing)"
        " WHERE a.id IS NOT NULL AND b.id IS NOT NULL AND r.id IS NOT NULL"
        " WITH a, r, b ORDER BY r.id, r.retracted_at, type(r), a.id, b.id"
        " RETURN a.id, type(r), b.id, properties(r)"
    )


async def nodes(transaction: Transaction) -> AsyncIterator[NodeRow]:
    """All nodes that have an id."""
    async for row in transaction.stream(_NODES):
        yield NodeRow(*row.values())


async def sources(transaction: Transaction, ontology: Ontology) -> Sequence[str]:
    """Ids of all documents and data sets."""
    kinds = "|".join(sorted({name for property_ in ontology.sources.values() for name in property_.domain}))
    found = await transaction.run(f"MATCH (n:{kinds}) WHERE n:Thing AND {_KNOWN} RETURN n.id AS id ORDER BY id")
    return [row["id"] for row in found]


async def text(transaction: Transaction, source: str) -> str | None:
    """The text of a document."""
    (row,) = await transaction.run("MATCH (n:Thing {id: $id}) RETURN n.text AS text", id=source)
    found = row["text"]
    return found if isinstance(found, str) else None


async def statements(transaction: Transaction, ontology: Ontology, source: str) -> AsyncIterator[StatementRow]:
    """The statements of a source, live or withdrawn."""
    async for row in transaction.stream(_statements(ontology), source=source):
        yield StatementRow(*row.values())


async def strangers(transaction: Transaction, ontology: Ontology, known: Sequence[str]) -> AsyncIterator[str]:
    """Nodes and relationships without what makes them ours, such as an id or a source; none of them is exported."""
    async for row in transaction.stream(
        "MATCH (n) WHERE NOT coalesce(n:Thing AND valueType(n.id) STARTS WITH 'STRING', false)"
        " RETURN elementId(n) AS at, labels(n) AS labels, n.name AS name"
    ):
        yield f"node {row['at']} ({':'.join(row['labels'])} {row['name'] or ''}): no Thing, or without an id"
    async for row in transaction.stream(
        "MATCH (a)-[r]->(b) WHERE NOT coalesce("
        "a:Thing AND b:Thing AND a.id IS NOT NULL AND b.id IS NOT NULL AND type(r) IN $types"
        " AND r.id IS NOT NULL AND r.source IN $known, false)"
        " RETURN elementId(r) AS at, type(r) AS type, coalesce(a.id, a.name, elementId(a)) AS subject,"
        " coalesce(b.id, b.name, elementId(b)) AS object",
        types=[relation.type for relation in ontology.relations.values()],
        known=list(known),
    ):
        where = f"relationship {row['at']} ({row['subject']} {row['type']} {row['object']})"
        yield f"{where}: no relation of the ontology, or without an id or a source that is there"


def node_faults(row: NodeRow, mapping: RdfMapping) -> Iterator[str]:
    """What of a node RDF does not hold."""
    ontology = mapping.ontology
    for label in row.labels:
        if label not in ontology.classes:
            yield f"node {row.id}: label {label} is not a class of the ontology"
    derived = {property_.key for property_ in (*ontology.values.values(), *ontology.derived.values())} | {"name"}
    for key, found in row.properties.items():
        if key in ontology.sources:
            if not mapping.fits(ontology.sources[key], found):
                yield f"node {row.id}: {key} {found!r} is not of its type"
        elif key != "id" and key not in derived:
            yield f"node {row.id}: property {key} is not of the ontology"


def is_whole(row: StatementRow, mapping: RdfMapping) -> bool:
    """Whether a relationship has what no statement can be without."""
    needed = ("id", "source", "modality", "recorded_at")
    found = row.properties
    if not all(isinstance(found.get(key), str) for key in needed) or not isinstance(found.get("negated"), bool):
        return False
    if row.type == RETRACTED:
        return found.get("was") in mapping.ontology.relations and isinstance(found.get("retracted_at"), str)
    states = row.type != "STATES" or (
        found.get("property") in mapping.ontology.values and isinstance(found.get("value"), str)
    )
    return states and "retracted_at" not in found and "was" not in found


def statement_faults(row: StatementRow, mapping: RdfMapping) -> Iterator[str]:
    """What of a statement RDF does not hold."""
    where = f"statement {row.properties['id']} ({row.subject} {row.type} {row.object})"
    if not is_whole(row, mapping):
        yield f"{where}: not exported, as it lacks a property that every statement of its kind has"
        return
    for key, found in row.properties.items():
        qualifier = mapping.ontology.qualifiers.get(key)
        if key != "id" and qualifier is None:
            yield f"{where}: property {key} is not of the ontology"
        elif qualifier is not None and not mapping.fits(qualifier, found):
            yield f"{where}: {key} {found!r} is not of its type"
