"""What a load writes into a real Neo4j, what a second one leaves alone, and that a failed one leaves nothing."""

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from neo4j import Driver

from graph.errors import ConflictError, DatabaseError, Refused
from graph.load import Report, load
from graph.password import password
from graph.records import Load, Quote, Record, Source, Statement, value
from graph.store import Store, Transaction
from loaders.registry import SEED_SOURCES, read
from ontology.model import load as load_ontology
from tests.live.conftest import Server
from tests.live.support import everything, rows, wipe

pytestmark = pytest.mark.anyio

ONTOLOGY = load_ontology()
ARTICLE = read(SEED_SOURCES["trump-belarus-move"])
NAMES = read(SEED_SOURCES["names"])
STRUCTURAL = [relation.type for relation in ONTOLOGY.relations.values() if relation.structural]
BOUNDS = ("valid_from_min", "valid_from_max", "valid_to_min", "valid_to_max")

TEXT = "The EU listed Belavia in December 2021. Poland supports the listing."
NOTE: dict[str, Any] = {
    "document": {"id": "note", "title": "A listing", "language": "en", "text": "note.txt"},
    "entities": {
        "european-union": {"type": "Organization", "name": "European Union", "mentions": ["EU"]},
        "poland": {"type": "Country", "name": "Poland", "identifiers": {"iso3166": "PL"}, "mentions": ["Poland"]},
        "belavia": {"type": "Company", "name": "Belavia", "mentions": ["Belavia"]},
    },
    "occurrences": {
        "listing-of-belavia": {"type": "SanctionsAct", "name": "Listing of Belavia", "mentions": ["the listing"]},
    },
    "statements": [
        {
            "subject": "listing-of-belavia",
            "predicate": "hasInitiator",
            "object": "european-union",
            "quote": "The EU listed Belavia in December 2021",
            "status": "done",
            "valid_from": "2021-12",
        },
        {
            "subject": "listing-of-belavia",
            "predicate": "hasTarget",
            "object": "belavia",
            "quote": "The EU listed Belavia",
            "status": "done",
        },
        {
            "subject": "poland",
            "predicate": "supports",
            "object": "listing-of-belavia",
            "quote": "Poland supports the listing",
        },
    ],
}


DATASET = {"title": "A list", "version": "1", "licence": "CC0-1.0", "sha256": "0" * 64}


def note(folder: Path, data: dict[str, Any] = NOTE) -> Load:
    """The annotation as the loader reads it from a file."""
    (folder / "note.txt").write_text(TEXT, encoding="utf-8")
    path = folder / "note.yaml"
    path.write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")
    return read(path)


def dataset(id_: str, *statements: Statement) -> Load:
    return Load(f"{id_}.test", Source(id_, "Dataset", DATASET), statements)


def typed(source: str, entity: str, class_: str) -> Statement:
    return value(source, entity, "type", class_, Record(entity))


def node(driver: Driver, id_: str) -> dict[str, Any]:
    (row,) = rows(driver, "MATCH (n:Thing {id: $id}) RETURN properties(n) AS properties", id=id_)
    return dict(row["properties"])


def labels(driver: Driver, id_: str) -> set[str]:
    (row,) = rows(driver, "MATCH (n:Thing {id: $id}) RETURN labels(n) AS labels", id=id_)
    return set(row["labels"])


def ancestors(class_: str) -> set[str]:
    return set(ONTOLOGY.classes[class_].ancestors)


def said(what: Load, entity: str, property_: str) -> set[str]:
    """The values that a source states."""
    of = [s for s in what.statements if s.object == entity and s.qualifiers.get("property") == property_]
    return {str(statement.qualifiers["value"]) for statement in of}


@pytest.mark.parametrize("what", [ARTICLE, NAMES], ids=lambda what: what.source.id)
async def test_a_source_is_stored_as_it_was_read(store: Store, driver: Driver, what: Load) -> None:
    start = datetime.now(UTC) - timedelta(milliseconds=1)  # what is recorded has whole milliseconds
    assert await load(store, ONTOLOGY, what) == Report(what.source.id, added=len(what.statements))
    assert await store.counts() == (len({*what.ids(), what.source.id}), len(what.statements))
    found = rows(
        driver,
        "MATCH (a)-[r]->(b) RETURN a.id AS subject, type(r) AS type, b.id AS object, properties(r) AS stored",
    )
    by_id = {row["stored"]["id"]: row for row in found}
    assert by_id.keys() == {statement.id for statement in what.statements}
    for statement in what.statements:
        row, stored = by_id[statement.id], by_id[statement.id]["stored"]
        relation = ONTOLOGY.relations[statement.predicate]
        assert (row["subject"], row["type"], row["object"]) == (statement.subject, relation.type, statement.object)
        assert start <= datetime.fromisoformat(stored.pop("recorded_at")) <= datetime.now(UTC)
        bounds = [stored.pop(key, None) for key in BOUNDS]
        assert bounds == [None] * 4 if relation.structural else all(bounds)
        evidence = statement.evidence
        assert stored == {
            "id": statement.id,
            "source": what.source.id,
            "modality": statement.modality,
            "negated": statement.negated,
            **statement.qualifiers,
            **(
                {"quote": evidence.quote, "start": evidence.start, "end": evidence.end}
                if isinstance(evidence, Quote)
                else {"record": evidence.record}
            ),
        }


async def test_the_graph_is_whole_and_every_relationship_has_its_evidence(store: Store, driver: Driver) -> None:
    for each in (ARTICLE, NAMES):
        await load(store, ONTOLOGY, each)
    (row,) = rows(
        driver, "MATCH ()-[r]->() WHERE NOT type(r) IN $structural RETURN count(r) AS n", structural=STRUCTURAL
    )
    assert row["n"] >= 85
    wrong = rows(
        driver,
        """
        MATCH (a)-[r]->(b)
        OPTIONAL MATCH (source:Document|Dataset {id: r.source})
        WITH a, r, b, source
        WHERE r.id IS NULL OR source IS NULL OR r.modality IS NULL OR r.negated IS NULL OR r.recorded_at IS NULL
           OR (r.quote IS NULL) = (r.record IS NULL)
           OR r.quote <> substring(source.text, r.start, r.end - r.start)
           OR a.id IS NULL OR b.id IS NULL OR a.name IS NULL OR b.name IS NULL
           OR (a:Event AND NOT type(r) IN $structural AND r.status IS NULL)
        RETURN a.id, type(r), b.id, properties(r)
        """,
        structural=STRUCTURAL,
    )
    assert wrong == []
    assert rows(driver, "MATCH (n) WHERE NOT (n)--() RETURN n.id") == []
    for key in (key for key, qualifier in ONTOLOGY.qualifiers.items() if qualifier.refers):
        dangling = (
            f"MATCH ()-[r]->() WHERE r.{key} IS NOT NULL AND NOT EXISTS {{ (:Thing {{id: r.{key}}}) }} RETURN r.id"
        )
        assert rows(driver, dangling) == [], key


async def test_what_a_node_shows_is_derived_from_what_is_said(store: Store, driver: Driver) -> None:
    for each in (ARTICLE, NAMES):
        await load(store, ONTOLOGY, each)
    found = rows(driver, "MATCH (n:Thing) RETURN n.id AS id, labels(n) AS labels")
    assert {row["id"]: set(row["labels"]) for row in found} == {
        id_: ancestors(class_) for id_, class_ in {**NAMES.types(), **ARTICLE.types()}.items()
    }
    forms = said(ARTICLE, "belavia", "name") | said(NAMES, "belavia", "name")
    assert {"Belavia", "Белавія", "Белавиа", "Bielavija"} <= forms
    assert node(driver, "belavia") == {
        "id": "belavia",
        "name": "Belavia",
        "names": sorted(forms),
        "unp": ["600390798"],
    }
    lukashenko = node(driver, "alexander-lukashenko")
    assert (lukashenko["name"], lukashenko["wikidata_id"]) == ("Alexander Lukashenko", ["Q2866"])
    assert node(driver, "lifting-belavia-sanctions")["statuses"] == ["pledged", "proposed"]
    assert node(driver, "trump-belarus-deal")["statuses"] == ["proposed"]
    assert node(driver, "trump-lukashenko-call")["dates"] == ["2025?-08-15"]
    assert "statuses" not in node(driver, "inflation-in-belarus")
    document = node(driver, "trump-belarus-move")
    assert document == {"id": "trump-belarus-move", "name": document["title"], **ARTICLE.source.properties}


@pytest.mark.parametrize("what", [ARTICLE, NAMES], ids=lambda what: what.source.id)
async def test_loading_again_writes_nothing(store: Store, driver: Driver, what: Load) -> None:
    for each in (ARTICLE, NAMES):
        await load(store, ONTOLOGY, each)
    before, revision = everything(driver), await store.revision()
    assert await load(store, ONTOLOGY, what) == Report(what.source.id, unchanged=len(what.statements))
    assert await store.revision() == revision
    assert everything(driver) == before


async def test_the_order_of_sources_makes_no_difference(store: Store, driver: Driver) -> None:
    for each in (ARTICLE, NAMES):
        await load(store, ONTOLOGY, each)
    first = everything(driver, times=False)
    wipe(driver)
    for each in (NAMES, ARTICLE):
        await load(store, ONTOLOGY, each)
    assert everything(driver, times=False) == first


async def test_the_revision_is_the_same_until_someone_writes(store: Store, driver: Driver, server: Server) -> None:
    await load(store, ONTOLOGY, NAMES)
    async with Store(server.settings, password(server.settings)) as other:
        revision = await store.revision()
        assert await other.revision() == revision
        await other.write(_touch)
        assert await other.revision() != revision
        assert await store.revision() != revision


async def _touch(transaction: Transaction) -> None:
    await transaction.run("MATCH (n:Dataset {id: 'names'}) SET n.touched = true")


async def test_a_changed_annotation_replaces_what_the_source_said(store: Store, driver: Driver, tmp_path: Path) -> None:
    old = note(tmp_path)
    await load(store, ONTOLOGY, old)
    before = {r["stored"]["id"]: r for r in _relationships(driver)}
    changed = deepcopy(NOTE)
    initiator, target, _ = changed["statements"]
    initiator["valid_from"] = "2021-12-02"  # no part of the id: the same statement, changed
    target["status"] = "announced"  # a part of the id: one removed, one added
    changed["statements"][2] = {
        "subject": "poland",
        "predicate": "concernedAbout",
        "object": "belavia",
        "quote": "Poland",
    }
    changed["entities"]["belavia"]["name"] = "Belavia Belarusian Airlines"
    new = note(tmp_path, changed)
    was, now = ({statement.id: statement for statement in each.statements} for each in (old, new))
    gone, came = was.keys() - now.keys(), now.keys() - was.keys()
    assert (len(gone), len(came)) == (3, 3)
    (same_id,) = (id_ for id_ in was.keys() & now.keys() if was[id_] != now[id_])

    report = await load(store, ONTOLOGY, new)

    assert report == Report("note", added=3, changed=1, removed=3, unchanged=len(was) - 4)
    after = _relationships(driver)
    live = {r["stored"]["id"]: r for r in after if r["type"] != "RETRACTED"}
    assert live.keys() == now.keys()
    retracted = {r["stored"]["id"]: r for r in after if r["type"] == "RETRACTED"}
    assert retracted.keys() == gone | {same_id}
    assert len(after) == len(live) + len(retracted)
    for id_, row in retracted.items():
        stored = row["stored"]
        assert stored.pop("was") == was[id_].predicate
        assert stored.pop("retracted_at") > stored["recorded_at"]
        assert (row["subject"], stored, row["object"]) == (
            before[id_]["subject"],
            before[id_]["stored"],
            before[id_]["object"],
        )
    assert all(live[id_] == before[id_] for id_ in live.keys() - came - {same_id})
    assert live[same_id]["stored"]["valid_from"] == "2021-12-02"
    assert live[same_id]["stored"]["recorded_at"] > before[same_id]["stored"]["recorded_at"]
    event = node(driver, "listing-of-belavia")
    assert (event["statuses"], event["dates"]) == (["announced", "done"], ["2021-12-02"])
    belavia = node(driver, "belavia")
    assert (belavia["name"], belavia["names"]) == ("Belavia Belarusian Airlines", ["Belavia Belarusian Airlines"])


async def test_what_was_retracted_can_be_said_again(store: Store, driver: Driver, tmp_path: Path) -> None:
    first = note(tmp_path)
    await load(store, ONTOLOGY, first)
    shorter = deepcopy(NOTE)
    del shorter["statements"][2]
    withdrawn = first.statements[-1].id
    for data, report in (
        (shorter, Report("note", removed=1, unchanged=len(first.statements) - 1)),
        (NOTE, Report("note", added=1, unchanged=len(first.statements) - 1)),
        (shorter, Report("note", removed=1, unchanged=len(first.statements) - 1)),
        (NOTE, Report("note", added=1, unchanged=len(first.statements) - 1)),
    ):
        assert await load(store, ONTOLOGY, note(tmp_path, data)) == report
    found = rows(driver, "MATCH ()-[r {id: $id}]->() RETURN type(r) AS type ORDER BY type", id=withdrawn)
    assert [row["type"] for row in found] == ["RETRACTED", "RETRACTED", "SUPPORTS"]


def _relationships(driver: Driver) -> list[dict[str, Any]]:
    return rows(
        driver, "MATCH (a)-[r]->(b) RETURN a.id AS subject, type(r) AS type, b.id AS object, properties(r) AS stored"
    )


async def test_what_two_sources_say_stands_twice(store: Store, driver: Driver, tmp_path: Path) -> None:
    await load(store, ONTOLOGY, note(tmp_path))
    second = deepcopy(NOTE)
    second["document"]["id"] = "second-note"
    second["statements"][0]["status"] = "planned"
    await load(store, ONTOLOGY, note(tmp_path, second))
    found = rows(
        driver,
        "MATCH (:Event {id: 'listing-of-belavia'})-[r:HAS_INITIATOR]->(:Organization {id: 'european-union'})"
        " RETURN r.source AS source, r.status AS status ORDER BY source",
    )
    assert found == [{"source": "note", "status": "done"}, {"source": "second-note", "status": "planned"}]
    assert node(driver, "listing-of-belavia")["statuses"] == ["done", "planned"]
    # What one source says no more, the other still says.
    del second["statements"][:]
    second["entities"], second["occurrences"] = {}, {}
    await load(store, ONTOLOGY, note(tmp_path, second))
    assert node(driver, "listing-of-belavia")["statuses"] == ["done"]
    assert node(driver, "belavia")["names"] == ["Belavia"]


async def test_sources_that_disagree_on_what_a_thing_is_are_told(store: Store, driver: Driver) -> None:
    await load(store, ONTOLOGY, dataset("first", typed("first", "belavia", "Company")))
    before, revision = everything(driver), await store.revision()
    second = dataset("second", typed("second", "minsk", "Place"), typed("second", "belavia", "Person"))
    with pytest.raises(ConflictError, match=r"belavia: its sources disagree .*: Company by first, Person by second"):
        await load(store, ONTOLOGY, second)
    assert everything(driver) == before
    assert await store.revision() == revision


async def test_the_narrower_class_wins_as_long_as_it_is_said(store: Store, driver: Driver) -> None:
    await load(store, ONTOLOGY, dataset("first", typed("first", "belavia", "Organization")))
    assert labels(driver, "belavia") == ancestors("Organization")
    await load(store, ONTOLOGY, dataset("second", typed("second", "belavia", "Company")))
    assert labels(driver, "belavia") == ancestors("Company")
    await load(store, ONTOLOGY, dataset("third", typed("third", "belavia", "Agent")))
    assert labels(driver, "belavia") == ancestors("Company")
    await load(store, ONTOLOGY, dataset("second", typed("second", "minsk", "Place")))
    assert labels(driver, "belavia") == ancestors("Organization")


async def test_a_fault_anywhere_leaves_nothing(store: Store, driver: Driver) -> None:
    await load(store, ONTOLOGY, NAMES)
    before, revision = everything(driver), await store.revision()
    faulty = dataset(
        "faulty",
        typed("faulty", "minsk", "Place"),
        typed("faulty", "belavia", "Airline"),
        Statement("minsk", "flewTo", "belavia", "faulty", Record("1")),
    )
    with pytest.raises(Refused) as refused:
        await load(store, ONTOLOGY, faulty)
    assert {(fault.field, fault.value) for fault in refused.value.faults} == {
        ("type", "Airline"),
        ("predicate", "flewTo"),
    }
    assert everything(driver) == before
    assert await store.revision() == revision


async def test_an_error_of_the_database_in_the_middle_leaves_nothing(store: Store, driver: Driver) -> None:
    what = dataset("late", *(typed("late", f"place-{n}", "Place") for n in range(6_000)))  # more than one batch

    async def occupy(transaction: Transaction) -> None:
        await transaction.run(
            "CREATE (:Thing {id: 'a'})-[:STATES {id: $id, source: 'other'}]->(:Thing {id: 'b'})",
            id=what.statements[-1].id,
        )

    await store.write(occupy)
    before, revision = everything(driver), await store.revision()
    with pytest.raises(DatabaseError, match="already exists"):
        await load(store, ONTOLOGY, what)
    assert everything(driver) == before
    assert await store.revision() == revision


async def test_a_dry_run_tells_and_changes_nothing(store: Store, driver: Driver, tmp_path: Path) -> None:
    revision = await store.revision()
    report = await load(store, ONTOLOGY, ARTICLE, dry_run=True)
    assert report == Report("trump-belarus-move", added=len(ARTICLE.statements))
    assert await store.counts() == (0, 0)
    assert await store.revision() == revision

    await load(store, ONTOLOGY, note(tmp_path))
    changed = deepcopy(NOTE)
    changed["statements"][0]["valid_from"] = "2021"
    del changed["statements"][2]
    new = note(tmp_path, changed)
    before, revision = everything(driver), await store.revision()
    would = await load(store, ONTOLOGY, new, dry_run=True)
    assert (would.added, would.changed, would.removed) == (0, 1, 1)
    assert everything(driver) == before
    assert await store.revision() == revision
    assert await load(store, ONTOLOGY, new) == would
