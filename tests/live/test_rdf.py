"""The graph as RDF and back: nothing is lost in any format, and what is wrong is refused with its place."""

from pathlib import Path

import pytest
from neo4j import Driver

from graph.load import load
from graph.rdf.export import write
from graph.rdf.formats import FORMATS
from graph.rdf.mapping import RdfMapping
from graph.rdf.restoring import restore
from graph.store import Store
from loaders.registry import SEED_SOURCES, read
from ontology.model import load as load_ontology
from tests.live.generated import Generator
from tests.live.support import everything, wipe

pytestmark = pytest.mark.anyio

FIXTURES = Path(__file__).parents[1] / "fixtures"
MAPPING = RdfMapping(load_ontology(), "https://w3id.org/belgraph/id/")


async def exported(store: Store, format_: str, mapping: RdfMapping = MAPPING) -> bytes:
    return b"".join([chunk async for chunk in write(store, mapping, format_)])


async def load_all(store: Store) -> None:
    """The article, and generated sources in three versions."""
    for path in SEED_SOURCES.values():
        await load(store, load_ontology(), read(path))
    generator = Generator(load_ontology())
    for what in generator.sources(40):
        for _ in range(3):
            await load(store, load_ontology(), what)
            what = generator.changed(what)


async def test_every_format_gives_the_same_graph_back(store: Store, driver: Driver, tmp_path: Path) -> None:
    await load_all(store)
    before = everything(driver)
    assert {"RETRACTED"} < {row["type"] for row in before.relationships}
    for format_ in FORMATS:
        (tmp_path / f"all.{format_}").write_bytes(await exported(store, format_))
    for format_ in FORMATS:
        wipe(driver)
        await restore(store, MAPPING, tmp_path / f"all.{format_}")
        assert everything(driver) == before, format_
