"""A graph read from RDF into an empty database: checked in every way first, then written in one transaction."""

from dataclasses import dataclass
from pathlib import Path

from graph.derive import derive
from graph.errors import ConflictError, InputError
from graph.rdf.judging import Content, judged
from graph.rdf.mapping import RdfMapping
from graph.rdf.parsing import Parsed, parse
from graph.store import Store, Transaction
from ontology.model import Ontology

BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Restored:
    """What an import wrote, in numbers."""

    nodes: int
    statements: int


async def restore(store: Store, mapping: RdfMapping, path: Path) -> Restored:
    """Make an empty database hold exactly the graph of a file.

    Raises:
        InputError: the file cannot be read, or says nothing.
        Refused: it has faults; all of one kind are listed, and nothing was written.
        ConflictError: the database is not empty, or sources disagree on what a node is.
        Unavailable, DatabaseError: see `Store.write`.
    """
    parsed = parse(path, mapping)
    if not parsed.nodes and not parsed.statements:
        raise InputError(f"{path}: holds no statement of ours, so there is nothing to restore")
    nodes = judged(parsed, mapping)

    async def work(transaction: Transaction) -> Restored:
        (row,) = await transaction.run("OPTIONAL MATCH (n) WITH n LIMIT 1 RETURN n IS NULL AS empty")
        if not row["empty"]:
            raise ConflictError(
                "the database is not empty, and an import restores a whole graph; nothing was written."
                " Set BELGRAPH_HOME to a new folder and start it with `belgraph up --no-seed`"
            )
        await _write(transaction, parsed, nodes, mapping.ontology)
        return Restored(len(nodes), len(parsed.statements))

    return await store.write(work)


async def _write(transaction: Transaction, parsed: Parsed, nodes: Content, ontology: Ontology) -> None:
    rows = [{"labels": labels, "properties": found} for labels, found in nodes.values()]
    for start in range(0, len(rows), BATCH):
        await transaction.run(
            "UNWIND $rows AS row CREATE (n:$(row.labels)) SET n = row.properties", rows=rows[start : start + BATCH]
        )
    for start in range(0, len(parsed.statements), BATCH):
        await transaction.run(
            "UNWIND $rows AS row MATCH (a:Thing {id: row.subject}) MATCH (b:Thing {id: row.object})"
            " CREATE (a)-[r:$(row.type)]->(b) SET r = row.properties",
            rows=[
                {"subject": row.subject, "type": row.type, "object": row.object, "properties": dict(row.properties)}
                for row in parsed.statements[start : start + BATCH]
            ],
        )
    await derive(transaction, ontology, sorted(nodes))
