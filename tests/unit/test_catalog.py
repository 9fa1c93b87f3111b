"""The catalogue of questions is checked when it is read, and an error names the file and the line that are at fault."""

import re
from pathlib import Path

import pytest

from ontology.model import load
from queries.catalog import COMMON_COLUMNS, FOLDER, UnknownQuestionError, catalogue, find, read
from queries.faults import CatalogError
from queries.run import ParameterError, bind

ONTOLOGY = load()
SIXTEEN = {
    "actors",
    "contacts",
    "contradictions",
    "corroboration",
    "deal-terms",
    "dependence",
    "detentions",
    "evidence",
    "mentions",
    "neighbours",
    "positions",
    "sanctions",
    "sources",
    "timeline",
    "warnings",
    "who-said",
}

CYPHER = """\
/*
title: Support
summary: Who supports what.
parameters:
  actor: {type: id, description: Only what this agent supports., example: poland}
columns:
  statement:
  what: id, What is supported.
*/

// Whom it SETs against whom, and what it may CREATE, is no clause.
MATCH (a:Agent)-[x:SUPPORTS {negated: false}]->(b)
WHERE $actor IS NULL OR a.id = $actor
RETURN x.id AS statement, b.id AS what, 'DELETE, MERGE' AS text
"""
SPARQL = """\
PREFIX bg: <https://w3id.org/belgraph/ontology#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
SELECT ?statement ?what WHERE {
  ?statement rdf:predicate bg:supports ; rdf:subject ?a ; rdf:object ?what .
  FILTER(!BOUND($actor) || ?a = $actor)  # $nobody
}
"""


def fault(folder: Path, cypher: str | None = CYPHER, sparql: str | None = SPARQL) -> str:
    """What is said against the question `q`, without the folder."""
    for suffix, text in (("cypher", cypher), ("rq", sparql)):
        if text is not None:
            (folder / f"q.{suffix}").write_text(text, encoding="utf-8")
    with pytest.raises(CatalogError) as refused:
        read(folder, ONTOLOGY)
    return str(refused.value).removeprefix(f"{folder}/")


def changed(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1, old
    return text.replace(old, new)


def test_the_questions_that_are_here_are_as_they_must_be() -> None:
    assert read(FOLDER, ONTOLOGY) == catalogue()


def test_the_sixteen_questions_are_there() -> None:
    assert catalogue().keys() >= SIXTEEN


def test_every_question_says_which_statement_source_and_words_say_so() -> None:
    for question in catalogue().values():
        assert {"statement", "source", "quote"} <= question.columns.keys(), question.name


def test_every_question_takes_the_day_on_which_it_was_known() -> None:
    assert [question.name for question in catalogue().values() if "known_on" not in question.parameters] == []


def test_every_example_and_default_is_of_its_type() -> None:
    for question in catalogue().values():
        bind(question, {})
        for name, parameter in question.parameters.items():
            assert bind(question, {name: parameter.example})[name] is not None


def test_what_is_functional_is_what_the_question_looks_for() -> None:
    question = catalogue()["contradictions"]
    values = {name for name, value in ONTOLOGY.values.items() if value.functional}
    relations = {name for name, relation in ONTOLOGY.relations.items() if relation.functional}
    in_cypher = re.search(r"x\.property IN \[([^]]*)\]", question.cypher)
    in_sparql = re.search(r"VALUES \?relation \{( \"[^}]*)\}", question.sparql)
    related = re.search(r"VALUES \?relation \{([^}]*bg:bornIn[^}]*)\}", question.sparql)
    assert in_cypher
    assert in_sparql
    assert related
    assert set(re.findall(r"\w+", in_cypher[1])) == set(re.findall(r"\w+", in_sparql[1])) == values
    assert set(re.findall(r"bg:(\w+)", related[1])) == relations
    types = "|".join(sorted(ONTOLOGY.relations[name].type for name in relations))
    assert f"[x:{types}|RETRACTED]" in question.cypher
    assert f"IN {sorted(name.lower() for name in relations)}" in question.cypher


def test_a_good_pair_is_read(tmp_path: Path) -> None:
    (tmp_path / "q.cypher").write_text(CYPHER, encoding="utf-8")
    (tmp_path / "q.rq").write_text(SPARQL, encoding="utf-8")
    (tmp_path / "notes.md").write_text("no question", encoding="utf-8")
    (question,) = read(tmp_path, ONTOLOGY).values()
    assert (question.name, question.title, question.summary) == ("q", "Support", "Who supports what.")
    assert question.columns["statement"] is COMMON_COLUMNS["statement"]
    assert question.columns["what"].type == "id"
    assert question.parameters["actor"].default is None
    assert question.cypher.startswith("// Whom")
    assert question.sparql == SPARQL


@pytest.mark.parametrize(
    ("cypher", "sparql", "expected"),
    [(CYPHER, None, "q.cypher:1: its twin q.rq is missing"), (None, SPARQL, "q.rq:1: its twin q.cypher is missing")],
)
def test_a_missing_twin_is_told(tmp_path: Path, cypher: str | None, sparql: str | None, expected: str) -> None:
    assert fault(tmp_path, cypher, sparql) == expected


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("/*", "/", "q.cypher:1: begins with no comment"),
        ("title: Support", "title: [Support", "q.cypher:3: front matter: "),
        ("title: Support\n", "", "q.cypher:1: front matter has exactly title, summary, parameters and columns"),
        ("title: Support", "title: 16", "q.cypher:1: front matter has exactly"),
        ("title: Support", "title: Support\nauthor: Nobody", "q.cypher:1: front matter has exactly"),
        (", example: poland}", "}", "q.cypher:5: parameter actor has description, example, type"),
        ("example: poland}", "example: poland, unit: m}", "q.cypher:5: parameter actor has"),
        (
            "type: id,",
            "type: word,",
            "q.cypher:5: actor has `of`, a class or a list of terms of the ontology, not None",
        ),
        ("type: id,", "type: word, of: [poland],", "q.cypher:5: actor has `of`, a class or a list of terms of the"),
        ("type: id,", "type: text, of: Agnet,", "q.cypher:5: actor has `of`, a class or a list of values, not 'Agnet'"),
        ("type: id,", "type: word, of: Agent,", "q.cypher:5: example and default of actor are not in its list"),
        ("type: id,", "type: agent,", "q.cypher:5: actor has the type 'agent', not one of id, text"),
        ("what: id,", "what: node,", "q.cypher:8: what has the type 'node', not one of statement, id"),
        ("what: id, What is supported.", "what: id", "q.cypher:8: column what is its type, a comma and a description"),
        ("what: id, What is supported.", "what:", "q.cypher:8: column what is its type"),
        ("  actor: {", "  limit: {", "q.cypher:5: a parameter cannot be called limit"),
        ("  actor: {", "  cursor: {", "q.cypher:5: a parameter cannot be called cursor"),
        ("  actor: {", "  format: {", "q.cypher:5: a parameter cannot be called format"),
        ("  actor: {", "  engine: {", "q.cypher:5: a parameter cannot be called engine"),
    ],
)
def test_bad_front_matter_is_told(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert fault(tmp_path, changed(CYPHER, old, new)).startswith(expected)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("$actor IS NULL OR a.id = $actor", "true", "q.cypher:5: $actor is declared, but q.cypher has no use"),
        (
            "$actor IS NULL OR a.id = $actor",
            "true // $actor",
            "q.cypher:5: $actor is declared, but q.cypher has no use",
        ),
        ("a.id = $actor", "a.id = $agent", "q.cypher:13: $agent is used, but not declared"),
        ("SUPPORTS", "SUPORTS", "q.cypher:12: SUPORTS is no relationship type"),
        ("x:SUPPORTS", "x :OPPOSES|SUPORTS", "q.cypher:12: SUPORTS is no relationship type"),
        ("(a:Agent)", "(a:Agnet)", "q.cypher:12: Agnet is no label"),
        ("(a:Agent)", "(:Person|Agnet)", "q.cypher:12: Agnet is no label"),
        ("WHERE $actor", "WHERE a:Agnet OR $actor", "q.cypher:13: Agnet is no label"),
        ("a.id", "a.identity", "q.cypher:13: identity is no property"),
        ("{negated: false}", "{denied: false}", "q.cypher:12: denied is no property"),
        ("'DELETE, MERGE'", "'hasTarge'", "q.cypher:14: hasTarge is no term"),
        ("'DELETE, MERGE'", "'HAS_TARGE'", "q.cypher:14: HAS_TARGE is no term"),
        ("x:SUPPORTS", "x:`SUPORTS`", "q.cypher:12: ` is not needed"),
        ("RETURN", "SET a.name = 'x' RETURN", "q.cypher:14: SET is not for questions"),
        ("RETURN", "sEt a.name = 'x'\nRETURN", "q.cypher:14: SET is not for questions"),
        ("RETURN", "dEtAcH /* */ Delete a\nRETURN", "q.cypher:14: DELETE is not for questions"),
        ("RETURN", "CALL (a) {\n merge (n:Thing) RETURN n\n}\nRETURN", "q.cypher:15: MERGE is not for questions"),
        ("RETURN", "CALL db.labels() YIELD label\nRETURN", "q.cypher:14: CALL DB is not for questions"),
        ("RETURN", "LOAD CSV FROM 'x' AS row\nRETURN", "q.cypher:14: LOAD is not for questions"),
        ("RETURN", "FOREACH (n IN [1] | REMOVE a.name)\nRETURN", "q.cypher:14: FOREACH is not for questions"),
    ],
)
def test_bad_cypher_is_told(tmp_path: Path, old: str, new: str, expected: str) -> None:
    text = CYPHER.replace(old, new) if old.startswith("$actor IS") else changed(CYPHER, old, new)
    assert fault(tmp_path, text).startswith(expected)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("!BOUND($actor) || ?a = $actor", "true", "q.cypher:5: $actor is declared, but q.rq has no use"),
        ("?a = $actor", "?a = ?actor || $agent", "q.rq:5: $agent is used, but not declared"),
        ("bg:supports", "bg:suports", "q.rq:4: suports is no term"),
        ("bg:supports", "<https://w3id.org/belgraph/ontology#suports>", "q.rq:4: suports is no term"),
        ("?a = $actor", "?a = $actor || EXISTS { ?a a bg:Agnet }", "q.rq:5: Agnet is no term"),
        ("?a = $actor", '?a = $actor || STR(?a) = "hasTarge"', "q.rq:5: hasTarge is no term"),
        ("SELECT ?statement ?what", "SELECT ?what ?statement", "q.rq:1: selects what, statement, not statement, what"),
        ("SELECT ?statement ?what", "SELECT ?statement", "q.rq:1: selects statement, not statement, what"),
        ("SELECT ?statement ?what WHERE", "ASK", "q.rq:1: selects "),
        ("rdf:object ?what .", "rdf:object ?what )", "q.rq:4: "),
    ],
)
def test_bad_sparql_is_told(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert fault(tmp_path, sparql=changed(SPARQL, old, new)).startswith(expected)


def test_no_prefix_hides_a_term(tmp_path: Path) -> None:
    sparql = SPARQL.replace("bg:supports", "b:suports").replace("PREFIX bg:", "PREFIX b:")
    assert fault(tmp_path, sparql=sparql).startswith("q.rq:4: suports is no term")


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("?other rdf:predicate bg:supports ; rdf:subject ?what .", "?other and ?statement may be the same statement"),
        ("?x rdf:predicate ?p . FILTER(true) ?y rdf:predicate ?p .", "?y and ?x may be the same statement"),
        ("OPTIONAL { ?what bg:name ?n } OPTIONAL { ?n bg:name ?m }", "the OPTIONAL with ?m hangs on nothing"),
        ("OPTIONAL { ?what bg:name ?n . ?x bg:unp ?m }", "the OPTIONAL with ?m hangs on nothing"),
        (
            "{ ?a bg:unp ?n } UNION { ?a bg:name ?m } OPTIONAL { ?n bg:name ?k }",
            "the OPTIONAL with ?k hangs on nothing",
        ),
        (
            "{ SELECT (MIN(?x) AS ?n) { ?y bg:name ?z } GROUP BY ?y } OPTIONAL { ?n bg:name ?m }",
            "the OPTIONAL with ?m hangs on nothing",
        ),
        ("VALUES ?n { bg:name UNDEF } OPTIONAL { ?n bg:name ?m }", "the OPTIONAL with ?m hangs on nothing"),
        ("{ ?x bg:name ?n FILTER(?n != ?what) }", "a FILTER reads ?what, which its own group does not bind"),
    ],
)
def test_the_traps_of_sparql_are_told(tmp_path: Path, more: str, expected: str) -> None:
    sparql = changed(SPARQL, "rdf:object ?what .\n", f"rdf:object ?what .\n  {more}\n")
    told = fault(tmp_path, sparql=sparql)
    assert re.match(r"q\.rq:\d+: ", told)
    assert expected in told


@pytest.mark.parametrize(
    "more",
    [
        "?other rdf:predicate bg:supports ; rdf:subject ?what . FILTER(?a != ?what && ?statement != ?other)",
        "?other rdf:predicate bg:opposes ; rdf:subject ?what .",
        "{ ?x rdf:predicate bg:after } UNION { ?y rdf:predicate bg:after }",
        "FILTER NOT EXISTS { ?other rdf:predicate bg:supports ; rdf:object ?what FILTER(?other != ?a) }",
        "OPTIONAL { ?what bg:name ?n } OPTIONAL { ?what bg:unp ?u . ?y bg:name ?n ; bg:unp ?u }",
        "OPTIONAL { ?what bg:name ?n FILTER(?n != ?a) }",
        "{ SELECT (COALESCE(MIN(?x), rdf:nil) AS ?n) { ?y bg:name ?x } GROUP BY ?y } OPTIONAL { ?n bg:name ?m }",
        "{ SELECT ?n (MIN(?x) AS ?k) { ?n bg:name ?x } GROUP BY ?n } OPTIONAL { ?k bg:name ?m }",
        "VALUES ?n { bg:name bg:unp } OPTIONAL { ?n bg:name ?m } BIND(?n AS ?k) OPTIONAL { ?k bg:name ?l }",
        "{ ?a bg:unp ?n } UNION { ?n bg:name ?m } OPTIONAL { ?n bg:name ?k }",
    ],
)
def test_what_is_no_trap_is_not_told(tmp_path: Path, more: str) -> None:
    (tmp_path / "q.cypher").write_text(CYPHER, encoding="utf-8")
    sparql = changed(SPARQL, "rdf:object ?what .\n", f"rdf:object ?what .\n  {more}\n")
    (tmp_path / "q.rq").write_text(sparql, encoding="utf-8")
    assert read(tmp_path, ONTOLOGY).keys() == {"q"}


def test_an_unknown_question_is_told_with_those_near_it() -> None:
    with pytest.raises(UnknownQuestionError, match="'contact'; there is contacts"):
        find("contact")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"actr": "poland"}, "contacts has no parameter actr; it has actor, other, valid_on, known_on"),
        ({"actor": "Poland!"}, "actor: 'Poland!' is not an id"),
        ({"valid_on": "2025-13-01"}, "valid_on: '2025-13-01' is not a day such as 2025-06-21"),
        ({"known_on": "today"}, "known_on: 'today' is not a day such as 2025-06-21"),
    ],
)
def test_a_value_that_is_not_of_its_type_is_told(given: dict[str, str], expected: str) -> None:
    with pytest.raises(ParameterError) as refused:
        bind(catalogue()["contacts"], given)
    assert str(refused.value) == expected


def test_a_value_out_of_a_closed_list_is_told() -> None:
    with pytest.raises(ParameterError, match="stance: 'nonsense' is not one of supports, opposes, seeks"):
        bind(catalogue()["positions"], {"stance": "nonsense"})
    assert {"Agent", "Country", "Person"} <= {*(catalogue()["actors"].parameters["type"].choices or ())}
