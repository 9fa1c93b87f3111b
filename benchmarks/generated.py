"""A graph of any size to measure with: Belarus as a super-node, data sets with records, documents with quotes.

The same number of statements gives the same graph. Half of all relations lead to Belarus; one statement in ten gives a
node its class or name. It is written without the guard, which has nothing to find here.
"""

import hashlib
import random
from collections.abc import Iterator, Sequence

from graph.derive import derive
from graph.load import BATCH, properties
from graph.records import Evidence, Load, Quote, Record, Scalar, Source, Statement, value
from graph.store import Store, Transaction
from ontology.model import Ontology

HUB = "belarus"
RECORDED = "2026-01-01T00:00:00.000Z"
IN_A_DATASET, IN_A_DOCUMENT = 5_000, 100

_SENTENCE = "Officials in Minsk said on day {n} that the talks about “Case {n}” would go on.\n"
_DATES = ("2020", "2024-02", "2025-06-21", "2025?-08", "2025-09-01")
_ENDS = ("open", "unknown", "2025-12-31")


class Generator:
    """Makes the sources of a graph with so many statements, one after the other."""

    def __init__(self, statements: int) -> None:
        self._random = random.Random(statements)  # noqa: S311 - no secret
        self._left = statements
        most = max(10, statements // 60)
        self._persons, self._organizations, self._events = (
            [f"{name}-{n}" for n in range(most)] for name in ("person", "organization", "event")
        )

    def sources(self) -> Iterator[Load]:
        """Who is who first, then data sets and documents with as many statements each way."""
        yield self._register()
        number = 0
        while self._left > 0:
            yield self._dataset(f"events-{number}", min(self._left, IN_A_DATASET))
            for document in range(IN_A_DATASET // IN_A_DOCUMENT):
                if self._left > 0:
                    yield self._document(f"report-{number}-{document}", min(self._left, IN_A_DOCUMENT))
            number += 1

    def _register(self) -> Load:
        source = Source("register", "Dataset", _dataset("register"))
        classes = {HUB: "Country"}
        for class_, ids in (
            ("Person", self._persons),
            ("Organization", self._organizations),
            ("Event", self._events),
        ):
            classes |= dict.fromkeys(ids, class_)
        said = []
        for n, (id_, class_) in enumerate(classes.items()):
            row = Record(f"row {n}")
            name = id_.replace("-", " ").title()
            said += [
                value(source.id, id_, "type", class_, row),
                value(source.id, id_, "name", name, row, lang="en"),
            ]
        self._left -= len(said)
        return Load("register", source, said)

    def _dataset(self, id_: str, count: int) -> Load:
        source = Source(id_, "Dataset", _dataset(id_))
        self._left -= count
        return Load(id_, source, [self._relation(source, Record(f"row {n}")) for n in range(count)])

    def _document(self, id_: str, count: int) -> Load:
        sentences = [_SENTENCE.format(n=n) for n in range(count)]
        text = "".join(sentences)
        own: dict[str, Scalar] = {
            "title": f"Report {id_}",
            "text": text,
            "sha256": hashlib.sha256(text.encode()).hexdigest(),
            "language": "en",
            "url": f"https://example.org/{id_}",
            "published": "2025-09-01",
        }
        source, said, start = Source(id_, "Document", own), [], 0
        for sentence in sentences:
            quote = Quote(sentence.rstrip("\n"), start, start + len(sentence) - 1)
            said.append(self._relation(source, quote))
            start += len(sentence)
        self._left -= count
        return Load(id_, source, said)

    def _relation(self, source: Source, evidence: Evidence) -> Statement:
        chance, pick = self._random.random(), self._random.choice
        object_ = HUB if chance < 0.5 else pick(self._organizations)
        qualifiers: dict[str, Scalar] = {}
        if self._random.random() < 0.5:
            qualifiers |= {"valid_from": pick(_DATES[:4]), "valid_to": pick(_ENDS)}
        if chance < 0.2 or chance > 0.8:
            qualifiers |= {"status": pick(("done", "announced", "pledged"))}
            subject, predicate = pick(self._events), pick(("hasInitiator", "hasTarget"))
        else:
            subject, predicate = pick(self._persons), pick(("supports", "opposes", "seeks", "controls"))
            predicate = "supports" if predicate == "seeks" else predicate
        if chance < 0.1:
            qualifiers |= {"quantity": self._random.randrange(1, 1_000) / 4, "quantity_bound": "about"}
        if 0.4 < chance < 0.6:
            qualifiers["asserted_by"] = pick(self._persons)
        modality = "asserted" if self._random.random() < 0.9 else "alleged"
        return Statement(subject, predicate, object_, source.id, evidence, qualifiers, modality=modality)


def _dataset(id_: str) -> dict[str, Scalar]:
    sha256 = hashlib.sha256(id_.encode()).hexdigest()
    return {"title": f"Data set {id_}", "version": "1", "licence": "CC0-1.0", "sha256": sha256}


async def fill(store: Store, ontology: Ontology, statements: int) -> None:
    """Write such a graph into a prepared, empty database.

    Raises:
        Unavailable, DatabaseError: see `Store.write`.
    """
    ids: list[str] = []
    waiting: list[tuple[Source, Statement]] = []
    for load in Generator(statements).sources():
        if not ids:
            ids = [*load.types()]
            for start in range(0, len(ids), BATCH):
                rows = [{"id": id_, "labels": ["Thing"], "own": {}} for id_ in ids[start : start + BATCH]]
                await _nodes(store, rows)
        own = {**load.source.properties, "name": load.source.properties["title"]}
        labels = ontology.classes[load.source.type].ancestors
        await _nodes(store, [{"id": load.source.id, "labels": labels, "own": own}])
        waiting += [(load.source, statement) for statement in load.statements]
        while len(waiting) >= BATCH:
            await _relationships(store, ontology, waiting[:BATCH])
            del waiting[:BATCH]
    await _relationships(store, ontology, waiting)
    for start in range(0, len(ids), BATCH):

        async def work(transaction: Transaction, some: Sequence[str] = ids[start : start + BATCH]) -> None:
            await derive(transaction, ontology, some)

        await store.write(work)


async def _nodes(store: Store, rows: Sequence[object]) -> None:
    async def work(transaction: Transaction) -> None:
        await transaction.run(
            "UNWIND $rows AS row MERGE (n:Thing {id: row.id}) SET n:$(row.labels) SET n += row.own", rows=rows
        )

    await store.write(work)


async def _relationships(store: Store, ontology: Ontology, said: Sequence[tuple[Source, Statement]]) -> None:
    rows = [
        {
            "subject": statement.subject,
            "object": statement.object,
            "type": ontology.relations[statement.predicate].type,
            "properties": {**properties(statement, source, ontology), "recorded_at": RECORDED},
        }
        for source, statement in {statement.id: (source, statement) for source, statement in said}.values()
    ]

    async def work(transaction: Transaction) -> None:
        await transaction.run(
            "UNWIND $rows AS row MATCH (a:Thing {id: row.subject}) MATCH (b:Thing {id: row.object})"
            " CREATE (a)-[r:$(row.type)]->(b) SET r = row.properties",
            rows=rows,
        )

    await store.write(work)
