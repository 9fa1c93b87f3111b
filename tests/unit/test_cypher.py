"""The guard of users' Cypher and the JSON of its values, without a server."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.cypher import DEEPEST, LONGEST, OPERATORS, PROCEDURES, Forbidden, check_plan, check_text
from graph.errors import InputError
from graph.parameters import from_json
from graph.store import Date, DateTime, Duration, Plan, Time, WGS84Point
from graph.values import to_json

SERVER_PROCEDURES = [*PROCEDURES, "db.info", "db.awaitIndexes", "dbms.listConfig", "apoc.load.json", "tx.setMetaData"]
SERVER_FUNCTIONS = ["size", "range", "date.truncate", "point.distance", "apoc.cypher.runFirstColumnMany", "graph.byName"]


def text(query: str) -> None:
    check_text(query, SERVER_PROCEDURES, SERVER_FUNCTIONS)


def plan(*operators: tuple[str, str] | str, kind: str = "r") -> Plan:
    return Plan(kind, tuple(each if isinstance(each, tuple) else (each, "") for each in operators))


@pytest.mark.parametrize(
    ("query", "what"),
    [
        ("LOAD CSV FROM 'x' AS l RETURN l", "LoadCSV"),
        ("load/**/csv FROM 'x' AS l RETURN l", "LoadCSV"),
        ("LOAD C\u017fV FROM 'x' AS l RETURN l", "LoadCSV"),
        ("RETURN '\\u0041'", "unicode escape"),
        ("RETURN '\\U00000041'", "unicode escape"),
        ("RETURN \\uuuu0041", "unicode escape"),
        ("CALL db.info()", "db.info"),
        ("CALL `DB` . /* */ `Info`()", "db.info"),
        ("RETURN [x IN [1] | COUNT { CALL dbms.listConfig() YIELD name RETURN name }]", "dbms.listConfig"),
        ("CALL apoc.load.json('http://x')", "apoc.load.json"),
        ("RETURN APOC.cypher.runFirstColumnMany('RETURN 1', {})", "apoc.cypher.runFirstColumnMany"),
        ("USE graph.byName('system') RETURN 1", "graph.byName"),
        ("RETURN " + "(" * (DEEPEST + 1) + "1" + ")" * (DEEPEST + 1), "nesting"),
        ("RETURN 1 //" + "x" * LONGEST, "length"),
        ("RETURN [x IN range(1, 100000) | x]", "range"),
        ("RETURN [x IN range(1, $n) | x]", "range"),
        ("RETURN [x IN `range`(1, $n) | x]", "range"),
        ("RETURN [x IN range/* */(1, $n) | x]", "range"),
        ("RETURN [x IN range (1, size($a) * 100000) | x]", "range"),
        ("UNWIND [range(1, $n)] AS x RETURN x", "range"),
    ],
)
def test_a_text_is_refused_by_what_the_plan_may_not_show(query: str, what: str) -> None:
    with pytest.raises(Forbidden) as info:
        text(query)
    assert info.value.what == what
    assert str(info.value).startswith(what)


@pytest.mark.parametrize(
    "query",
    [
        "MATCH (n) WHERE n.name CONTAINS 'csv' RETURN n",
        "MATCH (db:Dataset) RETURN db.info",
        "CALL db.labels() YIELD label RETURN label",
        "CALL (n) { MATCH (n)--(m) RETURN m } RETURN date.truncate('month', date()), point.distance(a, b)",
        "RETURN [i IN range(0, size(nodes(p)) - 1) | i], range(1, 99999), range(10, 1, -1), range(0, length(p))",
        "RETURN range( 0 , size(n.names)+1 )",
        "UNWIND range(1, $n) AS x RETURN x",
        "unwind  range(1, 10000000) AS x RETURN x.range, x.range / 2",
        "RETURN 'Лукашенка', \"\\n\\t\\\\\"",
        "RETURN " + "(" * DEEPEST + "1" + ")" * DEEPEST,
    ],
)
def test_a_text_that_only_reads_passes(query: str) -> None:
    text(query)


@pytest.mark.parametrize(
    ("seen", "what"),
    [
        (plan("ProduceResults@neo4j", "LoadCSV@neo4j"), "LoadCSV"),
        (plan("ProduceResults@neo4j", "ShowSettings@neo4j"), "ShowSettings"),
        (plan("ProduceResults@neo4j", "TerminateTransactions@neo4j"), "TerminateTransactions"),
        (plan("AdministrationCommand@system", kind="s"), "AdministrationCommand"),
        (plan("ProduceResults@neo4j", "TransactionApply@neo4j"), "TransactionApply"),
        (plan("ProduceResults@neo4j", "Create@neo4j", kind="rw"), "Create"),
        (plan("NodeUniqueIndexSeek(Locking)@neo4j", "Merge@neo4j", kind="rw"), "Merge"),
        (plan("ProduceResults@neo4j", "SomethingNew@neo4j"), "SomethingNew"),
        (plan(("ProcedureCall@neo4j", "db.info() :: (id :: STRING)")), "db.info"),
        (plan(("ProcedureCall@neo4j", "")), ""),
        (plan(("Projection@neo4j", "[x IN a | COUNT { ResolvedCall(db.info() :: id :: STRING) RETURN id }] AS y")), "db.info"),
        (plan("ProduceResults@neo4j", kind="w"), "the query"),
        (plan("ProduceResults@neo4j", kind=""), "the query"),
        (None, "the query"),
    ],
)
def test_a_plan_is_refused_by_what_is_not_listed(seen: Plan | None, what: str) -> None:
    with pytest.raises(Forbidden) as info:
        check_plan(seen)
    assert info.value.what == what


def test_a_plan_of_what_is_listed_passes() -> None:
    listed = [f"{operator}{more}@neo4j" for operator in OPERATORS - {"ProcedureCall"} for more in ("", "(All)")]
    called = [("ProcedureCall@neo4j", f"{procedure}($autostring_0) :: (x :: ANY)") for procedure in PROCEDURES]
    check_plan(plan(*listed, *called, ("Projection@neo4j", "[x IN a | COUNT { ResolvedCall(db.labels() :: l) }]")))


def test_no_listed_operator_writes_administers_or_reaches_out() -> None:
    for part in ("Create", "Merge", "Set", "Delete", "Remove", "Foreach", "Load", "Show", "Terminate", "Transaction"):
        assert [operator for operator in OPERATORS if part in operator] == []
    for part in ("Lock", "Drop", "Constraint", "Admin", "RunQuery", "Input", "Alter"):
        assert [operator for operator in OPERATORS if part in operator] == []


SIMPLE = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text() | st.binary() | st.floats()
KEYS = st.text() | st.just("$type") | st.just("_value")
NESTED = st.recursive(SIMPLE, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner), max_leaves=20)


def same(one: Any, other: Any) -> bool:
    """Equality that tells 1 from 1.0 and True, and knows NaN."""
    if type(one) is not type(other):
        return False
    if isinstance(one, float):
        return (math.isnan(one) and math.isnan(other)) or (one == other and math.copysign(1, one) == math.copysign(1, other))
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return bool(one == other)


@given(NESTED)
def test_what_goes_out_comes_back(value: Any) -> None:
    sent = json.dumps(to_json(value), allow_nan=False)
    assert same(from_json(json.loads(sent), "x"), value)


@given(st.integers())
def test_no_number_leaves_what_every_reader_holds(number: int) -> None:
    sent = to_json(number)
    assert sent == (number if abs(number) < 2**53 else {"$type": "Integer", "_value": str(number)})


@pytest.mark.parametrize(
    ("value", "tag", "text"),
    [
        (Date(2025, 6, 21), "Date", "2025-06-21"),
        (Time(12, 50, 35, 1), "LocalTime", "12:50:35.000000001"),
        (DateTime(2025, 6, 21, 12, 50, 35, 0), "LocalDateTime", "2025-06-21T12:50:35.000000000"),
        (Duration(months=14, days=3, seconds=10, nanoseconds=500_000_000), "Duration", "P14M3DT10.500000000S"),
        (Duration(months=-1, days=2, nanoseconds=-1), "Duration", "P-1M2DT-0.000000001S"),
        (Duration(), "Duration", "P0M0DT0S"),
        (WGS84Point((27.5, 53.9)), "Point", "SRID=4326;POINT (27.5 53.9)"),
        (WGS84Point((27.5, 53.9, 220.0)), "Point", "SRID=4979;POINT Z (27.5 53.9 220.0)"),
    ],
)
def test_temporal_and_spatial_values_are_tagged(value: object, tag: str, text: str) -> None:
    assert to_json(value) == {"$type": tag, "_value": text}
    assert from_json({"$type": tag, "_value": text}, "x") == value


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("Time", "12:50:35.000000000+01:30"),
        ("Time", "12:50:35.000000000-11:45"),
        ("OffsetDateTime", "2025-06-21T12:50:35.123456789+03:00"),
        ("ZonedDateTime", "2025-10-26T02:30:00.000000000+01:00[Europe/Warsaw]"),
    ],
)
def test_offsets_and_zones_are_kept(tag: str, text: str) -> None:
    sent = {"$type": tag, "_value": text}
    assert to_json(from_json(sent, "x")) == sent


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (2**63, "64 bits"),
        (-(2**63) - 1, "64 bits"),
        (math.inf, "Infinity"),
        ({"$type": "Integer", "_value": str(2**63)}, "64 bits"),
        ({"$type": "Integer", "_value": "1_0"}, "not a Integer"),
        ({"$type": "Integer", "_value": 5}, '"_value"'),
        ({"$type": "Float", "_value": "one"}, "not a Float"),
        ({"$type": "Base64", "_value": "%%"}, "not a Base64"),
        ({"$type": "Date", "_value": "2025-02-30"}, "not a Date"),
        ({"$type": "LocalTime", "_value": "12"}, "not a LocalTime"),
        ({"$type": "Time", "_value": "12:00:00"}, "offset"),
        ({"$type": "OffsetDateTime", "_value": "2025-06-21T12:00:00+03:00[Europe/Minsk]"}, "zone"),
        ({"$type": "ZonedDateTime", "_value": "2025-06-21T12:00:00+03:00"}, "zone"),
        ({"$type": "Duration", "_value": "a year"}, "not a Duration"),
        ({"$type": "Point", "_value": "SRID=4326;POINT (1 2 3)"}, "coordinates"),
        ({"$type": "Point", "_value": "SRID=1;POINT (1 2)"}, "coordinates"),
        ({"$type": "Point", "_value": "POINT (1 2)"}, "not a Point"),
        ({"$type": "Node", "_value": {}}, "known are"),
        ({"$type": ["Date"], "_value": ""}, "stands"),
        ({"$type": "Date"}, "stands"),
        ({"$type": "Date", "_value": "2025-06-21", "more": 1}, "stands"),
        ("\ud800", "surrogate"),
        ({"\ud800": 1}, "surrogate"),
    ],
)
def test_a_wrong_parameter_is_named(value: object, told: str) -> None:
    with pytest.raises(InputError, match=r"^parameters\.x\[0\]") as info:
        from_json([value], "parameters.x")
    assert told in str(info.value)


def test_a_type_that_json_does_not_have_is_no_answer() -> None:
    with pytest.raises(TypeError, match="convert it in the query"):
        to_json(object())
