"""What of the database RDF has no place for, as someone wrote it by hand: its place, its value, and how to mend it."""

from collections.abc import AsyncIterator, Container, Iterator

from graph.constraints import RETRACTED
from graph.errors import Fault
from graph.rdf.mapping import RdfMapping
from graph.rdf.reading import NodeRow, StatementRow
from graph.rdf.times import RULE, is_time
from graph.store import Transaction
from ontology.model import Ontology, Property, Qualifier

_TEXT, _TRUTH = "a text", "true or false"
_AWAY = "take it out, or let a source state it"


async def strange_nodes(transaction: Transaction) -> AsyncIterator[Fault]:
    """Nodes without what makes them ours; none of them is exported."""
    async for row in transaction.stream(
        "MATCH (n) WHERE NOT coalesce(n:Thing AND n.id > '', false)"
        " RETURN elementId(n) AS at, labels(n) AS labels, n.name AS name, n.id AS id"
    ):
        where = f"node {row['at']} ({':'.join(row['labels'])} {row['name'] or ''})"
        yield Fault(0, where, "id", _said(row["id"]), f"no Thing, or without an id; {_AWAY}")


async def strange_relationships(
    transaction: Transaction, ontology: Ontology, sources: list[str]
) -> AsyncIterator[Fault]:
    """Relationships without what makes them ours, such as an id or one of the sources; none of them is exported."""
    types = [relation.type for relation in ontology.relations.values()]
    async for row in transaction.stream(
        "MATCH (a)-[r]->(b) WHERE NOT coalesce(a:Thing AND b:Thing AND a.id > '' AND b.id > ''"
        " AND type(r) IN $types AND r.id IS NOT NULL AND r.source IN $sources, false)"
        " RETURN elementId(r) AS at, type(r) AS type, coalesce(a.id, a.name, elementId(a)) AS subject,"
        " coalesce(b.id, b.name, elementId(b)) AS object, r.id AS id, r.source AS source",
        types=types,
        sources=sources,
    ):
        where = f"relationship {row['at']} ({row['subject']} {row['type']} {row['object']})"
        if row["type"] not in types:
            what, value, rule = "type", row["type"], "not a relation of the ontology"
        elif row["source"] not in sources:
            what, value, rule = "source", row["source"], "not a document or data set of the database"
        else:
            what, value, rule = "id", row["id"], "it or a node at its ends is without an id"
        yield Fault(0, where, what, _said(value), f"{rule}; {_AWAY}")


def node_faults(row: NodeRow, mapping: RdfMapping) -> Iterator[Fault]:
    """What of a node RDF does not hold."""
    ontology = mapping.ontology
    for label in row.labels:
        if label not in ontology.classes:
            yield Fault(0, row.id, "label", label, f"not a class of the ontology; {_AWAY}")
    derived = {property_.key for property_ in (*ontology.values.values(), *ontology.derived.values())} | {"name"}
    for key, found in row.properties.items():
        if key in ontology.sources:
            if not mapping.fits(ontology.sources[key], found):
                yield Fault(0, row.id, key, _said(found), _mistyped(found, ontology.sources[key], mapping))
        elif key != "id" and key not in derived:
            yield Fault(0, row.id, key, _said(found), f"not a property of the ontology; {_AWAY}")


def is_whole(row: StatementRow, mapping: RdfMapping) -> bool:
    """Whether a relationship has what no statement can be without."""
    return not any(_lacking(row, mapping.ontology))


def statement_faults(row: StatementRow, mapping: RdfMapping) -> Iterator[Fault]:
    """What of a statement RDF does not hold; one that is not whole, it does not hold at all."""
    where = f"{row.properties['id']} ({row.subject} {row.type} {row.object})"
    lacking = dict(_lacking(row, mapping.ontology))
    for key, rule in lacking.items():
        yield Fault(0, where, key, _said(row.properties.get(key)), f"{rule}; mend it, or load its source again")
    for key, found in () if lacking else row.properties.items():
        qualifier = mapping.ontology.qualifiers.get(key)
        if key != "id" and qualifier is None:
            yield Fault(0, where, key, _said(found), f"not a qualifier of the ontology; {_AWAY}")
        elif qualifier is not None and not mapping.fits(qualifier, found):
            yield Fault(0, where, key, _said(found), _mistyped(found, qualifier, mapping))


def _lacking(row: StatementRow, ontology: Ontology) -> Iterator[tuple[str, str]]:
    """Keys of what is not as every statement of its kind has it, and how it must be."""
    found = row.properties
    must = {key: _TEXT for key in ("id", "source", "modality") if not isinstance(found.get(key), str)}
    if not isinstance(found.get("negated"), bool):
        must["negated"] = _TRUTH
    if not is_time(found.get("recorded_at")):
        must["recorded_at"] = RULE
    if row.type == RETRACTED:
        if not _is_one_of(found.get("was"), ontology.relations):
            must["was"] = "a relation of the ontology"
        if not is_time(found.get("retracted_at")):
            must["retracted_at"] = RULE
    elif row.type == "STATES":
        if not _is_one_of(found.get("property"), ontology.values):
            must["property"] = "a value property of the ontology"
        if not isinstance(found.get("value"), str):
            must["value"] = _TEXT
    for key, rule in must.items():
        yield key, f"a statement must have it, and it must be {rule}"
    for key in ("retracted_at", "was") if row.type != RETRACTED else ():
        if key in found:
            yield key, "only a withdrawn statement has it"


def _is_one_of(found: object, names: Container[str]) -> bool:
    return isinstance(found, str) and found in names


def _mistyped(found: object, property_: Property, mapping: RdfMapping) -> str:
    scheme = property_.scheme if isinstance(property_, Qualifier) else None
    if scheme:
        must = f"one of {', '.join(mapping.ontology.vocabularies[scheme].concepts)}"
    else:
        must = {
            "boolean": _TRUTH,
            "integer": "a whole number",
            "nonNegativeInteger": "a whole number",
            "decimal": "a number with a fraction, such as 14.0",
        }.get(property_.datatype or "", _TEXT)
    return f"is of type {type(found).__name__}, and must be {must}; mend it, or load its source again"


def _said(found: object) -> str:
    return "" if found is None else str(found)
