"""The network over HTTP and on a real Neo4j: measures, paths and the graph around an entity."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from io import BytesIO
from itertools import pairwise
from typing import Any

import httpx2 as httpx
import networkx
import pytest

from api.app import create_app
from graph.load import load
from graph.network import measures
from graph.network.exchange import RENAMED, restore, write
from graph.network.network import Network, Networks
from graph.store import Store, Transaction
from loaders.registry import SEED_SOURCES, read
from ontology.model import load as load_ontology
from tests.live.conftest import Server

pytestmark = pytest.mark.anyio

ONTOLOGY = load_ontology()
STRUCTURAL = [relation.type for relation in ONTOLOGY.relations.values() if relation.structural]
SUPER_NODE = 20_000

# Subject, object, type, negated, other properties. a and b are linked by three statements, one of them back.
Link = tuple[str, str, str, bool, dict[str, object]]
SMALL: list[Link] = [
    ("a", "b", "SUPPORTS", False, {"quote": "a supports b"}),
    ("a", "b", "OPPOSES", True, {"quote": "a does not oppose b", "modality": "alleged", "status": "done"}),
    ("b", "a", "SUPPORTS", False, {}),
    ("c", "b", "SUPPORTS", False, {"modality": "possible"}),
    ("c", "d", "OPPOSES", True, {}),
    ("d", "d", "SUPPORTS", False, {}),
    ("b", "e", "SUPPORTS", False, {}),
    ("c", "e", "SUPPORTS", False, {}),
]


@pytest.fixture
async def client(store: Store, server: Server) -> AsyncIterator[httpx.AsyncClient]:
    """The API in this process, over the shared server with an empty graph."""
    app = create_app(server.settings, store, "test")
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://localhost") as opened,
    ):
        yield opened


async def article(store: Store) -> None:
    for path in SEED_SOURCES.values():
        await load(store, ONTOLOGY, read(path))


async def links(store: Store, of: Iterable[Link]) -> None:
    """Write statements as they are given, with ids st-0, st-1, … and what every statement has."""
    rows = [
        {
            "subject": subject,
            "object": object_,
            "type": type_,
            "properties": {
                "id": f"st-{number}",
                "source": "test",
                "modality": "asserted",
                "negated": negated,
                "recorded_at": "2026-01-01T00:00:00.000Z",
                **more,
            },
        }
        for number, (subject, object_, type_, negated, more) in enumerate(of)
    ]

    async def work(transaction: Transaction) -> None:
        await transaction.run(
            "UNWIND $rows AS row UNWIND [row.subject, row.object] AS id WITH DISTINCT id"
            " MERGE (n:Thing {id: id}) SET n:Agent, n.name = toUpper(id)",
            rows=rows,
        )
        await transaction.run(
            "UNWIND $rows AS row MATCH (a:Thing {id: row.subject}) MATCH (b:Thing {id: row.object})"
            " CREATE (a)-[r:$(row.type)]->(b) SET r = row.properties",
            rows=rows,
        )

    await store.write(work)


async def get(client: httpx.AsyncClient, url: str, **parameters: Any) -> Any:
    answer = await client.get(url, params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def refused(client: httpx.AsyncClient, status: int, url: str, **parameters: Any) -> Any:
    answer = await client.get(url, params=parameters)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.json()


async def plain(store: Store) -> networkx.MultiDiGraph:
    """What counts, read without the code that is tested."""
    graph = networkx.MultiDiGraph()
    rows = await store.read(
        "MATCH (a)-[r]->(b) WHERE NOT type(r) IN $structural AND NOT r.negated AND a <> b RETURN a.id AS a, b.id AS b",
        structural=STRUCTURAL,
    )
    graph.add_edges_from((row["a"], row["b"]) for row in rows)
    return graph


async def values(client: httpx.AsyncClient, measure: str) -> dict[str, Any]:
    items = (await get(client, f"/v1/network/{measure}", limit=1000))["items"]
    assert items == sorted(items, key=lambda item: -item["value"])
    return {item["entity"]["id"]: item["value"] for item in items}


# --- Measures -----------------------------------------------------------------------------------------------------


async def test_measures_of_the_article_are_those_of_networkx(client: httpx.AsyncClient, store: Store) -> None:
    await article(store)
    directed = await plain(store)
    simple = networkx.Graph(directed)

    assert await values(client, "degree") == dict(simple.degree())
    assert await values(client, "betweenness") == pytest.approx(networkx.betweenness_centrality(simple))
    ranks = networkx.algorithms.link_analysis.pagerank_alg._pagerank_python(directed, tol=1e-12, max_iter=1000)
    assert await values(client, "pagerank") == pytest.approx(ranks, rel=1e-5)

    bridges = (await get(client, "/v1/network/bridges", limit=1000))["items"]
    assert {frozenset((item["from"]["id"], item["to"]["id"])) for item in bridges} == set(
        map(frozenset, networkx.bridges(simple))
    )
    for item in bridges:
        without = simple.copy()
        without.remove_edge(item["from"]["id"], item["to"]["id"])
        sides = [len(networkx.node_connected_component(without, item[end]["id"])) for end in ("from", "to")]
        assert item["value"] == min(sides)

    members = (await get(client, "/v1/network/communities", limit=1000))["items"]
    assert {item["entity"]["id"] for item in members} == set(simple)
    sizes = {item["community"]: item["size"] for item in members}
    assert list(sizes.values()) == sorted(sizes.values(), reverse=True)
    assert sum(sizes.values()) == len(members)


async def test_negated_statements_do_not_count(client: httpx.AsyncClient, store: Store) -> None:
    await links(store, SMALL)
    items = (await get(client, "/v1/network/degree"))["items"]
    told = {item["entity"]["id"]: (item["value"], item["statements"]) for item in items}
    assert told == {"b": (3, 4), "c": (2, 2), "e": (2, 2), "a": (1, 2)}
    assert items[0]["entity"] == {"id": "b", "name": "B", "type": "Agent"}
    (bridge,) = (await get(client, "/v1/network/bridges"))["items"]
    assert (bridge["from"]["id"], bridge["to"]["id"], bridge["value"]) == ("a", "b", 1)
    assert bridge["statements"] == ["st-0", "st-1", "st-2"]


@pytest.mark.parametrize("measure", ["degree", "betweenness", "pagerank", "communities", "bridges"])
async def test_an_empty_graph_has_measures_without_items(client: httpx.AsyncClient, measure: str) -> None:
    assert await get(client, f"/v1/network/{measure}") == {"items": [], "next": None}


async def test_pages_follow_each_other_until_the_graph_changes(client: httpx.AsyncClient, store: Store) -> None:
    await links(store, SMALL)
    whole = await get(client, "/v1/network/degree")
    first = await client.get("/v1/network/degree", params={"limit": 3})
    second = await get(client, "/v1/network/degree", limit=3, cursor=first.json()["next"])
    assert (await client.get(first.links["next"]["url"])).json() == second
    assert first.json()["items"] + second["items"] == whole["items"]
    assert second["next"] is None

    await links(store, [("e", "f", "CONCERNED_ABOUT", False, {})])
    told = await refused(client, 409, "/v1/network/degree", cursor=first.json()["next"])
    assert told["type"].endswith("/cursor-expired")
    assert len((await get(client, "/v1/network/degree"))["items"]) == len(whole["items"]) + 1


async def test_what_many_ask_at_once_is_read_and_computed_once(store: Store) -> None:
    await links(store, SMALL)
    networks = Networks(store, ONTOLOGY)
    found = await asyncio.gather(*(networks.current() for _ in range(50)))
    assert len({id(network) for network in found}) == 1
    calls = []

    def compute(network: Network) -> int:
        calls.append(network)
        time.sleep(0.2)
        return len(network.ids)

    assert await asyncio.gather(*(networks.computed(found[0], "test", compute) for _ in range(50))) == [5] * 50
    assert calls == [found[0]]
    await links(store, [("e", "f", "CONCERNED_ABOUT", False, {})])
    assert len((await networks.current()).ids) == 6


async def test_a_computation_that_failed_is_tried_again(store: Store) -> None:
    networks = Networks(store, ONTOLOGY)
    network = await networks.current()
    with pytest.raises(ZeroDivisionError):
        await networks.computed(network, "test", lambda _: 1 / 0)
    await asyncio.sleep(0)
    assert await networks.computed(network, "test", lambda _: 1) == 1


async def test_betweenness_of_a_large_network_is_close_to_the_exact_one(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    grid = networkx.barabasi_albert_graph(300, 2, seed=1)
    await links(store, [(f"n{a}", f"n{b}", "SUPPORTS", False, {}) for a, b in grid.edges])
    network = await Networks(store, ONTOLOGY).current()
    exact = networkx.betweenness_centrality(networkx.relabel_nodes(grid, lambda node: f"n{node}"))
    monkeypatch.setattr(measures, "PIVOTS", 150)
    for node, value in measures.betweenness(network)[:5]:
        assert value == pytest.approx(exact[network.ids[node]], rel=0.3)


# --- Paths --------------------------------------------------------------------------------------------------------


async def test_a_hop_has_all_its_statements_and_says_what_they_are(client: httpx.AsyncClient, store: Store) -> None:
    await links(store, SMALL)
    found = await get(client, "/v1/paths", **{"from": "a", "to": "c"})
    assert found["next"] is None
    assert [[hop["to"]["id"] for hop in path["hops"]] for path in found["items"]] == [["b", "c"], ["b", "e", "c"]]
    assert [path["length"] for path in found["items"]] == [2, 3]
    first, second = found["items"][0]["hops"]
    assert first["from"] == {"id": "a", "name": "A", "type": "Agent"}
    assert first["statement_count"] == 3
    told = [(each["id"], each["predicate"], each["direction"], each["negated"]) for each in first["statements"]]
    assert told == [
        ("st-0", "supports", "forward", False),
        ("st-2", "supports", "backward", False),
        ("st-1", "opposes", "forward", True),
    ]
    assert first["statements"][0]["quote"] == "a supports b"
    assert first["statements"][2] == first["statements"][2] | {"modality": "alleged", "status": "done"}
    assert [each["direction"] for each in second["statements"]] == ["backward"]
    # What only a denial links is a path too, and says so.
    (denied,) = (await get(client, "/v1/paths", **{"from": "c", "to": "d"}))["items"]
    assert [each["negated"] for each in denied["hops"][0]["statements"]] == [True]


async def test_paths_of_the_article_are_those_of_networkx(client: httpx.AsyncClient, store: Store) -> None:
    await article(store)
    rows = await store.read(
        "MATCH (a)-[r]->(b) WHERE NOT type(r) IN $structural RETURN DISTINCT a.id AS a, b.id AS b",
        structural=STRUCTURAL,
    )
    graph = networkx.Graph((row["a"], row["b"]) for row in rows)
    for start, end in (("donald-trump", "belavia"), ("poland", "alexander-lukashenko"), ("ukraine", "china")):
        asked = {"from": start, "to": end, "max_length": 5, "k": 20}
        paths = (await get(client, "/v1/paths", **asked))["items"]
        lengths = sorted(len(path) - 1 for path in networkx.all_simple_paths(graph, start, end, cutoff=5))
        assert [path["length"] for path in paths] == lengths[:20]
        routes = {tuple(hop["to"]["id"] for hop in path["hops"]) for path in paths}
        assert len(routes) == len(paths)
        for path in paths:
            assert path["hops"][0]["from"]["id"] == start
            assert path["hops"][-1]["to"]["id"] == end
            assert all(one["to"] == other["from"] for one, other in pairwise(path["hops"]))
            assert all(each["quote"] for hop in path["hops"] for each in hop["statements"])


async def test_a_node_with_20000_neighbours_does_not_stop_a_path(client: httpx.AsyncClient, store: Store) -> None:
    """Every neighbour leads to both hubs: there are hundreds of millions of paths of six hops."""
    hubs: list[Link] = [(f"x{n}", hub, "SUPPORTS", False, {}) for n in range(SUPER_NODE) for hub in ("hub-1", "hub-2")]
    await links(store, [*hubs, ("s", "hub-1", "SUPPORTS", False, {}), ("t", "hub-1", "SUPPORTS", False, {})])
    await get(client, "/v1/paths", **{"from": "s", "to": "hub-1"})  # the graph is read and the query planned
    for start, end, count, longest in (("s", "t", 1, 2), ("x1", "x2", 20, 4), ("s", "hub-2", 20, 3)):
        begun = time.monotonic()
        found = await get(client, "/v1/paths", **{"from": start, "to": end, "max_length": 6, "k": 20})
        assert time.monotonic() - begun < 5, (start, end)
        assert len(found["items"]) == count
        assert found["items"][-1]["length"] == longest
    begun = time.monotonic()
    around = await get(client, "/v1/graph", entity="hub-1", depth=3, limit=50)
    assert time.monotonic() - begun < 5
    assert len(around["nodes"]) == 50
    assert around["truncated"]


async def test_what_cannot_be_a_path_is_refused_and_named(client: httpx.AsyncClient, store: Store) -> None:
    await links(store, SMALL)
    for asked in ({"from": "a", "to": "nobody"}, {"from": "nobody", "to": "a"}):
        assert "nobody" in (await refused(client, 404, "/v1/paths", **asked))["detail"]
    for asked, name in (
        ({"from": "a", "to": "a"}, "to"),
        ({"from": "a"}, "to"),
        ({"from": "a", "to": "b", "max_length": "7"}, "max_length"),
        ({"from": "a", "to": "b", "k": "0"}, "k"),
        ({"from": "a", "to": "b", "start": "a"}, "start"),
    ):
        told = await refused(client, 422, "/v1/paths", **asked)
        assert [error["loc"] for error in told["errors"]] == [["query", name]]


# --- The graph around an entity -----------------------------------------------------------------------------------

AWKWARD = {
    "quote": " a\tb\nc\r\nd\x00\x0b\x1f_x0041_\u0085\u2028\ud7ff\ufffe<&>\"'🇧🇾 Лукашэнка ",
    "when_text": "",
    "quantity": 60.0,
    "start": 3,
    "end": 2**40,
    "implied": True,
    "valid_from": "2025?-06-21",
}


@pytest.mark.parametrize("format_", ["graphml", "gexf"])
async def test_files_are_read_back_without_loss(client: httpx.AsyncClient, store: Store, format_: str) -> None:
    await links(store, [*SMALL, ("a", "b", "SUPPORTS", False, AWKWARD)])
    asked: dict[str, Any] = {"entity": "a", "depth": 3}
    wanted = await get(client, "/v1/graph", **asked)
    answer = await client.get("/v1/graph", params={**asked, "format": format_})
    media_type = f"application/{format_}+xml"
    assert answer.headers["content-type"] == media_type
    same = await client.get("/v1/graph", params=asked, headers={"Accept": media_type})
    assert same.content == answer.content
    assert answer.headers["belgraph-truncated"] == "false"
    reader = networkx.read_gexf if format_ == "gexf" else networkx.read_graphml
    graph = reader(BytesIO(answer.content))

    assert {id_: dict(found) for id_, found in graph.nodes(data=True)} == {
        node["id"]: {"label": node["name"], "name": node["name"], "type": node["type"]} for node in wanted["nodes"]
    }
    assert graph.number_of_edges() == len(wanted["edges"]) == 9
    for subject, object_, id_, found in graph.edges(keys=True, data=True):
        (edge,) = (edge for edge in wanted["edges"] if edge["id"] == id_)
        assert (edge["subject"], edge["object"], edge["predicate"]) == (subject, object_, found.pop("label"))
        assert found.pop("id", id_) == id_
        read_back = {key: restore(value) if isinstance(value, str) else value for key, value in found.items()}
        rest = {
            key: value for key, value in edge.items() if key not in ("id", "subject", "object") and value is not None
        }
        assert read_back == {RENAMED.get(key, key): value for key, value in rest.items()}
        assert {key: type(value) for key, value in read_back.items()} == {
            RENAMED.get(key, key): type(value) for key, value in rest.items()
        }


def test_a_list_becomes_its_json() -> None:
    node = {"id": "a", "name": None, "type": "Agent"}
    edge = {"id": "st-0", "subject": "a", "predicate": "supports", "object": "a", "said_of": ["b", 'c"']}
    graph = networkx.read_graphml(BytesIO(write([node], [edge], "graphml")))
    assert dict(graph.nodes["a"]) == {"label": "a", "type": "Agent"}
    assert graph.edges["a", "a"]["said_of"] == r'["b", "c\""]'


@pytest.mark.parametrize("format_", ["graphml", "gexf"])
async def test_the_article_as_a_file_is_the_article(client: httpx.AsyncClient, store: Store, format_: str) -> None:
    await article(store)
    asked: dict[str, Any] = {"entity": "belarus", "depth": 3, "limit": 1000}
    wanted = await get(client, "/v1/graph", **asked)
    answer = await client.get("/v1/graph", params={**asked, "format": format_})
    reader = networkx.read_gexf if format_ == "gexf" else networkx.read_graphml
    graph = reader(BytesIO(answer.content))
    assert set(graph) == {node["id"] for node in wanted["nodes"]}
    quotes = {edge["id"]: edge["quote"] for edge in wanted["edges"]}
    assert {id_: found["quote"] for _, _, id_, found in graph.edges(keys=True, data=True)} == quotes


async def test_the_nearest_come_first_and_the_rest_is_said_to_be_left_out(
    client: httpx.AsyncClient, store: Store
) -> None:
    await links(store, SMALL)
    found = await get(client, "/v1/graph", entity="a")
    assert [node["id"] for node in found["nodes"]] == ["a", "b"]
    assert [edge["id"] for edge in found["edges"]] == ["st-0", "st-1", "st-2"]
    assert not found["truncated"]
    found = await get(client, "/v1/graph", entity="c", depth=2, limit=3)
    assert [node["id"] for node in found["nodes"]] == ["c", "b", "d"]
    assert found["truncated"]


async def test_an_entity_that_nothing_links_stands_alone(client: httpx.AsyncClient, store: Store) -> None:
    await links(store, [*SMALL, ("alone", "alone", "SUPPORTS", False, {})])
    found = await get(client, "/v1/graph", entity="alone")
    assert [node["id"] for node in found["nodes"]] == ["alone"]
    assert [edge["id"] for edge in found["edges"]] == ["st-8"]  # of itself
    assert (await get(client, "/v1/paths", **{"from": "alone", "to": "a"}))["items"] == []


async def test_what_is_no_entity_has_no_graph(client: httpx.AsyncClient, store: Store) -> None:
    await article(store)
    for id_ in ("nobody", "trump-belarus-move", "names"):
        assert id_ in (await refused(client, 404, "/v1/graph", entity=id_))["detail"]
    of: dict[str, Any] = {"entity": "belarus"}
    for asked, name in (
        ({}, "entity"),
        (of | {"depth": 4}, "depth"),
        (of | {"format": "svg"}, "format"),
        (of | {"x": 1}, "x"),
    ):
        told = await refused(client, 422, "/v1/graph", **asked)
        assert [error["loc"] for error in told["errors"]] == [["query", name]]
    await refused(client, 404, "/v1/network/closeness")
