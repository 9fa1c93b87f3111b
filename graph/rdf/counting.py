"""How often the whole export says a triple of each kind, counted by the database without writing it.

It follows `RdfMapping` line by line, and takes for granted what the guard sees to: that values are of their types and
that quotes stand in their texts. A plain triple counts once for each statement that says it, as it is written: an RDF
store, which holds a triple once, has fewer.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graph.rdf.mapping import RdfMapping
from graph.rdf.terms import OA, OWL, PROV, RDF, SKOS
from graph.records import STATES
from graph.store import Store, Transaction
from ontology.model import BG, Ontology


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers by IRI: things of each class, triples of each property, and `owl:sameAs` by kind of identifier."""

    nodes: int
    classes: Counter[str] = field(default_factory=Counter)
    properties: Counter[str] = field(default_factory=Counter)
    same: Counter[str] = field(default_factory=Counter)

    @property
    def triples(self) -> int:
        """All of them."""
        return self.properties.total()


async def count(store: Store, mapping: RdfMapping) -> Counts:
    """Count the graph as it is now.

    Raises:
        Unavailable, DatabaseError: see `Store.reading`.
    """
    ontology = mapping.ontology
    async with store.reading() as transaction:
        (row,) = await transaction.run("MATCH (n:Thing) WHERE n.id IS NOT NULL RETURN count(n) AS nodes")
        counts = Counts(row["nodes"])
        for _, said in mapping.vocabularies():
            for predicate, object_ in said:
                counts.properties[predicate[1:-1]] += 1
                if predicate == f"<{RDF}type>":
                    counts.classes[object_[1:-1]] += 1
        await _count_nodes(transaction, ontology, counts)
        async for row in transaction.stream(_statements(ontology), known=list(ontology.qualifiers)):
            _add(row, ontology, counts)
    return counts


async def _count_nodes(transaction: Transaction, ontology: Ontology, counts: Counts) -> None:
    query = "MATCH (n:Thing) WHERE n.id IS NOT NULL UNWIND labels(n) AS label RETURN label, count(*) AS count"
    for row in await transaction.run(query):
        if row["label"] in ontology.classes:
            _type(counts, str(BG[row["label"]]), row["count"])
    kept = ", ".join(f"count(n.`{key}`) AS `{key}`" for key in ontology.sources)
    (row,) = await transaction.run(
        f"MATCH (n:{_sources(ontology)}) WHERE n:Thing AND n.id IS NOT NULL RETURN count(n) AS all, {kept}"
    )
    _type(counts, f"{PROV}Entity", row["all"])
    for key, property_ in ontology.sources.items():
        counts.properties[property_.iri] += row[key]
    (row,) = await transaction.run("MATCH (n:Thing) WHERE n.id IS NOT NULL RETURN count(n.name) AS names")
    counts.properties[f"{SKOS}prefLabel"] += row["names"]


def _add(row: Mapping[str, Any], ontology: Ontology, counts: Counts) -> None:
    """A group of statements that are alike in type, stated property and being said outright."""
    number, used, properties = row["number"], row["used"], counts.properties
    _type(counts, f"{RDF}Statement", number)
    properties.update({f"{RDF}{name}": number for name in ("subject", "predicate", "object")})
    for key, qualifier in ontology.qualifiers.items():
        if key != "was":
            properties[qualifier.iri] += used.get(key, 0)
    properties[f"{PROV}hadPrimarySource"] += number
    properties[f"{PROV}generatedAtTime"] += number
    properties[f"{PROV}wasAttributedTo"] += used.get("asserted_by", 0)
    properties[f"{PROV}invalidatedAtTime"] += used.get("retracted_at", 0)
    quoted, placed = row["quoted"], row["placed"]
    for name, times in (("Annotation", quoted), ("SpecificResource", quoted), ("TextQuoteSelector", quoted)):
        _type(counts, f"{OA}{name}", times)
    _type(counts, f"{OA}TextPositionSelector", placed)
    properties.update({f"{OA}{name}": quoted for name in ("hasBody", "hasTarget", "hasSource", "exact")})
    properties.update({f"{OA}{name}": placed for name in ("start", "end", "prefix", "suffix")})
    properties[f"{OA}hasSelector"] += quoted + placed
    if row["plain"]:
        _plain(row, ontology, counts)


def _plain(row: Mapping[str, Any], ontology: Ontology, counts: Counts) -> None:
    relations = {relation.type: name for name, relation in ontology.relations.items()}
    predicate, number = relations[row["type"]], row["number"]
    if predicate != STATES:
        counts.properties[str(BG[predicate])] += number
    elif row["property"] != "type":
        counts.properties[str(BG[row["property"]])] += number
        stated = ontology.values.get(row["property"])
        if stated and stated.strong and stated.iri_template:
            counts.properties[f"{OWL}sameAs"] += number
            counts.same[stated.name] += number


def _type(counts: Counts, class_: str, number: int) -> None:
    counts.classes[class_] += number
    counts.properties[f"{RDF}type"] += number


def _sources(ontology: Ontology) -> str:
    return "|".join(sorted({name for property_ in ontology.sources.values() for name in property_.domain}))


def _statements(ontology: Ontology) -> str:
    """Reads the properties of each statement once; `is_plain` of the mapping, as the database puts it."""
    kinds = "|".join(sorted(relation.type for relation in ontology.relations.values()))
    used = ", ".join(f"`{key}`: count(p.`{key}`)" for key in ontology.qualifiers)
    return f"""
        MATCH (a:Thing)-[r:{kinds}]->(b:Thing)
        WHERE a.id IS NOT NULL AND b.id IS NOT NULL AND r.id IS NOT NULL AND r.source IS NOT NULL
        WITH type(r) AS type, properties(r) AS p
        WITH type, p, p.property AS property,
             p.quote IS NOT NULL AS quoted, p.quote IS NOT NULL AND p.start IS NOT NULL AND p.end IS NOT NULL AS placed,
             coalesce(p.modality = 'asserted' AND NOT p.negated, false) AND p.asserted_by IS NULL
             AND p.retracted_at IS NULL AND coalesce(p.status, 'done') IN ['done', 'ongoing']
             AND NOT coalesce(p.change, '') IN ['decreases', 'ends'] AND coalesce(p.quantity_unit, '') <> 'percent'
             AS plain
        RETURN type, property, plain, count(*) AS number, {{{used}}} AS used,
               sum(CASE WHEN quoted THEN 1 ELSE 0 END) AS quoted, sum(CASE WHEN placed THEN 1 ELSE 0 END) AS placed
    """
