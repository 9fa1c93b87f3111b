"""Neo4j ↔ RDF by one mapping: every relationship is an `rdf:Statement`, every label an `rdf:type`.

A node's IRI is the base IRI and its id; so is a statement's, a withdrawn one's with `~` and the time behind it, because
a statement can be withdrawn more than once. A withdrawn statement keeps its predicate and has `bg:retractedAt`. What a
source says outright, and has not withdrawn, is a plain triple too. Display names are `skos:prefLabel`.

The rest says the same again in the words of others, for who knows them and not us: evidence as a Web Annotation (W3C
Web Annotation Vocabulary 2017), origin and time as PROV-O (2013), vocabularies as SKOS (2009), and `owl:sameAs` for an
identifier that means one thing only. Import takes nothing from it.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import quote, unquote

from graph.constraints import RETRACTED
from graph.records import STATES
from ontology.model import BG, Ontology, Property, Qualifier

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XSD = "http://www.w3.org/2001/XMLSchema#"
OA = "http://www.w3.org/ns/oa#"
OWL = "http://www.w3.org/2002/07/owl#"
PROV = "http://www.w3.org/ns/prov#"
SKOS = "http://www.w3.org/2004/02/skos/core#"

AROUND = 32
"""Characters of the text before and after a quote that its selector keeps."""

Properties = Mapping[str, Any]
Block = tuple[str, list[tuple[str, str]]]
"""A subject with its predicates and objects, all of them terms in the form of N-Triples."""

_TYPE = f"<{RDF}type>"


class RdfMapping:
    """The mapping of one ontology under one base IRI."""

    def __init__(self, ontology: Ontology, base: str) -> None:
        self.ontology = ontology
        self.base = base
        self._relations = {relation.type: name for name, relation in ontology.relations.items()}
        self._concepts = {
            concept.name: notation
            for vocabulary in ontology.vocabularies.values()
            for notation, concept in vocabulary.concepts.items()
        }

    def iri(self, id_: str) -> str:
        """Term of a node or statement."""
        return f"<{self.base}{id_ if _SAFE.fullmatch(id_) else quote(id_, safe='')}>"

    def id_of(self, iri: str) -> str:
        """What our JSON calls the thing of an IRI: an id, a term's local name or notation; another IRI stays itself."""
        if iri.startswith(self.base):
            return unquote(iri.removeprefix(self.base).partition("~")[0])
        local = iri.removeprefix(str(BG))
        return self._concepts.get(local, local)

    def word(self, word: str) -> str:
        """Term of a class, a relation or a vocabulary's value, by its local name or notation."""
        if word in self.ontology.classes or word in self.ontology.relations:
            return term(word)
        names = [name for name, notation in self._concepts.items() if notation == word]
        return term(names[0] if names else word)

    def vocabularies(self) -> Iterator[Block]:
        """The values of all vocabularies as SKOS concepts."""
        for vocabulary in self.ontology.vocabularies.values():
            for notation, concept in vocabulary.concepts.items():
                said = [
                    (_TYPE, f"<{SKOS}Concept>"),
                    (_TYPE, term(vocabulary.name)),
                    (f"<{SKOS}notation>", literal(notation)),
                    (f"<{SKOS}prefLabel>", literal(concept.label, lang="en")),
                    (f"<{SKOS}definition>", literal(concept.comment, lang="en")),
                ]
                yield term(concept.name), said

    def node(self, id_: str, labels: Sequence[str], properties: Properties) -> Block:
        """What is said about a node itself."""
        said = [(_TYPE, term(label)) for label in sorted(labels) if label in self.ontology.classes]
        if isinstance(name := properties.get("name"), str):
            said.append((f"<{SKOS}prefLabel>", literal(name)))
        for key, property_ in self.ontology.sources.items():
            if key in properties and self.fits(property_, properties[key]):
                said.append((term(property_.name), self._value(property_, properties[key])))
        if self.ontology.is_source(labels):
            said.append((_TYPE, f"<{PROV}Entity>"))
        return self.iri(id_), said

    def statement(
        self, subject: str, type_: str, object_: str, properties: Properties, text: str | None = None
    ) -> Iterator[Block]:
        """The statement, its evidence within the `text` of its source, and the plain triple where there is one."""
        retracted = properties.get("retracted_at")
        predicate = properties["was"] if type_ == RETRACTED else self._relations[type_]
        this = self.iri(properties["id"])
        if retracted:
            this = f"{this[:-1]}~{quote(re.sub('[-:.]', '', str(retracted)), safe='+')}>"
        said = [
            (_TYPE, f"<{RDF}Statement>"),
            (f"<{RDF}subject>", self.iri(subject)),
            (f"<{RDF}predicate>", term(predicate)),
            (f"<{RDF}object>", self.iri(object_)),
        ]
        for key in sorted(properties):
            qualifier = self.ontology.qualifiers.get(key)
            if qualifier is None or key == "was" or not self.fits(qualifier, properties[key]):
                continue
            found = properties[key]
            value = literal(found, lang=properties.get("lang")) if key == "value" else self._value(qualifier, found)
            said.append((term(qualifier.name), value))
        yield this, [*said, *self._origin(properties)]
        if "quote" in properties:
            yield from self._evidence(this, properties, text)
        if is_plain(properties):
            yield from self._plain(subject, predicate, object_, properties)

    def _origin(self, properties: Properties) -> Iterator[tuple[str, str]]:
        yield f"<{PROV}hadPrimarySource>", self.iri(properties["source"])
        if "asserted_by" in properties:
            yield f"<{PROV}wasAttributedTo>", self.iri(properties["asserted_by"])
        yield f"<{PROV}generatedAtTime>", literal(properties["recorded_at"], "dateTime")
        if "retracted_at" in properties:
            yield f"<{PROV}invalidatedAtTime>", literal(properties["retracted_at"], "dateTime")

    def _evidence(self, this: str, properties: Properties, text: str | None) -> Iterator[Block]:
        annotation, target, quoted, position = (
            f"{this[:-1]}#{part}>" for part in ("evidence", "target", "quote", "position")
        )
        start, end = properties.get("start"), properties.get("end")
        yield annotation, [(_TYPE, f"<{OA}Annotation>"), (f"<{OA}hasBody>", this), (f"<{OA}hasTarget>", target)]
        selectors = [quoted] if start is None or end is None else [quoted, position]
        selected = [(f"<{OA}hasSelector>", selector) for selector in selectors]
        source = (f"<{OA}hasSource>", self.iri(properties["source"]))
        yield target, [(_TYPE, f"<{OA}SpecificResource>"), source, *selected]
        exact = [(_TYPE, f"<{OA}TextQuoteSelector>"), (f"<{OA}exact>", literal(properties["quote"]))]
        if start is None or end is None:
            yield quoted, exact
            return
        if text is not None and text[start:end] == properties["quote"]:  # a withdrawn one may quote an older text
            exact.append((f"<{OA}prefix>", literal(text[max(0, start - AROUND) : start])))
            exact.append((f"<{OA}suffix>", literal(text[end : end + AROUND])))
        yield quoted, exact
        ends = [
            (f"<{OA}{name}>", literal(str(at), "nonNegativeInteger")) for name, at in (("start", start), ("end", end))
        ]
        yield position, [(_TYPE, f"<{OA}TextPositionSelector>"), *ends]

    def _plain(self, subject: str, predicate: str, object_: str, properties: Properties) -> Iterator[Block]:
        if predicate != STATES:
            yield self.iri(subject), [(term(predicate), self.iri(object_))]
        elif properties["property"] != "type":  # a class is an rdf:type already
            value = literal(properties["value"], lang=properties.get("lang"))
            said = [(term(properties["property"]), value)]
            stated = self.ontology.values.get(properties["property"])
            if stated and stated.strong and stated.iri_template:
                same = stated.iri_template.format(value=quote(properties["value"], safe=""))
                said.append((f"<{OWL}sameAs>", f"<{same}>"))
            yield self.iri(object_), said

    def fits(self, property_: Property, found: object) -> bool:
        """Whether RDF gives the value back as it is; one that someone wrote by hand may be of any type."""
        scheme = property_.scheme if isinstance(property_, Qualifier) else None
        if scheme:
            return found in self.ontology.vocabularies[scheme].concepts
        if property_.datatype == "boolean":
            return isinstance(found, bool)
        if property_.datatype in ("integer", "nonNegativeInteger"):
            return type(found) is int
        if property_.datatype == "decimal":
            return isinstance(found, float) and math.isfinite(found)
        return isinstance(found, str)

    def _value(self, property_: Property, found: Any) -> str:
        if isinstance(property_, Qualifier):
            if property_.refers:
                return self.iri(found)
            if property_.scheme:
                return term(self.ontology.vocabularies[property_.scheme].concepts[found].name)
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
    """N-Triples form of a literal; `datatype` is a local name of XSD, or `Edtf`.

    A tag that RDF's grammar refuses is left out; `bg:lang` has it all the same.
    """
    quoted = '"' + _ESCAPED.sub(lambda match: _ESCAPES[match[0]], text) + '"'
    if lang and _TAG.fullmatch(lang):
        return f"{quoted}@{lang}"
    if datatype in (None, "string"):
        return quoted
    return f"{quoted}^^{term('Edtf') if datatype == 'Edtf' else f'<{XSD}{datatype}>'}"


_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r"}
_ESCAPED = re.compile(r'[\\"\n\r]')
_SAFE = re.compile(r"[A-Za-z0-9._-]+")
_TAG = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
