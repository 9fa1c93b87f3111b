"""Loading works through routing, as a cluster needs."""

import pytest
from neo4j import GraphDatabase

from graph.config import Settings
from graph.errors import ConflictError
from graph.load import load, prepare
from graph.password import password
from graph.records import Load, Record, Source, value
from graph.store import Store
from loaders.registry import SEED_SOURCES, read
from ontology.model import load as load_ontology
from tests.live.conftest import Server

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(("fixture", "scheme"), [("server", "bolt"), ("server", "neo4j")])
async def test_the_seed_loads_once_whatever_the_server(
    fixture: str, scheme: str, request: pytest.FixtureRequest
) -> None:
    server: Server = request.getfixturevalue(fixture)
    settings = _through(server.settings, scheme)
    with GraphDatabase.driver(settings.bolt_uri, auth=("neo4j", password(server.settings))) as driver:
        driver.execute_query("MATCH (n) DETACH DELETE n")
    async with Store(settings, password(server.settings)) as store:
        await prepare(store, load_ontology())
        first = [await load(store, load_ontology(), read(path)) for path in SEED_SOURCES.values()]
        counts, revision = await store.counts(), await store.revision()
        again = [await load(store, load_ontology(), read(path)) for path in SEED_SOURCES.values()]

        assert [r.added for r in first] == [r.unchanged for r in again] != [0, 0]
        assert (await store.counts(), await store.revision()) == (counts, revision)


async def test_an_id_is_a_source_or_an_entity_never_both(store: Store) -> None:
    for path in SEED_SOURCES.values():
        await load(store, load_ontology(), read(path))
    counts, revision = await store.counts(), await store.revision()
    source = Source("other", "Dataset", {"title": "Other", "version": "1", "licence": "CC0-1.0", "sha256": "0" * 64})
    entity = Load("other", source, [value("other", "names", "type", "Company", Record("1"))])
    dataset = Load("belarus", Source("belarus", "Dataset", source.properties), [])

    for wrong in (entity, dataset):
        with pytest.raises(ConflictError, match="of that id"):
            await load(store, load_ontology(), wrong)

    assert (await store.counts(), await store.revision()) == (counts, revision)


def _through(settings: Settings, scheme: str) -> Settings:
    uri = f"{scheme}://127.0.0.1:{settings.bolt_port}"
    return Settings.model_validate({**settings.model_dump(), "_env_file": None, "neo4j_uri": uri})
