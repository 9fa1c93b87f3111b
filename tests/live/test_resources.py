"""What the lists hold: search, facets, filters, time, and pages that stay right while the graph grows."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import httpx2
import pytest
from neo4j import Driver

from graph.config import Settings
from graph.load import load, prepare
from graph.password import password
from graph.records import Load, Record, Source, Statement, value
from graph.store import Store
from loaders.registry import SEED_SOURCES, read
from ontology.model import load as load_ontology
from queries.catalog import catalogue
from tests.live.conftest import Server
from tests.live.support import rows, wipe
from tests.live.test_api import got, problem, serving

ONTOLOGY = load_ontology()
ARTICLE, NAMES = (read(path) for path in SEED_SOURCES.values())

Item = Mapping[str, Any]


def dataset(id_: str, classes: Mapping[str, str], *said: Statement, names: Mapping[str, str] = {}) -> Load:
    """A data set that gives each entity a class and a name, its id unless `names` has another."""
    about = [
        statement
        for entity, class_ in classes.items()
        for statement in (
            value(id_, entity, "type", class_, Record(entity)),
            value(id_, entity, "name", names.get(entity, entity), Record(entity), lang="en"),
        )
    ]
    about_itself = {"title": id_, "version": "1", "licence": "CC0-1.0", "sha256": "0" * 64}
    return Load(f"{id_}.test", Source(id_, "Dataset", about_itself), [*about, *said])


def said(source: str, subject: str, predicate: str, object_: str, record: str, **qualifiers: Any) -> Statement:
    negated, modality = qualifiers.pop("negated", False), qualifiers.pop("modality", "asserted")
    return Statement(subject, predicate, object_, source, Record(record), qualifiers, modality, negated)


CLASSES = {"minsk-air": "Company", "vilnius-ban": "SanctionsAct", "lithuania": "Country", "air-critics": "Group"}
DATED: Mapping[str, Mapping[str, Any]] = {
    "whole": {"valid_from": "2021-12-03", "valid_to": "2024-05-01"},
    "month": {"valid_from": "2021-12", "valid_to": "2024"},
    "marked": {"valid_from": "2022?", "valid_to": "open"},
    "denied": {"negated": True, "asserted_by": "lithuania"},
    "feared": {"modality": "feared", "valid_from": "2023-01-31"},
}
OLD = dataset(
    "registry",
    CLASSES,
    *(said("registry", "lithuania", "opposes", "minsk-air", name, **q) for name, q in DATED.items()),
    said("registry", "vilnius-ban", "hasTarget", "minsk-air", "target", status="done", valid_from="2021-12-03"),
    said("registry", "air-critics", "opposes", "vilnius-ban", "gone"),
)
NEW = dataset("registry", CLASSES, *(s for s in OLD.statements[2 * len(CLASSES) :] if s.evidence != Record("gone")))


async def write(settings: Settings, *loads: Load) -> None:
    async with Store(settings, password(settings)) as store:
        await prepare(store, ONTOLOGY)
        for what in loads:
            await load(store, ONTOLOGY, what)


@pytest.fixture(scope="module")
def api(server: Server, driver: Driver) -> Iterator[httpx2.Client]:
    """The article, the names, and a registry that took a statement back: known on January 10, gone on February 10."""
    wipe(driver)
    asyncio.run(write(server.settings, ARTICLE, NAMES, OLD, NEW))
    rows(driver, "MATCH ()-[r {source: 'registry'}]->() SET r.recorded_at = '2026-01-10T09:00:00.000Z'")
    rows(driver, "MATCH ()-[r:RETRACTED]->() SET r.retracted_at = '2026-02-10T09:00:00.000Z'")
    with serving(server.settings) as client:
        yield client


def everything(api: httpx2.Client, path: str, **parameters: Any) -> list[dict[str, Any]]:
    """All items of a list in pages of 7, each once."""
    items: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        more = {} if cursor is None else {"cursor": cursor}
        answer = api.get(path, params={**parameters, "limit": 7, **more})
        assert answer.status_code == 200, answer.text
        items += answer.json()["items"]
        cursor = answer.json()["next"]
        if cursor is None:
            break
    assert len({item["id"] for item in items}) == len(items)
    return items


def ids(items: Sequence[Item]) -> list[str]:
    return [item["id"] for item in items]


# --- Search -------------------------------------------------------------------------------------------------------

FORMS = ["Лукашенко", "Лукашэнка", "Lukashenko", "Lukashenka", "Łukašenka", "Lukasenka", "Lukašenka"]


def typos(word: str) -> Iterator[str]:
    """The word with one letter left out, doubled, replaced, or swapped with the next; at its ends and inside."""
    for at in (0, 3, len(word) - 1):
        yield word[:at] + word[at + 1 :]
        yield word[:at] + word[at] + word[at:]
        yield word[:at] + "ж" + word[at + 1 :]
    yield word[:2] + word[3] + word[2] + word[4:]


@pytest.mark.parametrize("form", FORMS)
def test_a_name_is_found_in_every_script_and_with_a_letter_wrong(api: httpx2.Client, form: str) -> None:
    for words in (form, form.lower(), form.upper(), *typos(form)):
        assert got(api, "/v1/entities", q=words)["items"][0]["id"] == "alexander-lukashenko", words


def test_two_letters_wrong_or_a_short_word_wrong_find_nothing(api: httpx2.Client) -> None:
    assert got(api, "/v1/entities", q="Lucashenca")["items"] == []
    assert got(api, "/v1/entities", q="UZA")["items"] == []


def test_the_name_itself_comes_first_then_its_words_then_similar_ones(server: Server, api: httpx2.Client) -> None:
    names = {"q-a": "Brest fortress of old", "q-b": "Brest", "q-c": "Breast", "q-d": "Brest fort", "q-e": "Crest x"}
    asyncio.run(write(server.settings, dataset("ranks", dict.fromkeys(names, "Place"), names=names)))
    found = everything(api, "/v1/entities", q="brest", source="ranks")
    assert [item["name"] for item in found] == ["Brest", "Brest fort", "Brest fortress of old", "Breast", "Crest x"]
    asyncio.run(write(server.settings, dataset("ranks", {})))


def test_a_long_search_is_no_error(api: httpx2.Client) -> None:
    for words in ("long words " * 18, "x " * 99, "Лукашенко " * 20, "a" * 200, "a-" * 100):
        got(api, "/v1/entities", q=words)


def test_pages_of_a_search_lose_and_repeat_nothing_while_entities_are_added(server: Server, api: httpx2.Client) -> None:
    before = ids(everything(api, "/v1/entities", q="belarus"))
    first = got(api, "/v1/entities", q="belarus", limit=5)
    names = {"aaa": "Belarus", "bbb": "Belarus " * 3, "zzz": "Belarus of the very long name indeed", "typo": "Belorus"}
    asyncio.run(write(server.settings, dataset("more", dict.fromkeys(names, "Topic"), names=names)))
    rest = got(api, "/v1/entities", q="belarus", limit=1000, cursor=first["next"])
    seen = ids([*first["items"], *rest["items"]])
    assert len(seen) == len(set(seen))
    assert set(before) <= set(seen)
    assert {"zzz", "typo"} <= set(seen)  # they stand behind the first page
    asyncio.run(write(server.settings, dataset("more", {})))


# --- Facets and filters of entities -------------------------------------------------------------------------------


def counted(items: Sequence[Item], labels: Callable[[Item], Sequence[str]]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for item in items:
        for label in labels(item):
            counts[label] = counts.get(label, 0) + 1
    return counts


@pytest.mark.parametrize(
    "asked",
    [{}, {"q": "belarus"}, {"type": "Agent"}, {"source": "names"}, {"q": "sanctions", "type": "Event"}, {"q": "qqqqq"}],
)
def test_facets_count_the_whole_result(api: httpx2.Client, asked: dict[str, str]) -> None:
    page = got(api, "/v1/entities", limit=1, **asked)
    items = everything(api, "/v1/entities", **asked)
    facets = {name: {each["value"]: each["count"] for each in page["facets"][name]} for name in ("types", "sources")}
    assert facets["types"] == counted(items, lambda item: item["types"])
    sources = {item["id"]: got(api, f"/v1/entities/{item['id']}")["sources"] for item in items}
    assert facets["sources"] == counted(items, lambda item: sources[item["id"]])
    for name in ("types", "sources"):
        order = [(-each["count"], each["value"]) for each in page["facets"][name]]
        assert order == sorted(order)
    if page["next"]:
        assert got(api, "/v1/entities", limit=1, cursor=page["next"], **asked)["facets"] is None


def test_facets_are_never_older_than_the_last_commit(server: Server, api: httpx2.Client) -> None:
    def things() -> int:
        counts = got(api, "/v1/entities", limit=1)["facets"]["types"]
        return {each["value"]: int(each["count"]) for each in counts}["Thing"]

    before = things()
    assert things() == before
    asyncio.run(write(server.settings, dataset("more", {"new-place": "Place"})))
    assert things() == before + 1
    asyncio.run(write(server.settings, dataset("more", {})))


def test_a_class_includes_its_subclasses_and_several_mean_any(api: httpx2.Client) -> None:
    items = everything(api, "/v1/entities")
    for classes in (["Agent"], ["Company"], ["Organization", "Place"], ["Thing"], ["Situation", "Situation"]):
        found = everything(api, "/v1/entities", type=classes)
        assert ids(found) == ids([item for item in items if set(classes) & set(item["types"])])
    assert everything(api, "/v1/entities", source=["names", "registry"], type="Company")
    assert everything(api, "/v1/entities", source="nowhere") == []


@pytest.mark.parametrize(
    ("path", "asked", "near"),
    [
        ("/v1/entities", {"type": "Persn"}, "Person"),
        ("/v1/entities", {"type": "company"}, "Company"),
        ("/v1/timeline", {"type": "Contakt"}, "Contact"),
        ("/v1/statements", {"predicate": "has_target"}, "hasTarget"),
        ("/v1/statements", {"predicate": "states"}, "relation"),  # a structural one
        ("/v1/statements", {"status": "pledge"}, "pledged"),
        ("/v1/statements", {"modality": "fear"}, "feared"),
        ("/v1/queries/positions", {"stance": "support"}, "supports"),
        ("/v1/queries/actors", {"type": "Document"}, "Organization"),  # no agent
        ("/v1/queries/contradictions", {"kind": "nonsense"}, "order"),
    ],
)
def test_an_unknown_word_is_refused_with_what_is_near(
    api: httpx2.Client, path: str, asked: dict[str, str], near: str
) -> None:
    (fault,) = problem(api.get(path, params=asked), 422)["errors"]
    assert fault["loc"] == ["query", *asked]
    assert near in fault["msg"]


# --- Statements ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "keeps"),
    [
        ({"subject": "lithuania"}, lambda s: s["subject"]["id"] == "lithuania"),
        ({"object": ("belavia", "minsk-air")}, lambda s: s["object"]["id"] in ("belavia", "minsk-air")),
        ({"subject": "vilnius-ban", "object": "minsk-air"}, lambda s: s["subject"]["id"] == "vilnius-ban"),
        ({"predicate": ("hasTarget", "opposes")}, lambda s: s["predicate"] in ("hasTarget", "opposes")),
        ({"source": "registry"}, lambda s: s["source"] == "registry"),
        (
            {"source": ("registry", "names"), "negated": "false"},
            lambda s: s["source"] == "registry" and not s["negated"],
        ),
        ({"modality": "feared"}, lambda s: s["modality"] == "feared"),
        ({"status": ("pledged", "done")}, lambda s: s["status"] in ("pledged", "done")),
        ({"asserted_by": "lithuania"}, lambda s: (s["asserted_by"] or {}).get("id") == "lithuania"),
        ({"asserted_by": "lithuania", "source": "names"}, lambda _: False),
        ({"negated": "true"}, lambda s: s["negated"]),
        ({"valid_on": "2022-06-01"}, lambda s: s["valid_from_min"] <= "2022-06-01" <= s["valid_to_max"]),
        ({"subject": "nobody"}, lambda _: False),
        ({"source": "nowhere"}, lambda _: False),
    ],
)
def test_statements_are_filtered(api: httpx2.Client, asked: dict[str, Any], keeps: Callable[[Item], bool]) -> None:
    found = everything(api, "/v1/statements", **asked)
    expected = [item for item in everything(api, "/v1/statements") if keeps(item)]
    assert ids(found) == ids(expected)
    assert bool(expected) == set(asked.values()).isdisjoint(("nobody", "nowhere", "names"))


def test_every_holder_of_the_article_is_found_by_who_holds_it(api: httpx2.Client) -> None:
    holders = {str(s.qualifiers["asserted_by"]) for s in ARTICLE.statements if "asserted_by" in s.qualifiers}
    assert len(holders) > 2
    for holder in holders:
        found = everything(api, "/v1/statements", asserted_by=holder, source="trump-belarus-move")
        assert set(ids(found)) == {s.id for s in ARTICLE.statements if s.qualifiers.get("asserted_by") == holder}


@pytest.mark.parametrize(
    ("day", "validity"),
    [
        ("2021-12-02", {"month": "possible"}),
        ("2021-12-03", {"whole": "certain", "month": "possible"}),
        ("2022-01-01", {"whole": "certain", "month": "certain", "marked": "possible"}),
        ("2024-05-01", {"whole": "certain", "month": "possible", "marked": "possible", "feared": "possible"}),
        ("2024-05-02", {"month": "possible", "marked": "possible", "feared": "possible"}),
        ("2025-01-01", {"marked": "possible", "feared": "possible"}),
    ],
)
@pytest.mark.parametrize("path", ["/v1/statements", "/v1/entities/minsk-air/statements"])
def test_valid_on_tells_what_held_and_how_surely(
    api: httpx2.Client, path: str, day: str, validity: dict[str, str]
) -> None:
    items = [item for item in everything(api, path, valid_on=day) if item["record"] in DATED]
    found = {item["record"]: item["validity"] for item in items}
    assert found == {**validity, "denied": "possible"}  # nobody says when
    assert all(item["validity"] is None for item in everything(api, path))


@pytest.mark.parametrize(
    ("day", "known"), [("2026-01-09", False), ("2026-01-10", True), ("2026-02-09", True), ("2026-02-10", False)]
)
def test_known_on_shows_the_graph_as_it_was(api: httpx2.Client, day: str, known: bool) -> None:
    for path in ("/v1/statements", "/v1/entities/air-critics/statements"):
        assert "gone" not in {item["record"] for item in everything(api, path)}
        items = everything(api, path, known_on=day)
        assert {item["source"] for item in items} <= {"registry"}  # the article was loaded later
        gone = [item for item in items if item["record"] == "gone"]
        assert bool(gone) == known
        if known:
            assert gone[0]["predicate"] == "opposes"
            assert gone[0]["retracted_at"] == "2026-02-10T09:00:00.000Z"
            assert gone[0]["subject"] == {"id": "air-critics", "name": "air-critics", "type": "Group"}
            assert everything(api, "/v1/statements", known_on=day, predicate="opposes", object="vilnius-ban") == gone
            assert everything(api, "/v1/statements", known_on=day, predicate="hasTarget", object="vilnius-ban") == []


def test_withdrawn_names_and_mentions_are_no_statements(api: httpx2.Client, driver: Driver) -> None:
    assert rows(driver, "MATCH ()-[r:RETRACTED]->() WHERE r.was <> 'opposes' RETURN r LIMIT 1")  # of other tests
    items = everything(api, "/v1/statements", known_on="2099-01-01")
    assert {item["predicate"] for item in items} <= set(ONTOLOGY.statements)


# --- Timeline -----------------------------------------------------------------------------------------------------


def test_the_timeline_is_the_dated_statements_in_their_order(api: httpx2.Client) -> None:
    items = everything(api, "/v1/timeline")
    dated = [item for item in everything(api, "/v1/statements") if item["valid_from"]]
    assert items == sorted(dated, key=lambda item: (item["valid_from_min"], item["id"]))
    assert len({item["valid_from_min"] for item in items}) < len(items)  # ids order what is of one day


@pytest.mark.parametrize(
    ("asked", "keeps"),
    [
        ({"entity": "minsk-air"}, lambda s: "minsk-air" in (s["subject"]["id"], s["object"]["id"])),
        ({"type": "SanctionsAct"}, lambda s: s["subject"]["type"] == "SanctionsAct"),
        ({"from": "2022-01-01"}, lambda s: s["valid_from_min"] >= "2022-01-01"),
        ({"to": "2022-01-01"}, lambda s: s["valid_from_min"] <= "2022-01-01"),
        ({"from": "2021-12-03", "to": "2021-12-03"}, lambda s: s["valid_from_min"] == "2021-12-03"),
        ({"from": "2022-01-01", "to": "2021-01-01"}, lambda _: False),
        ({"valid_on": "2024-05-02"}, lambda s: s["valid_from_min"] <= "2024-05-02" <= s["valid_to_max"]),
        ({"known_on": "2026-01-20"}, lambda s: s["source"] == "registry"),
        ({"entity": "nobody"}, lambda _: False),
    ],
)
def test_the_timeline_is_filtered(api: httpx2.Client, asked: dict[str, str], keeps: Callable[[Item], bool]) -> None:
    found = everything(api, "/v1/timeline", **asked)
    assert ids(found) == ids([item for item in everything(api, "/v1/timeline") if keeps(item)])
    if "valid_on" in asked:
        assert {item["validity"] for item in found} <= {"certain", "possible"}


# --- Pages while the graph grows ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/v1/entities", "/v1/statements", "/v1/timeline", "/v1/documents", "/v1/entities/lithuania/statements"]
)
def test_pages_lose_and_repeat_nothing_while_rows_come_and_go(server: Server, api: httpx2.Client, path: str) -> None:
    def extra(*dates: str) -> list[Load]:
        return [
            dataset(
                f"{place}-more",
                {f"{place}-{date}": "Group" for date in dates} | {"lithuania": "Country"},
                *(
                    said(f"{place}-more", f"{place}-{date}", "opposes", "lithuania", date, valid_from=date)
                    for date in dates
                ),
                names={"lithuania": "Lithuania"},
            )
            for place in ("aaa", "mmm", "zzz")
        ]

    asyncio.run(write(server.settings, *extra("1990", "2023", "2099")))
    before = ids(got(api, path, limit=1000)["items"])
    seen: list[str] = []
    page = got(api, path, limit=3)
    changes = [extra("1990", "2022-05", "2023"), extra(), extra("2024", "1991", "2100")]
    while True:
        seen += ids(page["items"])
        if page["next"] is None:
            break
        if changes:
            asyncio.run(write(server.settings, *changes.pop(0)))
        page = got(api, path, limit=3, cursor=page["next"])
    assert len(seen) == len(set(seen))
    stayed = set(before) & set(ids(got(api, path, limit=1000)["items"]))
    assert stayed
    assert stayed <= set(seen)
    asyncio.run(write(server.settings, *(dataset(each.source.id, {}) for each in extra())))


@pytest.mark.parametrize(
    "path",
    [
        "/health/live",
        "/health/ready",
        "/v1/entities/belavia",
        "/v1/documents/trump-belarus-move",
        "/v1/statements/st-1",
        "/v1/queries",
        "/v1/entities",
        "/v1/queries/contacts",
    ],
)
@pytest.mark.parametrize("name", ["foo", "Limit"])
def test_a_parameter_that_there_is_not_is_refused(api: httpx2.Client, path: str, name: str) -> None:
    (fault,) = problem(api.get(path, params={name: "1"}), 422)["errors"]
    assert fault == {"loc": ["query", name], "msg": "there is no such parameter"}


def test_a_single_thing_has_no_other_format(api: httpx2.Client) -> None:
    problem(api.get("/v1/entities/belavia?format=csv"), 422)


def test_the_catalogue_tells_the_values_of_parameters(api: httpx2.Client) -> None:
    told = {
        entry["name"]: {p["name"]: p for p in entry["parameters"]} for entry in api.get("/v1/queries").json()["items"]
    }
    asked = api.get("/openapi.json").json()["paths"]
    described = {
        name: {p["name"]: p["schema"] for p in asked[f"/v1/queries/{name}"]["get"]["parameters"]} for name in told
    }
    assert told["positions"]["stance"]["choices"] == described["positions"]["stance"]["anyOf"][0]["enum"]
    assert "Country" in told["actors"]["type"]["choices"]
    assert told["corroboration"]["at_least"]["default"] == described["corroboration"]["at_least"]["default"] == 1
    assert told["contacts"]["actor"]["default"] is None
    assert told["contacts"]["actor"]["example"] == "alexander-lukashenko"


def test_what_was_drawn_by_hand_and_is_no_statement_breaks_nothing(api: httpx2.Client, driver: Driver) -> None:
    paths = ("/v1/entities/belavia/statements", "/v1/statements?limit=1000", "/v1/timeline", "/v1/network/degree")
    before = [api.get(path).json() for path in paths]
    for query in (
        "MATCH (a {id: 'belavia'}), (b {id: 'poland'}) CREATE (a)-[:CONTROLS {hand: 1}]->(b)",
        "MATCH (a {id: 'belavia'}), (b {id: 'poland'}) CREATE (a)-[:CONTROLS {hand: 1, id: 'st-x', source: 5}]->(b)",
        "MATCH (a {id: 'names'}), (b {id: 'poland'}) CREATE (a)-[:STATES {hand: 1, id: 'st-y'}]->(b)",
        "MATCH (b {id: 'poland'}) CREATE (:Country:Thing {hand: 1})-[:CONTROLS {hand: 1}]->(b)",
        "CREATE (:Document {title: 'x', hand: 1}), (:Thing:Document {id: 7, hand: 1})",
    ):
        driver.execute_query(query)
    try:
        assert [api.get(path).json() for path in paths] == before
        for path in (
            *("/page/belavia", "/page/poland", "/sparql", "/.well-known/void", "/v1/entities?limit=1000"),
            *("/v1/documents", "/v1/graph?entity=belavia", "/v1/paths?from=belavia&to=poland", "/data/poland.ttl"),
            *(f"/v1/queries/{name}" for name in catalogue()),
        ):
            assert api.get(path).status_code == 200, path
        problem(api.get("/v1/statements/st-x"), 404)
    finally:
        driver.execute_query("MATCH (n {hand: 1}) DETACH DELETE n")
        driver.execute_query("MATCH ()-[r {hand: 1}]->() DELETE r")


# --- What is not there --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "near"),
    [
        ("/v1/entities/alexandr-lukashenko", "alexander-lukashenko"),
        ("/v1/entities/lukashenko", "lukashenko-government"),
        ("/v1/entities/Belavia", "belavia"),
        ("/v1/entities/belavia-/statements", "belavia"),
        ("/v1/documents/trump-belarus", "trump-belarus-move"),
        ("/v1/queries/contact", "contacts"),
        ("/v1/queries/contact?actor=poland", "contacts"),
        ("/v1/network/pagerang", "pagerank"),
    ],
)
def test_an_unknown_id_is_answered_with_those_near_it(api: httpx2.Client, path: str, near: str) -> None:
    body = problem(api.get(path), 404)
    assert near in body["near"]
    assert near in body["detail"]


@pytest.mark.parametrize("id_", ["%00", "%ED%A0%80", "%F0%9F%92%A9", "x" * 200, "'", "%22", "AND", "~", "-"])
def test_no_id_is_an_error_of_the_server(api: httpx2.Client, id_: str) -> None:
    for path in ("/v1/entities/{}", "/v1/entities/{}/statements", "/v1/documents/{}"):
        problem(api.get(path.format(id_)), 404)
    for list_ in (
        "statements?subject",
        "statements?object",
        "statements?source",
        "statements?asserted_by",
        "timeline?entity",
    ):
        assert api.get(f"/v1/{list_}={id_}").json() == {"items": [], "next": None}
