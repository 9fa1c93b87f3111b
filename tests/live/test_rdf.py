"""The graph as RDF and back: nothing is lost in any format, and what someone added by hand is told."""

import json
import os
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from neo4j import Driver

from graph.errors import ChangedError, ConflictError, InputError, Refused, UnwritableError
from graph.load import load
from graph.rdf import reading
from graph.rdf.checking import TRIES, export
from graph.rdf.export import CHUNK, lines, write
from graph.rdf.formats import FORMATS
from graph.rdf.mapping import RdfMapping
from graph.rdf.restoring import restore
from graph.rdf.shapes import validate
from graph.rdf.terms import RDF, SKOS
from graph.records import Load
from graph.store import Store, Transaction
from loaders.registry import SEED_SOURCES, read
from ontology.model import Ontology
from ontology.model import load as load_ontology
from tests.live.conftest import Server
from tests.live.generated import Generator
from tests.live.support import belgraph, everything, wipe
from tests.sources import changed, loads

pytestmark = pytest.mark.anyio

MAPPING = RdfMapping(load_ontology(), "https://w3id.org/belgraph/id/")
BY_HAND = "MATCH (n:Thing {id: 'belavia'}) SET n.seen = coalesce(n.seen, 0) + 1"
FEARED = "#modality> <https://w3id.org/belgraph/ontology#modality-feared>"


async def exported(store: Store, format_: str) -> bytes:
    return b"".join([chunk async for chunk in write(store, MAPPING, format_)])


async def load_seed(store: Store) -> None:
    for path in SEED_SOURCES.values():
        await load(store, load_ontology(), read(path))


async def load_all(store: Store) -> None:
    """The article, and generated sources in three versions."""
    await load_seed(store)
    generator = Generator(load_ontology())
    for first in generator.sources(12):
        what = first
        for _ in range(3):
            await load(store, load_ontology(), what)
            what = generator.changed(what)


async def test_every_format_gives_the_same_graph_back(store: Store, driver: Driver, tmp_path: Path) -> None:
    await load_all(store)
    before = everything(driver)
    assert "RETRACTED" in {row["type"] for row in before.relationships}
    files = {format_: await exported(store, format_) for format_ in FORMATS}
    for format_, content in files.items():
        path = tmp_path / f"all.{format_}"
        path.write_bytes(content)
        wipe(driver)
        await restore(store, MAPPING, path)
        assert everything(driver) == before, format_
    assert {format_: await exported(store, format_) for format_ in FORMATS} == files  # the same graph, the same bytes


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(what=loads(), kept=st.lists(st.booleans(), max_size=12), format_=st.sampled_from(list(FORMATS)))
async def test_any_source_comes_back_in_all_its_versions(
    store: Store, driver: Driver, tmp_path: Path, what: Load, kept: list[bool], format_: str
) -> None:
    wipe(driver)
    for version in (what, changed(what, kept), what, replace(what, statements=what.statements[:3])):
        await load(store, load_ontology(), version)
    before = everything(driver)
    path = tmp_path / f"any.{format_}"
    report = await export(store, MAPPING, format_, path)
    assert report.nothing_lost, report
    wipe(driver)
    await restore(store, MAPPING, path)
    assert everything(driver) == before


async def test_what_was_added_by_hand_is_told_and_no_reason_to_say_nothing_lost(
    store: Store, driver: Driver, tmp_path: Path
) -> None:
    await load_seed(store)
    by_hand = """
    MATCH (a:Thing {id: 'belavia'}) MATCH (b:Thing {id: 'donald-trump'})
    CREATE (a)-[:KNOWS]->(b) CREATE (a)-[:SUPPORTS {id: 'st-x'}]->(b)
    CREATE (:Note {name: 'mine'}) CREATE (:Thing:Person {id: '', name: 'nobody'}) SET a.colour = 'red', a:Airline
    WITH 1 AS one MATCH ()-[r:STATES]->() WITH r LIMIT 1 SET r.checked = true
    """
    driver.execute_query(by_hand)
    report = await export(store, MAPPING, "nq", tmp_path / "all.nq")
    told = "\n".join(report.left)
    assert report.lost == 7
    for word in (
        "belavia KNOWS donald-trump",
        "belavia SUPPORTS",
        "mine",
        "nobody",
        "colour",
        "label 'Airline'",
        "checked",
    ):
        assert word in told
    assert not report.nothing_lost
    driver.execute_query("MATCH ()-[r:KNOWS|SUPPORTS]->() WHERE r.source IS NULL DELETE r")
    faults = [str(fault) async for fault in validate(store, MAPPING)]
    assert len(faults) == 5


async def test_what_a_validation_finds_has_its_place_its_value_and_how_to_mend_it(
    store: Store, driver: Driver, capfd: pytest.CaptureFixture[str]
) -> None:
    await load_seed(store)
    (row,) = driver.execute_query(
        "MATCH (a:Thing {id: 'poland'}), (b:Thing {id: 'belavia'}) CREATE (a)-[:LEADS {id: 'st-hand', source: 'names',"
        " modality: 'asserted', negated: false, recorded_at: '2026-11-25T00:00:00.000Z', quote: 'x',"
        " valid_from_min: 'yesterday'}]->(b) WITH b"
        " MATCH ()-[r:MENTIONS]->() WITH r ORDER BY r.id LIMIT 1 SET r.confidence = duration('P1D') RETURN r.id AS id"
    ).records
    (late,) = driver.execute_query(
        "MATCH ()-[r:HAS_INITIATOR]->() WITH r ORDER BY r.id LIMIT 1 SET r.recorded_at = 'yesterday' RETURN r.id AS id"
    ).records
    faults = [fault async for fault in validate(store, MAPPING)]
    assert {(fault.record.partition(" ")[0], fault.field, fault.value) for fault in faults} == {
        (row["id"], "confidence", "P1D"),
        (late["id"], "recorded_at", "yesterday"),
        ("st-hand", "subject of leads", "poland"),
        ("st-hand", "validFromMin", "yesterday"),
    }
    rules = "\n".join(fault.rule for fault in faults)
    assert "is of type Duration, and must be a number with a fraction, such as 14.0; mend it" in rules
    assert "is not of class Person; name another node" in rules
    assert capfd.readouterr() == ("", "")


async def test_more_nodes_than_were_met_are_told(store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    await load_seed(store)
    read = reading.entities

    async def short(transaction: Transaction, ontology: Ontology) -> AsyncIterator[Sequence[reading.NodeRow]]:
        async for page in read(transaction, ontology):
            yield page[1:]

    monkeypatch.setattr(reading, "entities", short)
    report = await export(store, MAPPING, "nq", tmp_path / "all.nq")
    assert any(told.startswith("nodes: the database has ") for told in report.left)


async def test_a_display_copy_changed_by_hand_is_not_called_complete(
    store: Store, driver: Driver, tmp_path: Path
) -> None:
    await load_seed(store)
    assert (await export(store, MAPPING, "ttl", tmp_path / "a.ttl")).nothing_lost
    driver.execute_query("MATCH (n:Thing {id: 'belavia'}) SET n.iata = ['B3']")
    report = await export(store, MAPPING, "ttl", tmp_path / "a.ttl")
    assert report.doubt is not None
    (told,) = report.doubt.splitlines()[1:]
    assert told.startswith("belavia: iata ['B3']: by its statements ")
    driver.execute_query("MATCH (n:Thing {id: 'belavia'}) SET n.name = 'My airline'")
    report = await export(store, MAPPING, "ttl", tmp_path / "a.ttl")
    assert report.doubt is not None
    assert "belavia: skos:prefLabel 'My airline': by its statements its name is " in report.doubt
    assert not report.nothing_lost


async def test_a_file_that_import_would_refuse_is_not_called_complete(
    store: Store, driver: Driver, tmp_path: Path
) -> None:
    await load_seed(store)
    driver.execute_query(
        "MATCH (a:Thing {id: 'poland'}), (b:Thing {id: 'belavia'}) CREATE (a)-[:LEADS {id: 'st-hand', source: 'names',"
        " modality: 'asserted', negated: false, recorded_at: '2026-11-25T00:00:00.000Z', quote: 'x'}]->(b)"
    )
    path = tmp_path / "all.nq"
    report = await export(store, MAPPING, "nq", path)
    assert not report.nothing_lost
    assert report.doubt is not None
    assert report.doubt.startswith("import would refuse it:\npoland leads belavia: ")
    wipe(driver)
    with pytest.raises(Refused) as refused:
        await restore(store, MAPPING, path)
    assert report.doubt.endswith(refused.value.told)


async def test_a_stream_is_one_state_of_the_graph_or_breaks_off(store: Store, driver: Driver, tmp_path: Path) -> None:
    await load_seed(store)
    for format_ in FORMATS:
        chunks = write(store, MAPPING, format_)
        written = [await anext(chunks)]
        driver.execute_query(
            "MATCH (n:Thing {id: 'belavia'}) SET n.seen = coalesce(n.seen, 0) + 1"
        )  # as in the Browser
        with pytest.raises(ChangedError):
            written += [chunk async for chunk in chunks]
        assert len(b"".join(written)) > CHUNK


async def test_an_export_to_a_file_begins_anew_until_nothing_changes(
    store: Store, driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await load_seed(store)
    changes = 2
    read = reading.batches

    async def disturbed(transaction: Transaction, ontology: Ontology) -> Sequence[reading.Batch]:
        nonlocal changes
        if changes:
            changes -= 1
            driver.execute_query(BY_HAND)
        return await read(transaction, ontology)

    monkeypatch.setattr(reading, "batches", disturbed)
    path = tmp_path / "all.nq"
    await export(store, MAPPING, "nq", path)
    assert changes == 0
    assert path.read_bytes() == await exported(store, "nq")
    path.unlink()
    changes = TRIES
    with pytest.raises(ChangedError, match="when nothing is being loaded"):
        await export(store, MAPPING, "nq", path)
    assert not os.listdir(tmp_path)  # noqa: PTH208 - no coroutine may use Path for it


async def test_small_batches_and_sources_in_slices_lose_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    await load_all(store)
    whole = await exported(store, "nq")
    async with store.reading() as transaction:
        assert all(batch.high is None for batch in await reading.batches(transaction, load_ontology()))
    monkeypatch.setattr(reading, "_BATCH", 50)
    monkeypatch.setattr(reading, "_MOST", 3)
    async with store.reading() as transaction:
        slices = await reading.batches(transaction, load_ontology())
    assert len([batch for batch in slices if len(batch.low) > len("st-0")]) > 256
    monkeypatch.setattr(reading, "_MOST", 20)
    assert sorted((await exported(store, "nq")).splitlines()) == sorted(whole.splitlines())


async def test_control_characters_are_told_before_the_first_byte_of_xml(store: Store, driver: Driver) -> None:
    await load_seed(store)
    for query in (
        "MATCH (:Thing)-[r:STATES {property: 'name'}]->() WITH r LIMIT 1 SET r.record = 'a\\u0007'",
        "MATCH (n:Document) SET n.title = 'a\\u000Bb', n.list = [1, 2]",
    ):
        driver.execute_query(query)
        with pytest.raises(UnwritableError, match="use another format"):
            await anext(write(store, MAPPING, "rdf"))
        assert await exported(store, "ttl")
        driver.execute_query("MATCH ()-[r:STATES]->() WHERE r.record STARTS WITH 'a\\u0007' SET r.record = 'a'")


async def test_an_import_is_all_or_nothing(store: Store, driver: Driver, tmp_path: Path) -> None:
    await load_seed(store)
    good, bad = tmp_path / "good.nq", tmp_path / "bad.nq"
    good.write_bytes(await exported(store, "nq"))
    with pytest.raises(ConflictError, match="not empty"):
        await restore(store, MAPPING, good)
    text = good.read_text("utf-8")
    altered = text.replace('#quote> "', '#quote> "No, ', 1)
    assert altered != text
    bad.write_text(altered, "utf-8")
    wipe(driver)
    with pytest.raises(Refused, match="is not the text at"):
        await restore(store, MAPPING, bad)
    bad.write_text(
        text.replace("#modality> <https://w3id.org/belgraph/ontology#modality-asserted>", FEARED, 1), "utf-8"
    )
    assert bad.read_text("utf-8") != text
    with pytest.raises(Refused, match="by its statement it is st-"):
        await restore(store, MAPPING, bad)
    person = f"<{MAPPING.base}belavia> <{RDF}type> <https://w3id.org/belgraph/ontology#Person> .\n"
    for more, told in (
        (person, "belavia: rdf:type 'Person': by its statements it is "),
        (person.replace("type>", "value>"), "not a term of the ontology"),
        (f'<{MAPPING.base}belavia> <{SKOS}prefLabel> "Lost" .\n', "skos:prefLabel 'Lost': by its statements"),
    ):
        bad.write_text(text + more, "utf-8")
        with pytest.raises(Refused, match=told):
            await restore(store, MAPPING, bad)
    for name, nothing in (("no.nt", ""), ("no.jsonld", "{}")):
        path = tmp_path / name
        path.write_text(nothing, "utf-8")
        with pytest.raises(InputError, match="holds no statement of ours"):
            await restore(store, MAPPING, path)
    assert everything(driver).nodes == []


async def test_the_article_is_valid_and_a_broken_statement_is_named(store: Store, driver: Driver) -> None:
    await load_seed(store)
    assert [fault async for fault in validate(store, MAPPING)] == []
    (row,) = driver.execute_query(
        "MATCH ()-[r:HAS_INITIATOR]->() WITH r ORDER BY r.id LIMIT 1"
        " SET r.modality = 'certain', r.asserted_by = 'minsk-no-agent' RETURN r.id AS id"
    ).records
    faults = [str(fault) async for fault in validate(store, MAPPING)]
    assert faults
    assert all(row["id"] in fault for fault in faults)
    assert any("modality" in fault for fault in faults)
    assert any("assertedBy 'minsk-no-agent': is not of class Agent" in fault for fault in faults)


async def test_evidence_is_a_web_annotation_and_the_context_is_in_the_file(store: Store) -> None:
    await load_seed(store)
    document = json.loads(await exported(store, "jsonld"))
    nodes: dict[str, list[dict[str, object]]] = {}
    for node in document["@graph"]:
        for kind in node.get("@type", ()):
            nodes.setdefault(kind, []).append(node)
    assert "validFromMin" in json.dumps(document["@context"])
    assert len(nodes["oa:Annotation"]) == len(nodes["oa:TextPositionSelector"]) == len(nodes["oa:TextQuoteSelector"])
    assert all("oa:prefix" in node and "oa:suffix" in node for node in nodes["oa:TextQuoteSelector"])
    assert len(nodes["skos:Concept"]) == sum(len(v.concepts) for v in load_ontology().vocabularies.values())
    assert [chunk async for chunk in lines(store, MAPPING, graphs=True)][-1].endswith(b" .\n")


async def test_the_command_line_exports_restores_and_validates(
    store: Store, driver: Driver, server: Server, tmp_path: Path
) -> None:
    await load_seed(store)
    before = everything(driver)
    path = tmp_path / "all.trig"
    done = belgraph(server.settings, "export", "-o", path)
    assert done.returncode == 0, done.stderr
    assert "nothing lost" in done.stdout
    assert belgraph(server.settings, "validate").stdout == "The database is valid.\n"
    assert belgraph(server.settings, "import", path).returncode == 1
    driver.execute_query("MATCH (n:Thing {id: 'belavia'}) SET n.colour = 'red'")
    done = belgraph(server.settings, "export", "-o", tmp_path / "other.nq")
    assert done.returncode == 1
    assert "not in the file: belavia: colour 'red'" in done.stdout
    assert done.stderr.startswith("belgraph: what was written cannot stand for the database")
    done = belgraph(server.settings, "export")
    assert done.returncode == 1
    assert done.stdout == (tmp_path / "other.nq").read_text("utf-8")
    assert " nodes, " in done.stderr
    assert "not in the file: belavia: colour 'red'" in done.stderr
    driver.execute_query("MATCH (n:Thing {id: 'belavia'}) REMOVE n.colour")
    wipe(driver)
    done = belgraph(server.settings, "import", path)
    assert done.returncode == 0, done.stderr
    assert everything(driver) == before
