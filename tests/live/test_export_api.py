"""/export.*: the whole graph over HTTP, the same bytes as the command line writes."""

import asyncio
from collections.abc import Iterator, Sequence

import httpx2
import pyoxigraph as ox
import pytest
from neo4j import Driver

from api.export import MEDIA
from graph.load import load, prepare
from graph.password import password
from graph.rdf import reading
from graph.rdf.export import write
from graph.rdf.mapping import RdfMapping
from graph.rdf.parsing import SYNTAXES
from graph.store import Store, Transaction
from loaders.registry import SEED_SOURCES, read
from ontology.model import Ontology
from ontology.model import load as load_ontology
from tests.live.conftest import Server
from tests.live.support import wipe
from tests.live.test_api import serving


@pytest.fixture(scope="module")
def served(server: Server, driver: Driver) -> Iterator[tuple[httpx2.Client, dict[str, bytes]]]:
    mapping = RdfMapping(load_ontology(), server.settings.base_iri)

    async def seed() -> dict[str, bytes]:
        async with Store(server.settings, password(server.settings)) as store:
            await prepare(store, load_ontology())
            for path in SEED_SOURCES.values():
                await load(store, load_ontology(), read(path))
            return {ending: b"".join([chunk async for chunk in write(store, mapping, ending)]) for ending in MEDIA}

    wipe(driver)
    written = asyncio.run(seed())
    with serving(server.settings, *SEED_SOURCES) as client:
        yield client, written


@pytest.mark.parametrize("ending", MEDIA)
def test_an_export_is_whole_and_kept_until_the_graph_changes(
    served: tuple[httpx2.Client, dict[str, bytes]], ending: str
) -> None:
    client, written = served
    media = MEDIA[ending][0]
    found = client.get(f"/export.{ending}", headers={"Accept": media})
    assert found.status_code == 200
    assert found.headers["content-type"].partition(";")[0] == media
    assert found.content == written[ending]
    assert len(list(ox.parse(input=found.content, format=SYNTAXES[ending]))) > 1_000
    again = client.get(f"/export.{ending}", headers={"Accept": media, "If-None-Match": found.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    head = client.head(f"/export.{ending}", headers={"Accept": media})
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", found.headers["etag"])
    assert "content-length" not in head.headers


def test_the_formats_are_described(served: tuple[httpx2.Client, dict[str, bytes]]) -> None:
    paths = served[0].get("/openapi.json").json()["paths"]
    for ending, (media, _) in MEDIA.items():
        assert media in paths[f"/export.{ending}"]["get"]["responses"]["200"]["content"]


def test_what_xml_cannot_hold_is_a_problem_and_no_torn_file(
    served: tuple[httpx2.Client, dict[str, bytes]], driver: Driver
) -> None:
    client, _ = served
    driver.execute_query("MATCH (n:Thing {id: 'belavia'}) SET n.note = 'a\\u0007'")
    found = client.get("/export.rdf")
    assert (found.status_code, found.json()["type"]) == (409, "https://w3id.org/belgraph/problem/unwritable")
    assert "belavia" in found.json()["detail"]
    assert client.get("/export.ttl").status_code == 200
    driver.execute_query("MATCH (n:Thing {id: 'belavia'}) REMOVE n.note")


def test_an_answer_breaks_off_when_the_graph_changes(
    served: tuple[httpx2.Client, dict[str, bytes]], driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, written = served
    read = reading.batches

    async def disturbed(transaction: Transaction, ontology: Ontology) -> Sequence[reading.Batch]:
        driver.execute_query("MATCH (n:Thing {id: 'belavia'}) SET n.note = rand()")
        return await read(transaction, ontology)

    monkeypatch.setattr(reading, "batches", disturbed)
    with pytest.raises(httpx2.RemoteProtocolError):
        client.get("/export.nq")
    monkeypatch.undo()
    driver.execute_query("MATCH (n:Thing {id: 'belavia'}) REMOVE n.note")
    assert client.get("/export.nq").content == written["nq"]
