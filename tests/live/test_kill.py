"""Killed in the middle of a load, the hardest way there is: nothing is half-written, and loading again mends all."""

import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from neo4j import Driver

from graph.config import Settings
from graph.load import load
from graph.local.instance import running
from graph.local.java import marked
from graph.password import password
from graph.store import Store
from loaders.registry import SEED_SOURCES, read
from ontology.model import load as load_ontology
from tests.live.conftest import connect, make_settings
from tests.live.support import Graph, belgraph, command, environment, everything, rows, wipe

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A belgraph that may be killed."""
    settings = make_settings(tmp_path_factory.mktemp("kill"))
    started = belgraph(settings, "up", "--detach")
    assert started.returncode == 0, started.stderr
    yield settings
    assert belgraph(settings, "down").returncode == 0


@pytest.fixture(scope="module")
def driver(own: Settings) -> Iterator[Driver]:
    with connect(own) as connected:
        yield connected


@pytest.fixture(scope="module")
def old(own: Settings) -> Path:
    return places(own.home / "old.yaml", range(-30, 30), "Место")


@pytest.fixture(scope="module")
def new(own: Settings) -> Path:
    """The same source, later: half of the places are gone, the others renamed, and thousands came."""
    return places(own.home / "new.yaml", range(3_000), "Местность")


@pytest.fixture
async def database(own: Settings, driver: Driver, old: Path) -> AsyncIterator[Store]:
    """The graph of the seed and the old version."""
    wipe(driver)
    async with Store(own, password(own)) as store:
        for path in (*SEED_SOURCES.values(), old):
            await load(store, load_ontology(), read(path))
        yield store


@pytest.fixture(scope="module")
async def undisturbed(own: Settings, driver: Driver, old: Path, new: Path) -> Graph:
    """What the database holds, times left out, if nobody is killed."""
    async with Store(own, password(own)) as store:
        for path in (old, new):
            await load(store, load_ontology(), read(path))
        return everything(driver, times=False)


def places(path: Path, numbers: range, word: str) -> Path:
    head = "dataset: {id: places, title: Places, version: '1', licence: CC0-1.0}\nnames:\n"
    body = (f"  place-{n % 100_000}: {{type: Place, be: [Месца {n}], ru: [{word} {n}]}}\n" for n in numbers)
    path.write_text(head + "".join(body), encoding="utf-8")
    return path


def loading(own: Settings, path: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command("load", path),
        env=environment(own),
        cwd=own.home,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def locks(driver: Driver) -> int:
    """How much the transactions hold that have written and are not committed."""
    (row,) = rows(driver, "SHOW TRANSACTIONS YIELD activeLockCount AS locks RETURN sum(locks) AS locks")
    return int(row["locks"])


def in_the_middle(driver: Driver, loader: subprocess.Popen[str]) -> None:
    """Wait until the loader has written much."""
    while locks(driver) < 2_500:
        assert loader.poll() is None, "it was over before it could be killed"
        time.sleep(0.02)


def rolled_back(driver: Driver) -> None:
    """Wait until the server has noticed that the loader is gone."""
    deadline = time.monotonic() + 60
    while locks(driver):
        assert time.monotonic() < deadline
        time.sleep(0.02)


async def test_a_killed_loader_leaves_nothing(
    own: Settings, driver: Driver, undisturbed: Graph, database: Store, new: Path
) -> None:
    before, revision = everything(driver), await database.revision()
    with loading(own, new) as loader:
        in_the_middle(driver, loader)
        loader.kill()
        assert loader.wait() == -signal.SIGKILL
    rolled_back(driver)
    assert everything(driver) == before
    assert await database.revision() == revision

    again = belgraph(own, "load", new)
    assert again.returncode == 0, again.stderr
    assert everything(driver, times=False) == undisturbed


async def test_a_killed_neo4j_holds_what_was_committed(
    own: Settings, driver: Driver, undisturbed: Graph, database: Store, new: Path
) -> None:
    before = everything(driver)
    with loading(own, new) as loader:
        in_the_middle(driver, loader)
        held = running(own)
        assert held is not None
        (neo4j,) = marked(own.home)
        os.kill(held.pid, signal.SIGKILL)  # first, or it would start another one
        neo4j.kill()
        _, said = loader.communicate(timeout=300)
    assert loader.returncode == 1
    assert said.startswith("belgraph: no Neo4j answers at ")
    assert len(said.splitlines()) == 1

    started = belgraph(own, "up", "--detach")
    assert started.returncode == 0, started.stderr
    assert everything(driver) == before
    again = belgraph(own, "load", new)
    assert again.returncode == 0, again.stderr
    assert everything(driver, times=False) == undisturbed
