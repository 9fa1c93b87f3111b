"""The ontology as frozen Python objects, read from `belgraph.ttl`, the only place where a term is defined.

`load()` parses the file once. Everything else (labels and relationship types, constraints, the guard, SHACL shapes, the
JSON-LD context, the reference pages) is derived from what it returns. Names: a term's `name` is its local name
(`hasInitiator`, `validFrom`); a relation's `type` is the Neo4j relationship type (`HAS_INITIATOR`); a property's `key`
is its name in Neo4j and in Python (`valid_from`).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TypeVar

from rdflib import RDF, RDFS, SKOS, Graph, Namespace, URIRef
from rdflib.collection import Collection
from rdflib.namespace import OWL, XSD
from rdflib.term import Literal, Node

BG = Namespace("https://w3id.org/belgraph/ontology#")
ONTOLOGY_IRI = URIRef("https://w3id.org/belgraph/ontology")


class OntologyError(Exception):
    """`belgraph.ttl` is not as this module's reading of it requires; names the term and the rule."""


@dataclass(frozen=True, slots=True)
class Term:
    """What every term has: a local name, a label and a comment that says when to use it, both English."""

    name: str
    label: str
    comment: str

    @property
    def iri(self) -> str:
        """Full IRI of the term."""
        return str(BG[self.name])


@dataclass(frozen=True, slots=True)
class Class(Term):
    """A class of nodes. `ancestors` are all its superclasses and itself, the most general first."""

    parents: frozenset[str]
    ancestors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Relation(Term):
    """A relation between two nodes; domain and range are the classes it accepts (any of them).

    A `functional` one leads from a node to one other at most, at any one time.
    """

    domain: frozenset[str]
    range: frozenset[str]
    structural: bool
    functional: bool

    @property
    def type(self) -> str:
        """Relationship type in Neo4j."""
        return relationship_type(self.name)


@dataclass(frozen=True, slots=True)
class Property(Term):
    """A property; `datatype` is the local name of an XSD or RDF datatype or `Edtf`, None where `range` has classes."""

    datatype: str | None
    domain: frozenset[str]
    range: frozenset[str]

    @property
    def key(self) -> str:
        """Property key in Neo4j, and name in Python and JSON."""
        return snake_case(self.name)


@dataclass(frozen=True, slots=True)
class Qualifier(Property):
    """A property of a statement; `scheme` is the vocabulary of its values, `only_on` the relations that take it."""

    scheme: str | None
    required: bool
    derived: bool
    only_on: frozenset[str]
    required_on: frozenset[str]

    @property
    def refers(self) -> bool:
        """Whether the value is the id of a node."""
        return self.datatype is None and self.scheme is None


@dataclass(frozen=True, slots=True)
class ValueProperty(Property):
    """A property whose value a source STATES.

    Identifiers have a pattern; strong ones mean one thing only; of a `functional` one a thing has one at most.
    """

    identifier: bool
    strong: bool
    functional: bool
    pattern: re.Pattern[str] | None
    iri_template: str | None


@dataclass(frozen=True, slots=True)
class SourceProperty(Property):
    """A property of a document or data set itself; always present on the classes of `required_on`."""

    required_on: frozenset[str]


@dataclass(frozen=True, slots=True)
class Concept(Term):
    """A value of a vocabulary; `notation` is how statements write it."""

    notation: str


@dataclass(frozen=True, slots=True)
class Vocabulary(Term):
    """A closed list of values (a SKOS concept scheme), by notation, in the order of the file."""

    concepts: Mapping[str, Concept]


@dataclass(frozen=True)
class Ontology:
    """All terms by local name (qualifiers and other properties by key), each mapping in alphabetical order."""

    version: str
    classes: Mapping[str, Class]
    relations: Mapping[str, Relation]
    qualifiers: Mapping[str, Qualifier]
    vocabularies: Mapping[str, Vocabulary]
    values: Mapping[str, ValueProperty]
    sources: Mapping[str, SourceProperty]
    derived: Mapping[str, Property]

    def is_a(self, name: str, classes: Iterable[str]) -> bool:
        """Whether class `name` is one of `classes` or a subclass of one."""
        return not set(self.classes[name].ancestors).isdisjoint(classes)

    def most_specific(self, labels: Iterable[str]) -> str | None:
        """The one class of `labels` that no other of them specialises; None where there is not exactly one."""
        known = [label for label in labels if label in self.classes]
        general = {a for label in known for a in self.classes[label].ancestors if a != label}
        leaves = [label for label in known if label not in general]
        return leaves[0] if len(leaves) == 1 else None

    def is_source(self, labels: Iterable[str]) -> bool:
        """Whether the labels are those of a document or data set."""
        return any(not p.domain.isdisjoint(labels) for p in self.sources.values())

    @property
    def statements(self) -> Mapping[str, Relation]:
        """The relations that are not structural."""
        return {name: relation for name, relation in self.relations.items() if not relation.structural}


def relationship_type(name: str) -> str:
    """`tookPartIn` → `TOOK_PART_IN`."""
    return snake_case(name).upper()


def snake_case(name: str) -> str:
    """`validFromMin` → `valid_from_min`; digits stay with the word before them (`iso3166`, `sha256`)."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


@cache
def load() -> Ontology:
    """Read `belgraph.ttl`.

    Raises:
        OntologyError: a term lacks a label or comment, or refers to one that is not defined.
    """
    return _Reader(graph()).ontology()


@cache
def graph() -> Graph:
    """The ontology as an RDF graph; do not change it."""
    return Graph().parse(data=files("ontology").joinpath("belgraph.ttl").read_bytes(), format="turtle")


T = TypeVar("T", bound=Term)
P = TypeVar("P", bound=Property)


class _Reader:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    def ontology(self) -> Ontology:
        vocabularies = _sorted(Vocabulary(*self._term(s), self._concepts(s)) for s in self._all(BG.Vocabulary))
        self.class_names = {
            self._local(s) for s in self._all(OWL.Class) if isinstance(s, URIRef) and self._local(s) not in vocabularies
        }
        self.vocabulary_names = set(vocabularies)
        version = self.graph.value(ONTOLOGY_IRI, OWL.versionInfo)
        if version is None:
            raise OntologyError("the ontology has no owl:versionInfo")
        qualifiers = [self._qualifier(s) for s in self._all(BG.Qualifier)]
        values = [self._value_property(s) for s in self._all(BG.ValueProperty)]
        sources = [
            SourceProperty(*self._property(s), self._names(s, BG.requiredOn)) for s in self._all(BG.SourceProperty)
        ]
        derived = [Property(*self._property(s)) for s in self._all(BG.DerivedProperty)]
        others = {BG[q.name] for q in qualifiers}
        relations = [self._relation(s) for s in self._all(OWL.ObjectProperty) if s not in others]
        return Ontology(
            version=str(version),
            classes=_sorted(self._class(name) for name in self.class_names),
            relations=_sorted(relations),
            qualifiers=_by_key(qualifiers),
            vocabularies=vocabularies,
            values=_sorted(values),
            sources=_by_key(sources),
            derived=_by_key(derived),
        )

    def _class(self, name: str) -> Class:
        parents = self._names(BG[name], RDFS.subClassOf)
        above = set(self.graph.transitive_objects(BG[name], RDFS.subClassOf))
        depth = {a: len(set(self.graph.transitive_objects(a, RDFS.subClassOf))) for a in above}
        ancestors = sorted((self._local(a) for a in above), key=lambda a: (depth[BG[a]], a))
        return Class(*self._term(BG[name]), parents, tuple(ancestors))

    def _relation(self, subject: Node) -> Relation:
        domain, range_ = self._classes(subject, RDFS.domain), self._classes(subject, RDFS.range)
        if not domain or not range_:
            raise OntologyError(f"{self._local(subject)} needs a domain and a range")
        structural, functional = (self._flag(subject, mark) for mark in (BG.structural, BG.functional))
        return Relation(*self._term(subject), domain, range_, structural, functional)

    def _property(self, subject: Node) -> tuple[str, str, str, str | None, frozenset[str], frozenset[str]]:
        range_ = self.graph.value(subject, RDFS.range)
        literal = str(range_).startswith((str(XSD), str(RDF))) or range_ == BG.Edtf
        vocabulary = range_ is not None and str(range_).removeprefix(str(BG)) in self.vocabulary_names
        classes = frozenset[str]() if literal or vocabulary else self._classes(subject, RDFS.range)
        datatype = self._local(range_) if literal else None
        domain_node = self.graph.value(subject, RDFS.domain)
        domain = frozenset[str]() if domain_node == RDF.Statement else self._classes(subject, RDFS.domain)
        return (*self._term(subject), datatype, domain, classes)

    def _qualifier(self, subject: Node) -> Qualifier:
        range_ = str(self.graph.value(subject, RDFS.range)).removeprefix(str(BG))
        return Qualifier(
            *self._property(subject),
            scheme=range_ if range_ in self.vocabulary_names else None,
            required=self._flag(subject, BG.required),
            derived=self._flag(subject, BG.derived),
            only_on=self._names(subject, BG.onlyOn),
            required_on=self._names(subject, BG.requiredOn),
        )

    def _value_property(self, subject: Node) -> ValueProperty:
        pattern = self.graph.value(subject, BG.pattern)
        template = self.graph.value(subject, BG.iriTemplate)
        return ValueProperty(
            *self._property(subject),
            identifier=(subject, RDF.type, BG.Identifier) in self.graph,
            strong=self._flag(subject, BG.strong),
            functional=self._flag(subject, BG.functional),
            pattern=None if pattern is None else re.compile(str(pattern)),
            iri_template=None if template is None else str(template),
        )

    def _concepts(self, vocabulary: Node) -> Mapping[str, Concept]:
        concepts: dict[str, Concept] = {}
        for subject in self.graph.subjects(RDF.type, vocabulary):
            notation, label, definition = (
                self.graph.value(subject, p) for p in (SKOS.notation, SKOS.prefLabel, SKOS.definition)
            )
            if notation is None or label is None or definition is None:
                raise OntologyError(f"{self._local(subject)} needs skos:notation, skos:prefLabel and skos:definition")
            concepts[str(notation)] = Concept(self._local(subject), str(label), str(definition), str(notation))
        return MappingProxyType(dict(sorted(concepts.items())))

    def _term(self, subject: Node) -> tuple[str, str, str]:
        label, comment = self.graph.value(subject, RDFS.label), self.graph.value(subject, RDFS.comment)
        if label is None or comment is None:
            raise OntologyError(f"{self._local(subject)} needs rdfs:label and rdfs:comment")
        return self._local(subject), str(label), str(comment)

    def _classes(self, subject: Node, predicate: URIRef) -> frozenset[str]:
        found: set[str] = set()
        for value in self.graph.objects(subject, predicate):
            union = self.graph.value(value, OWL.unionOf)
            members = [value] if union is None else list(Collection(self.graph, union))
            found |= {self._local(member) for member in members}
        if unknown := found - self.class_names:
            raise OntologyError(f"{self._local(subject)} refers to undefined {', '.join(sorted(unknown))}")
        return frozenset(found)

    def _names(self, subject: Node, predicate: URIRef) -> frozenset[str]:
        return frozenset(self._local(o) for o in self.graph.objects(subject, predicate))

    def _flag(self, subject: Node, predicate: URIRef) -> bool:
        return (subject, predicate, Literal(True)) in self.graph

    def _all(self, type_: URIRef) -> list[Node]:
        return sorted(self.graph.subjects(RDF.type, type_), key=str)

    def _local(self, node: Node | None) -> str:
        return re.split(r"[#/]", str(node))[-1]


def _sorted(terms: Iterable[T]) -> Mapping[str, T]:
    return MappingProxyType({t.name: t for t in sorted(terms, key=lambda t: t.name)})


def _by_key(properties: Iterable[P]) -> Mapping[str, P]:
    return MappingProxyType({p.key: p for p in sorted(properties, key=lambda p: p.key)})
