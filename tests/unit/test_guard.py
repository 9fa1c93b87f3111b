"""Each rule of the guard: a record that breaks only this one has one fault, which names record, field, value, rule."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from graph.errors import Fault
from graph.guard import Guard, interval
from graph.records import Load, Quote, Record, Scalar, Source, Statement, value
from ontology.model import load

GUARD = Guard(load())
TEXT = "Trump pledged to lift sanctions. Critics doubt it."
SOURCE = Source(
    "article",
    "Document",
    {
        "title": "An article",
        "language": "en",
        "text": TEXT,
        "sha256": hashlib.sha256(TEXT.encode()).hexdigest(),
        "url": "https://example.org/article",
        "published": "2025-09-02",
    },
)
NODES = {
    "trump": "Person",
    "critics": "Group",
    "lifting": "SanctionsAct",
    "sanctions": "Measure",
    "belarus": "Country",
    "inflation": "Situation",
}
DECLARED = [value("article", node, "type", type_, Record(f"entities/{node}")) for node, type_ in NODES.items()]
PLEDGE = Statement(
    "lifting", "hasInitiator", "trump", "article", Quote("Trump pledged", 0, 13), {"status": "pledged"}, line=5
)
SUPPORT = Statement("critics", "supports", "sanctions", "article", Quote("Critics doubt it", 33, 49), line=5)
MENTION = Statement(
    "article", "mentions", "trump", "article", Quote("Trump", 0, 5), {"linked_by": "annotation", "confidence": 1.0}
)
NAME = value("article", "belarus", "name", "Беларусь", Record("entities/belarus"), lang="be")


def faults(*statements: Statement, source: Source = SOURCE) -> list[Fault]:
    return list(GUARD.faults(Load("a test", source, [*DECLARED, *statements])))


def pledge(**qualifiers: Any) -> Statement:
    return replace(PLEDGE, qualifiers={**PLEDGE.qualifiers, **qualifiers})


def support(**qualifiers: Any) -> Statement:
    return replace(SUPPORT, qualifiers=qualifiers)


def stated(property_: str, text: Any, entity: str = "belarus", **qualifiers: Any) -> Statement:
    return value("article", entity, property_, text, Record("r"), **qualifiers)


@pytest.mark.parametrize(
    "statement",
    [
        PLEDGE,
        SUPPORT,
        MENTION,
        NAME,
        replace(PLEDGE, negated=True, modality="alleged"),
        pledge(asserted_by="critics", because="sanctions", despite="inflation", so_that="inflation"),
        pledge(valid_from="2025-06-21", valid_to="unknown", when_text="On June 21", status_since="2025?-06"),
        pledge(valid_from="2025", valid_to="2025-06-21"),
        support(valid_to="open", change="continues", aspect="inflation", situation="inflation", implied=True),
        support(quantity=60, quantity_unit="percent", quantity_bound="at_most", quantity_text="up to 60%"),
        support(quantity=0.5),
        support(quantity=-(2**63)),
        stated("wikidataId", "Q184"),
        stated("iso3166", "BY"),
        Statement("article", "publishedBy", "belarus", "article", Record("r")),
        Statement("inflation", "hasParticipant", "belarus", "article", Quote("it", 47, 49)),
    ],
)
def test_a_good_record_has_no_fault(statement: Statement) -> None:
    assert faults(statement) == []


UNDECLARED = "the source does not say what it is"
NUMBER = "a number that 64 bits hold exactly"
NOT_OURS = "not a qualifier of the ontology"
STORES = "derived by the store; leave it out"
NO_DATE = "not an EDTF date such as 2025"
EMPTY = "a text that is not empty"


@pytest.mark.parametrize(
    ("statement", "field", "found", "rule"),
    [
        # The relation and its ends
        (replace(PLEDGE, predicate="hasAuthor"), "predicate", "hasAuthor", "not a relation of the ontology"),
        (replace(PLEDGE, predicate="HAS_INITIATOR"), "predicate", "HAS_INITIATOR", "not a relation of the ontology"),
        (replace(PLEDGE, source="another"), "source", "another", "the source of this load is article"),
        (replace(PLEDGE, object="biden"), "object", "biden", UNDECLARED),
        (replace(PLEDGE, subject="easing"), "subject", "easing", UNDECLARED),
        (
            replace(PLEDGE, object="sanctions"),
            "object",
            "sanctions",
            "is of class Measure, but the object of hasInitiator must be of class Agent",
        ),
        (
            replace(SUPPORT, subject="sanctions"),
            "subject",
            "sanctions",
            "is of class Measure, but the subject of supports must be of class Agent",
        ),
        (
            Statement("trump", "leads", "critics", "article", Record("r")),
            "object",
            "critics",
            "is of class Group, but the object of leads must be of class Country or Organization",
        ),
        # What is always there
        (replace(PLEDGE, modality="certain"), "modality", "certain", "one of alleged, asserted, conditional, "),
        (replace(SUPPORT, evidence=Record("")), "record", "", "names the record that says so"),
        (replace(SUPPORT, evidence=Record(" \n")), "record", " \n", "names the record that says so"),
        (replace(SUPPORT, evidence=Record("\ud800")), "record", "\ud800", "names the record that says so"),
        (replace(SUPPORT, evidence=Quote("Trump", 1, 6)), "quote", "Trump", "is not the text at 1–6"),
        (replace(SUPPORT, evidence=Quote("trump", 0, 5)), "quote", "trump", "is not the text at 0–5"),
        (replace(SUPPORT, evidence=Quote("", 0, 0)), "quote", "", "is not the text at 0–0"),
        (replace(SUPPORT, evidence=Quote("it", -3, -1)), "quote", "it", "is not the text at -3–-1"),
        (replace(SUPPORT, evidence=Quote("it.", 47, 99)), "quote", "it.", "is not the text at 47–99"),
        # Status
        (replace(PLEDGE, qualifiers={}), "status", "", "a statement about an event says how far it got"),
        (support(status="done"), "status", "done", "only of an event; critics is of class Group"),
        (pledge(status="promised"), "status", "promised", "one of announced, cancelled, done, "),
        # Qualifiers
        (pledge(valid_form="2025"), "valid_form", "2025", NOT_OURS),
        (pledge(validFrom="2025"), "validFrom", "2025", NOT_OURS),
        (pledge(quote="Trump"), "quote", "Trump", NOT_OURS),
        (pledge(negated=True), "negated", "True", NOT_OURS),
        (pledge(recorded_at="2026-11-25T02:10:00.123Z"), "recorded_at", "2026-11-25T02:10:00.123Z", STORES),
        (pledge(valid_from_min="2025-01-01"), "valid_from_min", "2025-01-01", STORES),
        (pledge(lang="en"), "lang", "en", "only on states"),
        (pledge(confidence=0.9), "confidence", "0.9", "only on mentions and possiblySameAs"),
        (pledge(asserted_by="biden"), "asserted_by", "biden", UNDECLARED),
        (
            pledge(asserted_by="sanctions"),
            "asserted_by",
            "sanctions",
            "is of class Measure, but the asserted_by of hasInitiator must be of class Agent",
        ),
        (
            pledge(situation="trump"),
            "situation",
            "trump",
            "is of class Person, but the situation of hasInitiator must be of class Occurrence",
        ),
        (pledge(change="grows"), "change", "grows", "one of continues, "),
        (pledge(quantity_bound="around"), "quantity_bound", "around", "one of about, "),
        (pledge(implied="true"), "implied", "true", "true or false"),
        (pledge(implied=1), "implied", "1", "true or false"),
        (pledge(when_text=""), "when_text", "", EMPTY),
        (pledge(when_text=21), "when_text", "21", EMPTY),
        (pledge(when_text="\ud800"), "when_text", "\ud800", EMPTY),
        # Numbers
        (pledge(quantity="52"), "quantity", "52", NUMBER),
        (pledge(quantity=True), "quantity", "True", NUMBER),
        (pledge(quantity=float("nan")), "quantity", "nan", NUMBER),
        (pledge(quantity=float("inf")), "quantity", "inf", NUMBER),
        (pledge(quantity=2**63), "quantity", "9223372036854775808", NUMBER),
        (pledge(quantity=2**53 + 1), "quantity", "9007199254740993", NUMBER),  # it is stored as a float
        (pledge(quantity=10**400), "quantity", f"1{'0' * 400}", NUMBER),
        # Dates
        (pledge(valid_from="2025-02-30"), "valid_from", "2025-02-30", "no such day in the calendar"),
        (pledge(valid_from="June 21"), "valid_from", "June 21", NO_DATE),
        (pledge(valid_from="open"), "valid_from", "open", NO_DATE),
        (pledge(valid_to="soon"), "valid_to", "soon", NO_DATE),
        (pledge(status_since="unknown"), "status_since", "unknown", NO_DATE),
        (pledge(valid_from=2025), "valid_from", "2025", EMPTY),
        (
            pledge(valid_from="2025-06-21", valid_to="2025-06-20"),
            "valid_to",
            "2025-06-20",
            "ends (2025-06-20) before it starts (2025-06-21)",
        ),
        # Values
        (stated("colour", "red"), "property", "colour", "not a value property of the ontology"),
        (stated("names", "Belarus"), "property", "names", "not a value property of the ontology"),
        (stated("wikidata_id", "Q184"), "property", "wikidata_id", "not a value property of the ontology"),
        (stated("wikidataId", "184"), "wikidataId", "184", "does not have the form ^Q[1-9][0-9]*$"),
        (stated("iso3166", "BLR"), "iso3166", "BLR", "does not have the form ^[A-Z]{2}$"),
        (
            stated("iso3166", "US", entity="trump"),
            "object",
            "trump",
            "is of class Person, but the object of iso3166 must be of class Country",
        ),
        (stated("name", "Беларусь"), "lang", "", "name needs a language tag"),
        (stated("name", "Беларусь", lang="Belarusian"), "lang", "Belarusian", "a valid BCP 47 language tag"),
        (stated("wikidataId", "Q184", lang="en"), "lang", "en", "wikidataId takes no language tag"),
        (replace(MENTION, qualifiers={"linked_by": ""}), "linked_by", "", EMPTY),
    ],
)
def test_a_record_that_breaks_one_rule_has_one_fault(statement: Statement, field: str, found: str, rule: str) -> None:
    [fault] = faults(statement)
    assert (fault.line, fault.record, fault.field, fault.value) == (statement.line, str(statement), field, found)
    assert fault.rule.startswith(rule)


@pytest.mark.parametrize("bad", ["Trump", "donald_trump", "", "a--b--c", "trump\n"])
def test_a_node_has_a_slug_for_an_id(bad: str) -> None:
    declared = value("article", bad, "type", "Person", Record("r"), line=3)
    assert [(f.field, f.value) for f in faults(declared)] == [("object", bad)]
    assert "lower-case words joined by hyphens" in faults(declared)[0].rule


@pytest.mark.parametrize("type_", ["Human", "person", "Status", "Modality"])
def test_a_type_is_a_class_of_the_ontology(type_: str) -> None:
    [fault] = faults(stated("type", type_, entity="somebody"))
    assert (fault.field, fault.value, fault.rule) == ("type", type_, "not a class of the ontology")


@pytest.mark.parametrize("found", ["", 7, None])
def test_a_value_is_a_text(found: object) -> None:
    """And what its property demands of it comes on top."""
    given = faults(stated("name", found, lang="en"))
    assert {fault.field for fault in given} == {"value"}
    assert "a text that is not empty" in {fault.rule for fault in given}


@pytest.mark.parametrize("missing", ["property", "value"])
def test_a_value_statement_has_property_and_value(missing: str) -> None:
    qualifiers = {key: found for key, found in NAME.qualifiers.items() if key != missing}
    given = faults(replace(NAME, qualifiers=qualifiers))
    assert (missing, "states must have it") in {(fault.field, fault.rule) for fault in given}


def test_an_evidence_can_only_quote_a_source_that_has_a_text() -> None:
    source = Source("article", "Dataset", {"title": "t", "version": "1", "licence": "CC0-1.0", "sha256": "0" * 64})
    [fault] = faults(SUPPORT, source=source)
    assert (fault.field, fault.rule) == ("quote", "is not the text at 33–49")


def test_the_same_said_twice_is_a_fault_of_the_second() -> None:
    [fault] = faults(PLEDGE, replace(PLEDGE, line=9), pledge(status="done"))
    assert (fault.line, fault.record, fault.field, fault.value) == (9, str(PLEDGE), "id", PLEDGE.id)
    assert fault.rule == "said before with the same evidence (line 5); state it once"


def test_all_faults_are_found_not_just_the_first() -> None:
    bad = replace(PLEDGE, object="sanctions", modality="certain", qualifiers={"valid_from": "soon"})
    assert {fault.field for fault in faults(bad, replace(SUPPORT, source="another"))} == {
        "object",
        "modality",
        "valid_from",
        "status",
        "source",
    }


def changed(**properties: Scalar | None) -> Source:
    merged: Mapping[str, Any] = {**SOURCE.properties, **properties}
    return replace(SOURCE, properties={key: found for key, found in merged.items() if found is not None})


DATASET = Source(
    "article", "Dataset", {"title": "A list", "version": "2026-11-25", "licence": "CC0-1.0", "sha256": "0" * 64}
)


@pytest.mark.parametrize("source", [SOURCE, changed(url=None), changed(published=None), DATASET])
def test_a_good_source_has_no_fault(source: Source) -> None:
    assert faults(source=source) == []


@pytest.mark.parametrize(
    ("source", "field", "found", "rule"),
    [
        (replace(SOURCE, id="An Article"), "id", "An Article", "an id is lower-case words joined by hyphens"),
        (replace(SOURCE, type="Person"), "type", "Person", "a source is a Document or a Dataset"),
        (changed(title=None), "title", "", "a Document must have it"),
        (changed(language=None), "language", "", "a Document must have it"),
        (changed(title=""), "title", "", EMPTY),
        (changed(title=2025), "title", "2025", EMPTY),
        (changed(language="Belarusian"), "language", "Belarusian", "a valid BCP 47 language tag"),
        (changed(published="02.09.2025"), "published", "02.09.2025", NO_DATE),
        (changed(url="example.org"), "url", "example.org", "an address that begins with https://"),
        (changed(url="javascript:alert(1)"), "url", "javascript:alert(1)", "an address that begins with https://"),
        (changed(url="https://["), "url", "https://[", "Invalid IPv6 URL"),
        (changed(version="1"), "version", "1", "not a property of a Document"),
        (changed(author="A"), "author", "A", "not a property of a Document"),
        (changed(name="A"), "name", "A", "not a property of a Document"),
        (changed(sha256="0" * 64), "sha256", "0" * 64, "not the SHA-256 of the text"),
        (changed(text="\ud800"), "text", "\ud800", EMPTY),
        (replace(DATASET, properties={**DATASET.properties, "text": "t"}), "text", "t", "not a property of a Dataset"),
    ],
)
def test_a_source_that_breaks_one_rule_has_one_fault(source: Source, field: str, found: str, rule: str) -> None:
    [fault, *more] = GUARD.faults(Load("a test", source, []))
    assert (fault.line, fault.record, fault.field, fault.value) == (0, source.id, field, found)
    assert fault.rule.startswith(rule)
    assert {each.field for each in more} <= {"sha256"}  # only where there is a text that it could be of


def test_the_interval_of_a_statement_counts_open_from_the_date_of_the_source() -> None:
    bounds = interval(support(valid_from="2020", valid_to="open"), SOURCE)
    assert bounds == {
        "valid_from_min": "2020-01-01",
        "valid_from_max": "2020-12-31",
        "valid_to_min": "2025-09-02",
        "valid_to_max": "9999-12-31",
    }
