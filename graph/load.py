"""Writes what a source says, all or nothing.

A load replaces everything the source said before: new statements are added, those it no longer makes become `RETRACTED`
relationships, and one whose qualifiers changed is both. Loading the same again writes nothing. All of it is one
transaction: killed at any moment, the database holds the source as it was before or as it is after.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from graph.constraints import RETRACTED, schema, types
from graph.derive import derive
from graph.errors import ConflictError, Refused
from graph.guard import Guard, interval
from graph.records import Load, Quote, Scalar, Source, Statement
from graph.store import Store, Transaction
from ontology.model import Ontology, Qualifier

BATCH = 5_000  # rows a query; batches of 1 k to 20 k are equally fast

T = TypeVar("T")


@dataclass(slots=True)
class Report:
    """What a load did to the statements of its source, in numbers."""

    source: str
    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0


class _TakeBack(Exception):  # noqa: N818 - not an error: it rolls a dry run back
    def __init__(self, report: Report) -> None:
        self.report = report


async def prepare(store: Store, ontology: Ontology) -> None:
    """Make the constraints and indexes that are not there yet, and wait until they serve."""

    async def make(transaction: Transaction) -> None:
        for command in schema(ontology):
            await transaction.run(command)

    async def wait(transaction: Transaction) -> None:
        await transaction.run("CALL db.awaitIndexes(300)")

    await store.write(make)
    await store.write(wait)  # a read would be given up after the time of a query


async def load(store: Store, ontology: Ontology, what: Load, *, dry_run: bool = False) -> Report:
    """Make the database hold exactly `what` of its source; a dry run does the same and takes it back.

    Raises:
        Refused: records break rules of the ontology; all faults are listed.
        ConflictError: another source says that a node is something else.
        Unavailable, DatabaseError: see `Store.write`.
    """
    if faults := list(Guard(ontology).faults(what)):
        raise Refused(what.name, faults)
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    async def replace(transaction: Transaction) -> Report:
        report = await _Replacement(transaction, ontology, what, now).run()
        if dry_run:
            raise _TakeBack(report)
        return report

    try:
        return await store.write(replace)
    except _TakeBack as dry:
        return dry.report


def properties(statement: Statement, source: Source, ontology: Ontology) -> dict[str, Any]:
    """What the relationship of a statement carries, save `recorded_at`."""
    evidence = statement.evidence
    stored: dict[str, Any] = {
        "id": statement.id,
        "source": statement.source,
        "modality": statement.modality,
        "negated": statement.negated,
        **{key: _stored(ontology.qualifiers[key], found) for key, found in statement.qualifiers.items()},
    }
    if isinstance(evidence, Quote):
        stored |= {"quote": evidence.quote, "start": evidence.start, "end": evidence.end}
    else:
        stored["record"] = evidence.record
    if not ontology.relations[statement.predicate].structural:
        stored |= interval(statement, source)
    return stored


def _stored(qualifier: Qualifier, found: Scalar) -> Scalar:
    """A decimal is always a float, so that equal quantities are equal values."""
    return float(found) if qualifier.datatype == "decimal" else found


@dataclass
class _Replacement:
    transaction: Transaction
    ontology: Ontology
    load: Load
    now: str
    touched: set[str] = field(default_factory=set)

    async def run(self) -> Report:
        report = Report(self.load.source.id)
        wanted = {statement.id: statement for statement in self.load.statements}
        await self._lock()
        await self._retire(wanted, report)
        report.added = len(wanted) - report.changed
        await self._nodes()
        await self._create(list(wanted.values()))
        await derive(self.transaction, self.ontology, sorted(self.touched))
        return report

    async def _lock(self) -> None:
        """Let one load of the source run at a time, and see that its id is no entity's; this changes nothing."""
        source = self.load.source
        (row,) = await self.transaction.run(
            "MERGE (n:Thing {id: $id}) SET n.id = $id RETURN labels(n) AS labels", id=source.id
        )
        own = self.ontology.classes[source.type].ancestors
        if others := [label for label in row["labels"] if label in self.ontology.classes and label not in own]:
            raise ConflictError(
                f"{source.id}: the database has a {others[-1]} of that id; give the {source.type.lower()} another one"
            )

    async def _nodes(self) -> None:
        source = self.load.source
        for ids in _batches(sorted(set(self.load.ids()))):
            await self.transaction.run("UNWIND $ids AS id MERGE (:Thing {id: id})", ids=ids)
        await self.transaction.run(
            "MERGE (n:Thing {id: $id}) SET n:$($labels) SET n += $properties",
            id=source.id,
            labels=self.ontology.classes[source.type].ancestors,
            properties={
                **dict.fromkeys(self.ontology.sources),  # null removes what an older version had
                **source.properties,
                "name": source.properties["title"],
            },
        )

    async def _retire(self, wanted: dict[str, Statement], report: Report) -> None:
        """Take out of `wanted` what stands already; retract what the source does not say so any more."""
        gone: list[dict[str, str]] = []
        names = {relation.type: name for name, relation in self.ontology.relations.items()}
        # Neo4j makes one index seek a type of it; a UNION that says so takes it four times as long to plan.
        standing = (
            f"MATCH (a:Thing)-[r:{'|'.join(types(self.ontology, structural=True))} {{source: $source}}]->(b:Thing)"
            " RETURN a.id AS subject, b.id AS object, elementId(r) AS at, type(r) AS type, properties(r) AS properties"
        )
        async for row in self.transaction.stream(standing, source=self.load.source.id):
            found = row["properties"]
            del found["recorded_at"]
            statement = wanted.get(found["id"])
            if statement and properties(statement, self.load.source, self.ontology) == found:
                del wanted[statement.id]
                report.unchanged += 1
                continue
            gone.append({"at": row["at"], "was": names[row["type"]]})
            self.touched.update((row["subject"], row["object"]))
            if statement:
                report.changed += 1
            else:
                report.removed += 1
        for rows in _batches(gone):
            await self.transaction.run(
                "UNWIND $rows AS row MATCH (a:Thing)-[r]->(b:Thing) WHERE elementId(r) = row.at"
                f" CREATE (a)-[x:{RETRACTED}]->(b)"
                " SET x = properties(r), x.was = row.was, x.retracted_at = $now DELETE r",
                rows=rows,
                now=self.now,
            )

    async def _create(self, wanted: Sequence[Statement]) -> None:
        for statements in _batches(wanted):
            self.touched.update(end for s in statements for end in (s.subject, s.object))
            await self.transaction.run(
                "UNWIND $rows AS row MATCH (a:Thing {id: row.subject}) MATCH (b:Thing {id: row.object})"
                " CREATE (a)-[r:$(row.type)]->(b) SET r = row.properties, r.recorded_at = $now",
                rows=[
                    {
                        "subject": s.subject,
                        "object": s.object,
                        "type": self.ontology.relations[s.predicate].type,
                        "properties": properties(s, self.load.source, self.ontology),
                    }
                    for s in statements
                ],
                now=self.now,
            )


def _batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]
