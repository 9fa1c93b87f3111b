"""A real Neo4j for the live tests: own ports, an own data folder, and jars that are fetched once into build/."""

import os
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from neo4j import Driver, GraphDatabase

from graph.config import Settings
from graph.load import prepare
from graph.local.instance import claim
from graph.local.lock import LOCK
from graph.local.server import LocalNeo4j
from graph.password import password
from graph.store import Store
from ontology.model import load as load_ontology
from tests.live.support import wipe

ROOT = Path(__file__).parents[2]
LATER = ROOT / "tests/fixtures/neo4j-2026.lock.toml"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def make_settings(folder: Path, lock: Path = LOCK, **more: object) -> Settings:
    """Settings of a data folder of its own, whose jars are those in build/."""
    cache = ROOT / "build/jars" / lock.name.removesuffix(".lock.toml")
    cache.mkdir(parents=True, exist_ok=True)
    home = folder / "home"
    home.mkdir(mode=0o700)
    (home / "jars").symlink_to(cache)
    ports = {name: free_port() for name in ("bolt_port", "browser_port", "api_port")}
    patience = {"query_timeout": 60}  # whoever tests it sets it; a busy machine fails no other test
    return Settings.model_validate({"_env_file": None, "home": home, **ports, **patience, **more})


@pytest.fixture(scope="session", autouse=True)
def _no_settings_of_the_user() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("BELGRAPH_")]:
            patch.delenv(name)
        yield


@dataclass(frozen=True)
class Server:
    """A Neo4j that runs for the whole test session."""

    settings: Settings
    pid: int
    steps: tuple[tuple[str, int, int], ...]  # of which it told its progress


@contextmanager
def serve(settings: Settings, lock: Path = LOCK) -> Iterator[Server]:
    steps: list[tuple[str, int, int]] = []
    with claim(settings) as claimed, LocalNeo4j(claimed, lock) as neo4j:
        neo4j.start(lambda *step: steps.append(step))
        assert neo4j.pid is not None
        claimed.ready()
        yield Server(settings, neo4j.pid, tuple(steps))


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The Neo4j that belgraph pins."""
    with serve(make_settings(tmp_path_factory.mktemp("neo4j"))) as running:
        yield running


@pytest.fixture(scope="session")
def later_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A later Neo4j (2026.x); it is fetched and started only if a test asks for it."""
    with serve(make_settings(tmp_path_factory.mktemp("later"), LATER), LATER) as running:
        yield running


@pytest.fixture(scope="session")
def driver(server: Server) -> Iterator[Driver]:
    with connect(server.settings) as connected:
        yield connected


def connect(settings: Settings) -> Driver:
    return GraphDatabase.driver(settings.bolt_uri, auth=(settings.neo4j_user, password(settings)))


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def store(server: Server, driver: Driver) -> AsyncIterator[Store]:
    """The shared server through our own store: prepared, and with nothing in it."""
    wipe(driver)
    async with Store(server.settings, password(server.settings)) as opened:
        await prepare(opened, load_ontology())
        yield opened
