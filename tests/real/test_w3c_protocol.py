"""The W3C's tests of the SPARQL 1.1 Protocol (2013), as far as an endpoint can pass that takes queries only.

They come with three small graphs, which are no statements of ours: the endpoint gets a view that holds them, and data0,
which the tests name and leave empty. All else is the endpoint as it is.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx2
import pyoxigraph as ox
import pytest
from rdflib import Graph, Literal, Namespace, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

from graph.sparql import folders, view
from tests.live.conftest import Server
from tests.live.conftest import _no_settings_of_the_user as _no_settings_of_the_user  # fixtures
from tests.live.conftest import server as server
from tests.live.test_api import serving
from tests.real.conftest import DATA

FOLDER = DATA / "w3c/protocol"
MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
HT = Namespace("http://www.w3.org/2011/http#")
CNT = Namespace("http://www.w3.org/2011/content#")
GRAPHS = "http://kasei.us/2009/09/sparql/data/"

UPDATES = dict.fromkeys(
    (
        "update_dataset_default_graph",
        "update_dataset_default_graphs",
        "update_dataset_named_graphs",
        "update_dataset_full",
        "update_post_form",
        "update_post_direct",
        "update_base_uri",
    ),
    "it is an update, which a query-only endpoint must refuse: 4xx is expected here instead",
)
"""The exceptions with their reason."""

MANIFEST = Graph().parse(FOLDER / "manifest.ttl", publicID="http://w3c.example/manifest")
ENTRIES = {
    str(entry).rpartition("#")[2]: entry
    for head in MANIFEST.objects(None, MF.entries)
    for entry in Collection(MANIFEST, head)
}


@pytest.fixture(scope="module")
def api(server: Server) -> Iterator[httpx2.Client]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(view.Views, "_build", _build)
        patch.setattr(folders, "_FORM", "W3C")  # no other test finds this view
        patch.setattr(view, "WAIT", 60.0)
        with serving(server.settings) as client:
            for _ in range(20):  # a Neo4j that has just started
                if client.get("/sparql", params={"query": "ASK {}"}).status_code == 200:
                    break
            yield client


async def _build(self: view.Views, folder: Path) -> str:
    """The view of the tests."""
    store = ox.Store(str(folder / folders.STORE))
    store.add_graph(ox.NamedNode(f"{GRAPHS}data0.rdf"))
    for number in (1, 2, 3):
        content = (FOLDER / f"data{number}.nt").read_bytes()
        graph = ox.NamedNode(f"{GRAPHS}data{number}.rdf")
        store.load(input=content, format=ox.RdfFormat.N_TRIPLES, to_graph=graph)
        store.load(input=content, format=ox.RdfFormat.N_TRIPLES)
    store.flush()
    del store
    state = await folders.state(self._store)
    folders.write_marker(folder, state)
    return state


def value(of: Node | None, *path: URIRef) -> Any:
    for step in path:
        of = MANIFEST.value(of, step) if of is not None else None
    return of.toPython() if isinstance(of, Literal) else of


def requests(entry: Node) -> Iterator[tuple[Node, Mapping[str, Any]]]:
    for request in Collection(MANIFEST, value(entry, MF.action, HT.requests)):
        listed = value(request, HT.headers)
        headers = {
            str(value(each, HT.fieldName)): str(value(each, HT.fieldValue))
            for each in (() if listed is None else Collection(MANIFEST, listed))
        }
        chars = value(request, HT.body, CNT.chars)
        encoding = value(request, HT.body, CNT.characterEncoding) or "UTF-8"
        yield (
            request,
            {
                "method": value(request, HT.methodName),
                "url": str(value(request, HT.absolutePath)).replace("/sparql/", "/sparql"),
                "headers": headers,
                "content": None if chars is None else str(chars).encode(encoding),
            },
        )


def test_the_manifest_is_whole() -> None:
    assert len(ENTRIES) == 34
    assert UPDATES.keys() < ENTRIES.keys()


@pytest.mark.parametrize("name", ENTRIES)
def test_protocol(api: httpx2.Client, name: str) -> None:
    asked = list(requests(ENTRIES[name]))
    assert asked
    if name in UPDATES:
        request, sent = asked[0]
        assert api.request(**sent).status_code in range(400, 500)
        return
    for request, sent in asked:
        answer = api.request(**sent)
        response = value(request, HT.resp)
        wanted = {str(each)[-3] for each in MANIFEST.objects(response, MF.expectedStatus)}
        assert str(answer.status_code)[0] in wanted, answer.text
        kind = answer.headers["content-type"].partition(";")[0]
        match value(response, MF.expectedFormat):
            case "boolean":
                assert "sparql-results" in kind
            case "tabular":
                assert "sparql-results" in kind or kind in ("text/csv", "text/tab-separated-values")
            case "RDF":
                assert kind in ("application/rdf+xml", "text/turtle", "application/n-triples")
        if (expected := value(response, MF.expectedBoolean)) is not None:
            assert answer.json()["boolean"] is expected
