"""Every format gives records back as they were, and a file with anything else in it is refused with its place."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings

from graph.errors import InputError, Refused, UnwritableError
from graph.load import properties
from graph.rdf.foreign import statement_faults
from graph.rdf.formats import FORMATS
from graph.rdf.judging import guarded
from graph.rdf.mapping import Block, RdfMapping, literal
from graph.rdf.parsing import SYNTAXES, parse
from graph.rdf.reading import StatementRow
from graph.rdf.templates import Templates
from graph.records import Load, Record, Source, Statement, value
from ontology.model import load as load_ontology
from tests.sources import loads

ONTOLOGY = load_ontology()
BASE = "https://w3id.org/belgraph/id/"
MAPPING = RdfMapping(ONTOLOGY, BASE)
NOW, LATER = "2026-11-25T09:00:00.123Z", "2026-11-25T11:00:00.500Z"


def rows(what: Load) -> list[StatementRow]:
    """What the store would hold of a source: each statement, and again as withdrawn twice."""
    made = []
    for statement in what.statements:
        type_ = ONTOLOGY.relations[statement.predicate].type
        stored = {**properties(statement, what.source, ONTOLOGY), "recorded_at": LATER}
        made.append(StatementRow(statement.subject, type_, statement.object, stored))
        for gone in (NOW, LATER):
            old = {**stored, "recorded_at": NOW, "retracted_at": gone, "was": statement.predicate}
            made.append(StatementRow(statement.subject, "RETRACTED", statement.object, old))
    return made


def blocks(what: Load, mapping: RdfMapping) -> Iterator[tuple[str | None, Block]]:
    text = str(what.source.properties["text"])
    graph = mapping.iri(what.source.id)
    for block in mapping.vocabularies():
        yield None, block
    for id_, class_ in what.types().items():
        own = what.source.properties if id_ == what.source.id else {}
        yield graph, mapping.node(id_, ONTOLOGY.classes[class_].ancestors, own)
    for row in rows(what):
        for block in mapping.statement(row.subject, row.type, row.object, row.properties, text):
            yield graph, block


def written(what: Load, format_: str, mapping: RdfMapping = MAPPING) -> str:
    writer = FORMATS[format_](mapping.base)
    said = [writer.enter(graph) + writer.block(graph, block) for graph, block in blocks(what, mapping)]
    return "".join([writer.head(), *said, writer.tail()])


def order(found: list[StatementRow]) -> list[Any]:
    return sorted(repr((r.subject, r.type, r.object, sorted(r.properties.items()))) for r in found)


@pytest.mark.parametrize("format_", FORMATS)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(what=loads())
def test_every_format_gives_the_records_back(what: Load, format_: str, tmp_path: Path) -> None:
    file = tmp_path / f"graph.{format_}"
    file.write_text(written(what, format_), "utf-8", newline="")
    parsed = parse(file, MAPPING)
    assert order(parsed.statements) == order(rows(what))
    assert parsed.nodes["paper"].properties == what.source.properties
    assert {id_: max(node.labels) for id_, node in parsed.nodes.items() if id_ != "paper"} == dict.fromkeys(
        ("ann", "ben", "cyd"), "Thing"
    )
    assert list(guarded(parsed, ONTOLOGY)) == []


@pytest.mark.parametrize("format_", FORMATS)
def test_an_empty_text_comes_back_and_the_guard_refuses_it(format_: str, tmp_path: Path) -> None:
    said = Statement("ann", "supports", "ann", "paper", Record("1"), {"role_title": ""})
    types = [value("paper", "ann", "type", "Person", Record("2"))]
    what = Load("paper.test", Source("paper", "Document", {"title": "", "text": "", "language": "be"}), [said, *types])
    file = tmp_path / f"graph.{format_}"
    file.write_text(written(what, format_), "utf-8", newline="")
    parsed = parse(file, MAPPING)
    assert order(parsed.statements) == order(rows(what))
    assert parsed.nodes["paper"].properties == what.source.properties
    faults = list(guarded(parsed, ONTOLOGY))
    assert ("role_title", "a text that is not empty") in {(fault.field, fault.rule) for fault in faults}


@pytest.mark.parametrize("format_", FORMATS)
def test_statements_that_differ_in_the_interval_only_stay_two(format_: str, tmp_path: Path) -> None:
    evidence = Record("1"), Record("2")
    dates = {"valid_from": "2025-06", "valid_to": "open"}, {"valid_from": "XXXX-06-21", "valid_to": "unknown"}
    pairs = zip(evidence, dates, strict=True)
    said = [Statement("ann", "supports", "ann", "paper", row, qualifiers) for row, qualifiers in pairs]
    source = Source("paper", "Document", {"title": "Paper", "text": "Text", "language": "be-tarask"})
    what = Load("paper.test", source, [*said, value("paper", "ann", "type", "Person", Record("3"))])
    file = tmp_path / f"graph.{format_}"
    file.write_text(written(what, format_), "utf-8", newline="")
    found = [row.properties for row in parse(file, MAPPING).statements if row.type == "SUPPORTS"]
    assert sorted((row["valid_from"], row["valid_to"]) for row in found) == [
        ("2025-06", "open"),
        ("XXXX-06-21", "unknown"),
    ]


@settings(max_examples=10, deadline=None)
@given(what=loads())
def test_all_formats_say_the_same(what: Load) -> None:
    triples = {
        format_: {
            (q.subject, q.predicate, q.object)
            for q in ox.parse(input=written(what, format_).encode(), format=SYNTAXES[format_])
        }
        for format_ in FORMATS
    }
    assert all(found == triples["nt"] for found in triples.values())


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(what=loads())
def test_a_base_with_escapes_and_other_letters_serves_too(what: Load, tmp_path: Path) -> None:
    mapping = RdfMapping(ONTOLOGY, "https://прыклад.бел/a%20b/")
    for format_ in FORMATS:
        file = tmp_path / f"graph.{format_}"
        file.write_text(written(what, format_, mapping), "utf-8", newline="")
        assert order(parse(file, mapping).statements) == order(rows(what))


@pytest.mark.parametrize("format_", FORMATS)
@settings(max_examples=25, deadline=None)
@given(what=loads())
def test_a_template_writes_what_the_format_writes(what: Load, format_: str) -> None:
    text = str(what.source.properties["text"])
    writer, other = FORMATS[format_](BASE), FORMATS[format_](BASE)
    for each in (writer, other):
        each.block(None, next(MAPPING.vocabularies()))
    templates = Templates(MAPPING, writer)
    for row in rows(what):
        made = list(MAPPING.statement(*row, text))
        graph = MAPPING.iri(what.source.id)
        assert templates.write(row, text) == "".join([other.block(graph, block) for block in made]).encode()
    assert templates.triples == sum(len(said) for row in rows(what) for _, said in MAPPING.statement(*row, text))


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("modality", "certain"),
        ("modality", ["asserted"]),
        ("quantity", math.inf),
        ("quantity", 14),
        ("colour", "red"),
        ("property", ["name"]),
        ("recorded_at", None),
        ("recorded_at", "yesterday"),
        ("recorded_at", "2026-11-25T11:00:00.500+02:00"),
    ],
)
def test_what_rdf_has_no_place_for_is_in_no_template(key: str, wrong: object) -> None:
    statement = Statement("ann", "supports", "ben", "paper", Record("1"), {"quantity": 14.0})
    stored = {**properties(statement, Source("paper", "Document", {}), ONTOLOGY), "recorded_at": NOW}
    templates = Templates(MAPPING, FORMATS["nt"](BASE))
    row = StatementRow("ann", "SUPPORTS", "ben", stored)
    assert templates.write(row, None)
    changed = {name: found for name, found in {**stored, key: wrong}.items() if found is not None}
    assert templates.write(row._replace(properties=changed), None) is None
    assert any(statement_faults(row._replace(properties=changed), MAPPING))
    assert templates.write(row, None)


STATEMENT = f"""
<{BASE}a> <{"http://www.w3.org/1999/02/22-rdf-syntax-ns#"}type> bg:Thing, bg:Agent, bg:Person .
id:d a bg:Thing, bg:Document .
id:st-1 a rdf:Statement ; rdf:subject id:a ; rdf:predicate bg:supports ; rdf:object id:a ;
    bg:source id:d ; bg:modality bg:modality-asserted ; bg:negated false ; bg:record "1" ;
    bg:recordedAt "{NOW}"^^xsd:dateTime ; bg:quantity 1.5 ; bg:start 7 .
"""
PREFIXES = f"""
@prefix bg: <https://w3id.org/belgraph/ontology#> .
@prefix id: <{BASE}> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("bg:start 7", "bg:start 7 ; skos:altLabel 'lost'", "core#altLabel 'lost': not a term of the ontology"),
        ("bg:start 7", "bg:start 7 . bg:foo a <http://evil/x>", "'http://evil/x': the ontology does not say it"),
        ("bg:start 7", "bg:start 7 . bg:leads skos:prefLabel 'x'", "prefLabel 'x': the ontology does not say it"),
        ("bg:start 7", "bg:start 7 . id:a skos:prefLabel 'A'@en", "a text without a language tag"),
        ("bg:start 7", "bg:start 7 . id:a bg:leads id:d", "a: leads '<https://w3id.org/belgraph/id/d>': no statement"),
        ("bg:start 7", "bg:start 7 . id:a bg:name 'A'@en", "a: name '\"A\"@en': no statement"),
        ("bg:start 7", "bg:start 7 . id:a owl:sameAs <http://evil/x>", "'<http://evil/x>': no statement"),
        ("bg:start 7", "bg:start 7 . id:a a skos:Concept", "core#Concept': not a class of the ontology"),
        ("bg:start 7", "bg:start 7 ; bg:value 'x'@ru ; bg:lang 'be-Latn'^^xsd:language", "of bg:lang (be-Latn)"),
        ("bg:start 7", "bg:start 7 ; bg:value 'x'@ru", "has not the language tag of bg:lang (none)"),
        ("bg:start 7", "bg:start 7 ; bg:value 'x' ; bg:lang 'ru'^^xsd:language", "of bg:lang (ru)"),
        ("bg:start 7", "bg:start 9223372036854775808", "start '9223372036854775808': a whole number of 64 bits"),
        ("bg:quantity 1.5", "bg:quantity 123456789012345678.9", "a number that 64 bits hold exactly"),
        ("bg:start 7", "bg:begin 7", "not a term of the ontology"),
        ("bg:start 7", 'bg:start "7"', "is of type http://www.w3.org/2001/XMLSchema#string"),
        ("bg:start 7", "bg:start 7, 8", "has two values"),
        ("rdf:object id:a", "rdf:object id:nobody", "object 'nobody': no such node in the file"),
        ("bg:source id:d", "bg:source id:d ; bg:because id:nobody", "because 'nobody': no such node in the file"),
        ("bg:supports", "bg:supported", "not a relation of the ontology"),
        ("bg:modality-asserted", "bg:modality-certain", "one of https://w3id.org/belgraph/ontology#modality-alleged"),
        ("bg:negated false ;", "", "negated '': a statement must have it"),
        ("bg:Person", "bg:Persona", "not a class of the ontology"),
        ("rdf:object id:a", "rdf:object <http://example.org/a>", "BELGRAPH_BASE_IRI"),
        (NOW, "2026-11-25T11:00:00.123+02:00", "recordedAt '2026-11-25T11:00:00.123+02:00': a time in UTC"),
        (NOW, "2026-11-25T09:00:00Z", "a time in UTC with milliseconds"),
        (NOW, "2026-02-30T09:00:00.123Z", "a time in UTC with milliseconds"),
        (NOW, "yesterday", "recordedAt 'yesterday': a time in UTC"),
        ("bg:start 7", f'bg:retractedAt "{NOW[:-1]}"^^xsd:dateTime', "retractedAt"),
        ("a rdf:Statement ;", "", "is no rdf:Statement"),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(old: str, new: str, told: str, tmp_path: Path) -> None:
    file = tmp_path / "graph.ttl"
    file.write_text(PREFIXES + STATEMENT, "utf-8")
    parse(file, MAPPING)
    assert old in STATEMENT
    file.write_text(PREFIXES + STATEMENT.replace(old, new), "utf-8")
    with pytest.raises(Refused) as refused:
        parse(file, MAPPING)
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("graph.nt", '<a:b> <a:c> "x" .\nnonsense\n', "line 2"),
        ("graph.jsonld", '{"@id": nonsense', r"graph.jsonld: Parser error at line 1 [^:]*: [^:(]*$"),
        ("graph.csv", "a,b\n", "must end in one of nt, nq, ttl, trig, jsonld, rdf"),
    ],
)
def test_a_file_of_another_kind_is_refused(name: str, text: str, told: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(InputError, match=told):
        parse(tmp_path / name, MAPPING)


def test_a_quote_without_a_place_is_told_as_that(tmp_path: Path) -> None:
    file = tmp_path / "graph.ttl"
    file.write_text(PREFIXES + STATEMENT.replace('bg:record "1"', 'bg:quote "x"').replace(" ; bg:start 7", ""), "utf-8")
    rules = {fault.rule for fault in guarded(parse(file, MAPPING), ONTOLOGY) if fault.field == "quote"}
    assert rules == {"has no start and end in the text"}


@pytest.mark.parametrize("id_", ["a~b", "a~", "~", "a%7Eb", "a b", "шлях", "a#b", "a/b"])
def test_any_id_comes_back_from_its_iri(id_: str) -> None:
    iri = MAPPING.iri(id_)[1:-1]
    assert MAPPING.id_of(iri) == id_
    assert MAPPING.id_of(f"{iri}~20261125T090000123Z") == id_


def test_xml_cannot_hold_control_characters_and_others_can() -> None:
    block: Block = ("<a:b>", [("<http://www.w3.org/ns/oa#exact>", literal("\x00\x1b"))])
    with pytest.raises(UnwritableError, match="use another format"):
        FORMATS["rdf"](BASE).block(None, block)
    for format_ in FORMATS.keys() - {"rdf"}:
        writer = FORMATS[format_](BASE)
        text = writer.head() + writer.block(None, block) + writer.tail()
        (quad,) = ox.parse(input=text.encode(), format=SYNTAXES[format_])
        assert quad.object == ox.Literal("\x00\x1b")
