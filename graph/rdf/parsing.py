"""RDF back to nodes and statements: what `graph.rdf.mapping` wrote, in any syntax and in any order.

What the mapping says again in other words (evidence as annotations, PROV-O, SKOS of the vocabularies) is left out: the
statements say it all. Whatever the mapping does not write, such as a plain triple that no statement says, is a fault,
named with its subject, because to drop it would be a loss.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from graph.constraints import RETRACTED
from graph.errors import Fault, InputError, Refused
from graph.rdf.formats import Lines
from graph.rdf.forms import ORIGIN
from graph.rdf.mapping import RdfMapping
from graph.rdf.outright import Said, said, unfounded
from graph.rdf.reading import StatementRow
from graph.rdf.terms import OA, OWL, PROV, RDF, SKOS, TAG, XSD
from graph.rdf.times import RULE, is_time
from ontology.model import BG, Ontology, Property, Qualifier

SYNTAXES: Mapping[str, ox.RdfFormat] = {
    "nt": ox.RdfFormat.N_TRIPLES,
    "nq": ox.RdfFormat.N_QUADS,
    "ttl": ox.RdfFormat.TURTLE,
    "trig": ox.RdfFormat.TRIG,
    "jsonld": ox.RdfFormat.JSON_LD,
    "rdf": ox.RdfFormat.RDF_XML,
}

_INT64 = range(-(2**63), 2**63)
_TYPE = RDF + "type"
_ENDS = {RDF + "subject": "subject", RDF + "predicate": "predicate", RDF + "object": "object"}
_LABEL = SKOS + "prefLabel"
_ANNOTATED = {
    OA + name
    for name in ("hasBody", "hasTarget", "hasSource", "hasSelector", "exact", "prefix", "suffix", "start", "end")
}
_AGAIN = {*_ANNOTATED, *(PROV + name for name in ORIGIN.values())}
_KINDS = {PROV + "Entity"} | {
    OA + name for name in ("Annotation", "SpecificResource", "TextQuoteSelector", "TextPositionSelector")
}
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple


@dataclass(slots=True)
class Node:
    """A node as the file has it: classes, display names, and for a source its own properties."""

    labels: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    properties: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Parsed:
    """What a file holds."""

    name: str
    nodes: dict[str, Node] = field(default_factory=dict)
    statements: list[StatementRow] = field(default_factory=list)


class _FaultError(Exception):
    def __init__(self, where: str, what: str, value: str, rule: str) -> None:
        self.fault = Fault(0, where, what, value, rule)


def parse(path: Path, mapping: RdfMapping) -> Parsed:
    """Read a file; its ending tells the format.

    Raises:
        InputError: the format is none of ours, or the file breaks its syntax.
        Refused: terms are unknown, values are not of their type, or ids lead nowhere; all are listed.
    """
    syntax = SYNTAXES.get(path.suffix.removeprefix("."))
    if syntax is None:
        raise InputError(f"{path}: the name must end in one of {', '.join(SYNTAXES)}, which tells the format")
    try:
        return _Parser(path.name, mapping).run(ox.parse(path=path, format=syntax))
    except (SyntaxError, ValueError) as error:
        raise InputError(f"{path}: {error.msg if isinstance(error, SyntaxError) else error}") from error
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error


class _Parser:
    def __init__(self, name: str, mapping: RdfMapping) -> None:
        self._mapping = mapping
        self._ontology = mapping.ontology
        self._read = Parsed(name)
        self._raw: dict[str, dict[str, Any]] = {}
        self._statements: set[str] = set()
        self._faults: list[Fault] = []
        self._reader = _Terms(mapping)
        self._qualifiers = {str(BG) + q.name: q for q in self._ontology.qualifiers.values()}
        self._sources = {str(BG) + p.name: p for p in self._ontology.sources.values()}
        names = [*self._ontology.relations, *self._ontology.values]
        self._plain = {OWL + "sameAs"} | {str(BG) + name for name in names} - self._sources.keys()
        self._said: set[Said] = set()
        known = "".join([Lines(graphs=False).block(None, block) for block in mapping.vocabularies()])
        self._words = {quad.triple for quad in ox.parse(input=known, format=ox.RdfFormat.N_TRIPLES)}

    def run(self, quads: Iterator[ox.Quad]) -> Parsed:
        for quad in quads:
            try:
                self._triple(quad)
            except _FaultError as error:
                self._faults.append(error.fault)
        for iri in sorted(self._raw):
            if iri in self._statements:
                self._statement(iri, self._raw[iri])
            else:
                self._fault(iri, "rdf:type", "", "has properties of a statement, but is no rdf:Statement")
        self._resolve()
        if not self._faults:
            self._faults += unfounded(self._said, self._read.statements, self._mapping)
        if self._faults:
            raise Refused(self._read.name, self._faults)
        return self._read

    def _fault(self, where: str, what: str, value: str, rule: str) -> None:
        self._faults.append(Fault(0, where, what, value, rule))

    def _triple(self, quad: ox.Quad) -> None:
        subject, predicate, object_ = quad.subject, quad.predicate.value, quad.object
        if predicate in _AGAIN:
            return
        if predicate in self._plain:
            self._said.add(said(quad))
            return
        iri = subject.value if isinstance(subject, ox.NamedNode) else str(subject)
        value = object_.value if isinstance(object_, ox.NamedNode | ox.Literal) else str(object_)
        if iri.startswith(str(BG)):
            if quad.triple not in self._words:
                raise _FaultError(iri, predicate, value, "the ontology does not say it; a file cannot add to it")
        elif predicate == _TYPE:
            self._type(iri, value)
        elif predicate == _LABEL:
            if not isinstance(object_, ox.Literal) or object_.datatype.value != XSD + "string":
                raise _FaultError(iri, "skos:prefLabel", value, "a display name is a text without a language tag")
            self._node(iri).names.add(value)
        elif predicate in self._sources:
            property_ = self._sources[predicate]
            node = self._node(iri)
            found = self._reader.value(iri, property_, object_)
            if node.properties.setdefault(property_.key, found) != found:
                raise _FaultError(iri, property_.name, value, "has two values; a source has one")
        elif predicate in _ENDS or predicate in self._qualifiers:
            raw = self._raw.setdefault(iri, {})
            if raw.setdefault(predicate, object_) != object_:
                raise _FaultError(iri, _local(predicate), value, "has two values; a statement has one")
        else:
            raise _FaultError(iri, predicate, value, "not a term of the ontology")

    def _type(self, iri: str, class_: str) -> None:
        if class_ == RDF + "Statement":
            self._statements.add(iri)
            self._raw.setdefault(iri, {})
        elif class_ not in _KINDS:
            if _local(class_) not in self._ontology.classes or not class_.startswith(str(BG)):
                raise _FaultError(iri, "rdf:type", class_, "not a class of the ontology")
            self._node(iri).labels.add(_local(class_))

    def _node(self, iri: str) -> Node:
        return self._read.nodes.setdefault(self._reader.id(iri, "subject", iri), Node())

    def _statement(self, iri: str, raw: Mapping[str, Term]) -> None:
        try:
            self._read.statements.append(self._row(iri, raw))
        except _FaultError as error:
            self._faults.append(error.fault)

    def _row(self, iri: str, raw: Mapping[str, Term]) -> StatementRow:
        ends: dict[str, str] = {}
        for predicate, end in _ENDS.items():
            if predicate not in raw:
                raise _FaultError(iri, f"rdf:{end}", "", "a statement must have it")
            found = raw[predicate]
            value = found.value if isinstance(found, ox.NamedNode) else str(found)
            ends[end] = _local(value) if end == "predicate" else self._reader.id(iri, f"rdf:{end}", value)
        relation = self._ontology.relations.get(ends["predicate"])
        if relation is None or not str(getattr(raw[RDF + "predicate"], "value", "")).startswith(str(BG)):
            raise _FaultError(iri, "rdf:predicate", ends["predicate"], "not a relation of the ontology")
        properties: dict[str, Any] = {"id": self._reader.id(iri, "rdf:Statement", iri)}
        for predicate, found in raw.items():
            if qualifier := self._qualifiers.get(predicate):
                properties[qualifier.key] = self._reader.value(iri, qualifier, found)
        lang, stated = properties.get("lang"), raw.get(str(BG) + "value")
        tag = lang.lower() if lang and TAG.fullmatch(lang) else None
        if isinstance(stated, ox.Literal) and ((stated.language or None) != tag or stated.direction):
            raise _FaultError(iri, "value", str(stated), f"has not the language tag of bg:lang ({lang or 'none'})")
        for key in ("source", "modality", "negated", "recorded_at"):
            if key not in properties:
                raise _FaultError(iri, self._ontology.qualifiers[key].name, "", "a statement must have it")
        type_ = relation.type
        if "retracted_at" in properties:
            properties["was"], type_ = relation.name, RETRACTED
        return StatementRow(ends["subject"], type_, ends["object"], properties)

    def _resolve(self) -> None:
        """Every id leads to a node of the file."""
        refers = [key for key, qualifier in self._ontology.qualifiers.items() if qualifier.refers]
        for row in self._read.statements:
            places = {"subject": row.subject, "object": row.object}
            places |= {key: row.properties[key] for key in refers if key in row.properties}
            for place, id_ in places.items():
                if id_ not in self._read.nodes:
                    self._fault(row.properties["id"], place, id_, "no such node in the file")


class _Terms:
    """Terms back to the values of Neo4j."""

    def __init__(self, mapping: RdfMapping) -> None:
        self._mapping = mapping
        self._ontology: Ontology = mapping.ontology

    def id(self, where: str, what: str, iri: str) -> str:
        base = self._mapping.base
        if not iri.startswith(base) or "#" in iri.removeprefix(base):
            raise _FaultError(where, what, iri, f"is not under {base}; BELGRAPH_BASE_IRI sets what ids are under")
        return self._mapping.id_of(iri)

    def value(self, where: str, property_: Property, found: Term) -> Any:
        scheme = property_.scheme if isinstance(property_, Qualifier) else None
        name = property_.name
        if scheme:
            concepts = {c.iri: notation for notation, c in self._ontology.vocabularies[scheme].concepts.items()}
            iri = found.value if isinstance(found, ox.NamedNode) else str(found)
            if iri not in concepts:
                raise _FaultError(where, name, iri, f"one of {', '.join(sorted(concepts))}")
            return concepts[iri]
        if property_.datatype is None:
            return self.id(where, name, found.value if isinstance(found, ox.NamedNode) else str(found))
        if not isinstance(found, ox.Literal):
            raise _FaultError(where, name, str(found), f"a literal of type {property_.datatype}")
        return _scalar(where, property_, found)


def _scalar(where: str, property_: Property, found: ox.Literal) -> Any:
    name, datatype, text = property_.name, property_.datatype, found.value
    expected = f"{BG}Edtf" if datatype == "Edtf" else XSD + str(datatype)
    tagged = name == "value" and found.language is not None
    if not tagged and found.datatype.value != expected:
        raise _FaultError(where, name, text, f"is of type {found.datatype.value}, not {expected}")
    if datatype in ("integer", "nonNegativeInteger"):
        number = int(text) if re.fullmatch(r"[+-]?[0-9]{1,40}", text) else None
        if number is None or number not in _INT64:
            raise _FaultError(where, name, text, "a whole number of 64 bits; a longer one is a text")
        return number
    if datatype == "dateTime" and not is_time(text):
        raise _FaultError(where, name, text, RULE)
    if datatype == "decimal":
        if not _NUMBER.fullmatch(text) or Decimal(text) != Decimal(repr(float(text))):
            raise _FaultError(where, name, text, "a number that 64 bits hold exactly; a longer one is a text")
        return float(text)
    if datatype == "boolean":
        if text not in ("true", "false", "1", "0"):
            raise _FaultError(where, name, text, "true or false")
        return text in ("true", "1")
    return text


def _local(iri: str) -> str:
    return iri.removeprefix(str(BG))
