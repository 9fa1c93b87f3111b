"""The id of a statement is made of what makes the claim this one, and of nothing else."""

import hashlib
from dataclasses import replace

import pytest

from graph.records import SLUG, Evidence, Load, Quote, Record, Source, Statement, states, value

PLEDGE = Statement(
    subject="lifting-belavia-sanctions",
    predicate="hasInitiator",
    object="donald-trump",
    source="trump-belarus-move",
    evidence=Quote("Trump pledged", 10, 23),
    qualifiers={"status": "pledged", "status_since": "2025?-06-21"},
    line=7,
)
NAME = value("names", "belarus", "name", "Беларусь", Record("belarus/be"), lang="be", line=8)


def test_the_id_of_a_statement_never_changes() -> None:
    """A changed id would retract and restate everything in every database; there must be a good reason."""
    assert PLEDGE.id == "st-9dab6aa9240d0e187eee"
    assert NAME.id == "st-dbc7661fccf3d5bb65a6"


def test_the_id_is_a_hash_of_what_the_design_names() -> None:
    hashed = (
        '["trump-belarus-move", [10, 23], "lifting-belavia-sanctions", "donald-trump", "hasInitiator", "asserted",'
        ' false, [null, "pledged", null, null, null, null]]'
    )
    assert PLEDGE.id == "st-" + hashlib.sha256(hashed.encode()).hexdigest()[:20]


@pytest.mark.parametrize(
    "other",
    [
        replace(PLEDGE, source="another-article"),
        replace(PLEDGE, evidence=Quote("Trump pledged", 11, 23)),
        replace(PLEDGE, evidence=Quote("Trump pledged", 10, 24)),
        replace(PLEDGE, evidence=Record("10")),
        replace(PLEDGE, subject="restoring-us-embassy"),
        replace(PLEDGE, object="belavia"),
        replace(PLEDGE, predicate="hasTarget"),
        replace(PLEDGE, modality="possible"),
        replace(PLEDGE, negated=True),
        replace(PLEDGE, qualifiers={**PLEDGE.qualifiers, "status": "done"}),
        replace(PLEDGE, qualifiers={**PLEDGE.qualifiers, "asserted_by": "critics"}),
        replace(PLEDGE, qualifiers={"status_since": "2025?-06-21"}),
    ],
)
def test_each_part_of_the_identity_makes_another_id(other: Statement) -> None:
    assert other.id != PLEDGE.id


@pytest.mark.parametrize(
    "other",
    [
        value("names", "belarus", "name", "Беларусь", Record("belarus/be"), lang="be-tarask"),
        value("names", "belarus", "name", "Рэспубліка Беларусь", Record("belarus/be"), lang="be"),
        value("names", "belarus", "title", "Беларусь", Record("belarus/be"), lang="be"),
        value("names", "belarus", "name", "Беларусь", Record("belarus/be"), lang="be", datatype="string"),
        value("names", "belarus", "name", "Беларусь", Record("belarus/ru"), lang="be"),
    ],
)
def test_a_value_is_part_of_the_identity(other: Statement) -> None:
    assert other.id != NAME.id


@pytest.mark.parametrize(
    "same",
    [
        replace(PLEDGE, line=99),
        replace(PLEDGE, evidence=Quote("the words themselves", 10, 23)),
        replace(PLEDGE, qualifiers={"status": "pledged"}),
        replace(PLEDGE, qualifiers={**PLEDGE.qualifiers, "because": "x", "quantity": 52, "valid_from": "2025"}),
        replace(PLEDGE, qualifiers={"status_since": "2025?-06-21", "status": "pledged"}),
    ],
)
def test_nothing_else_makes_another_id(same: Statement) -> None:
    assert same.id == PLEDGE.id


def test_a_text_that_no_utf_8_can_hold_has_an_id_to_be_refused_by() -> None:
    assert replace(NAME, evidence=Record("\ud800")).id.startswith("st-")


def test_the_line_is_no_part_of_a_statement() -> None:
    assert replace(PLEDGE, line=99) == PLEDGE
    assert value("names", "belarus", "name", "Беларусь", Record("belarus/be")).line == 0


@pytest.mark.parametrize(
    ("evidence", "property_", "expected"),
    [(Record("r"), "name", True), (Quote("q", 0, 1), "name", True), (Record("r"), "type", False)],
)
def test_states(evidence: Evidence, property_: str, expected: bool) -> None:
    statement = value("names", "belarus", property_, "Беларусь", evidence)
    assert states(statement, "name") is expected
    assert not states(PLEDGE, "name")


def test_types_are_what_the_source_states_of_its_nodes() -> None:
    source = Source("names", "Dataset", {})
    load = Load("names.yaml", source, [NAME, value("names", "belarus", "type", "Country", Record("belarus/type"))])
    assert load.types() == {"names": "Dataset", "belarus": "Country"}
    assert sorted(set(load.ids())) == ["belarus", "names"]


@pytest.mark.parametrize("text", ["belarus", "west-25", "trump-belarus-move--critics", "a", "52"])
def test_an_id_is_a_slug(text: str) -> None:
    assert SLUG.fullmatch(text)


@pytest.mark.parametrize(
    "text", ["", "Belarus", "беларусь", "a_b", "a b", "-a", "a-", "a---b", "a--b--c", "a/b", "a\n", "ａ"]
)
def test_what_is_no_id(text: str) -> None:
    assert not SLUG.fullmatch(text)
