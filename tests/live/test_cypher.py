"""`POST /v1/cypher` under attack, on a Neo4j that refuses nothing by itself: the guard holds alone.

That server is of this file only, has a small heap, and is restarted on the way.
"""

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

from graph.store import Store
from tests.live.attacked import CANARY, ROWS, Api, Others, attacked

pytestmark = pytest.mark.alone

REFUSED, INVALID, LATE = "query-refused", "query-invalid", "query-timeout"
HEAP, MEMORY, LARGE = "heap-exhausted", "query-memory", "answer-too-large"
STATUS = {REFUSED: 403, INVALID: 400, LATE: 408, HEAP: 503, MEMORY: 422, LARGE: 422}


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with attacked(tmp_path_factory.mktemp("attacked")) as served:
        yield served


def attack(api: Api, act: Callable[[], httpx2.Response], *expected: str) -> httpx2.Response:
    """Do it, and check what it did: to the answer, to others meanwhile and afterwards, and to the data."""
    before = api.state()
    with Others(api.url) as others:
        answer = act()
    assert CANARY not in answer.text
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    problem = answer.json()
    kind = problem["type"].rpartition("/")[2]
    assert kind in expected, answer.text
    assert answer.status_code == problem["status"] == STATUS.get(kind, answer.status_code)
    assert problem["title"]
    assert problem["detail"]
    assert ("retry-after" in answer.headers) == (answer.status_code in (429, 503))
    assert max(others.times) < 5
    assert others.statuses == {200}
    with Others(api.url) as others:
        pass  # one round
    assert max(others.times) < 1
    assert others.statuses == {200}
    api.free()
    assert api.state() == before
    assert api.reached == []
    return answer


FILES = {
    "file": "LOAD CSV FROM 'file:///{file}' AS l RETURN l",
    "host": "LOAD CSV FROM 'http://{host}/x' AS l RETURN l",
    "host by parameter": "LOAD CSV FROM $url AS l RETURN l",
    "headers": "LOAD CSV WITH HEADERS FROM 'file:///{file}' AS l RETURN l",
    "case": "load Csv from 'file:///{file}' AS l RETURN l",
    "comment between": "LOAD/* */CSV FROM 'file:///{file}' AS l RETURN l",
    "line comment between": "LOAD//\nCSV FROM 'file:///{file}' AS l RETURN l",
    "no-break space": "LOAD\u00a0CSV FROM 'file:///{file}' AS l RETURN l",
    "ideographic space": "LOAD\u3000CSV FROM 'file:///{file}' AS l RETURN l",
    "escape": "L\\u004fAD CSV FROM 'file:///{file}' AS l RETURN l",
    "escaped quote": "RETURN 1 AS x, '\\u0027 AS y LOAD CSV FROM \\u0027file:///{file}' AS l RETURN l",
    "behind a comment": "/* ' */ LOAD CSV FROM 'file:///{file}' AS l /* ' */ RETURN l",
    "subquery": "CALL () {{ LOAD CSV FROM 'file:///{file}' AS l RETURN l }} RETURN l",
    "union": "RETURN 1 AS l UNION LOAD CSV FROM 'file:///{file}' AS l RETURN l",
    "collect": "RETURN COLLECT {{ LOAD CSV FROM 'http://{host}/x' AS l RETURN l }}",
    "hidden in a list": "RETURN [x IN [1] | COLLECT {{ LOAD CSV FROM 'file:///{file}' AS l RETURN l }}]",
    "hidden in any": "MATCH (n)"
    " WHERE any(x IN [1] WHERE EXISTS {{ LOAD CSV FROM 'http://{host}/x' AS l RETURN l }}) RETURN n",
    "hidden in a path": "MATCH p = shortestPath((a:Person)-[*..3]-(b:Country))"
    " WHERE all(x IN nodes(p) WHERE COUNT {{ LOAD CSV FROM 'http://{host}/x' AS l RETURN l }} > 0) RETURN p",
    "periodic commit": "USING PERIODIC COMMIT LOAD CSV FROM 'file:///{file}' AS l CREATE (:X)",
    "profile": "PROFILE LOAD CSV FROM 'http://{host}/x' AS l RETURN l",
    "apoc": "CALL apoc.load.json('http://{host}/x') YIELD value RETURN value",
    "apoc function": "RETURN apoc.util.md5(['x'])",
}


@pytest.mark.parametrize("query", FILES.values(), ids=FILES)
def test_no_file_and_no_host_is_read(api: Api, query: str) -> None:
    text = query.format(file=str(api.files / "secret.csv").lstrip("/"), host=api.host)
    attack(api, lambda: api.ask(text, {"url": f"http://{api.host}/x"}), REFUSED, INVALID)


def test_the_canary_could_be_read_without_the_guard(api: Api) -> None:
    """Or else the tests above would show nothing."""
    for url in (f"file://{api.files / 'secret.csv'}", f"http://{api.host}/x"):

        async def look(store: Store, url: str = url) -> Any:
            return await store.read("LOAD CSV FROM $url AS l RETURN l", url=url)

        assert api.inside(look) == [{"l": [CANARY]}]
    assert api.reached == ["/x"]
    api.reached.clear()


PREFIXES = {
    "explain": "EXPLAIN RETURN 1",
    "profile": "PROFILE RETURN 1",
    "case": "pRoFiLe RETURN 1",
    "comment": "/* EXPLAIN */ PROFILE RETURN 1",
    "line comment": "// x\nPROFILE RETURN 1",
    "version": "CYPHER 5 PROFILE RETURN 1",
    "option": "CYPHER runtime=slotted PROFILE RETURN 1",
    "both": "EXPLAIN PROFILE RETURN 1",
    "twice": "EXPLAIN EXPLAIN RETURN 1",
    "escape": "\\u0050ROFILE RETURN 1",
    "spaces": "\u2003\t\r\n PROFILE RETURN 1",
    "of a write": "PROFILE CREATE (n)",
    "two statements": "RETURN 1; CREATE (n)",
    "statement behind": "RETURN 1;\nPROFILE MATCH (n) DETACH DELETE n",
}


@pytest.mark.parametrize("query", PREFIXES.values(), ids=PREFIXES)
def test_nothing_stands_before_or_behind_a_query(api: Api, query: str) -> None:
    attack(api, lambda: api.ask(query), REFUSED, INVALID)


COMMANDS = {
    "settings": "SHOW SETTINGS",
    "users": "SHOW USERS",
    "current user": "SHOW CURRENT USER",
    "privileges": "SHOW PRIVILEGES",
    "databases": "SHOW DATABASES YIELD *",
    "transactions": "SHOW TRANSACTIONS YIELD * RETURN *",
    "terminate": "TERMINATE TRANSACTION 'neo4j-transaction-1'",
    "terminate all": "SHOW TRANSACTIONS YIELD transactionId AS id TERMINATE TRANSACTIONS id YIELD message RETURN id",
    "functions": "SHOW FUNCTIONS",
    "procedures": "SHOW PROCEDURES",
    "indexes": "SHOW INDEXES",
    "system": "USE system SHOW USERS",
    "system by name": "USE graph.byName('system') MATCH (n) RETURN n",
    "system in a subquery": "CALL () { USE system MATCH (u:User) RETURN u } RETURN u",
    "create user": "CREATE USER eve SET PASSWORD 'password1'",
    "password": "ALTER CURRENT USER SET PASSWORD FROM 'a' TO 'password1'",
    "stop": "STOP DATABASE neo4j",
    "drop": "DROP DATABASE neo4j",
    "config": "CALL dbms.listConfig()",
    "config in quotes": "CALL `dbms`.`listConfig`()",
    "config hidden": "RETURN [x IN [1] | COLLECT { CALL dbms.listConfig() YIELD value RETURN value }]",
    "connections": "CALL dbms.killConnections(['bolt-1'])",
    "jmx": "CALL dbms.queryJmx('*:*')",
    "upgrade": "CALL dbms.upgrade()",
    "info": "CALL db.info()",
    "info hidden": "RETURN [x IN [1] | COUNT { CALL /* ( */ db . `info` () YIELD id RETURN id }]",
    "info standing alone": "CALL db.info",
    "await": "CALL db.awaitIndexes(300)",
    "await refresh": "CALL db.index.fulltext.awaitEventuallyConsistentIndexRefresh()",
    "caches": "CALL db.clearQueryCaches()",
    "resample": "CALL db.resampleOutdatedIndexes()",
    "statistics": "CALL db.stats.retrieve('GRAPH COUNTS')",
    "metadata": "CALL tx.setMetaData({belgraph: 'x'})",
}


@pytest.mark.parametrize("query", COMMANDS.values(), ids=COMMANDS)
def test_nothing_is_administered(api: Api, query: str) -> None:
    attack(api, lambda: api.ask(query), REFUSED, INVALID)


WRITES = {
    "create": "CREATE (n:Person {id: 'eve'})",
    "merge": "MERGE (n:Person {id: 'eve'}) RETURN n",
    "set": "MATCH (n) SET n.name = 'Eve' RETURN n",
    "remove": "MATCH (n:Person) REMOVE n:Person",
    "delete": "MATCH (n) DETACH DELETE n",
    "foreach": "FOREACH (x IN [1] | CREATE ())",
    "subquery": "CALL () { CREATE (n) RETURN n } RETURN n",
    "union": "RETURN 1 AS x UNION CREATE (n) RETURN 1 AS x",
    "in transactions": "MATCH (n) CALL (n) { SET n.name = 'Eve' } IN TRANSACTIONS",
    "reads in transactions": "MATCH (n) CALL (n) { RETURN 1 AS x } IN TRANSACTIONS OF 1 ROW RETURN x",
    "reads concurrently": "UNWIND [1, 2] AS y CALL (y) { RETURN y AS x } IN 8 CONCURRENT TRANSACTIONS RETURN x",
    "index": "CREATE INDEX eve FOR (n:Person) ON (n.eve)",
    "constraint": "CREATE CONSTRAINT eve FOR (n:Eve) REQUIRE n.id IS UNIQUE",
    "drop": "DROP INDEX names IF EXISTS",
    "label": "CALL db.createLabel('Eve')",
    "vector": "MATCH (n) CALL db.create.setNodeVectorProperty(n, 'v', [1.0])",
    "vector index": "CALL db.index.vector.createNodeIndex('eve', 'Eve', 'v', 3, 'cosine')",
}


@pytest.mark.parametrize("query", WRITES.values(), ids=WRITES)
def test_nothing_is_written(api: Api, query: str) -> None:
    attack(api, lambda: api.ask(query), REFUSED, INVALID)


UNION = " UNION ALL ".join(f"RETURN {number} AS x" for number in range(900))
DOUBLING = f"WITH 'aaaaaaaa' AS a {'WITH a + a AS a ' * 40}RETURN size(a)"
RESOURCES = {
    "rows": ("UNWIND range(1, 1000000000000) AS x RETURN count(x)", {LATE}),
    "rows to sort": ("UNWIND range(1, 1000000000000) AS x RETURN x ORDER BY -x LIMIT 1", {LATE}),
    "product": ("MATCH (a), (b), (c), (d), (e) WHERE a.id < b.id AND c.name > e.name RETURN count(*)", {LATE}),
    "paths": ("MATCH p = (a)-[*]-(b) WHERE length(p) > 20 RETURN count(p)", {LATE}),
    "collect": ("UNWIND range(1, 1000000000) AS x RETURN size(collect(x))", {LATE, MEMORY, HEAP}),
    "doubling by reduce": ("RETURN size(reduce(s = 'a', x IN range(1, 40) | s + s))", {LATE, HEAP}),
    "doubling by with": (DOUBLING, {LATE, HEAP}),
    "list without end in an answer": ("RETURN reduce(s = [1], x IN range(1, 30) | s + s)", {LATE, LARGE, HEAP}),
    "replace": ("WITH $a AS a WITH replace(a, 'a', a) AS a RETURN size(replace(a, 'a', a))", {LATE, HEAP}),
    "large answer": ("RETURN reduce(s = 'aaaaaaaa', x IN range(1, 23) | s + s)", {LATE, LARGE, HEAP}),
    "list in an answer": ("RETURN [x IN range(1, 99999) | $a]", {LATE, LARGE, HEAP}),
    "range": ("RETURN range(1, 1000000000000)", {REFUSED}),
    "range in a list": ("RETURN size([x IN range(1, 1000000000000) WHERE x < 0])", {REFUSED}),
    "range in any": ("RETURN any(x IN range(1, $n) WHERE x < 0)", {REFUSED}),
    "range in reduce": ("WITH 1000000000000 AS n RETURN reduce(a = 0, x IN range(1, n) | a + x)", {REFUSED}),
    "range in quotes": ("RETURN size([x IN `range`/**/(1, 1000000000000) WHERE x < 0])", {REFUSED}),
    "limit": ("RETURN 1 LIMIT size([x IN range(1, 1000000000000) WHERE x < 0])", {REFUSED}),
    "joins": (
        "MATCH " + ", ".join(f"(n{i})-[r{i}]-(n{(i * 7 + 3) % 17})" for i in range(24)) + " RETURN count(*)",
        {LATE},
    ),
    "union of unions": (UNION, {LATE, INVALID, REFUSED}),
    "10,000 brackets": ("RETURN " + "(" * 10_000 + "1" + ")" * 10_000, {REFUSED}),
    "1,000 lists": ("RETURN " + "[" * 1_000 + "]" * 1_000, {REFUSED}),
    "deep without brackets": ("RETURN " + "NOT " * 2_000 + "true", {REFUSED}),
    "alternatives": ("RETURN " + " XOR ".join(["$n > 1"] * 250), {REFUSED}),
    "conditions": ("RETURN " + " AND ".join(["$n > 1"] * 700), {REFUSED}),
    "cases": ("RETURN " + "CASE WHEN true THEN 1 ELSE " * 300 + "1" + " END" * 300, {REFUSED}),
    "properties of properties": ("WITH {a: 1} AS a RETURN a" + ".a" * 4_000, {REFUSED}),
    "steps": ("MATCH (a)" + "--(:Thing)" * 900 + " RETURN count(*)", {REFUSED}),
    "some steps": ("MATCH (a)" + "--(:Thing)" * 25 + " RETURN count(*)", {LATE, REFUSED}),
    "clauses": ("WITH 1 AS a " * 700 + "RETURN a", {REFUSED}),
    "sums": ("RETURN " + "+".join(["1"] * 4_900), {LATE, INVALID}),
    "a million characters": ("RETURN 1 //" + "x" * 1_000_000, {REFUSED}),
}


@pytest.mark.parametrize(("query", "expected"), RESOURCES.values(), ids=RESOURCES)
def test_no_query_uses_up_the_server(api: Api, query: str, expected: set[str]) -> None:
    began = time.monotonic()
    attack(api, lambda: api.ask(query, {"a": "a" * 1000, "n": 10**12}), *expected)
    assert time.monotonic() - began < 60


def body(query: object = "RETURN 1", parameters: object = None, **more: object) -> bytes:
    return json.dumps({"query": query, "parameters": {} if parameters is None else parameters, **more}).encode()


BODIES = {
    "10 MB": (body("RETURN 1", {"a": "x" * 10_000_000}), {"content-too-large"}),
    "no JSON": (b"RETURN 1", {"invalid-parameters"}),
    "half of it": (b'{"query": "RETURN 1"', {"invalid-parameters"}),
    "nothing": (b"", {"invalid-parameters"}),
    "list": (b"[]", {"invalid-parameters"}),
    "no UTF-8": (b'{"query": "RETURN \xff"}', {"invalid-parameters", "bad-request"}),
    "deep": (b'{"query": "RETURN 1", "parameters": ' + b'{"a":' * 50_000, {"invalid-parameters", "bad-request"}),
    "deep and whole": (
        b'{"query": "RETURN $a", "parameters": {"a": ' + b"[" * 900 + b"]" * 900 + b"}}",
        {"invalid-parameters", "bad-request", "answer-unreadable", INVALID, LATE},
    ),
    "no query": (b'{"parameters": {}}', {"invalid-parameters"}),
    "empty query": (body(""), {"invalid-parameters"}),
    "blank query": (body(" \n"), {INVALID}),
    "query of another type": (body(["RETURN 1"]), {"invalid-parameters"}),
    "parameters of another type": (body(parameters=[1]), {"invalid-parameters"}),
    "unknown field": (body(database="system"), {"invalid-parameters"}),
    "surrogate in the query": (b'{"query": "RETURN \'\\ud800\'"}', {"invalid-parameters"}),
    "surrogate in a parameter": (b'{"query": "RETURN $a", "parameters": {"a": "\\ud800"}}', {"invalid-parameters"}),
    "surrogate in a name": (b'{"query": "RETURN 1", "parameters": {"\\ud800": 1}}', {"invalid-parameters"}),
    "65 bits": (body("RETURN $a", {"a": 2**63}), {"invalid-parameters"}),
    "no number": (b'{"query": "RETURN $a", "parameters": {"a": NaN}}', {"invalid-parameters", "bad-request"}),
    "number too large": (b'{"query": "RETURN $a", "parameters": {"a": 1e999}}', {"invalid-parameters"}),
    "many digits": (
        b'{"query": "RETURN $a", "parameters": {"a": ' + b"9" * 10_000 + b"}}",
        {"invalid-parameters", "bad-request"},
    ),
    "unknown tag": (body("RETURN $a", {"a": {"$type": "Node", "_value": {}}}), {"invalid-parameters"}),
    "tag and more": (
        body("RETURN $a", {"a": {"$type": "Date", "_value": "2025-01-01", "x": 1}}),
        {"invalid-parameters"},
    ),
    "no date": (body("RETURN $a", {"a": {"$type": "Date", "_value": "2025-02-30"}}), {"invalid-parameters"}),
    "no such offset": (body("RETURN $a", {"a": {"$type": "Time", "_value": "12:00+99:00"}}), {"invalid-parameters"}),
    "before the first day": (
        body("RETURN $a", {"a": {"$type": "OffsetDateTime", "_value": "0001-01-01T00:00+03:00"}}),
        {"invalid-parameters"},
    ),
    "no zone": (
        body("RETURN $a", {"a": {"$type": "ZonedDateTime", "_value": "2025-06-21T12:00:00+03:00[Mars/Base]"}}),
        {"invalid-parameters"},
    ),
    "missing parameter": (body("RETURN $a"), {INVALID}),
    "null character": (body("RETURN \u0000"), {INVALID}),
    "long name in an error": (body("RETURN " + "я" * 9_900), {INVALID}),
}


@pytest.mark.parametrize(("sent", "expected"), BODIES.values(), ids=BODIES)
def test_no_body_confuses_it(api: Api, sent: bytes, expected: set[str]) -> None:
    attack(api, lambda: api.post(sent), *expected)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_no_form_is_taken_for_a_query(api: Api, kind: str) -> None:
    attack(api, lambda: api.post(body("RETURN 1"), kind), "invalid-parameters")


def test_what_a_parameter_says_is_never_run(api: Api) -> None:
    for text in (
        "'}) DETACH DELETE n //",
        "\\u0027}) RETURN 1 //",
        "LOAD CSV FROM 'file:///etc/passwd' AS l",
        "$id",
        "`",
    ):
        before = api.state()
        rows = api.rows("OPTIONAL MATCH (n {id: $id}) RETURN $id, n", id=text, **{"} RETURN 2 //": 1})
        assert rows == [[text, None]]
        assert api.state() == before


def test_a_large_parameter_is_harmless(api: Api) -> None:
    with Others(api.url) as others:
        assert api.rows("RETURN size($a)", a=list(range(100_000))) == [[100_000]]
    assert max(others.times) < 5
    assert others.statuses == {200}


def test_a_mistake_is_shown_where_it_is(api: Api) -> None:
    for query, line, column, offset in [
        ("RETRUN 1", 1, 1, 0),
        ("RETURN 1,\n  nobody", 2, 3, 12),
        ("/* Лукашенка */ RETURN nobody", 1, 24, 23),
        ("CYPHER 5 RETURN nobody", 1, 17, 16),
    ]:
        problem = api.ask(query).json()
        assert problem["code"] == "Neo.ClientError.Statement.SyntaxError"
        assert problem["position"] == {"line": line, "column": column, "offset": offset}, query
        assert "EXPLAIN" not in problem["detail"]
    problem = api.ask("RETURN 1 / 0").json()
    assert (problem["code"], problem["detail"]) == ("Neo.ClientError.Statement.ArithmeticError", "/ by zero")


def test_the_refusal_names_what_is_refused(api: Api) -> None:
    for query, what in [
        ("CREATE (n)", "Create"),
        ("SHOW USERS", "AdministrationCommand"),
        ("SHOW SETTINGS", "ShowSettings"),
        ("CALL db.info()", "db.info"),
        ("PROFILE RETURN 1", "PROFILE"),
        ("LOAD CSV FROM 'file:///x' AS l RETURN l", "LoadCSV"),
    ]:
        problem = api.ask(query).json()
        assert problem["what"] == what
        assert problem["detail"].startswith(what)


VALUES = {
    "null": ("null", None),
    "boolean": ("true", True),
    "text": ("'Лукашэнка \\\\ \\' 🇧🇾'", "Лукашэнка \\ ' 🇧🇾"),
    "integer": ("9007199254740991", 9007199254740991),
    "negative": ("-9007199254740991", -9007199254740991),
    "large integer": ("9007199254740993", {"$type": "Integer", "_value": "9007199254740993"}),
    "smallest integer": ("-9223372036854775808", {"$type": "Integer", "_value": "-9223372036854775808"}),
    "float": ("0.1", 0.1),
    "whole float": ("1e300", 1e300),
    "nan": ("0.0/0.0", {"$type": "Float", "_value": "NaN"}),
    "infinity": ("1.0/0.0", {"$type": "Float", "_value": "Infinity"}),
    "minus infinity": ("-1.0/0.0", {"$type": "Float", "_value": "-Infinity"}),
    "list": ("[1, 'a', null, [2.5]]", [1, "a", None, [2.5]]),
    "map": ("{a: 1, b: {c: date('2025-06-21')}}", {"a": 1, "b": {"c": {"$type": "Date", "_value": "2025-06-21"}}}),
    "map with a tag": ("{`$type`: 'x', y: 1}", {"$type": "Map", "_value": {"$type": "x", "y": 1}}),
    "date": ("date('0001-12-31')", {"$type": "Date", "_value": "0001-12-31"}),
    "time": ("time('12:50:35.000000001-01:30')", {"$type": "Time", "_value": "12:50:35.000000001-01:30"}),
    "local time": ("localtime('23:59:59.999999999')", {"$type": "LocalTime", "_value": "23:59:59.999999999"}),
    "local date and time": (
        "localdatetime('2025-06-21T12:50:35')",
        {"$type": "LocalDateTime", "_value": "2025-06-21T12:50:35.000000000"},
    ),
    "offset": (
        "datetime('2025-06-21T12:50:35.123456789+03:00')",
        {"$type": "OffsetDateTime", "_value": "2025-06-21T12:50:35.123456789+03:00"},
    ),
    "zone": (
        "datetime('2025-06-21T12:50:35[Europe/Minsk]')",
        {"$type": "ZonedDateTime", "_value": "2025-06-21T12:50:35.000000000+03:00[Europe/Minsk]"},
    ),
    "hour that comes twice": (
        "datetime('2025-10-26T02:30:00+01:00[Europe/Warsaw]')",
        {"$type": "ZonedDateTime", "_value": "2025-10-26T02:30:00.000000000+01:00[Europe/Warsaw]"},
    ),
    "duration": ("duration('P1Y2M3DT4H0.5S')", {"$type": "Duration", "_value": "P14M3DT14400.500000000S"}),
    "negative duration": ("duration('P-2M3DT-0.5S')", {"$type": "Duration", "_value": "P-2M3DT-0.500000000S"}),
    "point": (
        "point({longitude: 27.5, latitude: 53.9})",
        {"$type": "Point", "_value": "SRID=4326;POINT (27.5 53.9)"},
    ),
    "point in space": (
        "point({x: 1, y: -2, z: 0.5})",
        {"$type": "Point", "_value": "SRID=9157;POINT Z (1.0 -2.0 0.5)"},
    ),
    "bytes": ("$bytes", {"$type": "Base64", "_value": "AAH/"}),
}


@pytest.mark.parametrize(("cypher", "expected"), VALUES.values(), ids=VALUES)
def test_a_value_arrives_unharmed_and_goes_back(api: Api, cypher: str, expected: object) -> None:
    parameters = {"bytes": {"$type": "Base64", "_value": "AAH/"}}
    assert api.rows(f"RETURN {cypher} AS value", **parameters) == [[expected]]
    same = "coalesce(value = $back OR value <> value, true)"  # NaN is not equal to itself, nor [null] to anything
    assert api.rows(f"WITH {cypher} AS value RETURN {same}, $back", back=expected, **parameters) == [[True, expected]]


def test_nodes_relationships_and_paths_arrive_whole(api: Api) -> None:
    query = """
    MATCH p = (a:Thing {id: 'donald-trump'})-[r]->(b:Thing) WHERE r.quote IS NOT NULL
    RETURN p, a, r, b, properties(a), properties(r), labels(b), type(r), elementId(a), elementId(r), elementId(b)
    ORDER BY r.id LIMIT 1
    """
    ((path, a, r, b, of_a, of_r, labels, type_, id_a, id_r, id_b),) = api.rows(query)
    assert a == {
        "$type": "Node",
        "_value": {"_element_id": id_a, "_labels": sorted(a["_value"]["_labels"]), "_properties": of_a},
    }
    assert (b["_value"]["_element_id"], b["_value"]["_labels"]) == (id_b, sorted(labels))
    assert r == {
        "$type": "Relationship",
        "_value": {
            "_element_id": id_r,
            "_start_node_element_id": id_a,
            "_end_node_element_id": id_b,
            "_type": type_,
            "_properties": of_r,
        },
    }
    assert path == {"$type": "Path", "_value": [a, r, b]}
    ((backwards,),) = api.rows(
        "MATCH p = (b {id: $b})<-[r {id: $r}]-() RETURN p", b=b["_value"]["_properties"]["id"], r=of_r["id"]
    )
    assert backwards == {"$type": "Path", "_value": [b, r, a]}


HARMLESS = [
    "MATCH (n:Person) RETURN n.name ORDER BY n.name SKIP 1 LIMIT 3",
    "CYPHER 5 runtime=slotted MATCH (n) RETURN count(n)",
    "CALL db.labels() YIELD label RETURN label",
    "CALL db.schema.visualization()",
    "CALL db.index.fulltext.queryNodes('names', 'Лукашэнка') YIELD node, score RETURN node.id, score",
    "MATCH p = shortestPath((a:Person {id: 'donald-trump'})-[*..4]-(b {id: 'belavia'})) RETURN [n IN nodes(p) | n.id]",
    "MATCH (n:Country) WHERE EXISTS { (n)--(:City) } RETURN COUNT { (n)--() }, COLLECT { MATCH (n)--(m) RETURN m.id }",
    "MATCH (a:Person) CALL (a) { MATCH (a)-[r]->(b) RETURN count(r) AS c } RETURN a.id, c ORDER BY c DESC",
    "MATCH (a) ((x)-[r]->(y)){1,2} (b:Company) RETURN count(*)",
    "MATCH p = SHORTEST 2 (a:Person)-[]-+(b:Company) RETURN count(p)",
    "WITH {a: 1} AS m UNWIND range(1, 5) AS x RETURN collect(x), [i IN range(0, size(keys(m)) - 1) | i]",
    "MATCH (n) RETURN labels(n)[0] AS l, count(*) AS c UNION ALL RETURN 'x' AS l, 0 AS c",
    "MATCH (n:Person) OPTIONAL MATCH (n)-[r:SUPPORTS]->(m) RETURN n.name, r.quote, m.name",
    "MATCH (n) WHERE n.id STARTS WITH 'a' OR n.name CONTAINS 'b' OR n.name =~ '(?i)c.*' RETURN n.id LIMIT 5",
    "WITH datetime.truncate('day', datetime()) AS d RETURN duration.between(d, d), point.distance(null, null)",
    "RETURN 1 AS `explain`, 'PROFILE' AS `set` // DELETE everything",
    "MATCH ()-[r]->() WHERE elementId(r) = 'x' OR r.id IN ['st-1'] RETURN r",
    "MATCH (a:Person), (b:Company) WHERE NOT (a)--(b) RETURN count(*)",
]


@pytest.mark.parametrize("query", HARMLESS)
def test_what_only_reads_is_run(api: Api, query: str) -> None:
    answer = api.ask(query)
    assert answer.status_code == 200, answer.text
    assert set(answer.json()) == {"columns", "rows", "truncated"}


def test_an_answer_is_cut_and_says_so(api: Api) -> None:
    whole = api.ask(f"UNWIND range(1, {ROWS}) AS x RETURN x, x AS y").json()
    assert whole == {"columns": ["x", "y"], "rows": [[x, x] for x in range(1, ROWS + 1)], "truncated": False}
    cut = api.ask(f"UNWIND range(1, {ROWS + 1}) AS x RETURN x, x AS y").json()
    assert cut == {**whole, "truncated": True}
    large = api.ask("UNWIND range(1, 20) AS x RETURN x, [y IN range(1, 10000) | $text]", {"text": "a" * 200}).json()
    assert large["truncated"]
    assert 1 < len(large["rows"]) < 20
    assert api.ask("MATCH (n) WHERE false RETURN n").json() == {"columns": ["n"], "rows": [], "truncated": False}


def test_a_third_query_waits_its_turn(api: Api) -> None:
    slow = "MATCH (a), (b), (c), (d), (e) WHERE a.id < b.id AND c.name > e.name RETURN count(*)"
    with ThreadPoolExecutor(5) as threads, Others(api.url) as others:
        answers = list(threads.map(api.ask, [slow] * 5))
    statuses = [answer.status_code for answer in answers]
    assert sorted(statuses) == [408, 408, 429, 429, 429]
    assert others.statuses == {200}
    assert max(others.times) < 5
    api.free()


def test_a_query_that_nothing_stops_ends_with_the_server(api: Api) -> None:
    """The list has 2^40 items; Neo4j looks at each, and heeds neither the time limit nor being terminated."""
    endless = "RETURN any(y IN reduce(s = [1], x IN range(1, 40) | s + s) WHERE y < 0)"
    before, pid = api.state(), api.neo4j.pid
    with ThreadPoolExecutor(2) as threads:
        with Others(api.url) as others:
            answers = list(threads.map(api.ask, [endless, endless]))
        assert [answer.status_code for answer in answers] == [408, 408], [answer.text for answer in answers]
        assert others.statuses == {200}
        assert max(others.times) < 5
    busy = api.ask("RETURN 1")
    assert (busy.status_code, busy.headers["retry-after"]) == (429, "1")
    assert busy.json()["type"].endswith("/too-many-queries")
    with Others(api.url) as others:  # the server is started anew
        api.free()
    assert api.neo4j.pid != pid
    assert others.statuses <= {200, 503}
    assert max(others.times) < 5
    assert api.state()[0] == before[0]
    with Others(api.url) as others:
        time.sleep(1)
    assert others.statuses == {200}
