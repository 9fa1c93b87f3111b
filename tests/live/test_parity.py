"""Every question has the same rows in Cypher and SPARQL, whatever it is asked and whatever the graph holds."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from random import Random

import pytest
from neo4j import Driver

from graph.config import Settings
from graph.load import load
from graph.password import password
from graph.rdf.mapping import RdfMapping
from graph.records import Load
from graph.sparql.view import Views
from graph.store import Store
from loaders.registry import SEED_SOURCES, read
from ontology.model import load as load_ontology
from queries.catalog import Parameter, Question, catalogue
from queries.run import bind, run_cypher, run_sparql
from tests.live.conftest import Server
from tests.live.generated import DATES, Generator
from tests.live.support import rows

pytestmark = pytest.mark.anyio

FIXTURES = Path(__file__).parents[1] / "fixtures"
MAPPING = RdfMapping(load_ontology(), "https://w3id.org/belgraph/id/")
BEFORE = "2025-11-01"  # when all of the first version is said to have been recorded
DAYS = ("2001-01-01", "2025-06-21", "2025-08-15", BEFORE, "2100-01-01")
DRAWS = 3

Values = Mapping[str, object]


@pytest.mark.parametrize("documents", [(), ("confirming", "contradicting")], ids=["alone", "together"])
async def test_the_twins_agree_on_the_article(store: Store, server: Server, documents: tuple[str, ...]) -> None:
    for path in (*SEED_SOURCES.values(), *(FIXTURES / f"{name}.yaml" for name in documents)):
        await load(store, load_ontology(), read(path))

    found = await _disagreements(
        store, server.settings, {q.name: [{}, *_examples(q), *_alone(q, DAYS[0])] for q in catalogue().values()}
    )

    assert found == []


async def test_the_twins_agree_on_random_statements_and_on_what_was_known_of_them(
    store: Store, server: Server, driver: Driver
) -> None:
    generator = Generator(load_ontology())
    sources = generator.sources(150)
    for source in sources:
        await load(store, load_ontology(), source)
    rows(driver, "MATCH ()-[r]->() SET r.recorded_at = $then", then=f"{BEFORE}T12:00:00.000Z")
    emptied = Load("text-1.test", sources[0].source, [])
    for source in (emptied, *map(generator.changed, sources[1:])):
        await load(store, load_ontology(), source)
    nodes = [row["id"] for row in rows(driver, "MATCH (n:Thing) RETURN n.id AS id ORDER BY id")]
    random = Random(4)  # noqa: S311 - no secret
    asked: dict[str, list[Values]] = {}
    for question in catalogue().values():
        drawn = [{name: _draw(each, random, nodes) for name, each in question.parameters.items()} for _ in range(DRAWS)]
        asked[question.name] = [{}, *drawn, *({name: value} for values in drawn for name, value in values.items())]

    assert rows(driver, "MATCH ()-[r:RETRACTED]->() RETURN count(r) > 100 AS many") == [{"many": True}]
    assert await _disagreements(store, server.settings, asked) == []


async def _disagreements(
    store: Store, settings: Settings, asked: Mapping[str, Iterable[Values]]
) -> list[tuple[str, Values]]:
    views = Views(settings, password(settings), store)
    revision = await store.revision()
    found = []
    try:
        for name, each in asked.items():
            question = catalogue()[name]
            for values in each:
                bound = bind(question, values)
                in_cypher = await run_cypher(question, bound, store, load_ontology())
                if in_cypher != await run_sparql(question, bound, views, revision, MAPPING, patient=True):
                    found.append((name, values))
    finally:
        await views.close()
    return found


def _examples(question: Question) -> list[Values]:
    return [{name: each.example} for name, each in question.parameters.items()]


def _alone(question: Question, day: str) -> list[Values]:
    return [{name: day} for name, each in question.parameters.items() if each.type in ("date", "known_on")]


def _draw(parameter: Parameter, random: Random, nodes: list[str]) -> object:
    """A value of its type that may find something."""
    if parameter.choices:
        return random.choice(parameter.choices)
    choices: Mapping[str, list[object]] = {
        "id": [*nodes],
        "date": [*DAYS],
        "known_on": [*DAYS],
        "integer": [1, 2, 3],
        "text": [parameter.example, *DATES],
    }
    return random.choice(choices[parameter.type])
