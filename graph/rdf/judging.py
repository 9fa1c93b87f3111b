"""Whether what was read from RDF may be imported, and the graph that it then makes.

What the store derives (labels of entities, display copies, bounds) is derived again, so that a file cannot contradict
its own statements. Withdrawn statements come back as they were; the guard judges live ones only, since a source's text
may have changed after it took a statement back.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from graph.constraints import RETRACTED
from graph.derive import derived
from graph.errors import Fault, Refused
from graph.guard import Guard
from graph.load import properties
from graph.rdf.digest import Digest
from graph.rdf.mapping import RdfMapping
from graph.rdf.parsing import Parsed
from graph.rdf.reading import StatementRow
from graph.rdf.shapes import Shapes
from graph.records import Load, Quote, Record, Source, Statement
from ontology.model import Ontology

Content = Mapping[str, tuple[Sequence[str], Mapping[str, Any]]]
"""Labels and properties of each node, by its id."""

_EVIDENCE = ("quote", "start", "end", "record")
_OWN = ("id", "source", "modality", "negated", *_EVIDENCE)


def judged(parsed: Parsed, mapping: RdfMapping) -> Content:
    """The nodes of a file as the store will have them.

    Raises:
        Refused: guard or shapes find faults, or the file says more of a node than its statements; all of one kind are
            listed.
        ConflictError: see `content`.
    """
    if faults := list(guarded(parsed, mapping.ontology)):
        raise Refused(parsed.name, faults)
    nodes = content(parsed, mapping.ontology)
    if faults := list(_underived(parsed, nodes)):
        raise Refused(parsed.name, faults)
    classes = {id_: labels for id_, (labels, _) in nodes.items()}
    if faults := list(Shapes(mapping).faults(parsed.statements, classes)):
        raise Refused(parsed.name, faults)
    return nodes


def guarded(parsed: Parsed, ontology: Ontology) -> Iterator[Fault]:
    """What the guard finds, and ids and bounds that are not what their statements make them."""
    by_source: dict[str, list[StatementRow]] = {}
    for row in parsed.statements:
        if row.type != RETRACTED:
            by_source.setdefault(row.properties["source"], []).append(row)
    sources = {id_ for id_, node in parsed.nodes.items() if ontology.is_source(node.labels)}
    guard = Guard(ontology)
    for id_ in sorted(sources | by_source.keys()):
        node = parsed.nodes[id_]
        source = Source(id_, ontology.most_specific(node.labels) or "", node.properties)
        statements = {row.properties["id"]: _statement(row, ontology) for row in by_source.get(id_, ())}
        faults = list(guard.faults(Load(parsed.name, source, list(statements.values()))))
        yield from faults
        for row in () if faults else by_source.get(id_, ()):
            made = {**properties(statements[row.properties["id"]], source, ontology)}
            for key in made.keys() | row.properties.keys() - {"recorded_at"}:
                found = row.properties.get(key)
                if made.get(key) != found:
                    yield Fault(0, row.properties["id"], key, str(found), f"by its statement it is {made.get(key)}")
    yield from _twice(parsed)
    for id_, node in parsed.nodes.items():
        if not node.labels:
            yield Fault(0, id_, "rdf:type", "", "has no class")
        elif id_ not in sources and node.properties:
            yield Fault(0, id_, next(iter(node.properties)), "", "only a document or data set has it")


def _underived(parsed: Parsed, nodes: Content) -> Iterator[Fault]:
    """Classes and display names that a node has in the file, and will not have."""
    for id_, node in parsed.nodes.items():
        labels, found = nodes[id_]
        for label in node.labels.difference(labels):
            yield Fault(0, id_, "rdf:type", label, f"by its statements it is {', '.join(labels)}")
        for name in node.names - {found.get("name")}:
            yield Fault(0, id_, "skos:prefLabel", name, f"by its statements its name is {found.get('name')}")


def _twice(parsed: Parsed) -> Iterator[Fault]:
    seen: set[tuple[str, str | None]] = set()
    for row in parsed.statements:
        key = (row.properties["id"], row.properties.get("retracted_at"))
        if key in seen:
            yield Fault(0, key[0], "id", key[0], "stands twice")
        seen.add(key)


def _statement(row: StatementRow, ontology: Ontology) -> Statement:
    found = row.properties
    names = {relation.type: name for name, relation in ontology.relations.items()}
    evidence: Quote | Record = (
        Quote(found["quote"], found.get("start", -1), found.get("end", -1))
        if "quote" in found
        else Record(found.get("record", ""))
    )
    qualifiers = {
        key: value for key, value in found.items() if key not in _OWN and not ontology.qualifiers[key].derived
    }
    return Statement(
        row.subject,
        names[row.type],
        row.object,
        found["source"],
        evidence,
        qualifiers,
        modality=found["modality"],
        negated=found["negated"],
    )


def content(parsed: Parsed, ontology: Ontology) -> Content:
    """Labels and properties of each node as the store will have them.

    Raises:
        ConflictError: sources state classes for a node of which none specialises all others.
    """
    stated: dict[str, list[list[Any]]] = {}
    statuses: dict[str, set[str]] = {}
    dates: dict[str, set[str]] = {}
    structural = {relation.type for relation in ontology.relations.values() if relation.structural}
    for row in parsed.statements:
        found = row.properties
        if row.type == "STATES":
            claim = [found["property"], found["value"], found.get("lang"), found["source"]]
            stated.setdefault(row.object, []).append(claim)
        elif row.type not in structural and not found["negated"]:
            for kept, key in ((statuses, "status"), (dates, "valid_from")):
                if key in found:
                    kept.setdefault(row.subject, set()).add(found[key])
    made = {}
    for id_, node in parsed.nodes.items():
        row_ = {
            "id": id_,
            "labels": sorted(node.labels),
            "stated": stated.get(id_, ()),
            "status": statuses.get(id_, ()),
            "dates": dates.get(id_, ()),
        }
        result = derived(row_, ontology)
        own = {"id": id_, **node.properties}
        if ontology.is_source(node.labels):
            own["name"] = node.properties.get("title")
        kept_ = {key: value for key, value in {**own, **result["properties"]}.items() if value is not None}
        made[id_] = (result["labels"], kept_)
    return made


def digest(parsed: Parsed, nodes: Content) -> Digest:
    """What stands for the content of the file, to compare with the database that it was written from."""
    total = Digest()
    for id_, (labels, found) in nodes.items():
        total.node(id_, labels, found)
    for row in parsed.statements:
        total.statement(row.subject, row.type, row.object, row.properties)
    return total
