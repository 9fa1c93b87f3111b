"""What a node shows is a copy derived from the live statements about it: labels, names, identifiers, status and dates.

No loader writes these; they are derived again whenever a statement about the node comes or goes. Values are lists where
sources may differ, so that the copy never decides who is right; `name` alone picks one form, to caption the node.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from graph.constraints import types
from graph.errors import ConflictError
from graph.store import Row, Transaction
from ontology.model import Ontology

BATCH = 1_000

Claim = tuple[str, str, str | None, str]
"""Property, value, language and source of a STATES relationship."""


async def derive(transaction: Transaction, ontology: Ontology, ids: Sequence[str]) -> None:
    """Derive the labels and properties of the nodes again; what is right already is not written.

    Raises:
        ConflictError: sources state classes for a node of which none specialises all others.
    """
    query = _QUERY.format(types="|".join(types(ontology, structural=False)))
    for start in range(0, len(ids), BATCH):
        found = await transaction.run(query, ids=ids[start : start + BATCH])
        rows = [derived(row, ontology) for row in found]
        await transaction.run(
            "UNWIND $rows AS row MATCH (n:Thing {id: row.id})"
            " REMOVE n:$(row.gone) SET n:$(row.labels) SET n += row.properties",
            rows=rows,
        )


_QUERY = """
UNWIND $ids AS id
MATCH (n:Thing {{id: id}})
RETURN n.id AS id, labels(n) AS labels,
       COLLECT {{ MATCH (:Thing)-[r:STATES]->(n) RETURN [r.property, r.value, r.lang, r.source] }} AS stated,
       COLLECT {{ MATCH (n)-[r:{types}]->(:Thing) WHERE r.status IS NOT NULL AND NOT r.negated
                  RETURN DISTINCT r.status }} AS status,
       COLLECT {{ MATCH (n)-[r:{types}]->(:Thing) WHERE r.valid_from IS NOT NULL AND NOT r.negated
                  RETURN DISTINCT r.valid_from }} AS dates
"""


def derived(row: Row, ontology: Ontology) -> dict[str, Any]:
    """Labels, those that are gone, and properties of a node, from what is stated of it; None removes a property."""
    stated: list[Claim] = [tuple(claim) for claim in row["stated"]]
    by_property: dict[str, list[str]] = {
        name: sorted({text for property_, text, _, _ in stated if property_ == name}) for name in ontology.values
    }
    labels = _labels(row, by_property.pop("type"), stated, ontology)
    names = by_property.pop("name")
    properties: dict[str, Any] = {ontology.values[name].key: texts or None for name, texts in by_property.items()}
    if "Occurrence" in labels:
        properties |= {"statuses": sorted(row["status"]) or None, "dates": sorted(row["dates"]) or None}
    if not ontology.is_source(labels):  # a source's name is its title
        properties |= {"name": _display(stated) if names else None, "names": names or None}
    return {
        "id": row["id"],
        "labels": labels,
        "gone": [label for label in row["labels"] if label in ontology.classes and label not in labels],
        "properties": properties,
    }


def _labels(row: Row, classes: Iterable[str], stated: Iterable[Claim], ontology: Ontology) -> Sequence[str]:
    labels = {ancestor for name in classes for ancestor in ontology.classes[name].ancestors}
    if not labels:  # a source itself, or a node that nobody describes any more
        return list(row["labels"])
    if ontology.is_source(row["labels"]):
        raise ConflictError(f"{row['id']}: the database has a source of that id; give the node another one")
    if ontology.most_specific(labels) is None:
        claims = sorted(f"{value} by {source}" for property_, value, _, source in stated if property_ == "type")
        raise ConflictError(
            f"{row['id']}: its sources disagree on what it is: {', '.join(claims)};"
            " use the same class, a narrower one, or another id"
        )
    return sorted(labels)


def _display(stated: Iterable[Claim]) -> str:
    """The English name that most sources give, then the shortest; a name in another language if there is no English."""
    names = {(text, lang, source) for property_, text, lang, source in stated if property_ == "name"}
    support = Counter(text for text, _ in {(text, source) for text, _, source in names})
    return min((lang != "en", -support[text], len(text), text) for text, lang, _ in names)[-1]
