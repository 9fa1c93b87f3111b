"""The command line beside a Neo4j that runs, and with what nobody should give it."""

import json
import re
import sys
from pathlib import Path

import pytest
from neo4j import Driver

from belgraph import main
from graph.load import load, prepare
from graph.store import Store
from loaders.registry import SEED_SOURCES, read
from ontology.model import load as load_ontology
from tests.live.conftest import Server, free_port
from tests.live.support import belgraph, environment, everything, rows

ARTICLE = SEED_SOURCES["trump-belarus-move"]


@pytest.mark.anyio
async def test_what_runs_is_asked_at_its_own_port(store: Store, server: Server) -> None:
    await load(store, load_ontology(), read(ARTICLE))
    elsewhere = {"BELGRAPH_BOLT_PORT": str(free_port())}  # set after it was started
    asked = belgraph(server.settings, "query", "actors", "--format", "json", seconds=300, **elsewhere)
    assert (asked.returncode, asked.stderr) == (0, "")
    assert json.loads(asked.stdout)
    told = belgraph(server.settings, "status", seconds=300, **elsewhere)
    nodes, relationships = await store.counts()
    assert f"{nodes:,} nodes, {relationships:,} relationships" in told.stdout
    assert server.settings.bolt_uri in told.stdout


@pytest.mark.anyio
async def test_rows_that_are_too_wide_for_the_window_are_still_whole(store: Store, server: Server) -> None:
    await load(store, load_ontology(), read(ARTICLE))
    (row,) = await store.read("MATCH (n:Document) RETURN n.id AS id, n.sha256 AS sha256")
    narrow, wide = (belgraph(server.settings, "query", "sources", COLUMNS=width).stdout for width in ("60", "400"))
    assert row["sha256"] in re.sub(r"[│ \n]", "", narrow)
    assert row["sha256"] in wide
    assert "…" not in narrow + wide


@pytest.mark.anyio
async def test_a_dry_run_makes_no_constraints_either(store: Store, server: Server, driver: Driver) -> None:
    for row in rows(driver, "SHOW CONSTRAINTS YIELD name"):
        driver.execute_query(f"DROP CONSTRAINT `{row['name']}`")
    for row in rows(driver, "SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP'"):
        driver.execute_query(f"DROP INDEX `{row['name']}`")
    try:
        told = belgraph(server.settings, "load", "--dry-run", ARTICLE)
        assert (told.returncode, told.stderr) == (0, "")
        assert "would be added" in told.stdout
        assert rows(driver, "SHOW CONSTRAINTS YIELD name") == []
        assert rows(driver, "SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP'") == []
        graph = everything(driver)
        assert (graph.nodes, graph.relationships) == ([], [])
    finally:
        await prepare(store, load_ontology())


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["query", "nothing"], "nothing"),
        (["query", "actors", "--param", "limit"], "KEY=VALUE"),
        (["query", "actors", "--param", "nobody=1"], "nobody"),
        (["load", "nowhere.yaml"], "nowhere.yaml"),
        (["load", "."], "."),
        (["load", "broken.yaml"], "broken.yaml"),
        (["load", "broken.yaml", "--as", "nothing"], "nothing"),
    ],
)
def test_a_bad_input_is_one_message(
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    told: str,
) -> None:
    for name, value in environment(server.settings).items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(server.settings.home)
    monkeypatch.setattr(sys, "argv", ["belgraph", *arguments])
    Path("broken.yaml").write_bytes(b"\xff\xfe: [")
    with pytest.raises(SystemExit) as ended:
        main()
    printed = capsys.readouterr()
    assert ended.value.code == 1, printed
    assert printed.err.startswith("belgraph: ")
    assert told in printed.err
    assert printed.out == ""
