"""The README's tour gives the answers that stand there, asked of the instance that the browser tests have."""

import json
import re
import shlex
from typing import Any
from urllib.parse import quote_plus

import pytest

from tests.browser.conftest import Instance
from tests.live.conftest import ROOT, connect

README = (ROOT / "README.md").read_text("utf-8")
QUESTIONS = re.findall(r"```cypher\n(.*?)```\n\n((?:\|[^\n]*\n)+)", README, re.DOTALL)
REQUESTS = re.findall(r"```sh\n(curl .*?)\n```\n\n```json\n(.*?)```", README, re.DOTALL)


def test_the_tour_is_found() -> None:
    assert (len(QUESTIONS), len(REQUESTS)) == (README.count("```cypher"), README.count("curl -s")) == (3, 3)


def test_it_prints_what_is_told(instance: Instance) -> None:
    (told,) = re.findall(r"```text\n(trump-belarus-move: .*?)```", README, re.DOTALL)
    printed = (instance.settings.home / "logs/belgraph.log").read_text("utf-8")
    loaded, status = told.splitlines()[:2], told.splitlines()[2:-1]
    assert set(loaded) <= set(printed.splitlines())
    assert [line.split("  ")[0] for line in status] == list(instance.status)
    assert re.search(rf"^graph +{instance.status['graph']}$", told, re.M)


@pytest.mark.parametrize(("query", "table"), QUESTIONS)
def test_a_question_has_this_answer(instance: Instance, query: str, table: str) -> None:
    with connect(instance.settings) as driver:
        records, _, columns = driver.execute_query(query)
    answer = [list(columns), *([_cell(value) for value in record.values()] for record in records)]
    told = [[cell.strip() for cell in line.strip("|\n").split("|")] for line in table.splitlines()]
    del told[1]  # the line under the heads
    assert answer == told


@pytest.mark.parametrize(("command", "told"), REQUESTS)
def test_a_request_has_this_answer(instance: Instance, command: str, told: str) -> None:
    *_, address = [word for word in shlex.split(command) if word.startswith("http")]
    path = address.removeprefix("http://127.0.0.1:8000")
    for name, value in re.findall(r"--data-urlencode (\w+)=(\S+)", command):
        path += f"?{name}={quote_plus(value)}"
    assert _contains(instance.get(path), json.loads(told))


def _cell(value: Any) -> str:
    return "" if value is None else str(value)


def _contains(found: Any, told: Any) -> bool:
    """Whether an answer has all that is told of it: the README leaves fields and items out."""
    if isinstance(told, dict):
        return isinstance(found, dict) and all(key in found and _contains(found[key], told[key]) for key in told)
    if isinstance(told, list):
        return isinstance(found, list) and all(any(_contains(item, each) for item in found) for each in told)
    return bool(found == told)
