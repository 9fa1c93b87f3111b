"""Linked data over HTTP: IRIs that lead somewhere, data that says what the export says, and pages that are safe."""

import asyncio
import hashlib
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import quote

import httpx2
import pytest
from neo4j import Driver
from rdflib import OWL, RDF, Graph, Literal, URIRef
from rdflib.compare import isomorphic
from rdflib.namespace import DCTERMS, VOID
from rdflib.term import Node

from api.linked import FORMS
from graph.load import load, prepare
from graph.password import password
from graph.rdf.counting import count
from graph.rdf.mapping import RdfMapping
from graph.records import Load, Quote, Source, Statement, value
from graph.store import Store
from loaders.registry import SEED_SOURCES, read
from ontology.model import BG, ONTOLOGY_IRI, graph
from ontology.model import load as load_ontology
from tests.live.conftest import Server
from tests.live.support import rows, wipe
from tests.live.test_api import changed, problem, serving

# rdflib's own JSON-LD parser uses what rdflib deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")

ONTOLOGY = load_ontology()
BASE = "https://graph.example/id/"
RDFLIB = {"ttl": "turtle", "jsonld": "json-ld", "nt": "nt", "rdf": "xml"}
SCHEMA = "https://schema.org/"

SCRIPT = "</script><script>alert(\"1\")</script><b title='x'>&amp;"
HEBREW = "\u05d1\u05dc\u05d0\u05e8\u05d5\u05e1 \u202e(x)"
TEXT = f'"Ghost" {SCRIPT} met Ghost\u2019s friend. \U0001f54a\ufe0f Then it ended.'


def nasty(*, ended: bool) -> Load:
    """A document whose names and words are an attack; its later version takes back a statement."""
    quoted = Quote(SCRIPT, TEXT.index(SCRIPT), TEXT.index(SCRIPT) + len(SCRIPT))
    ends = Quote("Then it ended", TEXT.index("Then"), TEXT.index("Then") + len("Then it ended"))
    properties = {
        "title": f"On {SCRIPT}",
        "language": "en",
        "text": TEXT,
        "sha256": hashlib.sha256(TEXT.encode()).hexdigest(),
        "licence": "CC-BY-4.0",
        "url": "https://page.example/a?b=1&c=<2>",
    }
    said = [
        value("nasty", "ghost", "type", "Organization", quoted),
        value("nasty", "ghost", "name", SCRIPT, quoted, lang="en"),
        value("nasty", "ghost", "name", HEBREW, quoted, lang="he"),
        value("nasty", "ghost", "wikidataId", "Q123456789", quoted),
        value("nasty", "nasty--friend", "type", "Person", quoted),
        value("nasty", "nasty--friend", "name", "Friend", quoted, lang="en"),
        Statement("nasty--friend", "worksFor", "ghost", "nasty", quoted, {"role_title": SCRIPT, "valid_from": "2020"}),
    ]
    if not ended:
        said.append(Statement("nasty--friend", "leads", "ghost", "nasty", ends, {"valid_to": "open"}))
    return Load("nasty", Source("nasty", "Document", properties), said)


@pytest.fixture(scope="module")
def api(server: Server, driver: Driver) -> Iterator[httpx2.Client]:
    """The seed and the nasty document, under IRIs of another host that leads here."""

    async def seed() -> None:
        async with Store(server.settings, password(server.settings)) as store:
            await prepare(store, ONTOLOGY)
            for path in SEED_SOURCES.values():
                await load(store, ONTOLOGY, read(path))
            await load(store, ONTOLOGY, nasty(ended=False))
            await load(store, ONTOLOGY, nasty(ended=True))

    wipe(driver)
    asyncio.run(seed())
    with serving(changed(server.settings, base_iri=BASE)) as client:
        yield client


@pytest.fixture(scope="module")
def whole(api: httpx2.Client) -> Graph:
    return Graph().parse(data=api.get("/export.nt").content, format="nt")


@pytest.fixture(scope="module")
def withdrawn(whole: Graph) -> str:
    """What the IRI of the statement that was taken back ends in."""
    (found,) = whole.subjects(BG.retractedAt)
    return str(found).removeprefix(BASE)


def around(whole: Graph, subject: str) -> Graph:
    """What the whole export says of an entity: itself, its statements, their evidence, and what they say outright."""
    this = URIRef(BASE + subject)
    found = Graph()
    statements = {s for p in (RDF.subject, RDF.object) for s in whole.subjects(p, this)}
    for statement in statements:
        found += about(whole, statement)
        outright = {BG[str(name)] for name in whole.objects(statement, BG.property)}
        outright |= {OWL.sameAs} if BG.wikidataId in outright else set()
        stated = whole.value(statement, RDF.object)
        for predicate in outright:
            found += [(stated, predicate, o) for o in whole.objects(stated, predicate) if stated is not None]
    for triple in whole.triples((this, None, None)):
        found.add(triple)
    for triple in whole.triples((None, None, this)):
        if "#" not in str(triple[0]) and (triple[0], RDF.type, RDF.Statement) not in whole:
            found.add(triple)
    return found


def about(whole: Graph, statement: Node) -> Graph:
    """What the whole export says of a statement and its evidence."""
    found = Graph()
    for subject in set(whole.subjects()):
        if subject == statement or str(subject).startswith(f"{statement}#"):
            for predicate, object_ in whole.predicate_objects(subject):
                found.add((subject, predicate, object_))
    return found


def parsed(response: httpx2.Response, ending: str) -> Graph:
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].partition(";")[0] == FORMS[ending][0]
    return Graph().parse(data=response.content, format=RDFLIB[ending])


# --- Data ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", FORMS)
@pytest.mark.parametrize("id_", ["belavia", "ghost", "nasty--friend", "nasty", "names"])
def test_data_of_an_entity_is_what_the_export_says_of_it(
    api: httpx2.Client, whole: Graph, id_: str, ending: str
) -> None:
    assert set(parsed(api.get(f"/data/{id_}.{ending}"), ending)) == set(around(whole, id_))


@pytest.mark.parametrize("ending", FORMS)
def test_data_of_a_statement_is_what_the_export_says_of_it(api: httpx2.Client, whole: Graph, ending: str) -> None:
    chosen = min(whole.subjects(BG.statusSince), key=str)
    found = parsed(api.get(f"/data/{str(chosen).removeprefix(BASE)}.{ending}"), ending)
    assert set(found) >= set(about(whole, chosen))
    assert set(found.subjects(RDF.type, RDF.Statement)) == {chosen}


def test_a_withdrawn_statement_is_dereferenced_too(api: httpx2.Client, whole: Graph, withdrawn: str) -> None:
    found = parsed(api.get(f"/data/{withdrawn}.ttl"), "ttl")
    assert set(found) == set(about(whole, URIRef(BASE + withdrawn)))
    without = withdrawn.partition("~")[0]
    assert set(parsed(api.get(f"/data/{without}.ttl"), "ttl")) == set(found)
    assert "withdrawn" in api.get(f"/page/{withdrawn}").text
    assert api.get(f"/id/{withdrawn}", follow_redirects=True).status_code == 200
    problem(api.get(f"/id/{without}~20200101T000000Z"), 404)


def test_no_more_of_a_long_description_is_held_than_a_chunk(api: httpx2.Client) -> None:
    body = api.get("/data/trump-belarus-move.nt")
    assert len(body.content) > 2 * 65_536
    assert "content-length" not in body.headers


def test_control_characters_are_no_rdf_xml(api: httpx2.Client, driver: Driver) -> None:
    rows(driver, "MATCH (n {id: 'nasty--friend'}) SET n.name = 'a\\u0001b'")
    try:
        told = problem(api.get("/data/nasty--friend.rdf"), 406)
        assert "control characters" in told["detail"]
        assert api.get("/data/nasty--friend.ttl").status_code == 200
    finally:
        rows(driver, "MATCH (n {id: 'nasty--friend'}) SET n.name = 'Friend'")


# --- 303 ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accept", "path"),
    [
        ("", "page/belavia"),
        ("*/*", "page/belavia"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "page/belavia"),
        ("text/turtle", "data/belavia.ttl"),
        ("application/ld+json", "data/belavia.jsonld"),
        ("application/n-triples", "data/belavia.nt"),
        ("application/rdf+xml", "data/belavia.rdf"),
        ("text/html;q=0.5, text/turtle;q=0.4, application/ld+json;q=0.9", "data/belavia.jsonld"),
        ("text/html;q=0, */*;q=0.1", "data/belavia.ttl"),
        ("application/*", "data/belavia.jsonld"),
    ],
)
def test_an_id_leads_to_what_is_asked_for(api: httpx2.Client, accept: str, path: str) -> None:
    for method in ("GET", "HEAD"):
        found = api.request(method, "/id/belavia", headers={"Accept": accept})
        assert (found.status_code, found.content) == (303, b"")
        assert found.headers["location"] == f"{root(api)}/{path}"
        assert "Accept" in found.headers["vary"]
        followed = api.request(method, found.headers["location"], headers={"Accept": accept})
        assert followed.status_code == 200
        assert bool(followed.content) == (method == "GET")


def test_an_id_that_nothing_has_is_told_what_is_near(api: httpx2.Client) -> None:
    for path in ("/id/belavja", "/data/belavja.ttl", "/page/belavja"):
        assert "belavia" in problem(api.get(path), 404)["near"]
    problem(api.get("/id/belavia", headers={"Accept": "image/png"}), 406)
    for path in ("/id/a/b%20c%22%3E%0d%0a", "/data/%F0%9F%95%8A.nt", "/page/", "/data/st-00.ttl", "/page/~"):
        problem(api.get(path), 404)
    problem(api.get(f"/id/{'a' * 201}"), 422)


@pytest.mark.parametrize(
    "path", ["/id/belavia", "/data/belavia.ttl", "/page/belavia", "/ontology", "/ontology/Person", "/.well-known/void"]
)
def test_unknown_parameters_are_refused(api: httpx2.Client, path: str) -> None:
    assert "there is no such parameter" in problem(api.get(path, params={"colour": "1"}), 422)["detail"]


@pytest.mark.parametrize(
    "path", ["/data/belavia.ttl", "/page/belavia", "/ontology", "/ontology/Person", "/.well-known/void"]
)
def test_answers_are_kept_and_have_a_head(api: httpx2.Client, path: str) -> None:
    found = api.get(path)
    assert found.headers["etag"]
    assert api.get(path, headers={"If-None-Match": found.headers["etag"]}).status_code == 304
    head = api.head(path)
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", found.headers["etag"])
    assert head.headers["link"] == found.headers["link"]
    assert head.headers.get("content-length") == found.headers.get("content-length")


def root(api: httpx2.Client) -> str:
    return str(api.base_url).rstrip("/")


def links(response: httpx2.Response) -> set[tuple[str, str, str]]:
    """Relation, media type and address of each link."""
    found = re.findall(r'<([^>]*)>; rel="([^"]*)"(?:; type="([^"]*)")?', response.headers["link"])
    return {(relation, media, url) for url, relation, media in found}


def test_forms_lead_to_each_other(api: httpx2.Client) -> None:
    for path in ("/id/ghost", "/page/ghost", "/data/ghost.ttl", "/data/ghost.rdf"):
        found = links(api.get(path, headers={"Accept": "*/*"}))
        forms = {url for relation, _, url in found if relation == "alternate"}
        assert len(forms) == (5 if path == "/id/ghost" else 4)
        assert f"{root(api)}{path}" not in forms
        for _, media, url in found:
            if url.startswith(root(api)) and media:
                assert api.get(url).headers["content-type"].partition(";")[0] == media
        if path != "/id/ghost":
            assert ("describes", "", f"{BASE}ghost") in found
    assert ("license", "", "https://spdx.org/licenses/CC0-1.0") in links(api.get("/data/names.ttl"))
    assert ("license", "", "https://spdx.org/licenses/CC-BY-4.0") in links(api.get("/page/nasty"))


# --- Pages --------------------------------------------------------------------------------------------------------


class Seen(HTMLParser):
    """The elements of a page, its texts, and what is in its scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.scripts: list[str] = []
        self._script = False
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._script = tag == "script"

    def handle_endtag(self, tag: str) -> None:
        self._script = self._script and tag != "script"

    def handle_data(self, data: str) -> None:
        (self.scripts if self._script else self.texts).append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def page(api: httpx2.Client, path: str) -> Seen:
    response = api.get(path, headers={"Accept": "text/html"})
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    return Seen(response.text)


def paths_of(whole: Graph) -> list[str]:
    said = whole.subjects(BG.source, URIRef(f"{BASE}nasty"))
    return ["ghost", "nasty", "nasty--friend", *(quote(str(s).removeprefix(BASE), safe="~") for s in said)]


def test_what_is_in_the_graph_is_no_markup(api: httpx2.Client, whole: Graph) -> None:
    for path in paths_of(whole):
        seen = page(api, f"/page/{path}")
        assert not seen.all("b")
        assert seen.all("script") == [{"type": "application/ld+json"}]
        assert not [name for tag, attributes in seen.elements for name in attributes if name.startswith("on")]
    ghost = page(api, "/page/ghost")
    assert SCRIPT in ghost.texts
    (hebrew,) = [a for a in ghost.all("a") if a.get("lang") == "he"]
    assert hebrew["dir"] == "auto"
    assert HEBREW in ghost.texts


def test_nothing_is_asked_of_anyone(api: httpx2.Client, whole: Graph) -> None:
    for path in [*(f"/page/{path}" for path in paths_of(whole)), "/page/belarus", "/ontology", "/ontology/Person"]:
        response = api.get(path, headers={"Accept": "text/html"})
        policy = dict(each.strip().split(" ", 1) for each in response.headers["content-security-policy"].split(";"))
        assert policy["default-src"] == policy["base-uri"] == policy["form-action"] == "'none'"
        assert policy["frame-ancestors"] == "'none'"
        assert "unsafe" not in response.headers["content-security-policy"]
        assert response.headers["x-content-type-options"] == "nosniff"
        seen = Seen(response.text)
        assert not [tag for tag, a in seen.elements if tag in ("img", "iframe", "form") or "src" in a or "style" in a]
        kinds = {a["rel"] for a in seen.all("link")}
        assert kinds <= {"icon", "canonical", "alternate", "license"}
        assert "@import" not in response.text
        assert "url(" not in response.text


def test_a_page_tells_names_and_statements_with_their_sources(api: httpx2.Client) -> None:
    seen = page(api, "/page/belarus")
    assert {"be", "be-tarask", "be-Latn", "ru", "en"} <= {a.get("lang") for a in seen.all("a")}
    quotes = seen.all("blockquote")
    assert quotes
    assert {quoted["lang"] for quoted in quotes} == {"en"}
    for attributes in seen.all("a"):
        url = attributes["href"] or ""
        assert url.startswith((str(api.base_url), "#", "http://www.wikidata.org/")), url
    count = len(quotes)
    more = [a["href"] for a in seen.all("a") if a.get("rel") == "next"]
    while more:
        seen = page(api, str(more[0]))
        count += len(seen.all("blockquote"))
        more = [a["href"] for a in seen.all("a") if a.get("rel") == "next"]
    listed = api.get("/v1/entities/belarus/statements", params={"limit": 1000}).json()["items"]
    assert count == len(listed)
    problem(api.get("/page/belarus", params={"cursor": "x"}), 422)


def employment(whole: Graph) -> Node:
    """The statement of the nasty document that was not taken back."""
    (this,) = whole.subjects(BG.roleTitle, Literal(SCRIPT))
    return this


def test_a_statement_is_shown_within_its_text(api: httpx2.Client, whole: Graph) -> None:
    this = employment(whole)
    seen = page(api, f"/page/{str(this).removeprefix(BASE)}")
    (mark,) = seen.all("mark")
    assert mark == {}
    at = seen.texts.index('"Ghost" ')
    assert seen.texts[at + 1] == SCRIPT
    assert seen.texts[at + 2].startswith(" met Ghost\u2019s friend. \U0001f54a")


@pytest.mark.parametrize(
    ("id_", "type_"),
    [("belarus", "Country"), ("ghost", "Organization"), ("nasty", "CreativeWork"), ("names", "Dataset")],
)
def test_schema_org_is_in_the_page(api: httpx2.Client, id_: str, type_: str) -> None:
    (script,) = page(api, f"/page/{id_}").scripts
    found = Graph().parse(data=script, format="json-ld")
    this = URIRef(BASE + id_)
    assert (this, RDF.type, URIRef(SCHEMA + type_)) in found
    assert (this, URIRef(f"{SCHEMA}mainEntityOfPage"), URIRef(f"{root(api)}/page/{id_}")) in found
    if id_ == "ghost":
        assert (this, URIRef(f"{SCHEMA}sameAs"), URIRef("http://www.wikidata.org/entity/Q123456789")) in found
        assert json.loads(script)["name"] == SCRIPT
        assert {"@value": HEBREW, "@language": "he"} in json.loads(script)["alternateName"]


def test_schema_org_is_in_the_page_of_a_statement(api: httpx2.Client, whole: Graph) -> None:
    this = employment(whole)
    (script,) = page(api, f"/page/{str(this).removeprefix(BASE)}").scripts
    found = Graph().parse(data=script, format="json-ld")
    assert (this, RDF.type, URIRef(f"{SCHEMA}Claim")) in found
    assert (this, URIRef(f"{SCHEMA}about"), URIRef(f"{BASE}ghost")) in found


def test_every_id_of_the_export_leads_to_a_page_and_to_data(api: httpx2.Client, whole: Graph) -> None:
    subjects = {str(s).partition("#")[0] for s in whole.subjects() if str(s).startswith(BASE)}
    chosen = sorted(subjects)[::12]
    assert len(chosen) > 40
    for subject in chosen:
        for accept in ("text/html", "text/turtle"):
            found = api.get(f"/id/{subject.removeprefix(BASE)}", headers={"Accept": accept}, follow_redirects=True)
            assert found.status_code == 200, subject
            assert found.headers["content-type"].startswith(accept)


# --- The ontology ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", FORMS)
def test_the_ontology_is_there_in_every_form(api: httpx2.Client, ending: str) -> None:
    media = FORMS[ending][0]
    for path in ("/ontology", f"/ontology/{ONTOLOGY.version}", f"/ontology.{ending}"):
        found = parsed(api.get(path, headers={"Accept": media}), ending)
        assert isomorphic(found, graph())
        assert found.value(ONTOLOGY_IRI, OWL.versionIRI) == URIRef(f"{ONTOLOGY_IRI}/{ONTOLOGY.version}")


def test_every_term_has_a_place_on_the_page_and_a_page_of_its_own(api: httpx2.Client) -> None:
    terms = {str(s).removeprefix(str(BG)) for s in graph().subjects() if str(s).startswith(str(BG))}
    assert len(terms) > 100
    seen = page(api, "/ontology")
    assert terms <= {a.get("id") for _, a in seen.elements}
    for local in [a["href"] for a in seen.all("a") if str(a["href"]).startswith("#")]:
        assert str(local)[1:] in {*terms, "content"}, local
    for term in sorted(terms):
        assert page(api, f"/ontology/{term}").all("h1")
        found = parsed(api.get(f"/ontology/{term}", headers={"Accept": "text/turtle"}), "ttl")
        assert set(found.predicate_objects(BG[term])) >= {
            (p, o) for p, o in graph().predicate_objects(BG[term]) if isinstance(o, URIRef)
        }
    assert "hasTarget" in problem(api.get("/ontology/hasTargt"), 404)["near"]
    problem(api.get("/ontology/0.0.9"), 404)


# --- VoID -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def void(api: httpx2.Client) -> Graph:
    response = api.get("/.well-known/void")
    assert response.headers["content-type"].partition(";")[0] == "text/turtle"
    return Graph().parse(data=response.content, format="turtle")


@pytest.mark.parametrize("ending", FORMS)
def test_void_is_there_in_every_form(api: httpx2.Client, void: Graph, ending: str) -> None:
    response = api.get("/.well-known/void", headers={"Accept": FORMS[ending][0]})
    assert isomorphic(parsed(response, ending), void)


def test_void_counts_what_the_export_has(api: httpx2.Client, void: Graph) -> None:
    lines = api.get("/export.nt").text.splitlines()
    (dataset,) = void.subjects(VOID.sparqlEndpoint)
    assert int(str(void.value(dataset, VOID.triples))) == len(lines)
    counted = {
        str(void.value(part, VOID.property)): int(str(void.value(part, VOID.triples)))
        for part in void.objects(dataset, VOID.propertyPartition)
    }
    found: dict[str, int] = {}
    for line in lines:
        predicate = line.split(" ", 2)[1][1:-1]
        found[predicate] = found.get(predicate, 0) + 1
    assert counted == found
    whole = Graph().parse(data="\n".join(lines), format="nt")
    classes = {
        str(void.value(part, VOID["class"])): int(str(void.value(part, VOID.entities)))
        for part in void.objects(dataset, VOID.classPartition)
    }
    assert classes == {str(c): len(set(whole.subjects(RDF.type, c))) for c in set(whole.objects(None, RDF.type))}
    assert int(str(void.value(dataset, VOID.entities))) == len(api.get("/v1/entities?limit=1000").json()["items"]) + 3


def test_void_tells_links_and_licences(void: Graph, whole: Graph) -> None:
    (links_,) = void.subjects(RDF.type, VOID.Linkset)
    assert void.value(links_, VOID.linkPredicate) == OWL.sameAs
    assert int(str(void.value(links_, VOID.triples))) == len(list(whole.triples((None, OWL.sameAs, None))))
    assert (URIRef(f"{BASE}names"), DCTERMS.license, URIRef("https://spdx.org/licenses/CC0-1.0")) in void


def test_every_address_of_ours_in_void_answers(api: httpx2.Client, void: Graph) -> None:
    found = {str(term) for triple in void for term in triple if isinstance(term, URIRef)}
    ours = {iri.replace(BASE, f"{root(api)}/id/") for iri in found if iri.startswith((BASE, root(api)))}
    assert len({iri.partition("#")[0] for iri in ours}) > 12
    for iri in sorted({iri.partition("#")[0] for iri in ours}):
        assert api.get(iri, follow_redirects=True).status_code == 200, iri


def test_void_follows_the_database(api: httpx2.Client, driver: Driver, server: Server) -> None:
    async def counted() -> int:
        async with Store(server.settings, password(server.settings)) as store:
            return (await count(store, RdfMapping(ONTOLOGY, BASE))).triples

    rows(driver, "CREATE (:Thing:Person {id: 'newcomer', name: 'Newcomer'})")
    try:
        found = Graph().parse(data=api.get("/.well-known/void").content, format="turtle")
        (dataset,) = found.subjects(VOID.sparqlEndpoint)
        assert int(str(found.value(dataset, VOID.triples))) == asyncio.run(counted())
    finally:
        rows(driver, "MATCH (n {id: 'newcomer'}) DELETE n")


def test_the_operations_are_described(api: httpx2.Client) -> None:
    paths = api.get("/openapi.json").json()["paths"]
    for path in ("/id/{id}", "/page/{id}", "/data/{id}.ttl", "/ontology", "/ontology/{term}", "/.well-known/void"):
        operation = paths[path]["get"]
        assert operation["summary"]
        assert operation["operationId"]
        assert {"406", "422", "500"} <= operation["responses"].keys()
