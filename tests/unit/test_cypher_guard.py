"""Which Cypher passes: by its text, whatever quotes and comments it has, and by what the server means to do."""

import pytest

from graph.cypher.guard import DEEPEST, LONGEST, MOST, OPERATORS, PROCEDURES, Forbidden, check_plan, check_text
from graph.store import Plan

SERVER_PROCEDURES = [*sorted(PROCEDURES), "db.info", "dbms.listConfig", "tx.setMetaData", "apoc.load.json"]
SERVER_FUNCTIONS = ["size", "date", "date.truncate", "duration.between", "point.distance", "vector.similarity.cosine"]
MORE_FUNCTIONS = ["apoc.util.md5", "graph.names"]


def text(query: str) -> str | None:
    """For what the text is refused."""
    try:
        check_text(query, SERVER_PROCEDURES, [*SERVER_FUNCTIONS, *MORE_FUNCTIONS])
    except Forbidden as error:
        return error.what
    return None


def plan(*operators: tuple[str, str], kind: str = "r") -> str | None:
    """For what the plan is refused."""
    try:
        check_plan(Plan(kind, operators))
    except Forbidden as error:
        return error.what
    return None


@pytest.mark.parametrize(
    "query",
    [
        "RETURN 1",
        "MATCH (n {id: $id}) RETURN n.name AS `explain`, 'PROFILE' AS `set` // DELETE",
        "CALL db.labels() YIELD label RETURN label",
        "CALL db.index.fulltext.queryNodes('names', $q) YIELD node RETURN node",
        "RETURN date.truncate('day', date()), duration.between(a, b), point.distance(a, b)",
        "RETURN vector.similarity.cosine([1.0], [1.0])",
        "MATCH (db) RETURN db.info",  # a property: no procedure without CALL
        "MATCH (n) WHERE n.loaded RETURN n",
        "RETURN 'csv'",
        "RETURN '\\n'",
    ],
)
def test_a_harmless_text_passes(query: str) -> None:
    assert text(query) is None


@pytest.mark.parametrize(
    "query",
    [
        "LOAD CSV FROM $url AS l RETURN l",
        "load csv FROM $url AS l RETURN l",
        "LOAD/* */CSV FROM $url AS l RETURN l",
        "LOAD//\nCSV FROM $url AS l RETURN l",
        "LOAD\u00a0CSV FROM $url AS l RETURN l",
        "LOAD\u3000CSV FROM $url AS l RETURN l",
        "LOAD Cſv FROM $url AS l RETURN l",
        "RETURN [x IN [1] | COLLECT { LOAD CSV FROM $url AS l RETURN l }]",
        "RETURN 'a csv file was loaded'",  # rather that than a parser of our own
    ],
)
def test_reading_files_is_refused_however_it_is_written(query: str) -> None:
    assert text(query) == "LoadCSV"


@pytest.mark.parametrize("query", ["L\\u004fAD", "RETURN '\\u0027'", "\\U0000004c", "RETURN '\\\\u0041'"])
def test_a_character_is_not_hidden_behind_an_escape(query: str) -> None:
    assert text(query) == "unicode escape"


@pytest.mark.parametrize(
    ("query", "what"),
    [
        ("CALL db.info()", "db.info"),
        ("CALL db.info", "db.info"),
        ("CALL DB.Info()", "db.info"),
        ("CALL `dbms`.`listConfig`()", "dbms.listConfig"),
        ("CALL /* ( */ dbms . // \n listConfig ()", "dbms.listConfig"),
        ("RETURN [x IN [1] | COUNT { CALL tx.setMetaData({a: 1}) }]", "tx.setMetaData"),
        ("CALL apoc.load.json($url)", "apoc.load.json"),
        ("RETURN apoc.util.md5(['x'])", "apoc.util.md5"),  # a function needs no CALL
        ("RETURN `apoc` . `util`/**/.MD5(['x'])", "apoc.util.md5"),
        ("RETURN graph.names()", "graph.names"),
    ],
)
def test_what_the_server_has_and_the_lists_have_not_is_refused(query: str, what: str) -> None:
    assert text(query) == what


@pytest.mark.parametrize(
    ("what", "one"),
    [
        ("XOR", " XOR true"),
        ("NOT", "NOT "),
        ("AND and OR", " OR false"),
        ("clauses", "WITH 1 AS a "),
        ("CASE", "CASE "),
        ("properties of properties", ".a"),
        ("steps of paths", "-[:KNOWS*1..3]->(:Thing)"),
        ("steps of paths", "--()"),
    ],
)
def test_what_the_planner_takes_long_for_has_limits(what: str, one: str) -> None:
    most, _ = MOST[what]
    assert text(f"RETURN a{one * most} ") is None
    assert text(f"RETURN a{one * (most + 2)} ") == what


def test_length_and_nesting_have_limits() -> None:
    assert text("RETURN 1 //" + "x" * (LONGEST - 11)) is None
    assert text("RETURN 1 //" + "x" * (LONGEST - 10)) == "length"
    for opening, closing in ("()", "[]", "{}"):
        assert text(opening * DEEPEST + closing * DEEPEST) is None
        assert text(opening * (DEEPEST + 1) + closing * (DEEPEST + 1)) == "nesting"
    assert text("([{" * 33 + "}])" * 33 + "()" * 500) is None  # side by side is not deep


@pytest.mark.parametrize(
    "query",
    [
        "UNWIND range(1, 1000000000000) AS x RETURN x",  # the server stops between rows
        "UNWIND\n  RANGE(1, $n) AS x RETURN x",
        "RETURN range(1, 99999)",
        "RETURN [i IN range(0, size(xs) - 1) | i]",
        "RETURN [i IN range(0, size(keys(n)) - 1, 2) | i]",
        "RETURN [i IN range(-5, length(p)) | i]",
        "MATCH (n) RETURN n.range, n.range = 1",
        "MATCH (range) RETURN range",
    ],
)
def test_a_short_or_unwound_range_passes(query: str) -> None:
    assert text(query) is None


@pytest.mark.parametrize(
    "query",
    [
        "RETURN range(1, 100000)",
        "RETURN range(1, $n)",
        "RETURN range(1, 10 * 10000)",
        "RETURN range(1, size(xs) * 99999)",
        "RETURN `range`(1, 1000000)",
        "RETURN range/**/(1, 1000000)",
        "RETURN range // \n (1, 1000000)",
        "UNWIND [1] AS y RETURN range(1, 1000000)",
        "UNWIND range(1, 2) AS y RETURN range(1, 1000000)",
    ],
)
def test_a_long_range_in_an_expression_is_refused(query: str) -> None:
    assert text(query) == "range"


def test_a_plan_of_reading_operators_passes() -> None:
    assert plan(*((name, "") for name in sorted(OPERATORS - {"ProcedureCall"}))) is None
    assert plan(("ProduceResults@neo4j", "n"), ("Expand(All)@neo4j", ""), ("VarLengthExpand(Pruning,BFS)", "")) is None


@pytest.mark.parametrize("name", sorted(PROCEDURES))
def test_a_procedure_on_the_list_passes(name: str) -> None:
    assert plan(("ProcedureCall@neo4j", f"{name}($autostring_0) :: (node :: NODE)")) is None


@pytest.mark.parametrize(
    ("operator", "details", "what"),
    [
        ("Create@neo4j", "(n)", "Create"),
        ("LoadCSV@neo4j", "l", "LoadCSV"),
        ("Foreach", "", "Foreach"),
        ("TransactionForeach", "", "TransactionForeach"),
        ("TransactionApply(concurrent)", "", "TransactionApply"),
        ("AdministrationCommand", "", "AdministrationCommand"),
        ("ShowSettings@neo4j", "", "ShowSettings"),
        ("TerminateTransactions", "", "TerminateTransactions"),
        ("CreateIndex", "", "CreateIndex"),
        ("expand(All)", "", "expand"),
        ("SomethingNew", "", "SomethingNew"),
        ("", "", ""),
        ("ProcedureCall@neo4j", "db.info() :: (id)", "db.info"),
        ("ProcedureCall@neo4j", "", ""),
        ("ProcedureCall@neo4j", "db.labels2()", "db.labels2"),
        ("Projection@neo4j", "[x IN [1] | ResolvedCall(db.info(),…)]", "db.info"),
        ("Projection@neo4j", "ResolvedCall(db.labels(), …), ResolvedCall(dbms.listConfig(), …)", "dbms.listConfig"),
    ],
)
def test_any_other_step_of_a_plan_is_refused(operator: str, details: str, what: str) -> None:
    assert plan(("ProduceResults@neo4j", "x"), (operator, details), ("Argument", "")) == what


@pytest.mark.parametrize("kind", ["w", "rw", "s", ""])
def test_a_plan_that_does_more_than_read_is_refused(kind: str) -> None:
    assert plan(("ProduceResults", "n"), kind=kind) == "the query"


def test_without_a_plan_nothing_passes() -> None:
    with pytest.raises(Forbidden, match="does not tell"):
        check_plan(None)
