"""What is made from the ontology is as committed, and does what it is made for."""

import json
import sys
import warnings
from pathlib import Path

import pytest
from rdflib import RDF, Graph, URIRef
from rdflib.namespace import XSD
from rdflib.term import Literal

from loaders.schema import schemas
from ontology import render
from ontology.model import BG, graph, load

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of its own dependencies
    from pyshacl import validate

ROOT = Path(__file__).parents[2]
ONTOLOGY = load()
MADE = render.files(ONTOLOGY)
SHAPES = Graph().parse(data=MADE["shapes.ttl"], format="turtle")
ID = "https://w3id.org/belgraph/id/"


@pytest.mark.parametrize("name", MADE)
def test_generated_files_are_as_committed(name: str) -> None:
    assert (ROOT / "ontology" / name).read_text("utf-8") == MADE[name]


@pytest.mark.parametrize(("name", "schema"), schemas(ONTOLOGY).items())
def test_generated_schemas_are_as_committed(name: str, schema: object) -> None:
    assert json.loads((ROOT / "loaders" / name).read_text("utf-8")) == schema


def test_check_fails_on_a_stale_file_and_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    render.main(tmp_path, MADE)
    assert {path.name for path in tmp_path.iterdir()} == MADE.keys()
    monkeypatch.setattr(sys, "argv", ["render", "--check"])
    render.main(tmp_path, MADE)

    stale = tmp_path / "shapes.ttl"
    stale.write_text("changed by hand", encoding="utf-8")
    with pytest.raises(SystemExit, match=r"shapes\.ttl; run `make generate`"):
        render.main(tmp_path, MADE)
    assert stale.read_text("utf-8") == "changed by hand"


def test_check_fails_on_a_missing_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["render", "--check"])
    with pytest.raises(SystemExit, match=r"context\.jsonld"):
        render.main(tmp_path, MADE)


STATEMENT = """
@prefix bg: <https://w3id.org/belgraph/ontology#> .
@prefix id: <https://w3id.org/belgraph/id/> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
id:lifting a bg:SanctionsAct . id:trump a bg:Person . id:article a bg:Document . id:critics a bg:Group .
id:st-1 a rdf:Statement ;
    rdf:subject id:lifting ;
    rdf:predicate bg:hasInitiator ;
    rdf:object id:trump ;
    bg:source id:article ;
    bg:modality bg:modality-asserted ;
    bg:negated false ;
    bg:status bg:status-pledged ;
    bg:assertedBy id:critics ;
    bg:validFrom "2025?-06-21"^^bg:Edtf ;
    bg:recordedAt "2026-11-25T02:10:00.123Z"^^xsd:dateTime ;
    bg:quote "Trump pledged" .
"""


def violations(turtle: str) -> set[str]:
    """The local names of the paths, or of the shapes themselves, that SHACL finds broken."""
    data = Graph().parse(data=turtle, format="turtle")
    _, report, _ = validate(data, shacl_graph=SHAPES, ont_graph=graph(), inference="none")
    shacl = "http://www.w3.org/ns/shacl#"
    found = set()
    for result in report.subjects(RDF.type, URIRef(shacl + "ValidationResult")):
        path = report.value(result, URIRef(shacl + "resultPath"))
        shape = report.value(result, URIRef(shacl + "sourceShape"))
        found.add(str(path if isinstance(path, URIRef) else shape).split("#")[-1])
    return found


def test_a_good_statement_is_valid() -> None:
    assert violations(STATEMENT) == set()
    with_record = STATEMENT.replace('bg:quote "Trump pledged"', 'bg:record "row 7"')
    assert violations(with_record) == set()


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("bg:modality bg:modality-asserted ;", "", "modality"),
        ("bg:modality-asserted", "bg:modality-certain", "modality"),
        ("bg:modality-asserted", "bg:status-done", "modality"),
        ("bg:modality-asserted", "bg:modality-asserted, bg:modality-feared", "modality"),
        ("bg:negated false ;", "", "negated"),
        ("bg:negated false", 'bg:negated "no"', "negated"),
        ("bg:source id:article ;", "", "source"),
        ("bg:source id:article", "bg:source id:trump", "source"),
        ("bg:recordedAt", "bg:retractedAt", "recordedAt"),
        ('"2026-11-25T02:10:00.123Z"^^xsd:dateTime', '"yesterday"', "recordedAt"),
        ("bg:status-pledged", '"pledged"', "status"),
        ("bg:assertedBy id:critics", "bg:assertedBy id:article", "assertedBy"),
        ('"2025?-06-21"^^bg:Edtf', '"2025-06-21"^^xsd:date', "validFrom"),
        ("rdf:object id:trump ;", "", "object"),
        ("rdf:object id:trump", "rdf:object 'Trump'", "object"),
        ("rdf:subject id:lifting", "rdf:subject id:lifting, id:trump", "subject"),
        ("rdf:predicate bg:hasInitiator ;", "", "predicate"),
        ('bg:quote "Trump pledged"', "bg:implied true", "StatementShape"),
    ],
)
def test_a_bad_statement_is_not(old: str, new: str, path: str) -> None:
    assert old in STATEMENT
    found = violations(STATEMENT.replace(old, new))
    if path == "StatementShape":  # a shape of two alternative paths has no name
        assert len(found) == 1
    else:
        assert found == {path}


@pytest.mark.parametrize(
    ("triple", "broken"),
    [
        ("id:lifting bg:hasInitiator id:trump .", set()),
        ("id:trump bg:hasInitiator id:trump .", {"hasInitiatorDomainShape"}),
        ("id:lifting bg:hasInitiator id:lifting .", {"hasInitiatorRangeShape"}),
        ("id:article bg:leadsTo id:lifting .", {"leadsToDomainShape"}),
        ("id:article bg:leadsTo id:article .", {"leadsToDomainShape", "leadsToRangeShape"}),
    ],
)
def test_plain_triples_have_the_domain_and_range_of_their_relation(triple: str, broken: set[str]) -> None:
    assert violations(STATEMENT + triple) == broken


def test_there_are_shapes_for_both_ends_of_every_relation() -> None:
    for name in ONTOLOGY.relations:
        for end, target in (("Domain", "targetSubjectsOf"), ("Range", "targetObjectsOf")):
            shape, path = BG[f"{name}{end}Shape"], URIRef("http://www.w3.org/ns/shacl#" + target)
            assert (shape, path, BG[name]) in SHAPES, shape


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")  # rdflib's own JSON-LD parser
@pytest.mark.parametrize(
    ("key", "value", "predicate", "expected"),
    [
        ("hasInitiator", f"{ID}trump", BG.hasInitiator, [URIRef(f"{ID}trump")]),
        ("asserted_by", f"{ID}critics", BG.assertedBy, [URIRef(f"{ID}critics")]),
        ("source", f"{ID}article", BG.source, [URIRef(f"{ID}article")]),
        ("valid_from", "2025?-06-21", BG.validFrom, [Literal("2025?-06-21", datatype=BG.Edtf)]),
        ("modality", "asserted", BG.modality, [BG["modality-asserted"]]),
        ("status", "done", BG.status, [BG["status-done"]]),
        ("quantity_bound", "at_least", BG.quantityBound, [BG["quantity-bound-at-least"]]),
        ("quantity", "60", BG.quantity, [Literal("60", datatype=XSD.decimal)]),
        ("negated", True, BG.negated, [Literal(True)]),
        ("quote", "Trump pledged", BG.quote, [Literal("Trump pledged", datatype=XSD.string)]),
        ("name", {"be": "Мінск", "ru": "Минск"}, BG.name, [Literal("Мінск", "be"), Literal("Минск", "ru")]),
        ("unp", "600390798", BG.unp, [Literal("600390798", datatype=XSD.string)]),
        ("title", "An article", BG.title, [Literal("An article", datatype=XSD.string)]),
    ],
)
def test_the_json_ld_context_makes_our_names_the_terms_of_the_ontology(
    key: str, value: object, predicate: URIRef, expected: list[URIRef | Literal]
) -> None:
    context = json.loads(MADE["context.jsonld"])
    document = {**context, "id": f"{ID}st-1", key: value}
    read = Graph().parse(data=json.dumps(document), format="json-ld")
    assert sorted(read) == sorted((URIRef(f"{ID}st-1"), predicate, each) for each in expected)


def test_the_json_ld_context_names_every_term_that_statements_and_sources_use() -> None:
    terms = json.loads(MADE["context.jsonld"])["@context"]
    used = {*ONTOLOGY.relations, *ONTOLOGY.qualifiers, *ONTOLOGY.sources, *ONTOLOGY.values}
    assert used <= terms.keys()


def test_the_reference_page_tells_every_comment() -> None:
    page = MADE["reference.md"]
    terms = [*ONTOLOGY.classes.values(), *ONTOLOGY.relations.values(), *ONTOLOGY.qualifiers.values()]
    assert [term.name for term in terms if term.comment.replace("|", "\\|") not in page] == []


def test_the_reference_page_is_made_of_whole_tables() -> None:
    rows = [line.replace("\\|", "") for line in MADE["reference.md"].splitlines() if line.startswith("|")]
    widths = [row.count("|") for row in rows]
    heads = [at for at, row in enumerate(rows) if set(row) <= set("|- ")]
    for head, following in zip(heads, [*heads[1:], len(rows) + 1], strict=True):
        assert len(set(widths[head - 1 : following - 1])) == 1, rows[head - 1]
