"""Checks every record against the ontology before anything is written.

Neo4j Community has uniqueness constraints only: that a value is there, has its type and is in its vocabulary is decided
here.
"""

import hashlib
import math
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from urllib.parse import urlsplit

import langcodes

from graph.dates import OPEN, UNKNOWN, EndsBeforeStartError, bounds, day_bounds
from graph.errors import Fault
from graph.records import SLUG, STATES, Load, Record, Scalar, Source, Statement
from ontology.model import Ontology, Property

_FIELDS_OF_A_STATEMENT = {"id", "source", "modality", "negated", "quote", "start", "end", "record"}
_INT64 = range(-(2**63), 2**63)

Problem = tuple[str, object, str]
"""Field, value and rule."""


class Guard:
    """The rules of one ontology."""

    def __init__(self, ontology: Ontology) -> None:
        self.ontology = ontology

    def faults(self, load: Load) -> Iterator[Fault]:
        """All faults of a load, in no order. None means that the store may write it."""
        for name, found, rule in self._source(load.source):
            yield Fault(0, load.source.id, name, str(found), rule)
        types = load.types()
        text = load.source.properties.get("text")
        first: dict[str, Statement] = {}
        for statement in load.statements:
            for name, found, rule in self._statement(statement, load.source, types, text):
                yield Fault(statement.line, str(statement), name, str(found), rule)
            same = first.setdefault(statement.id, statement)
            if same is not statement:
                rule = f"said before with the same evidence (line {same.line}); state it once"
                yield Fault(statement.line, str(statement), "id", statement.id, rule)

    def _source(self, source: Source) -> Iterator[Problem]:
        yield from _slug("id", source.id)
        properties = self.ontology.sources
        if source.type not in {name for p in properties.values() for name in p.domain}:
            yield "type", source.type, "a source is a Document or a Dataset"
            return
        for key, found in source.properties.items():
            if key not in properties or source.type not in properties[key].domain:
                yield key, found, f"not a property of a {source.type}"
            else:
                yield from _typed(properties[key], found)
        for key, property_ in properties.items():
            if source.type in property_.required_on and key not in source.properties:
                yield key, "", f"a {source.type} must have it"
        text, digest = source.properties.get("text"), source.properties.get("sha256")
        if isinstance(text, str) and not _encodable(text):
            return
        if isinstance(text, str) and hashlib.sha256(text.encode()).hexdigest() != digest:
            yield "sha256", digest, "not the SHA-256 of the text"

    def _statement(
        self, statement: Statement, source: Source, types: Mapping[str, str], text: Scalar | None
    ) -> Iterator[Problem]:
        relation = self.ontology.relations.get(statement.predicate)
        if relation is None:
            yield "predicate", statement.predicate, "not a relation of the ontology"
            return
        if statement.source != source.id:
            yield "source", statement.source, f"the source of this load is {source.id}"
        for end, node, classes in (
            ("subject", statement.subject, relation.domain),
            ("object", statement.object, relation.range),
        ):
            yield from _slug(end, node)
            yield from self._node(end, node, classes, types, relation.name)
        yield from _evidence(statement, text)
        yield from self._word("modality", "Modality", statement.modality)
        yield from self._qualifiers(statement, types)
        if not relation.structural:
            yield from self._status_and_time(statement, types, source)
        if statement.predicate == STATES:
            yield from self._value(statement, types)

    def _node(
        self, end: str, node: str, classes: frozenset[str], types: Mapping[str, str], whose: str
    ) -> Iterator[Problem]:
        if node not in types:
            yield end, node, "the source does not say what it is; declare it with its type"
        elif types[node] in self.ontology.classes and not self.ontology.is_a(types[node], classes):
            expected = " or ".join(sorted(classes))
            yield end, node, f"is of class {types[node]}, but the {end} of {whose} must be of class {expected}"

    def _qualifiers(self, statement: Statement, types: Mapping[str, str]) -> Iterator[Problem]:
        for key, found in statement.qualifiers.items():
            qualifier = self.ontology.qualifiers.get(key)
            if qualifier is None or key in _FIELDS_OF_A_STATEMENT:
                yield key, found, "not a qualifier of the ontology"
            elif qualifier.derived:
                yield key, found, "derived by the store; leave it out"
            elif qualifier.only_on and statement.predicate not in qualifier.only_on:
                yield key, found, f"only on {' and '.join(sorted(qualifier.only_on))}"
            elif qualifier.refers:
                yield from self._node(key, str(found), qualifier.range, types, statement.predicate)
            elif qualifier.scheme:
                yield from self._word(key, qualifier.scheme, found)
            elif not (key == "valid_to" and found in (OPEN, UNKNOWN)):
                yield from _typed(qualifier, found)

        for key, qualifier in self.ontology.qualifiers.items():
            if statement.predicate in qualifier.required_on and key not in statement.qualifiers:
                yield key, "", f"{statement.predicate} must have it"

    def _status_and_time(self, statement: Statement, types: Mapping[str, str], source: Source) -> Iterator[Problem]:
        subject = types.get(statement.subject)
        is_event = subject in self.ontology.classes and self.ontology.is_a(str(subject), ["Event"])
        status = statement.qualifiers.get("status")
        if is_event and status is None:
            yield "status", "", "a statement about an event says how far it got (done, pledged, proposed …)"
        elif subject in self.ontology.classes and not is_event and status is not None:
            yield "status", status, f"only of an event; {statement.subject} is of class {subject}"
        try:
            interval(statement, source)
        except EndsBeforeStartError as error:
            yield "valid_to", statement.qualifiers["valid_to"], str(error)
        except ValueError:
            return  # a date that is none was reported by its type already

    def _value(self, statement: Statement, types: Mapping[str, str]) -> Iterator[Problem]:
        property_ = self.ontology.values.get(str(statement.qualifiers.get("property")))
        if property_ is None:
            yield "property", statement.qualifiers.get("property", ""), "not a value property of the ontology"
            return
        found = statement.qualifiers.get("value")
        if not isinstance(found, str) or not found:
            yield "value", found, "a text that is not empty"
            return
        if property_.name == "type" and found not in self.ontology.classes:
            yield "type", found, "not a class of the ontology"
        if property_.pattern and not property_.pattern.fullmatch(found):
            yield property_.name, found, f"does not have the form {property_.pattern.pattern}"
        yield from self._node("object", statement.object, property_.domain, types, property_.name)
        lang = statement.qualifiers.get("lang")
        if (property_.datatype == "langString") != (lang is not None):
            yield "lang", lang or "", f"{property_.name} {'needs a' if lang is None else 'takes no'} language tag"

    def _word(self, key: str, scheme: str, found: object) -> Iterator[Problem]:
        concepts = self.ontology.vocabularies[scheme].concepts
        if found not in concepts:
            yield key, found, f"one of {', '.join(concepts)}"


def interval(statement: Statement, source: Source) -> Mapping[str, str]:
    """The four bounds of the time for which a statement held, by key.

    Raises:
        ValueError: see `graph.dates.bounds`.
    """
    valid_from, valid_to = (statement.qualifiers.get(key) for key in ("valid_from", "valid_to"))
    spoken = source.properties.get("published")
    return bounds(
        str(valid_from) if valid_from else None,
        str(valid_to) if valid_to else None,
        as_of=str(spoken) if spoken else None,
    ).as_properties()


def _slug(end: str, found: str) -> Iterator[Problem]:
    if not SLUG.fullmatch(found):
        yield end, found, "an id is lower-case words joined by hyphens, such as donald-trump"


def _evidence(statement: Statement, text: Scalar | None) -> Iterator[Problem]:
    evidence = statement.evidence
    if isinstance(evidence, Record):
        if not evidence.record.strip() or not _encodable(evidence.record):
            yield "record", evidence.record, "names the record that says so"
        return
    quote, start, end = evidence.quote, evidence.start, evidence.end
    within = isinstance(text, str) and start >= 0 and text[start : start + len(quote)] == quote
    if not quote or not within or end != start + len(quote):
        placed = (start, end) != (-1, -1)  # what a statement read from RDF has that says neither
        yield "quote", quote, f"is not the text at {start}–{end}" if placed else "has no start and end in the text"


def _typed(property_: Property, found: Scalar) -> Iterator[Problem]:
    datatype = property_.datatype
    rule = None
    if datatype == "boolean":
        rule = None if isinstance(found, bool) else "true or false"
    elif datatype in ("integer", "nonNegativeInteger"):
        rule = None if type(found) is int and found in _INT64 else "a whole number of 64 bits"
    elif datatype == "decimal":
        rule = None if _is_number(found) else "a number that 64 bits hold exactly; a longer one is a text"
    elif not isinstance(found, str) or not found or not _encodable(found):
        rule = "a text that is not empty"
    elif datatype == "Edtf":
        rule = _rule_of(day_bounds, found)
    elif datatype == "date":
        rule = _rule_of(date.fromisoformat, found)
    elif datatype == "language":
        rule = None if langcodes.tag_is_valid(found) else "a valid BCP 47 language tag"
    elif datatype == "anyURI":
        rule = _rule_of(_web_address, found)
    if rule:
        yield property_.key, found, rule


def _rule_of(parse: Callable[[str], object], found: str) -> str | None:
    try:
        parse(found)
    except ValueError as error:
        return str(error)
    return None


def _web_address(found: str) -> None:
    parts = urlsplit(found)
    if parts.scheme not in ("http", "https") or not parts.netloc:  # it becomes a link: no javascript:, no file:
        raise ValueError("an address that begins with https:// or http://")


def _is_number(found: Scalar) -> bool:
    if isinstance(found, int) and not isinstance(found, bool):
        return found in _INT64 and int(float(found)) == found
    return isinstance(found, float) and math.isfinite(found)


def _encodable(text: str) -> bool:
    """False for lone surrogates, which no UTF-8 file and no database can hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
