"""/sparql over HTTP on a real Neo4j: the protocol, the view that follows the database, and queries that mean harm."""

import os
import signal
from collections.abc import Iterator
from urllib.parse import urlencode

import httpx2
import psutil
import pyoxigraph as ox
import pytest
import rdflib
from neo4j import Driver
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper import JSON as WRAPPER_JSON
from SPARQLWrapper import POST, TURTLE, SPARQLWrapper

from queries.catalog import catalogue
from tests.live.conftest import Server
from tests.live.support import belgraph, rows, seed
from tests.live.test_api import changed, problem, serving

BG = "https://w3id.org/belgraph/ontology#"
ID = "https://w3id.org/belgraph/id/"
ARTICLE, NAMES = f"{ID}trump-belarus-move", f"{ID}names"
JSON, XML = "application/sparql-results+json", "application/sparql-results+xml"
QUERY, FORM = "application/sparql-query", "application/x-www-form-urlencoded"
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
NAME = f"SELECT ?name {{ <{ID}belavia> <{BG}name> ?name }} ORDER BY ?name"


@pytest.fixture(scope="module")
def api(server: Server, driver: Driver) -> Iterator[httpx2.Client]:
    seed(driver, server.settings)
    with serving(changed(server.settings, query_timeout="8", cors_origins="https://page.example")) as client:
        yield client


def ask(api: httpx2.Client, query: str, accept: str = JSON, **graphs: str | list[str]) -> httpx2.Response:
    """As clients must: a 503 is asked again."""
    parameters = {"query": query, **{name.replace("_", "-"): each for name, each in graphs.items()}}
    tried = [api.get("/sparql", params=parameters, headers={"Accept": accept})]
    while tried[-1].status_code == 503 and len(tried) < 20:
        tried.append(api.get("/sparql", params=parameters, headers={"Accept": accept}))
    return tried[-1]


def bindings(answer: httpx2.Response) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    found = answer.json()["results"]["bindings"]
    return [{name: term["value"] for name, term in row.items()} for row in found]


def number(answer: httpx2.Response) -> int:
    return int(bindings(answer)[0]["n"])


# --- Protocol -----------------------------------------------------------------------------------------------------


def test_a_query_is_asked_in_three_ways(api: httpx2.Client) -> None:
    got = ask(api, NAME)
    direct = api.post("/sparql", content=NAME, headers={"Content-Type": QUERY, "Accept": JSON})
    form = api.post("/sparql", data={"query": NAME}, headers={"Accept": JSON})
    named = api.post("/sparql", content=NAME, headers={"Content-Type": f"{QUERY}; charset=UTF-8", "Accept": JSON})

    assert {"name": "Belavia"} in bindings(got)
    assert got.content == direct.content == form.content == named.content
    assert got.headers["content-type"] == JSON


@pytest.mark.parametrize(
    ("query", "accept", "kind"),
    [
        (NAME, "*/*", JSON),
        (NAME, "", JSON),
        (NAME, XML, XML),
        (NAME, "text/csv", "text/csv; charset=utf-8"),
        (NAME, "text/tab-separated-values", "text/tab-separated-values; charset=utf-8"),
        (NAME, "application/json", "application/json"),
        (NAME, f"{XML};q=0.5, text/csv;q=0.9, {JSON};q=0.1", "text/csv; charset=utf-8"),
        (NAME, "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "application/xml"),
        ("ASK {}", "*/*", JSON),
        ("ASK {}", f"text/csv, {XML};q=0.1", XML),
        ("CONSTRUCT WHERE { ?s ?p ?o } LIMIT 3", "*/*", "text/turtle; charset=utf-8"),
        (f"DESCRIBE <{ID}belavia>", "application/rdf+xml", "application/rdf+xml"),
        (f"DESCRIBE <{ID}belavia>", "application/n-triples, text/turtle;q=0.9", "application/n-triples"),
        (f"DESCRIBE <{ID}belavia>", "application/ld+json", "application/ld+json"),
    ],
)
def test_the_format_is_what_the_client_likes_most(api: httpx2.Client, query: str, accept: str, kind: str) -> None:
    answer = ask(api, query, accept)
    assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
    media = kind.partition(";")[0]
    if query[0] in "CD":
        form = ox.RdfFormat.from_media_type(media)
        assert len(list(ox.parse(input=answer.content, format=form))) >= 3
    elif media in (XML, JSON):
        read_back = ox.parse_query_results(answer.content, format=ox.QueryResultsFormat.from_media_type(media))
        assert bool(read_back) if isinstance(read_back, ox.QueryBoolean) else list(read_back)


@pytest.mark.parametrize(
    ("query", "accept"),
    [(NAME, "image/png"), (NAME, "text/turtle"), ("ASK {}", "text/csv"), (f"DESCRIBE <{ID}belavia>", JSON)],
)
def test_what_cannot_be_had_is_not_acceptable(api: httpx2.Client, query: str, accept: str) -> None:
    problem(ask(api, query, accept), 406)
    problem(api.post("/sparql", data={"query": query}, headers={"Accept": accept}), 406)


def test_the_dataset_is_what_the_request_says(api: httpx2.Client) -> None:
    whole = number(ask(api, COUNT))
    article, names, both = (
        number(ask(api, COUNT, default_graph_uri=each)) for each in ([ARTICLE], [NAMES], [ARTICLE, NAMES])
    )
    inside = "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }"

    assert 0 < names < article < both < whole
    assert both <= article + names
    assert number(ask(api, inside, named_graph_uri=NAMES)) == names
    assert number(ask(api, COUNT, named_graph_uri=NAMES)) == 0
    assert number(ask(api, COUNT.replace("{", f"FROM <{NAMES}> {{"))) == names
    assert number(ask(api, COUNT.replace("{", f"FROM <{NAMES}> FROM <{ARTICLE}> {{"))) == both
    assert number(ask(api, COUNT.replace("{", f"FROM <{ARTICLE}> {{"), default_graph_uri=NAMES)) == names
    form = {"query": COUNT, "default-graph-uri": [ARTICLE, NAMES]}
    assert number(api.post("/sparql", content=urlencode(form, doseq=True), headers={"Content-Type": FORM})) == both


def test_what_two_sources_say_counts_once(api: httpx2.Client) -> None:
    query = "SELECT (COUNT(*) AS ?n) { SELECT DISTINCT ?s ?p ?o { ?s ?p ?o } }"
    assert number(ask(api, query)) == number(ask(api, COUNT))


def test_every_graph_of_a_source_is_in_the_union(api: httpx2.Client) -> None:
    query = "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } FILTER NOT EXISTS { ?s ?p ?o } }"
    assert number(ask(api, query)) == 0
    assert {row["g"] for row in bindings(ask(api, "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }"))} == {ARTICLE, NAMES}


def test_a_mistake_is_shown_where_it_is(api: httpx2.Client) -> None:
    wrong = {"SELECT *\n{ ?s ?p }": 2, "SELEKT * {}": 1, "": 1, f"ASK FROM <{NAMES}> {{ ?s ?p }}": 1}
    for query, line in wrong.items():
        body = problem(ask(api, query), 400)
        assert body["type"].endswith("/query-invalid")
        assert body["position"]["line"] == line
        assert body["position"]["column"] >= 1
        assert body["detail"]


def test_a_request_that_is_no_query_operation(api: httpx2.Client) -> None:
    problem(api.get("/sparql?query=ASK%7B%7D&query=ASK%7B%7D"), 422)
    problem(api.get("/sparql?update=CLEAR%20ALL"), 403)
    problem(api.post("/sparql", data={"update": "CLEAR ALL"}), 403)
    problem(api.post("/sparql", data={}), 415)
    problem(api.post("/sparql", content="x=y", headers={"Content-Type": FORM}), 422)
    problem(api.post("/sparql", content="CLEAR ALL", headers={"Content-Type": "application/sparql-update"}), 415)
    problem(api.post("/sparql", content="ASK {}", headers={"Content-Type": "text/plain"}), 415)
    problem(api.post("/sparql", content="ASK {}".encode("utf-16"), headers={"Content-Type": QUERY}), 400)
    problem(api.post("/sparql", content="ASK {}", headers={"Content-Type": f"{QUERY};charset=UTF-16"}), 415)
    put = api.put("/sparql", content="ASK {}", headers={"Content-Type": QUERY})
    problem(put, 405)
    assert put.headers["allow"] == "GET, HEAD, POST"
    problem(api.get("/sparql?query=SELECT%20(%22a%FFb%22%20AS%20%3Fx)%20%7B%7D"), 400)
    problem(api.post("/sparql?default-graph-uri=%FF", content="ASK {}", headers={"Content-Type": QUERY}), 400)
    problem(api.post("/sparql", content="query=%FF", headers={"Content-Type": FORM}), 400)
    problem(api.post("/sparql", content=b"a" * 1_100_000, headers={"Content-Type": QUERY}), 413)


def test_head_and_options(api: httpx2.Client) -> None:
    head = api.head("/sparql", params={"query": NAME})
    assert (head.status_code, head.content, head.headers["content-type"]) == (200, b"", JSON)
    options = api.options("/sparql")
    assert (options.status_code, options.headers["allow"]) == (204, "GET, HEAD, POST, OPTIONS")
    page = {"Origin": "https://page.example", "Access-Control-Request-Method": "GET"}
    assert api.options("/sparql", headers=page).headers["access-control-allow-origin"] == "https://page.example"
    form = api.post("/sparql", data={"query": NAME}, headers={"Origin": "https://elsewhere.example"})
    problem(form, 403)


def test_the_service_describes_itself(api: httpx2.Client) -> None:
    sd = "http://www.w3.org/ns/sparql-service-description#"
    endpoint = f"{api.base_url}/sparql"
    for accept, form in [
        ("*/*", ox.RdfFormat.TURTLE),
        ("application/rdf+xml", ox.RdfFormat.RDF_XML),
        ("application/ld+json", ox.RdfFormat.JSON_LD),
    ]:
        answer = api.get("/sparql", headers={"Accept": accept})
        assert answer.status_code == 200
        said = [
            (str(quad.subject).strip("<>"), quad.predicate.value.removeprefix(sd), str(quad.object).strip("<>"))
            for quad in ox.parse(input=answer.content, format=form)
        ]
        assert (endpoint, "endpoint", endpoint) in said
        assert (endpoint, "supportedLanguage", f"{sd}SPARQL11Query") in said
        assert {found for _, predicate, found in said if predicate == "name"} == {ARTICLE, NAMES}
    problem(api.get("/sparql", headers={"Accept": "text/csv"}), 406)


def test_a_relative_iri_is_relative_to_the_endpoint(api: httpx2.Client) -> None:
    answer = ask(api, "CONSTRUCT { <s> <p> 1 } {}", "application/n-triples")
    assert answer.text.startswith(f"<{api.base_url}/s> <{api.base_url}/p> ")


def test_a_large_answer_is_whole(api: httpx2.Client) -> None:
    found = bindings(ask(api, "SELECT * { ?s ?p ?o }"))
    assert len(found) == number(ask(api, COUNT)) > 2000


def test_clients_of_others_work(api: httpx2.Client) -> None:
    url = f"{api.base_url}/sparql"
    wrapper = SPARQLWrapper(url)
    wrapper.setReturnFormat(WRAPPER_JSON)
    for method in ("GET", POST):
        wrapper.setMethod(method)
        wrapper.setQuery(NAME)
        found = wrapper.queryAndConvert()
        assert isinstance(found, dict)
        assert "Belavia" in [row["name"]["value"] for row in found["results"]["bindings"]]
    wrapper.setQuery(f"DESCRIBE <{ID}belavia>")
    wrapper.setReturnFormat(TURTLE)
    assert b"belavia" in wrapper.query().response.read()
    for form in ("json", "xml", "csv", "tsv"):
        for how in ("GET", "POST", "POST_FORM"):
            graph = rdflib.Graph(SPARQLStore(url, returnFormat=form, method=how))
            names = [str(row[0]) for row in graph.query(NAME)]  # type: ignore[index]
            assert "Belavia" in names
    graph = rdflib.Graph(SPARQLStore(url))
    assert (rdflib.URIRef(f"{ID}belavia"), rdflib.RDF.type, rdflib.URIRef(f"{BG}Company")) in graph
    assert len(graph) == number(ask(api, COUNT))
    one = rdflib.Graph(SPARQLStore(url), identifier=rdflib.URIRef(NAMES))
    assert 0 < len(list(one.triples((None, rdflib.RDF.type, None)))) < len(graph)


def test_it_is_described(api: httpx2.Client) -> None:
    path = api.get("/openapi.json").json()["paths"]["/sparql"]
    assert (path["get"]["operationId"], path["post"]["operationId"]) == ("querySparql", "postSparql")
    assert {QUERY, FORM} == set(path["post"]["requestBody"]["content"])
    for operation in path.values():
        assert {"200", "400", "403", "406", "408", "415", "422", "429", "503"} <= set(operation["responses"])


# --- The catalogue ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", catalogue())
def test_both_engines_give_the_same_rows(api: httpx2.Client, name: str) -> None:
    for parameters in ({}, {each: str(of.example) for each, of in catalogue()[name].parameters.items()}):
        found = [api.get(f"/v1/queries/{name}", params=parameters | each) for each in ({}, {"engine": "cypher"})]
        found.append(api.get(f"/v1/queries/{name}", params={**parameters, "engine": "sparql"}))
        assert [each.status_code for each in found] == [200] * 3, found[-1].text
        assert found[0].json() == found[1].json()
        assert found[2].json()["items"] == found[0].json()["items"]


def test_pages_of_the_twin_follow_each_other(api: httpx2.Client) -> None:
    whole = api.get("/v1/queries/mentions?engine=sparql&limit=1000").json()["items"]
    first = api.get("/v1/queries/mentions?engine=sparql&limit=2")
    second = api.get(first.links["next"]["url"])
    assert [*first.json()["items"], *second.json()["items"]] == whole[:4]
    problem(api.get("/v1/queries/mentions?engine=gremlin"), 422)


def test_the_command_line_asks_the_twin_on_the_same_view(api: httpx2.Client, server: Server) -> None:
    assert ask(api, NAME).status_code == 200
    before = view_folders(server)
    answers = [
        belgraph(server.settings, "query", "deal-terms", "--engine", engine, "--format", "json")
        for engine in ("cypher", "sparql")
    ]
    assert [each.returncode for each in answers] == [0, 0], answers[1].stderr
    assert answers[0].stdout == answers[1].stdout != "[]\n"
    assert view_folders(server) == before


# --- The view follows the database --------------------------------------------------------------------------------


def view_folders(server: Server) -> list[str]:
    return sorted(each.name for each in (server.settings.home / "sparql").iterdir())


def test_a_change_made_elsewhere_is_seen_at_once(api: httpx2.Client, driver: Driver, server: Server) -> None:
    for turn in range(3):
        tag = ask(api, NAME).headers["etag"]
        same = api.get("/sparql", params={"query": NAME}, headers={"Accept": JSON, "If-None-Match": tag})
        assert (same.status_code, same.content) == (304, b"")
        rows(driver, "MATCH (n:Thing {id: 'belavia'}) SET n.name = $name", name=f"Belavia {turn}")
        query = f"SELECT ?name {{ <{ID}belavia> <http://www.w3.org/2004/02/skos/core#prefLabel> ?name }}"
        assert bindings(ask(api, query)) == [{"name": f"Belavia {turn}"}]
        changed_ = api.get("/sparql", params={"query": NAME}, headers={"Accept": JSON, "If-None-Match": tag})
        assert changed_.status_code == 200
    assert len(view_folders(server)) == 1


def test_an_unchanged_database_is_not_read_again(api: httpx2.Client, server: Server) -> None:
    expected = ask(api, COUNT).content
    before = view_folders(server)
    with serving(server.settings) as again:
        assert ask(again, COUNT).content == expected
        assert view_folders(server) == before
    assert ask(api, COUNT).content == expected


@pytest.mark.parametrize("damage", ["cut", "no marker", "no manifest", "wrong bytes"])
def test_a_damaged_folder_is_made_again(server: Server, api: httpx2.Client, damage: str) -> None:
    expected = ask(api, COUNT).content
    settings = changed(server.settings, home=str(server.settings.home.parent / f"other-{damage.replace(' ', '-')}"))
    settings.home.mkdir()
    (settings.home / "password").symlink_to(server.settings.home / "password")
    with serving(settings) as other:
        assert ask(other, COUNT).content == expected
    (folder,) = (settings.home / "sparql").iterdir()
    largest = max((folder / "store").glob("*.sst"), key=lambda each: each.stat().st_size)
    if damage == "cut":
        os.truncate(largest, largest.stat().st_size // 2)
    elif damage == "no marker":
        (folder / "complete.json").unlink()
    elif damage == "no manifest":
        for manifest in (folder / "store").glob("MANIFEST*"):
            manifest.unlink()
    else:
        for file in (folder / "store").glob("*.sst"):
            content = bytearray(file.read_bytes())
            content[: len(content) // 2] = b"\0" * (len(content) // 2)
            file.write_bytes(content)
    with serving(settings) as other:
        first = ask(other, "SELECT * { ?s ?p ?o }")
        assert first.status_code in (200, 500)  # what is damaged inside is noticed when it is read
        assert ask(other, COUNT).content == expected
        assert first.status_code == 200 or damage == "wrong bytes"
    assert folder.name not in [each.name for each in (settings.home / "sparql").iterdir()]


def test_an_error_of_a_query_does_not_make_the_view_anew(api: httpx2.Client, server: Server) -> None:
    assert ask(api, COUNT).status_code == 200
    before = view_folders(server)
    for name in ("", "Corruption:", "IO%20error:"):
        body = problem(ask(api, f"SELECT (<http://f.example/{name}>(1) AS ?x) {{}}"), 400)
        assert "not supported" in body["detail"]
    assert ask(api, COUNT).status_code == 200
    assert view_folders(server) == before


def test_a_process_that_is_killed_is_replaced(api: httpx2.Client) -> None:
    expected = ask(api, COUNT).content
    for pid in workers():
        os.kill(pid, signal.SIGKILL)
    for _ in range(6):
        assert ask(api, COUNT).content == expected


def workers() -> list[int]:
    """The processes that evaluate queries, which this process has started."""
    return [each.pid for each in psutil.Process().children() if "graph.sparql.worker" in each.cmdline()]


def test_a_view_that_takes_long_is_waited_for_and_then_refused(
    api: httpx2.Client, driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graph.sparql.view.WAIT", 0.001)
    rows(driver, "MATCH (n:Thing {id: 'belavia'}) SET n.name = 'Belavia'")
    refused = api.get("/sparql", params={"query": NAME})
    body = problem(refused, 503)
    assert body["type"].endswith("/sparql-view-stale")
    assert int(refused.headers["retry-after"]) > 0
    monkeypatch.undo()
    assert ask(api, NAME).status_code == 200
