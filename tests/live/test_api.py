"""The API over real HTTP, on a real Neo4j that holds the article and the names."""

import asyncio
import base64
import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import httpx2
import pytest
import uvicorn
from neo4j import Driver

from api.app import create_app
from graph.config import Settings
from graph.password import password
from graph.records import Quote
from graph.store import Store
from loaders.registry import SEED_SOURCES, read
from ontology.model import load as load_ontology
from tests.live.conftest import Server, free_port
from tests.live.support import seed

ONTOLOGY = load_ontology()
ARTICLE = read(SEED_SOURCES["trump-belarus-move"])
NAMES = read(SEED_SOURCES["names"])
STATED = {s.id: s for s in ARTICLE.statements if not ONTOLOGY.relations[s.predicate].structural}
MENTIONED = {s.id: s for s in ARTICLE.statements if s.predicate == "mentions"}
ENTITIES = {id_ for what in (ARTICLE, NAMES) for id_ in what.types()} - {ARTICLE.source.id, NAMES.source.id}

LISTS = ("/v1/entities", "/v1/entities/belarus/statements", "/v1/statements", "/v1/documents")
STATEMENT_KEYS = {
    *("id", "subject", "predicate", "object", "source", "quote", "start", "end", "record", "asserted_by", "modality"),
    *("negated", "status", "status_since", "valid_from", "valid_to", "when_text", "quantity", "quantity_unit"),
    *("quantity_bound", "quantity_text", "change", "aspect", "because", "so_that", "despite", "situation"),
    *("role_title", "implied", "said_of", "recorded_at", "retracted_at", "validity"),
    *("valid_from_min", "valid_from_max", "valid_to_min", "valid_to_max"),
}
BOUNDS = {"valid_from_min", "valid_from_max", "valid_to_min", "valid_to_max"}


@pytest.fixture(scope="module")
def api(server: Server, driver: Driver) -> Iterator[httpx2.Client]:
    seed(driver, server.settings)
    with serving(server.settings, *SEED_SOURCES) as client:
        yield client


@contextmanager
def serving(settings: Settings, *awaited: str) -> Iterator[httpx2.Client]:
    """The API on a port of its own, and a client for it."""
    listener = socket.create_server(("127.0.0.1", 0))
    servers: list[uvicorn.Server] = []

    async def serve() -> None:
        async with Store(settings, password(settings)) as store:
            server = uvicorn.Server(uvicorn.Config(create_app(settings, store, "0", awaited), log_level="error"))
            servers.append(server)
            await server.serve([listener])

    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="api")
    thread.start()
    try:
        base = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with httpx2.Client(base_url=base, timeout=60) as client:  # whoever comes before it listens, waits
            yield client
    finally:
        for server in servers:
            server.should_exit = True
        thread.join(60)
        listener.close()
    assert not thread.is_alive()


def got(api: httpx2.Client, path: str, **parameters: object) -> Any:
    response = api.get(path, params={key: str(value) for key, value in parameters.items()})
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/json"
    return response.json()


def problem(response: httpx2.Response, status: int) -> dict[str, Any]:
    """The body of an error, which must be as RFC 9457 has it."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert body["status"] == status
    assert body["type"].startswith("https://w3id.org/belgraph/problem/")
    assert body["title"]
    return body


def walk(api: httpx2.Client, path: str, limit: int, **parameters: object) -> list[dict[str, Any]]:
    """All items of a list, page by page, by the Link header; the cursor must lead to the same page."""
    items = []
    url: str | None = str(httpx2.URL(path, params={**parameters, "limit": limit}))
    while url is not None:
        response = api.get(url)
        assert response.status_code == 200, response.text
        page = response.json()
        assert page.keys() - {"facets"} == {"items", "next"}
        items += page["items"]
        link = response.headers.get("link", "")
        if page["next"] is None:
            assert link == ""
            url = None
        else:
            assert len(page["items"]) == limit
            match = re.fullmatch(r'<([^<>]+)>; rel="next"', link)
            assert match is not None
            url = match[1]
            expected = {"limit": str(limit), "cursor": page["next"], **{k: str(v) for k, v in parameters.items()}}
            assert dict(httpx2.URL(url).params) == expected
            assert httpx2.URL(url).path == path
    return items


# --- Statements ---------------------------------------------------------------------------------------------------


def test_statements_are_what_the_article_says(api: httpx2.Client) -> None:
    found = {item["id"]: item for item in got(api, "/v1/statements", limit=1000)["items"]}
    assert found.keys() == STATED.keys()
    types = ARTICLE.types()
    for id_, said in STATED.items():
        item = found[id_]
        assert item.keys() == STATEMENT_KEYS
        assert isinstance(said.evidence, Quote)
        own = {
            "predicate": said.predicate,
            "source": "trump-belarus-move",
            "modality": said.modality,
            "negated": said.negated,
            "quote": said.evidence.quote,
            "start": said.evidence.start,
            "end": said.evidence.end,
            **{key: value for key, value in said.qualifiers.items() if key != "asserted_by"},
        }
        assert {key: item[key] for key in own} == own
        ends = {"subject": said.subject, "object": said.object, "asserted_by": said.qualifiers.get("asserted_by")}
        for key, node in ends.items():
            if node is None:
                assert item[key] is None
            else:
                assert item[key] == {"id": node, "name": item[key]["name"], "type": types[str(node)]}
                assert item[key]["name"]
        assert all(item[key] for key in {*BOUNDS, "recorded_at"})
        rest = STATEMENT_KEYS - own.keys() - ends.keys() - BOUNDS - {"id", "recorded_at"}
        assert [item[key] for key in rest] == [None] * len(rest)


def test_one_statement_is_the_same_as_in_the_list(api: httpx2.Client) -> None:
    item = got(api, "/v1/statements", limit=1)["items"][0]
    assert got(api, f"/v1/statements/{item['id']}") == item


@pytest.mark.parametrize("predicate", ["states", "mentions"])
def test_a_structural_statement_has_its_address_too(api: httpx2.Client, predicate: str) -> None:
    said = next(s for s in ARTICLE.statements if s.predicate == predicate)
    item = got(api, f"/v1/statements/{said.id}")
    assert (item["predicate"], item["object"]["id"]) == (predicate, said.object)


# --- Entities -----------------------------------------------------------------------------------------------------


def test_entities_are_all_nodes_but_the_sources(api: httpx2.Client) -> None:
    items = got(api, "/v1/entities", limit=1000)["items"]
    assert {item["id"] for item in items} == ENTITIES
    keys = {"id", "name", "type", "types", "names", "identifiers", "statuses", "dates"}
    assert all(item.keys() == keys and item["name"] in item["names"] for item in items)
    types = {**NAMES.types(), **ARTICLE.types()}
    assert {item["id"]: item["type"] for item in items} == {id_: types[id_] for id_ in ENTITIES}
    (call,) = (item for item in items if item["id"] == "trump-lukashenko-call")
    assert (call["types"], call["statuses"]) == (["Contact", "Event", "Occurrence", "Thing"], ["done"])
    assert call["dates"] == ["2025?-08-15"]


def test_an_entity_has_its_names_with_language_and_source(api: httpx2.Client) -> None:
    belavia = got(api, "/v1/entities/belavia")
    forms = [
        {"value": s.qualifiers["value"], "lang": s.qualifiers["lang"], "source": s.source}
        for what in (ARTICLE, NAMES)
        for s in what.statements
        if s.object == "belavia" and s.qualifiers.get("property") == "name"
    ]
    assert belavia.pop("forms") == sorted(forms, key=lambda form: (form["lang"], form["value"], form["source"]))
    assert belavia == {
        "id": "belavia",
        "name": "Belavia",
        "type": "Company",
        "types": sorted(ONTOLOGY.classes["Company"].ancestors),
        "names": sorted({str(form["value"]) for form in forms}),
        "identifiers": {"unp": ["600390798"]},
        "statuses": [],
        "dates": [],
        "sources": ["names", "trump-belarus-move"],
    }


def test_statements_of_an_entity_are_those_in_which_it_is_subject_or_object(api: httpx2.Client) -> None:
    items = got(api, "/v1/entities/european-union/statements", limit=1000)["items"]
    about = {id_ for id_, said in STATED.items() if "european-union" in (said.subject, said.object)}
    assert {item["id"] for item in items} == about
    assert {item["subject"]["id"] == "european-union" for item in items} == {True, False}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Belavia", "belavia"),
        ("bElAvIa", "belavia"),
        ("Белавія", "belavia"),
        ("Белавиа", "belavia"),
        ("Лукашэнка", "alexander-lukashenko"),
        ("Лукашенко Александр", "alexander-lukashenko"),
        ("Łukašenka", "alexander-lukashenko"),
        ("Lukasenka", "alexander-lukashenko"),
        ("Donald J. Trump", "donald-trump"),
        ("People's Republic", "china"),
        ("Zapad-2025", "zapad-2025"),
        ("Захад-2025", "zapad-2025"),
        ("  Соединённые   Штаты  ", "united-states"),
    ],
)
def test_a_search_goes_through_all_names(api: httpx2.Client, words: str, expected: str) -> None:
    assert got(api, "/v1/entities", q=words)["items"][0]["id"] == expected


@pytest.mark.parametrize("words", ["Belavia nonsense", "bela"])
def test_a_search_wants_all_words(api: httpx2.Client, words: str) -> None:
    assert got(api, "/v1/entities", q=words)["items"] == []


SIGNS = [
    *"+-!(){}[]^\"~*?:\\/<>=@#|&%_.,;'`$",
    "&&",
    "||",
    "\\\\",
    '"a',
    'a"b"',
    "[a TO",
    "a^9",
    "a~2",
    "*:*",
    "/a",
    "\0",
]


@pytest.mark.parametrize("sign", SIGNS)
def test_signs_mean_nothing_in_a_search(api: httpx2.Client, sign: str) -> None:
    for words in (sign, f"{sign}{sign}", f"Belavia{sign}", f"Bel{sign}avia", f"names:{sign}", f"{sign} Belavia"):
        got(api, "/v1/entities", q=words)
    if not re.search(r"\w", sign):
        assert got(api, "/v1/entities", q=f"{sign} Belavia {sign}")["items"][0]["id"] == "belavia"


def test_operators_mean_nothing_in_a_search(api: httpx2.Client) -> None:
    for words in ("AND", "OR", "NOT", "AND OR NOT", "Belavia OR Poland", "Belavia NOT Poland"):
        assert got(api, "/v1/entities", q=words)["items"] == [], words
    for words in ("Belavia AND", "NOT Belavia", "OR Belavia OR"):
        assert got(api, "/v1/entities", q=words)["items"][0]["id"] == "belavia", words


@pytest.mark.parametrize("words", ["", " ", "\t\n", "\u2003", "x" * 201])
def test_a_search_for_nothing_or_too_much_is_refused(api: httpx2.Client, words: str) -> None:
    assert problem(api.get("/v1/entities", params={"q": words}), 422)["errors"][0]["loc"] == ["query", "q"]


# --- Documents ----------------------------------------------------------------------------------------------------


def test_documents_are_listed_without_their_texts(api: httpx2.Client) -> None:
    nothing = dict.fromkeys(("language", "url", "published", "version", "licence"))
    expected = [
        {
            **nothing,
            **{key: value for key, value in what.source.properties.items() if key != "text"},
            "id": what.source.id,
            "type": what.source.type,
            "statement_count": count,
        }
        for what, count in ((NAMES, 0), (ARTICLE, len(STATED)))
    ]
    assert got(api, "/v1/documents") == {"items": expected, "next": None}


def test_a_document_has_its_text_and_what_is_anchored_in_it(api: httpx2.Client) -> None:
    document = got(api, "/v1/documents/trump-belarus-move")
    text = document["text"]
    assert text == ARTICLE.source.properties["text"]
    for key, expected in (("mentions", MENTIONED), ("statements", STATED)):
        items = document[key]
        assert {item["id"] for item in items} == expected.keys()
        assert all(text[item["start"] : item["end"]] == item["quote"] for item in items)
        assert items == sorted(items, key=lambda item: (item["start"], item["end"], item["id"]))
    (envoy,) = (mention for mention in document["mentions"] if mention["quote"] == "Kitkeloh")
    said = MENTIONED[envoy["id"]]
    assert envoy == {
        "id": said.id,
        "entity": {"id": "keith-kellogg", "name": "Keith Kellogg", "type": "Person"},
        "quote": "Kitkeloh",
        "start": text.index("Kitkeloh"),
        "end": text.index("Kitkeloh") + 8,
        "linked_by": said.qualifiers["linked_by"],
        "confidence": 0.9,
    }
    listed = {item["id"]: item for item in got(api, "/v1/statements", limit=1000)["items"]}
    assert document["statements"] == [listed[item["id"]] for item in document["statements"]]


def test_a_data_set_is_a_source_without_text(api: httpx2.Client) -> None:
    names = got(api, "/v1/documents/names")
    assert (names["type"], names["licence"], names["text"]) == ("Dataset", "CC0-1.0", None)
    assert names["mentions"] == names["statements"] == []


# --- Pages --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("path", "limit"), [*((path, 7) for path in LISTS[:3]), ("/v1/documents", 1)])
def test_pages_give_every_item_once(api: httpx2.Client, path: str, limit: int) -> None:
    whole = got(api, path, limit=1000)
    assert whole["next"] is None
    items = walk(api, path, limit)
    assert len(items) > limit
    assert items == whole["items"]
    keys = [(item["subject"]["id"] if "subject" in item else "", item["id"]) for item in items]
    assert keys == sorted(set(keys))


def test_pages_of_a_search_give_every_item_once(api: httpx2.Client) -> None:
    whole = got(api, "/v1/entities", q="Belarus", limit=1000)["items"]
    assert len({item["id"] for item in whole}) == len(whole) > 7
    assert walk(api, "/v1/entities", 2, q="Belarus") == whole


def test_a_page_that_ends_with_the_list_is_the_last(api: httpx2.Client) -> None:
    assert walk(api, "/v1/statements", len(STATED)) == got(api, "/v1/statements", limit=1000)["items"]


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    "query", ["limit=0", "limit=1001", "limit=-1", "limit=x", "limit=1.5", "Limit=1", "page=2", "x"]
)
def test_what_a_list_does_not_know_is_refused(api: httpx2.Client, path: str, query: str) -> None:
    body = problem(api.get(f"{path}?{query}"), 422)
    assert body["errors"][0]["loc"] == ["query", query.partition("=")[0]]


def cursor(key: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


BAD_CURSORS = {
    "empty": "",
    "a letter": "x",
    "no base64": "%%%%",
    "truncated": cursor(["belarus"])[:-3],
    "padding gone": cursor(["bela"]).rstrip("="),
    "other bytes": base64.urlsafe_b64encode(b"\xff\xfe").decode(),
    "no JSON": base64.urlsafe_b64encode(b"[belarus]").decode(),
    "a text": cursor("belarus"),
    "a number": cursor(1),
    "an object": cursor({"0": "belarus"}),
    "null": cursor(None),
    "nothing": cursor([]),
    "null in it": cursor([None]),
    "a number in it": cursor([1]),
    "true in it": cursor([True]),
    "a list in it": cursor([["belarus"]]),
    "three texts": cursor(["belarus", "belarus", "belarus"]),
    "half a character": cursor(["\ud800"]),
    "deep": base64.urlsafe_b64encode(b"[" * 1400).decode(),
    "long": cursor(["x" * 2000]),
}


@pytest.mark.parametrize("path", LISTS)
def test_a_bad_cursor_is_refused(api: httpx2.Client, path: str) -> None:
    for what, bad in BAD_CURSORS.items():
        assert api.get(path, params={"cursor": bad}).status_code == 422, what
        problem(api.get(path, params={"cursor": bad}), 422)


def test_a_cursor_is_for_one_order_only(api: httpx2.Client) -> None:
    by_id = got(api, "/v1/entities", limit=1)["next"]
    by_score = got(api, "/v1/entities", limit=1, q="Belarus")["next"]
    problem(api.get("/v1/entities", params={"cursor": by_id, "q": "Belarus"}), 422)
    problem(api.get("/v1/entities", params={"cursor": by_score}), 422)


# --- Errors -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/v1/entities/nobody",
        "/v1/entities/names",  # a source is no entity
        "/v1/entities/nobody/statements",
        "/v1/entities/names/statements",
        "/v1/statements/st-0",
        "/v1/documents/belavia",
        "/v1/entities/%00",
        "/v1/entities/%ED%A0%80",
        "/v1/entities/..%2F..%2Fetc",
        "/nothing",
        "/v1",
        "/health",
        "/v1/entities/belavia/nothing",
    ],
)
def test_what_is_not_there_is_a_problem(api: httpx2.Client, path: str) -> None:
    problem(api.get(path), 404)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_what_cannot_be_done_is_a_problem(api: httpx2.Client, method: str) -> None:
    for path in (*LISTS, "/v1/entities/belavia", "/health/ready"):
        response = api.request(method, path)
        problem(response, 405)
        assert response.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize("path", ["/v1/entities/", "/v1/statements/", "/v1/documents/"])
def test_an_id_that_is_too_long_is_refused(api: httpx2.Client, path: str) -> None:
    problem(api.get(path + "x" * 300), 422)


# --- Who may ask --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST:1", "localhost:65535", "127.0.0.1", "127.0.0.1:8000", "127.8.9.1", "[::1]", "[::1]:8"],
)
def test_loopback_is_answered(api: httpx2.Client, host: str) -> None:
    assert api.get("/health/live", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8000",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "localhost@evil.example",
        "evil.example@localhost",
        "evil.example/localhost",
        "localhost/evil.example",
        "localhost#evil.example",
        "localhost:x",
        "[::1",
        "[::1]evil.example",
        "[::2]",
        "10.0.0.1",
        "2130706433",
        "",
        ":8000",
    ],
)
@pytest.mark.parametrize("path", ["/v1/entities", "/docs", "/nothing"])
def test_another_host_is_not(api: httpx2.Client, host: str, path: str) -> None:
    assert repr(host) in problem(api.get(path, headers={"Host": host}), 421)["detail"]


@pytest.mark.parametrize(
    "hosts", [(), ("localhost", "evil.example"), ("evil.example", "localhost")], ids=["none", "two", "two, turned"]
)
def test_a_request_names_one_host(api: httpx2.Client, hosts: tuple[str, ...]) -> None:
    lines = ["GET /v1/entities HTTP/1.0", *(f"Host: {host}" for host in hosts), "", ""]
    with socket.create_connection((api.base_url.host, api.base_url.port or 80), 10) as connection:
        connection.sendall("\r\n".join(lines).encode())
        answer = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert answer.startswith(b"HTTP/1.1 421 ")
    assert b"content-type: application/problem+json" in answer


def test_an_allowed_host_is_answered(api: httpx2.Client, server: Server) -> None:
    settings = changed(server.settings, allowed_hosts="graph.example, Other.Example")
    with serving(settings) as other:
        for host in ("graph.example", "GRAPH.example:8000", "other.example", "localhost"):
            assert other.get("/health/live", headers={"Host": host}).status_code == 200
        problem(other.get("/health/live", headers={"Host": "www.graph.example"}), 421)


def changed(settings: Settings, **more: object) -> Settings:
    return Settings.model_validate({"_env_file": None, **settings.model_dump(), **more})


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost", "http://[", ""])
@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "Text/Plain", None]
)
def test_a_form_of_another_origin_is_refused(api: httpx2.Client, origin: str, kind: str) -> None:
    headers = {"Origin": origin, **({"Content-Type": kind} if kind else {})}
    problem(api.post("/v1/entities", content=b"a=b", headers=headers), 403)


def test_other_posts_go_on_to_their_resource(api: httpx2.Client) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    own = f"http://{api.base_url.host}:{api.base_url.port}"
    for headers in (
        {**form, "Origin": own},
        form,
        {"Content-Type": "application/json", "Origin": "https://evil.example"},
    ):
        problem(api.post("/v1/entities", content=b"{}", headers=headers), 405)


# --- What it says of itself ---------------------------------------------------------------------------------------


def test_the_docs_come_from_this_server_only(api: httpx2.Client) -> None:
    page = api.get("/docs")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert re.findall(r"(?:https?:)?//[\w.-]+\.\w+", page.text) == []
    assets = re.findall(r'(?:href|src)="([^"]+)"', page.text)
    assert [asset.rpartition(".")[2] for asset in assets] == ["css", "png", "js"]
    for asset in assets:
        found = api.get(asset)
        assert found.status_code == 200
        assert len(found.content) > 1_000


def test_the_description_is_valid_openapi(api: httpx2.Client) -> None:
    from openapi_spec_validator import validate

    described = got(api, "/openapi.json")
    validate(described)
    paths = {path for path, operations in described["paths"].items() if "get" in operations}
    resources = {"/health/live", "/health/ready", "/v1/entities", "/v1/entities/{id}", "/v1/entities/{id}/statements"}
    resources |= {"/v1/statements", "/v1/statements/{id}", "/v1/documents", "/v1/documents/{id}"}
    assert resources <= paths


# --- Health -------------------------------------------------------------------------------------------------------


def test_it_is_ready_with_its_sources(api: httpx2.Client) -> None:
    assert got(api, "/health/live") == {"status": "live"}
    assert got(api, "/health/ready") == {"status": "ready"}


def test_it_is_not_ready_before_its_sources_are_loaded(api: httpx2.Client, server: Server) -> None:
    with serving(server.settings, "names", "not-loaded") as early:
        assert "not-loaded" in problem(early.get("/health/ready"), 503)["detail"]
        assert got(early, "/health/live") == {"status": "live"}


class Line:
    """A TCP connection to a server that can be cut, and that can fall silent."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._flows = threading.Event()
        self._flows.set()
        self._sockets: list[socket.socket] = []
        self.port = free_port()
        self.join()

    def join(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def cut(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes accept, which close does not
        self._listener.close()
        self._flows.set()
        for each in self._sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def silence(self) -> None:
        self._flows.clear()

    def speak(self) -> None:
        self._flows.set()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.create_connection(("127.0.0.1", self._target))
                self._sockets += (near, far)
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=self._pass, args=pair, daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                self._flows.wait()
                sink.sendall(data)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.cut()
        for each in self._sockets:
            each.close()


def test_a_lost_database_is_told_soon_and_its_return_is_noticed(api: httpx2.Client, server: Server) -> None:
    line = Line(server.settings.bolt_port)
    with serving(changed(server.settings, bolt_port=line.port), *SEED_SOURCES) as distant:
        try:
            got(distant, "/health/ready")
            for lose, restore in ((line.cut, line.join), (line.silence, line.speak)):
                lose()
                for path in ("/health/ready", "/v1/entities"):
                    start = time.monotonic()
                    response = distant.get(path)
                    assert time.monotonic() - start < 3
                    problem(response, 503)
                    assert response.headers["retry-after"]
                got(distant, "/health/live")
                restore()
                deadline = time.monotonic() + 30
                while distant.get("/health/ready").status_code != 200:
                    assert time.monotonic() < deadline
        finally:
            line.close()
