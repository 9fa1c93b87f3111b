"""Thousands of requests made from /openapi.json, good and bad: the API does what its description says."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from neo4j import Driver

from tests.live.conftest import Server
from tests.live.support import seed
from tests.live.test_api import serving

ROOT = Path(__file__).parents[2]

# All questions read their parameters by the same code, and so do all measures of the network: some that have every type
# of them stand for the others where each parameter is gone through value by value, which is most of what is asked.
CONFIG = """
[[operations]]
include-path-regex = "^/v1/(queries/(?!corroboration$|positions$)|network/(?!pagerank$))"
phases.coverage.enabled = false
"""


@pytest.fixture(scope="module")
def api(server: Server, driver: Driver) -> Iterator[httpx2.Client]:
    seed(driver, server.settings)
    with serving(server.settings) as client:
        while client.get("/sparql", params={"query": "ASK {}"}).status_code == 503:  # by design, while the view is made
            pass
        yield client


def test_the_api_does_what_its_description_says(api: httpx2.Client, tmp_path: Path) -> None:
    (tmp_path / "schemathesis.toml").write_text(CONFIG)
    told = subprocess.run(
        [
            Path(sys.executable).with_name("schemathesis"),
            *("run", f"{api.base_url}/openapi.json", "--no-color"),
            *("--checks", "all", "--exclude-checks", "positive_data_acceptance", "--continue-on-failure"),
            *("--max-examples", "4", "--generation-deterministic", "--workers", "2"),
        ],
        env={**os.environ, "SCHEMATHESIS_HOOKS": "tests.live.accepted", "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert told.returncode == 0, told.stdout + told.stderr
    (cases,) = re.findall(r"(\d+) generated", told.stdout)
    assert int(cases) >= 1_000
