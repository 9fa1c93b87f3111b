"""Queries to /sparql that mean harm: each is refused or stopped in time, and others are answered meanwhile."""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from neo4j import Driver

from tests.live.attacked import CANARY, forbidden_host
from tests.live.conftest import Server
from tests.live.support import seed
from tests.live.test_api import changed, serving

SECONDS = 4.0  # of a query
PATIENCE = SECONDS * 2 + 8  # the wait for a process, and a machine that is busy
NAMES = "https://w3id.org/belgraph/id/names"
QUERY = "application/sparql-query"


def crossed(number: int) -> str:
    return " ".join(f"?a{n} ?b{n} ?c{n} ." for n in range(number))


HUNDRED = " ".join(map(str, range(100)))
REFUSED = {
    "service": "SELECT * { SERVICE <http://HOST/> { ?s ?p ?o } }",
    "silent service": "ASK { SERVICE SILENT <http://HOST/> { ?s ?p ?o } }",
    "service by a variable": "SELECT * { BIND(<http://HOST/> AS ?x) SERVICE ?x { ?s ?p ?o } }",
    "service behind a comment": "ASK { # \rSERVICE <http://HOST/> { ?s ?p ?o }\n}",
    "service glued to a number": "ASK { ?s ?p 1SERVICE <http://HOST/> { ?s ?p ?o } }",
    "service in an escape": r"ASK { \u0053ERVICE <http://HOST/> { ?s ?p ?o } }",
    "service in a filter": "ASK { ?s ?p ?o FILTER EXISTS { SERVICE <http://HOST/> { ?a ?b ?c } } }",
    "service in a construct": "CONSTRUCT { ?s ?p ?o } { SERVICE <http://HOST/> { ?s ?p ?o } }",
    "service of metadata": "SELECT * { SERVICE <http://169.254.169.254/> { ?s ?p ?o } }",
    "from a file": "SELECT * FROM <file:///FOLDER/secret.nt> { ?s ?p ?o }",
    "from a host": "SELECT * FROM <http://HOST/secret.nt> { ?s ?p ?o }",
    "from named": "SELECT * FROM NAMED <http://HOST/> { GRAPH ?g { ?s ?p ?o } }",
    "from a relative file": "BASE <file:///FOLDER/> SELECT * FROM <secret.nt> { ?s ?p ?o }",
    "from a prefix": "PREFIX f: <file:///FOLDER/> SELECT * FROM f:secret.nt { ?s ?p ?o }",
    "describe from": "DESCRIBE <file:///FOLDER/secret.nt> FROM <file:///FOLDER/secret.nt>",
    "load": "LOAD <http://HOST/>",
    "load a file": "LOAD <file:///FOLDER/secret.nt>",
    "insert": "INSERT DATA { <http://a/> <http://a/> 1 }",
    "delete": "DELETE WHERE { ?s ?p ?o }",
    "clear": "CLEAR ALL",
    "drop behind a query": "SELECT * { ?s ?p ?o } ; DROP ALL",
    "insert where": "INSERT { ?s ?p 1 } WHERE { ?s ?p ?o }",
    "nested braces": "ASK " + "{" * 100_000 + "}" * 100_000,
    "open brackets": "ASK { FILTER(" + "(" * 200_000,
    "nested lists": "ASK { ?s ?p " + "(" * 50_000 + ")" * 50_000 + " }",
    "a long path": "ASK { ?s <http://p/>" + "/<http://p/>" * 60_000 + " ?o }",
    "nested path": "ASK { ?s " + "(" * 20_000 + "<http://p/>" + ")*" * 20_000 + " ?o }",
    "nested NOT": "ASK { FILTER(" + "!" * 300_000 + "true) }",
    "nested FILTER EXISTS": "ASK { " + "FILTER EXISTS { ?s ?p ?o " * 10_000 + "}" * 10_001,
    "a megabyte of OPTIONAL": "SELECT * { ?s ?p ?o " + "OPTIONAL { ?s ?p ?o } " * 45_000 + "}",
    "a megabyte of nested OPTIONAL": "SELECT * { " + "OPTIONAL { ?s ?p ?o " * 40_000 + "}" * 40_001,
    "a megabyte of UNION": "SELECT * { { ?s ?p ?o } " + "UNION { ?s ?p ?o } " * 50_000 + "}",
    "a megabyte with FROM": "SELECT * FROM <" + NAMES + "> { ?s ?p ?o " + "OPTIONAL { ?s ?p ?o } " * 45_000 + "}",
    "10^12 rows to count": f"SELECT (COUNT(*) AS ?n) {{ {crossed(4)} }}",
    "10^12 rows to sort": f"SELECT * {{ {crossed(4)} }} ORDER BY ?a0",
    "10^12 rows to send": f"SELECT * {{ {crossed(4)} }}",
    "10^12 rows to tell apart": f"SELECT DISTINCT * {{ {crossed(4)} }}",
    "10^12 rows to group": f"SELECT ?a0 (GROUP_CONCAT(?c3) AS ?x) {{ {crossed(4)} }} GROUP BY ?a0",
    "10^12 triples to make": f"CONSTRUCT {{ ?a0 ?b1 ?c2 }} {{ {crossed(4)} }}",
    "a filter that never holds": f"ASK {{ {crossed(4)} FILTER(STRLEN(CONCAT(STR(?a0), STR(?c3))) < 0) }}",
    "all pairs of paths": "SELECT (COUNT(*) AS ?n) { ?a !<http://x/>* ?b . ?c !<http://x/>* ?d . ?e !<http://x/>+ ?f }",
    "strings that double": "SELECT ?z { BIND('"
    + "a" * 1000
    + "' AS ?a0) "
    + " ".join(f"BIND(CONCAT(?a{n}, ?a{n}) AS ?a{n + 1})" for n in range(40))
    + " BIND(STRLEN(?a40) AS ?z) }",
    "values": f"SELECT (COUNT(*) AS ?n) {{ {' '.join(f'VALUES ?v{n} {{ {HUNDRED} }}' for n in range(8))} }}",
    "huge regex": "ASK { ?s ?p ?o FILTER REGEX(STR(?o), '" + "(a|b){1000}" * 5_000 + "') }",
    "huge repetition": f"ASK {{ {crossed(3)} FILTER REGEX(STR(?c0), '((((a{{1,100}}){{1,100}}){{1,100}})x)') }}",
    "replace": f"SELECT (COUNT(?x) AS ?n) {{ {crossed(3)} BIND(REPLACE(STR(?c0), '(.*)(.*)', '$1$1$1$2') AS ?x) }}",
}
"""Each must be an error: a 4xx, never an answer, and never a 5xx."""

BODIES = {
    "no UTF-8": (b"ASK { ?s ?p '\xff\xfe' }", QUERY),
    "half a surrogate": (b"ASK { ?s ?p '\xed\xa0\x80' }", QUERY),
    "overlong": (b"ASK { ?s ?p '\xc0\xaf' }", QUERY),
    "UTF-16": ("ASK {}".encode("utf-16"), QUERY),
    "no UTF-8 in a form": (b"query=ASK%20%7B%20%3Fs%20%3Fp%20'%ff%fe'%20%7D", "application/x-www-form-urlencoded"),
    "a form of a million fields": (b"&".join([b"a=b"] * 250_000), "application/x-www-form-urlencoded"),
    "too long": (b"ASK {}" + b" " * 1_100_000, QUERY),
    "zeroes": (b"\0" * 1000, QUERY),
    "an escape of half a surrogate": (rb"ASK { ?s ?p '\uD800' }", QUERY),
}


class Others:
    """Short queries of others, one after the other in a thread, for as long as the block lasts."""

    def __init__(self, url: str) -> None:
        self._client = httpx2.Client(base_url=url, timeout=60)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._go)
        self.times: list[float] = []
        self.wrong: list[str] = []

    def __enter__(self) -> "Others":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._client.close()

    def _go(self) -> None:
        while not self._over.wait(0.05):
            before = time.monotonic()
            for path, parameters in (("/sparql", {"query": SHORT}), ("/v1/entities/belavia", {})):
                answer = self._client.get(path, params=parameters)
                if answer.status_code != 200:
                    self.wrong.append(answer.text)
            self.times.append(time.monotonic() - before)


SHORT = "SELECT ?name { <https://w3id.org/belgraph/id/belavia> <https://w3id.org/belgraph/ontology#name> ?name }"


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str, list[str]]]:
    """A host and a folder that must not be read, and who did."""
    folder: Path = tmp_path_factory.mktemp("secret")
    (folder / "secret.nt").write_text(f'<http://a/> <http://a/> "{CANARY}" .\n')
    with forbidden_host() as (name, reached):
        yield name, str(folder).lstrip("/"), reached


@pytest.fixture(scope="module")
def api(server: Server, driver: Driver) -> Iterator[httpx2.Client]:
    seed(driver, server.settings)
    with serving(changed(server.settings, query_timeout=str(SECONDS))) as client:
        for _ in range(20):
            if client.get("/sparql", params={"query": SHORT}).status_code == 200:
                break
        yield client


def attack(api: httpx2.Client, body: bytes, kind: str) -> httpx2.Response:
    began = time.monotonic()
    answer = api.post("/sparql", content=body, headers={"Content-Type": kind})
    took = time.monotonic() - began
    assert took < PATIENCE, took
    assert answer.status_code in range(400, 500), answer.text[:300]
    assert answer.headers["content-type"] == "application/problem+json"
    assert len(answer.content) < 5_000
    assert CANARY not in answer.text
    assert json.loads(answer.content)["detail"]
    return answer


def test_there_are_forty_and_more() -> None:
    assert len(REFUSED) + len(BODIES) >= 50


@pytest.mark.parametrize("query", REFUSED.values(), ids=REFUSED)
def test_it_is_refused_or_stopped_while_others_are_answered(
    api: httpx2.Client, host: tuple[str, str, list[str]], query: str
) -> None:
    name, folder, reached = host
    with Others(str(api.base_url)) as others:
        attack(api, query.replace("HOST", name).replace("FOLDER", folder).encode(), QUERY)
    assert others.wrong == []
    assert others.times == [] or max(others.times) < PATIENCE
    assert reached == []


@pytest.mark.parametrize(("body", "kind"), BODIES.values(), ids=BODIES)
def test_a_body_confuses_nobody(api: httpx2.Client, body: bytes, kind: str) -> None:
    attack(api, body, kind)


def test_a_crowd_of_endless_queries_does_not_shut_out_short_ones(api: httpx2.Client) -> None:
    endless = REFUSED["10^12 rows to count"].encode()
    found: list[int] = []

    def go() -> None:
        with httpx2.Client(base_url=api.base_url, timeout=120) as client:
            found.append(client.post("/sparql", content=endless, headers={"Content-Type": QUERY}).status_code)

    threads = [threading.Thread(target=go) for _ in range(4)]
    with Others(str(api.base_url)) as others:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert set(found) <= {408, 429}
    assert others.wrong == []
    assert others.times


def test_afterwards_it_answers_as_before(api: httpx2.Client) -> None:
    for _ in range(6):
        assert api.get("/sparql", params={"query": SHORT}).json()["results"]["bindings"]
