"""belgraph.ttl is complete, small and consistent; the model reads all of it."""

import re
from collections import Counter
from collections.abc import Iterator

import pytest
from rdflib import RDF, RDFS, SKOS, Graph, Literal, URIRef
from rdflib.namespace import OWL

from ontology.model import (
    BG,
    ONTOLOGY_IRI,
    OntologyError,
    Property,
    Relation,
    Term,
    _Reader,
    graph,
    load,
    relationship_type,
    snake_case,
)

ONTOLOGY = load()
PROPERTIES: list[Property] = [
    *ONTOLOGY.qualifiers.values(),
    *ONTOLOGY.values.values(),
    *ONTOLOGY.sources.values(),
    *ONTOLOGY.derived.values(),
]
CONCEPTS = [concept for vocabulary in ONTOLOGY.vocabularies.values() for concept in vocabulary.concepts.values()]
TERMS: list[Term] = [
    *ONTOLOGY.classes.values(),
    *ONTOLOGY.relations.values(),
    *ONTOLOGY.vocabularies.values(),
    *PROPERTIES,
    *CONCEPTS,
]


def own_terms() -> Iterator[URIRef]:
    for subject in set(graph().subjects(RDF.type)):
        if isinstance(subject, URIRef) and str(subject).startswith(str(BG)):
            yield subject


def camel_case(snake: str) -> str:
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), snake)


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.name)
def test_every_term_says_in_english_what_it_is_and_when_to_use_it(term: Term) -> None:
    assert term.label
    assert len(term.comment.split()) >= 4
    assert term.comment.endswith(".")
    subject = URIRef(term.iri)
    texts = [*graph().objects(subject, RDFS.label), *graph().objects(subject, RDFS.comment)]
    texts += [*graph().objects(subject, SKOS.prefLabel), *graph().objects(subject, SKOS.definition)]
    assert len(texts) == 2
    assert {text.language for text in texts if isinstance(text, Literal)} == {"en"}


def test_the_ontology_stays_small() -> None:
    assert len(ONTOLOGY.classes) <= 25
    assert len(ONTOLOGY.relations) <= 41


def test_no_name_is_used_twice() -> None:
    assert [name for name, count in Counter(term.name for term in TERMS).items() if count > 1] == []


def test_the_model_has_every_term_of_the_file() -> None:
    read = {URIRef(term.iri) for term in TERMS}
    not_of_nodes = {RDFS.Class, RDFS.Datatype, OWL.AnnotationProperty, SKOS.ConceptScheme}
    unread = [s for s in own_terms() if s not in read and not_of_nodes.isdisjoint(graph().objects(s, RDF.type))]
    assert unread == []


def test_every_term_that_the_file_refers_to_is_defined() -> None:
    defined = set(own_terms())
    mentioned = {node for triple in graph() for node in triple if str(node).startswith(str(BG)) and node != URIRef(BG)}
    literals = {node for node in mentioned if isinstance(node, Literal)}
    assert mentioned - defined - literals == set()


@pytest.mark.parametrize("name", ONTOLOGY.relations)
def test_a_relation_is_named_like_a_verb_and_round_trips_to_neo4j(name: str) -> None:
    assert re.fullmatch(r"[a-z]+(?:[A-Z][a-z]+)*", name)
    assert camel_case(ONTOLOGY.relations[name].type.lower()) == name


@pytest.mark.parametrize("property_", PROPERTIES, ids=lambda property_: property_.name)
def test_a_property_round_trips_to_its_key(property_: Property) -> None:
    assert re.fullmatch(r"[a-z]+[0-9]*(?:_[a-z]+)*", property_.key)
    assert camel_case(property_.key) == property_.name


@pytest.mark.parametrize("name", ONTOLOGY.classes)
def test_a_class_is_named_like_a_noun(name: str) -> None:
    assert re.fullmatch(r"(?:[A-Z][a-z]+)+", name)


@pytest.mark.parametrize(
    ("camel", "snake"),
    [("validFromMin", "valid_from_min"), ("iso3166", "iso3166"), ("name", "name"), ("wikidataId", "wikidata_id")],
)
def test_snake_case(camel: str, snake: str) -> None:
    assert snake_case(camel) == snake
    assert relationship_type(camel) == snake.upper()


@pytest.mark.parametrize("name", ONTOLOGY.classes)
def test_every_class_is_a_thing(name: str) -> None:
    class_ = ONTOLOGY.classes[name]
    assert class_.ancestors[0] == "Thing"
    assert class_.ancestors[-1] == name
    assert class_.parents == {a for a in class_.ancestors if a != name} - {
        above for parent in class_.parents for above in ONTOLOGY.classes[parent].ancestors[:-1]
    }


def test_domains_and_ranges_name_classes_and_none_that_is_covered_by_another() -> None:
    terms: list[Relation | Property] = [*ONTOLOGY.relations.values(), *PROPERTIES]
    for term in terms:
        for classes in (term.domain, term.range):
            assert classes <= ONTOLOGY.classes.keys()
            assert not [c for c in classes if ONTOLOGY.is_a(c, classes - {c})], term.name


def test_marks_on_properties_name_what_they_are_about() -> None:
    for qualifier in ONTOLOGY.qualifiers.values():
        assert qualifier.only_on | qualifier.required_on <= ONTOLOGY.relations.keys(), qualifier.name
        assert not qualifier.only_on or qualifier.required_on <= qualifier.only_on, qualifier.name
    for source in ONTOLOGY.sources.values():
        assert source.required_on <= source.domain, source.name


def test_every_qualifier_has_one_kind_of_value() -> None:
    for qualifier in ONTOLOGY.qualifiers.values():
        kinds = (qualifier.datatype is not None, qualifier.scheme is not None, bool(qualifier.range))
        assert sum(kinds) == 1, qualifier.name
        assert qualifier.refers is bool(qualifier.range), qualifier.name


def test_what_every_statement_carries() -> None:
    assert {key for key, q in ONTOLOGY.qualifiers.items() if q.required} == {
        "source",
        "modality",
        "negated",
        "recorded_at",
    }


def test_structural_relations() -> None:
    structural = ONTOLOGY.relations.keys() - ONTOLOGY.statements.keys()
    assert structural == {"mentions", "states", "publishedBy", "possiblySameAs", "retracted"}


@pytest.mark.parametrize(
    ("scheme", "notations"),
    [
        ("Modality", "alleged asserted conditional feared possible predicted"),
        (
            "Status",
            "announced cancelled done hypothetical ongoing planned pledged proposed refused threatened",
        ),
        ("Change", "continues decreases ends increases starts"),
        ("QuantityBound", "about at_least at_most exact"),
    ],
)
def test_vocabularies(scheme: str, notations: str) -> None:
    concepts = ONTOLOGY.vocabularies[scheme].concepts
    assert " ".join(concepts) == notations
    assert all(concept.notation == notation for notation, concept in concepts.items())


IDENTIFIERS = {
    "wikidataId": (["Q184", "Q22686"], ["184", "q184", "Q0184", "Q184 ", "Q184\n", "P31"]),
    "iso3166": (["BY"], ["by", "BLR", "B1", "BY\n"]),
    "ofacId": (["4839"], ["0", "04839", "OFAC-1"]),
    "euId": (["EU.1234.56"], ["1234.56", "EU.1234", "EU-1234-56", "EUx1234x56"]),
    "ftmId": (["NK-2sZf9AQ4m8a", "ofac-4839"], ["", "-a", "a b"]),
    "icao": (["BRU"], ["bru", "BR", "BRUU"]),
    "iata": (["B2"], ["b2", "B", "B22"]),
    "lei": (["529900T8BM49AURSDO55"], ["529900T8BM49AURSDO5", "529900t8bm49aursdo55", "529900T8BM49AURSDOXX"]),
    "unp": (["600390798"], ["60039079", "6003907980", "MA1953684", "600 390 798"]),
}


def test_every_identifier_has_examples_here() -> None:
    assert {name for name, p in ONTOLOGY.values.items() if p.identifier} == IDENTIFIERS.keys()


@pytest.mark.parametrize(("name", "good", "bad"), [(name, *examples) for name, examples in IDENTIFIERS.items()])
def test_an_identifier_has_its_form(name: str, good: list[str], bad: list[str]) -> None:
    pattern = ONTOLOGY.values[name].pattern
    assert pattern is not None
    assert [text for text in good if not pattern.fullmatch(text)] == []
    assert [text for text in bad if pattern.fullmatch(text)] == []


def test_only_codes_that_are_given_out_again_are_weak_identifiers() -> None:
    assert {name for name, p in ONTOLOGY.values.items() if p.identifier and not p.strong} == {"iata", "icao"}


@pytest.mark.parametrize(
    ("name", "classes", "expected"),
    [
        ("Company", ["Agent"], True),
        ("Company", ["Company"], True),
        ("Country", ["Place"], True),
        ("Country", ["Agent"], True),
        ("Agent", ["Company"], False),
        ("Situation", ["Event"], False),
        ("Person", ["Organization", "Group"], False),
        ("Person", ["Organization", "Thing"], True),
        ("Person", [], False),
    ],
)
def test_is_a(name: str, classes: list[str], expected: bool) -> None:
    assert ONTOLOGY.is_a(name, classes) is expected


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (["Company"], "Company"),
        (["Agent", "Company", "Organization", "Thing"], "Company"),
        (["Agent", "Country", "Place", "Thing"], "Country"),
        (["Agent", "Thing"], "Agent"),
        (["Company", "Person"], None),
        (["Agent", "Place"], None),
        (["SomethingElse"], None),
        (["SomethingElse", "Person", "Thing"], "Person"),
        ([], None),
    ],
)
def test_most_specific(labels: list[str], expected: str | None) -> None:
    assert ONTOLOGY.most_specific(labels) == expected


@pytest.mark.parametrize(
    ("labels", "expected"),
    [(["Document", "Thing"], True), (["Dataset"], True), (["Person", "Thing"], False), (["Thing"], False)],
)
def test_is_source(labels: list[str], expected: bool) -> None:
    assert ONTOLOGY.is_source(labels) is expected


def without(*triple: URIRef | None) -> Graph:
    changed = Graph() + graph()
    changed.remove((triple[0], triple[1], triple[2]))
    return changed


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (without(BG.Company, RDFS.label, None), "Company needs rdfs:label and rdfs:comment"),
        (without(BG.hasInitiator, RDFS.comment, None), "hasInitiator needs rdfs:label and rdfs:comment"),
        (without(BG.hasInitiator, RDFS.range, None), "hasInitiator needs a domain and a range"),
        (without(BG.Person, RDF.type, None), "refers to undefined Person"),
        (without(BG["status-done"], SKOS.notation, None), "status-done needs skos:notation"),
        (without(ONTOLOGY_IRI, OWL.versionInfo, None), "no owl:versionInfo"),
    ],
)
def test_an_incomplete_file_is_refused(changed: Graph, message: str) -> None:
    with pytest.raises(OntologyError, match=message):
        _Reader(changed).ontology()
