"""HTTP itself: formats, ETags, compression, ids of requests, measures, and who may read."""

import csv
import gzip
import io
import json
import re
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from neo4j import Driver

from api import paging
from ontology.model import load as load_ontology
from tests.live.conftest import Server
from tests.live.support import rows, seed
from tests.live.test_api import changed, got, problem, serving

ONTOLOGY = load_ontology()
LISTS = (
    "/v1/entities",
    "/v1/entities?q=belarus",
    "/v1/entities/belarus/statements",
    "/v1/statements",
    "/v1/timeline",
    "/v1/documents",
    "/v1/queries/deal-terms",
    "/v1/network/degree",
    "/v1/network/bridges",
)
THINGS = ("/v1/entities/belarus", "/v1/documents/trump-belarus-move", "/v1/paths?from=belarus&to=donald-trump")
CSV, NDJSON = "text/csv", "application/x-ndjson"
PAGE = "https://page.example"


@pytest.fixture(scope="module")
def api(server: Server, driver: Driver) -> Iterator[httpx2.Client]:
    """The article and the names, read by the pages of one other origin."""
    seed(driver, server.settings)
    with serving(changed(server.settings, cors_origins=PAGE)) as client:
        yield client


def touch(driver: Driver) -> None:
    """Change the database from elsewhere, as somebody may in Neo4j Browser."""
    rows(driver, "MATCH (n:Thing {id: 'belarus'}) SET n.touched = coalesce(n.touched, 0) + 1")


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


# --- Formats ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", LISTS)
def test_every_list_is_there_as_json_ndjson_and_csv(api: httpx2.Client, path: str) -> None:
    and_ = "&" if "?" in path else "?"
    page = api.get(f"{path}{and_}limit=1000")
    assert page.headers["content-type"] == "application/json"
    items = page.json()["items"]
    for answer in (api.get(f"{path}{and_}format=ndjson"), api.get(path, headers={"Accept": NDJSON})):
        assert answer.headers["content-type"] == NDJSON
        assert [json.loads(line) for line in answer.text.splitlines()] == items
    for answer in (api.get(f"{path}{and_}format=csv"), api.get(path, headers={"Accept": CSV})):
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert answer.headers["content-disposition"].endswith('.csv"')
        lines = table(answer.text)
        assert len(lines) == len(items) > 0
        for line, item in zip(lines, items, strict=True):
            assert line == {key: shown for key, shown in flat(item) if key in line}
            assert line.keys() == {key for key, _ in flat(item)} or None in item.values()


def flat(item: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for key, found in item.items():
        if isinstance(found, dict) and "id" in found:
            for inner, text in found.items():
                yield key if inner == "id" else f"{key}_{inner}", cell(text)
        elif found is None and key == "asserted_by":
            yield from ((key, ""), (f"{key}_name", ""), (f"{key}_type", ""))
        else:
            yield key, cell(found)


def cell(found: Any) -> str:
    if isinstance(found, bool):
        return str(found).lower()
    if isinstance(found, list):
        return "; ".join(found)
    if isinstance(found, dict):
        return "; ".join(f"{key}={each}" for key, several in found.items() for each in several)
    return "" if found is None else str(found)


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "application/json"),
        ("text/csv;q=0.5, application/x-ndjson;q=0.6", NDJSON),
        ("text/*", "text/csv; charset=utf-8"),
        ("*/*;q=0.1, text/csv;q=0.2", "text/csv; charset=utf-8"),
        ("application/json;q=0, */*", "text/csv; charset=utf-8"),
        ("TEXT/CSV", "text/csv; charset=utf-8"),
        ("application/json;q=x, text/csv;q=0.001", "text/csv; charset=utf-8"),
    ],
)
def test_the_accept_header_decides(api: httpx2.Client, accept: str, kind: str) -> None:
    answer = api.get("/v1/statements?limit=1", headers={"Accept": accept})
    assert answer.headers["content-type"] == kind
    assert "accept" in [name.strip().lower() for name in answer.headers["vary"].split(",")]


def test_the_parameter_goes_before_the_header(api: httpx2.Client) -> None:
    answer = api.get("/v1/statements?limit=1&format=json", headers={"Accept": "text/csv"})
    assert answer.headers["content-type"] == "application/json"
    answer = api.get("/v1/statements?limit=1&format=csv", headers={"Accept": "application/pdf"})
    assert answer.headers["content-type"].startswith("text/csv")
    problem(api.get("/v1/statements?format=xml"), 422)


def test_what_cannot_be_served_is_told_with_what_can(api: httpx2.Client) -> None:
    for path in LISTS:
        body = problem(api.get(path, headers={"Accept": "application/pdf, image/*"}), 406)
        assert body["type"].endswith("/not-acceptable")
        assert CSV in body["detail"]
    for path in THINGS:
        assert "application/json" in problem(api.get(path, headers={"Accept": "text/csv"}), 406)["detail"]


@pytest.mark.parametrize("kind", ["csv", "ndjson"])
def test_with_a_limit_a_table_is_a_page_whose_header_leads_on(api: httpx2.Client, kind: str) -> None:
    url = f"/v1/statements?format={kind}&limit=40"
    texts = []
    while url:
        answer = api.get(url)
        texts.append(answer.text)
        match = re.search(r'<([^>]+)>; rel="next"', answer.headers.get("link", ""))
        url = match[1] if match else ""
    whole = api.get(f"/v1/statements?format={kind}")
    assert "link" not in whole.headers
    if kind == "csv":
        assert [line for text in texts for line in table(text)] == table(whole.text)
    else:
        assert "".join(texts) == whole.text
    assert len(texts) > 2


def test_a_stream_is_read_page_by_page(api: httpx2.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = {path: api.get(path, headers={"Accept": NDJSON}).text for path in LISTS}
    for size in (1, 3, 63):
        monkeypatch.setattr(paging, "STREAMED", size)
        for path in LISTS if size > 1 else LISTS[1:2]:
            assert api.get(path, headers={"Accept": NDJSON}).text == whole[path]


def test_a_cursor_works_in_every_format(api: httpx2.Client) -> None:
    page = got(api, "/v1/statements", limit=100)
    rest = api.get("/v1/statements", params={"cursor": page["next"], "format": "ndjson"}).text.splitlines()
    assert [json.loads(line) for line in rest] == got(api, "/v1/statements", limit=1000)["items"][100:]
    problem(api.get("/v1/statements?format=csv&cursor=x"), 422)


# --- ETags --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [*LISTS, *THINGS])
def test_an_etag_holds_until_the_database_changes(api: httpx2.Client, driver: Driver, path: str) -> None:
    first = api.get(path)
    etag = first.headers["etag"]
    assert re.fullmatch(r'"[0-9a-f]{24}"', etag)
    assert first.headers["cache-control"] == "no-cache"
    for given in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        same = api.get(path, headers={"If-None-Match": given})
        assert (same.status_code, same.content) == (304, b"")
        assert same.headers["etag"] == etag
        assert same.headers["cache-control"] == "no-cache"
    assert api.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
    touch(driver)
    changed_ = api.get(path, headers={"If-None-Match": etag})
    assert changed_.status_code == 200
    assert changed_.headers["etag"] != etag


def test_each_representation_has_its_own_etag(api: httpx2.Client) -> None:
    path = "/v1/statements"
    answers = [
        api.get(path, headers={"Accept-Encoding": "identity"}),
        api.get(path, headers={"Accept-Encoding": "gzip"}),
        api.get(path, headers={"Accept": CSV}),
        api.get(path, headers={"Accept": NDJSON}),
        api.get(f"{path}?format=csv"),
        api.get(f"{path}?limit=5"),
        api.get(f"{path}?limit=6"),
        api.get("/v1/timeline"),
    ]
    assert len({answer.headers["etag"] for answer in answers}) == len(answers)
    assert answers[0].content == answers[1].content


def test_the_same_etag_is_the_same_bytes(api: httpx2.Client) -> None:
    for path in (*LISTS, *THINGS):
        for encoding in ("identity", "gzip"):
            with api.stream("GET", path, headers={"Accept-Encoding": encoding}) as one:
                first = b"".join(one.iter_raw())
            with api.stream("GET", path, headers={"Accept-Encoding": encoding}) as other:
                second = b"".join(other.iter_raw())
            assert one.headers["etag"] == other.headers["etag"]
            assert first == second


def test_an_answer_is_never_older_than_the_last_commit(api: httpx2.Client, driver: Driver) -> None:
    etag = api.get("/v1/entities/belarus").headers["etag"]
    for number in range(20):
        rows(driver, "MATCH (n:Thing {id: 'belarus'}) SET n.name = $name", name=f"Belarus {number}")
        answer = api.get("/v1/entities/belarus", headers={"If-None-Match": etag})
        assert answer.status_code == 200
        assert answer.json()["name"] == f"Belarus {number}"
        etag = answer.headers["etag"]
        assert api.get("/v1/entities/belarus", headers={"If-None-Match": etag}).status_code == 304
    rows(driver, "MATCH (n:Thing {id: 'belarus'}) SET n.name = 'Belarus'")


def test_what_is_not_there_has_no_etag(api: httpx2.Client) -> None:
    for path in ("/v1/entities/nobody", "/v1/statements?limit=0", "/health/live"):
        assert "etag" not in api.get(path, headers={"If-None-Match": "*"}).headers


# --- HEAD, gzip ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [*LISTS, *THINGS, "/health/live", "/metrics", "/v1/entities?format=csv", "/nothing"])
def test_head_is_get_without_the_body(api: httpx2.Client, path: str) -> None:
    head, get = api.head(path), api.get(path)
    assert (head.status_code, head.content) == (get.status_code, b"")
    own = {"date", "x-request-id", "transfer-encoding", "content-length" if path == "/metrics" else ""}
    assert {k: v for k, v in head.headers.items() if k not in own} == {
        k: v for k, v in get.headers.items() if k not in own
    }


def test_what_is_large_is_compressed(api: httpx2.Client) -> None:
    for path in ("/v1/statements", "/v1/statements?format=csv", "/openapi.json"):
        with api.stream("GET", path, headers={"Accept-Encoding": "gzip"}) as answer:
            assert answer.headers["content-encoding"] == "gzip"
            packed = b"".join(answer.iter_raw())
        assert gzip.decompress(packed) == api.get(path, headers={"Accept-Encoding": "identity"}).content
    small = api.get("/health/live", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in small.headers


# --- Ids, logs and measures ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("id_", ["a", "0f-1.2:3_4/5+6=", "x" * 128])
def test_a_sane_id_of_a_request_is_kept(api: httpx2.Client, id_: str) -> None:
    for path in ("/health/live", "/nothing", "/v1/entities?limit=0"):
        assert api.get(path, headers={"X-Request-ID": id_}).headers["x-request-id"] == id_


@pytest.mark.parametrize("id_", ["", "a b", "x" * 129, 'a"', "é", "a\tb"])
def test_any_other_request_gets_an_id(api: httpx2.Client, id_: str) -> None:
    answers = [api.get("/health/live", headers={b"X-Request-ID": id_.encode()}) for _ in range(2)]
    made = [answer.headers["x-request-id"] for answer in answers]
    assert all(re.fullmatch("[0-9a-f]{16}", each) for each in made)
    assert made[0] != made[1]


def test_every_request_is_one_line_of_the_log(api: httpx2.Client, server: Server, capfd: Any) -> None:
    with serving(server.settings) as other:
        other.get("/v1/entities?limit=1", headers={"X-Request-ID": "first"})
        other.get("/nothing/%0Aforged=1 x", headers={"X-Request-ID": "second"})
        other.head("/v1/entities/belarus", headers={"X-Request-ID": "third"})
        other.get("/health/live")
        other.get("/metrics")
    lines = [line for line in capfd.readouterr().err.splitlines() if "event=request" in line]
    shape = r"time=\S+Z level=info event=request method={} path={} status={} ms=[0-9.]+ request_id={}"
    expected = [
        ("GET", "/v1/entities", 200, "first"),
        ("GET", "/nothing/%0Aforged=1%20x", 404, "second"),
        ("HEAD", "/v1/entities/belarus", 200, "third"),
    ]
    assert len(lines) == len(expected)
    for line, (method, path, status, id_) in zip(lines, expected, strict=True):
        quoted = re.escape(f'"{path}"' if "=" in path else path)
        assert re.fullmatch(shape.format(method, quoted, status, id_), line), line


def test_measures_know_templates_of_paths_only(api: httpx2.Client) -> None:
    for path in ("/v1/entities/belarus", "/v1/entities/nobody", "/v1/statements/st-1", "/wp-login.php", "/a/b/c"):
        api.get(path)
    api.request("BREW", "/v1/entities")
    api.put("/v1/timeline")
    answer = api.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    paths = set(re.findall(r'path="([^"]*)"', answer.text))
    assert {"/v1/entities/{id}", "/v1/statements/{id}", "none"} <= paths
    assert not {path for path in paths if "belarus" in path or "nobody" in path or "php" in path}
    assert set(re.findall(r'method="([^"]*)"', answer.text)) <= {"GET", "POST", "PUT", "OPTIONS", "other"}
    assert re.search(
        r'belgraph_http_requests_total\{method="GET",path="/v1/entities/\{id\}",status="404"\} [1-9]', answer.text
    )
    assert 'method="PUT",path="none",status="405"' in answer.text
    assert "belgraph_http_request_seconds_bucket" in answer.text
    assert "process_resident_memory_bytes" in answer.text
    problem(api.get("/metrics", headers={"Host": "evil.example"}), 421)


# --- Other origins ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "status", "headers"),
    [
        ("/v1/entities?limit=1", 200, {}),
        ("/v1/entities?limit=0", 422, {}),
        ("/nothing", 404, {}),
        ("/v1/entities", 421, {"Host": "evil.example"}),
        ("/v1/entities", 406, {"Accept": "image/png"}),
        ("/v1/entities", 304, {"If-None-Match": "*"}),
    ],
)
def test_an_allowed_origin_reads_answers_and_problems(
    api: httpx2.Client, path: str, status: int, headers: dict[str, str]
) -> None:
    answer = api.get(path, headers={"Origin": PAGE, **headers})
    assert answer.status_code == status
    assert answer.headers["access-control-allow-origin"] == PAGE
    assert {"ETag", "Link", "X-Request-ID"} <= set(answer.headers["access-control-expose-headers"].split(", "))
    assert "access-control-allow-credentials" not in answer.headers
    other = api.get(path, headers={"Origin": "https://evil.example", **headers})
    assert "access-control-allow-origin" not in other.headers
    assert "Origin" in other.headers["vary"]


def test_an_allowed_origin_may_ask_before(api: httpx2.Client) -> None:
    asks = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    answer = api.options("/v1/cypher", headers={"Origin": PAGE, **asks})
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == PAGE
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert answer.headers["access-control-allow-headers"] == "content-type"
    other = api.options("/v1/cypher", headers={"Origin": "https://evil.example", **asks})
    problem(other, 405)
    assert not [name for name in other.headers if name.startswith("access-control")]


def test_without_the_setting_nobody_reads_from_elsewhere(server: Server) -> None:
    with serving(server.settings) as closed:
        answer = closed.get("/v1/entities?limit=1", headers={"Origin": PAGE})
        assert not [name for name in answer.headers if name.startswith("access-control")]


# --- Problems -----------------------------------------------------------------------------------------------------


def test_a_problem_repeats_little_of_what_was_sent(api: httpx2.Client) -> None:
    long = "x" * 20_000
    for path in (f"/{long}", f"/v1/entities?q={long}", f"/v1/entities?{long}=1", f"/v1/entities?type={long}"):
        answer = api.get(path)
        assert problem(answer, answer.status_code)
        assert len(answer.content) < 2_000
    many = "&".join(f"x{number}=1" for number in range(500))
    assert len(problem(api.get(f"/v1/entities?{many}"), 422)["errors"]) <= 20


def test_types_of_problems_are_stable(api: httpx2.Client) -> None:
    asked = {
        "/nothing": "unknown-path",
        "/v1/entities/nobody": "not-found",
        "/v1/statements/st-0": "not-found",
        "/v1/entities?limit=x": "invalid-parameters",
        "/v1/entities?cursor=x": "bad-cursor",
        "/v1/queries/nothing": "not-found",
    }
    for path, type_ in asked.items():
        answer = api.get(path)
        assert problem(answer, answer.status_code)["type"] == f"https://w3id.org/belgraph/problem/{type_}"
    assert problem(api.delete("/v1/entities"), 405)["type"].endswith("/method-not-allowed")


def test_signs_of_cypher_are_harmless(api: httpx2.Client) -> None:
    for text in ("\\", "{", "`", "$", "//", "/* */", "' OR 1=1 //", "}) DETACH DELETE n //"):
        for path, name in (
            ("entities", "q"),
            ("statements", "subject"),
            ("timeline", "entity"),
            ("entities", "source"),
        ):
            assert got(api, f"/v1/{path}", **{name: text})["items"] == []
