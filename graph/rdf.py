"""Neo4j ↔ RDF by one mapping: every relationship is an `rdf:Statement`, every label an `rdf:type`.

A node's IRI is the base IRI and its id; so is a statement's, a withdrawn one's with `~` and the time behind it, because
a statement can be withdrawn more than once. A withdrawn statement keeps its predicate and has `bg:retractedAt`. What a
source says outright, and has not withdrawn, is a plain triple too. Display names are `skos:prefLabel`.
"""

import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from graph.constraints import RETRACTED
from graph.records import STATES
from graph.store import Store
from ontology.model import BG, Ontology, Property, Qualifier

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XSD = "http://www.w3.org/2001/XMLSchema#"

_TYPE = f"<{RDF}type>"
_PREF_LABEL = "<http://www.w3.org/2004/02/skos/core#prefLabel>"

_NODES = "MATCH (n:Thing) RETURN n.id AS id, labels(n) AS labels, properties(n) AS properties"
_STATEMENTS = """
MATCH (a:Thing)-[r]->(b:Thing) WHERE r.id IS NOT NULL
RETURN a.id AS subject, b.id AS object, type(r) AS type, properties(r) AS properties
"""

Properties = Mapping[str, Any]


async def n_triples(store: Store, mapping: "RdfMapping") -> AsyncIterator[str]:
    """The graph as N-Triples (RDF 1.1), line by line with their newlines."""
    for row in await store.read(_NODES):
        for line in mapping.node(row["id"], row["labels"], row["properties"]):
            yield line
    for row in await store.read(_STATEMENTS):
        for line in mapping.statement(row["subject"], row["type"], row["object"], row["properties"]):
            yield line


class RdfMapping:
    """The mapping of one ontology under one base IRI."""

    def __init__(self, ontology: Ontology, base: str) -> None:
        self._ontology = ontology
        self._base = base
        self._relations = {relation.type: name for name, relation in ontology.relations.items()}
        self._concepts = {
            concept.name: notation
            for vocabulary in ontology.vocabularies.values()
            for notation, concept in vocabulary.concepts.items()
        }

    def iri(self, id_: str) -> str:
        """Term of a node or statement."""
        return f"<{self._base}{id_}>"

    def id_of(self, iri: str) -> str:
        """What our JSON calls the thing of an IRI: an id, a term's local name or notation; another IRI stays itself."""
        if iri.startswith(self._base):
            return iri.removeprefix(self._base).partition("~")[0]
        local = iri.removeprefix(str(BG))
        return self._concepts.get(local, local)

    def word(self, word: str) -> str:
        """Term of a class, a relation or a vocabulary's value, by its local name or notation."""
        if word in self._ontology.classes or word in self._ontology.relations:
            return term(word)
        names = [name for name, notation in self._concepts.items() if notation == word]
        return term(names[0] if names else word)

    def node(self, id_: str, labels: Sequence[str], properties: Properties) -> Iterator[str]:
        """Lines about a node itself."""
        subject = self.iri(id_)
        for label in labels:
            if label in self._ontology.classes:
                yield f"{subject} {_TYPE} {term(label)} .\n"
        if name := properties.get("name"):
            yield f"{subject} {_PREF_LABEL} {literal(name)} .\n"
        for key, property_ in self._ontology.sources.items():
            if key in properties:
                yield f"{subject} {term(property_.name)} {self._value(property_, properties[key])} .\n"

    def statement(self, subject: str, type_: str, object_: str, properties: Properties) -> Iterator[str]:
        """Lines about a statement, and the plain triple where there is one."""
        retracted = properties.get("retracted_at")
        predicate = properties["was"] if type_ == RETRACTED else self._relations[type_]
        this = self.iri(f"{properties['id']}~{re.sub('[-:.]', '', retracted)}" if retracted else properties["id"])
        yield f"{this} {_TYPE} <{RDF}Statement> .\n"
        yield f"{this} <{RDF}subject> {self.iri(subject)} .\n"
        yield f"{this} <{RDF}predicate> {term(predicate)} .\n"
        yield f"{this} <{RDF}object> {self.iri(object_)} .\n"
        for key, found in properties.items():
            if key not in ("id", "was"):
                qualifier = self._ontology.qualifiers[key]
                value = literal(found, lang=properties.get("lang")) if key == "value" else self._value(qualifier, found)
                yield f"{this} {term(qualifier.name)} {value} .\n"
        if is_plain(properties):
            yield from self._plain(subject, predicate, object_, properties)

    def _plain(self, subject: str, predicate: str, object_: str, properties: Properties) -> Iterator[str]:
        if predicate != STATES:
            yield f"{self.iri(subject)} {term(predicate)} {self.iri(object_)} .\n"
        elif properties["property"] != "type":  # a class is an rdf:type already
            value = literal(properties["value"], lang=properties.get("lang"))
            yield f"{self.iri(object_)} {term(properties['property'])} {value} .\n"

    def _value(self, property_: Property, found: Any) -> str:
        if isinstance(property_, Qualifier):
            if property_.refers:
                return self.iri(found)
            if property_.scheme:
                return term(self._ontology.vocabularies[property_.scheme].concepts[found].name)
        if property_.datatype == "decimal":
            return literal(f"{Decimal(repr(found)):f}", "decimal")
        if property_.datatype == "boolean":
            return literal(str(found).lower(), "boolean")
        return literal(str(found), property_.datatype)


def is_plain(properties: Properties) -> bool:
    """Whether a source says it outright: asserted, not denied, in its own voice, done or going on, not ending."""
    return (
        properties["modality"] == "asserted"
        and not properties["negated"]
        and "asserted_by" not in properties
        and "retracted_at" not in properties
        and properties.get("status") in (None, "done", "ongoing")
        and properties.get("change") not in ("decreases", "ends")
        and properties.get("quantity_unit") != "percent"
    )


def term(name: str) -> str:
    """N-Triples form of a term of the ontology."""
    return f"<{BG}{name}>"


def literal(text: str, datatype: str | None = None, lang: str | None = None) -> str:
    """N-Triples form of a literal; `datatype` is a local name of XSD, or `Edtf`."""
    quoted = '"' + _ESCAPED.sub(lambda match: _ESCAPES[match[0]], text) + '"'
    if lang:
        return f"{quoted}@{lang}"
    if datatype in (None, "string"):
        return quoted
    return f"{quoted}^^{term('Edtf') if datatype == 'Edtf' else f'<{XSD}{datatype}>'}"


_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r"}
_ESCAPED = re.compile(r'[\\"\n\r]')
