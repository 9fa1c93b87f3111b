"""What the pages show of the ontology's terms: all that `belgraph.ttl` states of them, and their name in Neo4j."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from rdflib import OWL, RDF, RDFS, SKOS, BNode, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

from api.views import Linked
from ontology.model import BG, graph, load, relationship_type, snake_case

_SHOWN_APART = frozenset({RDF.type, RDFS.label, RDFS.comment, SKOS.prefLabel, SKOS.definition})
_WORDS: Mapping[Node, str] = {
    RDFS.subClassOf: "is a",
    RDFS.domain: "from",
    RDFS.range: "to",
    SKOS.exactMatch: "the same elsewhere",
    SKOS.closeMatch: "nearly the same elsewhere",
    SKOS.broadMatch: "wider elsewhere",
    SKOS.narrowMatch: "narrower elsewhere",
    SKOS.relatedMatch: "related elsewhere",
    SKOS.inScheme: "in the vocabulary",
    SKOS.notation: "written",
}


@dataclass(frozen=True, slots=True)
class TermView:
    """A term: what it is called, what it means, and what else is said of it."""

    name: str
    label: str
    comment: str
    iri: str
    facts: Sequence[tuple[str, Sequence[Linked]]]


@cache
def term_names() -> frozenset[str]:
    """Local names of all terms that the ontology defines."""
    subjects = {subject for subject in graph().subjects() if isinstance(subject, URIRef)}
    return frozenset(str(subject).removeprefix(str(BG)) for subject in subjects if subject.startswith(str(BG)))


def sections(prefix: str) -> Mapping[str, Sequence[TermView]]:
    """All terms by their kind; `prefix` is what a link to one puts before its name."""
    found: dict[str, list[TermView]] = {title: [] for title in _KINDS}
    for name in sorted(term_names(), key=str.casefold):
        types = set(graph().objects(BG[name], RDF.type)) - ({OWL.Class} if name in load().vocabularies else set())
        kinds = (title for title, marks in _KINDS.items() if not types.isdisjoint(marks))
        concept = (BG[name], SKOS.inScheme, None) in graph()
        found["Values of vocabularies" if concept else next(kinds, _REST)].append(view(name, prefix))
    return found


_REST = "Words of the ontology's own description"
_KINDS: Mapping[str, Sequence[Node]] = {  # a term is of the first that fits
    "Classes": [OWL.Class],
    "Qualifiers of a statement": [BG.Qualifier],
    "Relations": [OWL.ObjectProperty],
    "Values that sources state": [BG.ValueProperty],
    "Properties of sources": [BG.SourceProperty],
    "Derived properties": [BG.DerivedProperty],
    "Vocabularies": [BG.Vocabulary, SKOS.ConceptScheme],
    "Values of vocabularies": [],
    _REST: [],
}


def view(name: str, prefix: str) -> TermView:
    """One term."""
    subject = BG[name]
    label = graph().value(subject, SKOS.prefLabel) or graph().value(subject, RDFS.label)
    comment = graph().value(subject, SKOS.definition) or graph().value(subject, RDFS.comment)
    facts: dict[str, list[Linked]] = {}
    if stored := _in_neo4j(name):
        facts["in Neo4j"] = [Linked(stored)]
    said = set(graph().predicates(subject)) - _SHOWN_APART
    for predicate in (*(each for each in _WORDS if each in said), *sorted(said - _WORDS.keys(), key=str)):
        facts[_word(predicate)] = [
            linked
            for object_ in sorted(graph().objects(subject, predicate), key=str)
            for linked in _linked(object_, prefix)
        ]
    for title, predicate in (("more special", RDFS.subClassOf), ("values", RDF.type)):
        if below := sorted(graph().subjects(predicate, subject), key=str):
            facts[title] = [linked for each in below for linked in _linked(each, prefix)]
    return TermView(name, str(label or name), str(comment or ""), str(subject), list(facts.items()))


def _in_neo4j(name: str) -> str | None:
    ontology = load()
    if name in ontology.classes:
        return f":{name}"
    if name in ontology.relations:
        return f":{relationship_type(name)}"
    if name in ontology.vocabularies:
        return None
    key = snake_case(name)
    properties = (ontology.qualifiers, ontology.sources, ontology.derived)
    return key if name in ontology.values or any(key in each for each in properties) else None


def _word(predicate: Node) -> str:
    if predicate in _WORDS:
        return _WORDS[predicate]
    label = graph().value(predicate, RDFS.label)
    return str(label) if label else predicate.n3(graph().namespace_manager)


def _linked(object_: Node, prefix: str) -> Iterator[Linked]:
    if isinstance(object_, BNode):  # a union of classes
        members = graph().value(object_, OWL.unionOf)
        for member in Collection(graph(), members) if members is not None else ():
            yield from _linked(member, prefix)
    elif not isinstance(object_, URIRef):
        yield Linked(str(object_))
    elif object_.startswith(str(BG)):
        local = object_.removeprefix(str(BG))
        yield Linked(local, f"{prefix}{local}")
    else:
        yield Linked(object_.n3(graph().namespace_manager).strip("<>"), str(object_))
