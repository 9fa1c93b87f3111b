"""Every question answers right: on the article, and with the documents that confirm and contradict it."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from graph.load import load
from graph.store import Store
from loaders.registry import SEED_SOURCES, read
from ontology.model import load as load_ontology
from queries.catalog import find
from queries.run import bind, run_cypher

pytestmark = pytest.mark.anyio

FIXTURES = Path(__file__).parents[1] / "fixtures"


def _answers(name: str) -> list[dict[str, Any]]:
    with (FIXTURES / f"answers/{name}.yaml").open(encoding="utf-8") as file:
        answers: list[dict[str, Any]] = yaml.safe_load(file)
    return answers


FIRST = """
contacts deal-terms sanctions positions warnings dependence detentions who-said evidence timeline neighbours
contradictions corroboration mentions sources actors
"""


def test_each_of_the_first_questions_has_an_answer_written_by_hand() -> None:
    assert {answer["question"] for answer in _answers("article")} >= set(FIRST.split())


async def test_the_answers_on_the_article_are_right(store: Store) -> None:
    for path in SEED_SOURCES.values():
        await load(store, load_ontology(), read(path))

    await _assert_answers(store, "article")


async def test_the_answers_with_what_confirms_and_contradicts_are_right(store: Store) -> None:
    for path in (*SEED_SOURCES.values(), FIXTURES / "confirming.yaml", FIXTURES / "contradicting.yaml"):
        await load(store, load_ontology(), read(path))

    await _assert_answers(store, "together")


async def _assert_answers(store: Store, name: str) -> None:
    """Compare as bags: equal rows that stand in other columns may come in either order."""
    for answer in _answers(name):
        question, columns = find(answer["question"]), answer["columns"]
        rows = await run_cypher(question, bind(question, answer["parameters"]), store, load_ontology())
        found = [[row[column] for column in columns] for row in rows]
        assert sorted(found, key=repr) == sorted(answer["rows"], key=repr), (question.name, answer["parameters"])
