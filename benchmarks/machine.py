"""The machine that a table is made on."""

import os
import platform
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[1]
BELGRAPH = [sys.executable, str(ROOT / "belgraph.py")]


def free_port() -> int:
    """A port of the loopback interface on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def home(folder: str | Path) -> dict[str, str]:
    """The environment of processes that have their data in a folder, use free ports, and share the jars in build/."""
    jars = ROOT / "build/jars/neo4j"
    jars.mkdir(parents=True, exist_ok=True)
    (Path(folder) / "jars").symlink_to(jars)
    environment = {**os.environ, "BELGRAPH_HOME": str(folder), "BELGRAPH_QUERY_TIMEOUT": "600"}
    return environment | {f"BELGRAPH_{name}_PORT": str(free_port()) for name in ("BOLT", "BROWSER", "API")}


@contextmanager
def up(environment: dict[str, str]) -> Iterator[None]:
    """Neo4j and the API, with what is in the data folder."""
    folder = environment["BELGRAPH_HOME"]
    start = [*BELGRAPH, "up", "--detach", "--no-seed"]
    subprocess.run(start, env=environment, cwd=folder, check=True, stdout=sys.stderr)
    try:
        yield
    finally:
        subprocess.run([*BELGRAPH, "down"], env=environment, cwd=folder, check=True, stdout=sys.stderr)


@contextmanager
def empty() -> Iterator[dict[str, str]]:
    """The environment of processes that find a Neo4j with nothing in it, and the API."""
    with tempfile.TemporaryDirectory() as folder:
        environment = home(folder)
        with up(environment):
            yield environment


def facts() -> str:
    """Processor, number of cores, memory, Python, Neo4j's driver, FastAPI."""
    info = Path("/proc/cpuinfo")
    names = [line.partition(":")[2].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{names[0] if names else platform.processor()}, {os.cpu_count()} cores, {memory:.0f} GiB; "
        f"Python {platform.python_version()}, neo4j {version('neo4j')}, fastapi {version('fastapi')}"
    )
