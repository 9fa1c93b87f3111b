"""A real Chromium, and a whole belgraph for it: started by `up --detach`, stopped by `down`."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request, expect, sync_playwright

from graph.config import Settings
from graph.password import password
from tests.live.conftest import ROOT, make_settings
from tests.live.support import belgraph

SCREENSHOTS = ROOT / "build/screenshots"
NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",  # its sandbox refuses to run as root, and the pages are our own
    "--disable-gpu",
    # It asks for nothing on its own account, so what is asked for is asked for by the page.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)
START_SECONDS = 600  # a first start fetches 120 MB
expect.set_options(timeout=30_000)


@dataclass(frozen=True)
class Instance:
    """A belgraph with the seed loaded, and what `belgraph status` tells of it."""

    settings: Settings
    status: dict[str, str]

    @property
    def browser_url(self) -> str:
        return self.status["Neo4j Browser"]

    @property
    def docs_url(self) -> str:
        return self.status["API docs"]

    @property
    def login(self) -> tuple[str, str]:
        """User and password, as they are printed."""
        user, password_ = self.status["log in"].removeprefix("user ").split(", password ")
        return user, password_

    @property
    def nodes(self) -> int:
        return int(self.status["graph"].split(" nodes")[0].replace(",", ""))

    def get(self, path: str) -> Any:
        """What the API answers."""
        connection = HTTPConnection("127.0.0.1", self.settings.api_port, timeout=60)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            assert answer.status == 200, path
            return json.loads(answer.read())
        finally:
            connection.close()


@pytest.fixture(scope="session")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    settings = make_settings(tmp_path_factory.mktemp("browser"))
    try:
        # Chromium draws beside it, on what may be a small machine.
        started = belgraph(settings, "up", "--detach", seconds=START_SECONDS, BELGRAPH_QUERY_TIMEOUT="60")
        assert started.returncode == 0, started.stderr
        printed = belgraph(settings, "status")
        assert printed.returncode == 0, printed.stderr
        lines = [line.split("  ", 1) for line in printed.stdout.splitlines()]
        status = {name.strip(): value.strip() for name, value in lines}
        assert password(settings) in status["log in"]
        yield Instance(settings, status)
    finally:
        stopped = belgraph(settings, "down", seconds=120)
        assert stopped.returncode == 0, stopped.stderr


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.fail(
            f"none of {', '.join(NAMES)} is on the PATH: install Chromium (on Debian: apt install chromium"
            " fonts-dejavu-core), then run these tests again"
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page that shares nothing with another test's."""
    context = chromium.new_context(viewport={"width": 1280, "height": 860})
    yield context.new_page()
    context.close()


@pytest.fixture
def outside(page: Page) -> Callable[[], set[str]]:
    """Tells which addresses beyond this machine the page asked; what its own policy forbade was never asked."""
    requests: list[Request] = []
    page.on("request", lambda request: requests.append(request))  # Playwright takes no built-in function

    def told() -> set[str]:
        return {
            request.url
            for request in requests
            if urlsplit(request.url).scheme not in ("data", "blob")
            and urlsplit(request.url).hostname not in ("127.0.0.1", "localhost")
            and request.failure != "csp"
        }

    return told


def screenshot(page: Page, name: str) -> Path:
    """Keep what is seen now in build/screenshots."""
    path = SCREENSHOTS / f"{name}.png"
    page.screenshot(path=path)
    return path
