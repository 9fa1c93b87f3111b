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
from graph.rdf.forms import Form, blocks, is_plain, is_surrounded, surroundings
from graph.rdf.terms import PROV, SKOS, TAG, TYPE, term
from graph.rdf.terms import Block as Block  # whoever maps needs these
from graph.rdf.terms import literal as literal
from graph.records import STATES
from ontology.model import BG, Ontology, Property, Qualifier, relationship_type

Properties = Mapping[str, Any]

STATES_TYPE = relationship_type(STATES)


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
        """Term of a node or statement; a `~` of the id is escaped, since another one stands before a time."""
        return f"<{self.base}{id_ if _SAFE.fullmatch(id_) else quote(id_, safe='').replace('~', '%7E')}>"

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
                    (TYPE, f"<{SKOS}Concept>"),
                    (TYPE, term(vocabulary.name)),
                    (f"<{SKOS}notation>", literal(notation)),
                    (f"<{SKOS}prefLabel>", literal(concept.label, lang="en")),
                    (f"<{SKOS}definition>", literal(concept.comment, lang="en")),
                ]
                yield term(concept.name), said

    def node(self, id_: str, labels: Sequence[str], properties: Properties) -> Block:
        """What is said about a node itself."""
        said = [(TYPE, term(label)) for label in sorted(labels) if label in self.ontology.classes]
        if isinstance(name := properties.get("name"), str):
            said.append((f"<{SKOS}prefLabel>", literal(name)))
        for key, property_ in self.ontology.sources.items():
            if key in properties and self.fits(property_, properties[key]):
                said.append((term(property_.name), self._value(property_, properties[key])))
        if self.ontology.is_source(labels):
            said.append((TYPE, f"<{PROV}Entity>"))
        return self.iri(id_), said

    def statement(
        self, subject: str, type_: str, object_: str, properties: Properties, text: str | None = None
    ) -> Iterator[Block]:
        """The statement, its evidence within the `text` of its source, and the plain triple where there is one."""
        form = self.form(type_, properties, text)
        terms = {key: self._value(self.ontology.qualifiers[key], properties[key]) for key in form.keys}
        terms |= {"subject": self.iri(subject), "object": self.iri(object_), "this": f"<{self.this(properties)}>"}
        if "value" in terms:
            terms["value"] = literal(properties["value"], lang=form.lang)
        if form.surrounded and text is not None:
            around = surroundings(text, properties["start"], properties["end"])
            terms["prefix"], terms["suffix"] = map(literal, around)
        if form.same:
            terms["same"] = f"<{same(form.same, properties['value'])}>"
        return blocks(form, terms, self.ontology)

    def this(self, properties: Properties) -> str:
        """IRI of a statement; one that is withdrawn may have been withdrawn before, or stand again."""
        this = self.iri(properties["id"])[1:-1]
        retracted = properties.get("retracted_at")
        return f"{this}~{quote(re.sub('[-:.]', '', str(retracted)), safe='+')}" if retracted else this

    def form(self, type_: str, properties: Properties, text: str | None = None) -> Form:
        """Form of a statement; what it has that RDF does not hold is left out."""
        qualifiers, lang, stated = self.ontology.qualifiers, properties.get("lang"), None
        plain = is_plain(properties)
        if plain and type_ == STATES_TYPE and properties["property"] in self.ontology.values:
            stated = self.ontology.values[properties["property"]]
        return Form(
            predicate=properties["was"] if type_ == RETRACTED else self._relations[type_],
            keys=tuple(
                key
                for key in sorted(properties)
                if key in qualifiers and key != "was" and self.fits(qualifiers[key], properties[key])
            ),
            lang=lang if isinstance(lang, str) and TAG.fullmatch(lang) else None,
            states=stated.name if stated else None,
            same=stated.iri_template if stated and stated.strong else None,
            plain=plain,
            surrounded=is_surrounded(properties, text),
        )

    def fits(self, property_: Property, found: object) -> bool:
        """Whether RDF gives the value back as it is; one that someone wrote by hand may be of any type."""
        scheme = property_.scheme if isinstance(property_, Qualifier) else None
        if scheme:
            return isinstance(found, str) and found in self.ontology.vocabularies[scheme].concepts
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
            return literal(decimal(found), "decimal")
        if property_.datatype == "boolean":
            return literal(str(found).lower(), "boolean")
        return literal(str(found), property_.datatype)


def decimal(found: float) -> str:
    """All digits of a number, without an exponent (XML Schema 1.1, 3.3.3).

    Raises:
        ValueError: the number is not finite.
    """
    text = repr(found)
    if "n" in text:
        raise ValueError(f"{found} is no decimal")
    return f"{Decimal(text):f}" if "e" in text else text


def same(template: str, value: str) -> str:
    """IRI of the thing that an identifier means."""
    return template.format(value=quote(value, safe=""))


_SAFE = re.compile(r"[A-Za-z0-9._-]+")
