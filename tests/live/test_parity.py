"""Every question has the same rows in Cypher and SPARQL: on the article, and with what confirms and contradicts it."""

from pathlib import Path

import pyoxigraph as ox
import pytest

from graph.load import load
from graph.rdf import RdfMapping
from graph.store import Store
from loaders.registry import SEED_SOURCES, read
from ontology.model import load as load_ontology
from queries.catalog import Question, catalogue
from queries.run import bind, run_cypher, run_sparql, view

pytestmark = pytest.mark.anyio

FIXTURES = Path(__file__).parents[1] / "fixtures"
MAPPING = RdfMapping(load_ontology(), "https://w3id.org/belgraph/id/")


async def test_the_twins_agree_on_the_article_and_on_what_confirms_and_contradicts_it(store: Store) -> None:
    for path in SEED_SOURCES.values():
        await load(store, load_ontology(), read(path))
    alone = await _disagreements(store, await view(store, MAPPING))
    for name in ("confirming", "contradicting"):
        await load(store, load_ontology(), read(FIXTURES / f"{name}.yaml"))
    together = await _disagreements(store, await view(store, MAPPING))

    assert (alone, together) == ([], [])


async def test_every_question_has_an_answer_once_the_documents_are_loaded(store: Store) -> None:
    for path in (*SEED_SOURCES.values(), FIXTURES / "confirming.yaml", FIXTURES / "contradicting.yaml"):
        await load(store, load_ontology(), read(path))

    silent = [q.name for q in catalogue().values() if not await run_cypher(q, bind(q, {}), store, load_ontology())]

    assert silent == []


async def _disagreements(store: Store, graph: ox.Store) -> list[tuple[str, dict[str, object]]]:
    found = []
    for question in catalogue().values():
        for values in _values(question):
            bound = bind(question, values)
            if await run_cypher(question, bound, store, load_ontology()) != run_sparql(question, bound, graph, MAPPING):
                found.append((question.name, values))
    return found


def _values(question: Question) -> list[dict[str, object]]:
    examples: list[dict[str, object]] = [{name: each.example} for name, each in question.parameters.items()]
    dated = [name for name in ("valid_on", "known_on") if name in question.parameters]
    before: list[dict[str, object]] = [{name: "2001-01-01"} for name in dated]
    return [{}, *examples, *before]
