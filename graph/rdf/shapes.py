"""SHACL (W3C 2017): statements against the shapes that are generated from the ontology, a batch at a time.

A batch holds its statements, their plain triples and the classes of what they name, so that memory does not grow with
the graph. The shapes look no further than that.
"""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import Any

from pyshacl import validate as shacl
from rdflib import RDF, SH, BNode, Graph, URIRef

from graph.errors import Fault
from graph.rdf import reading
from graph.rdf.formats import Lines
from graph.rdf.mapping import RdfMapping
from graph.rdf.reading import StatementRow
from graph.store import Store, Transaction
from ontology.model import BG, Ontology

BATCH = 1_000

Classes = Mapping[str, Sequence[str]]

_MEND = {
    "MinCountConstraintComponent": "a statement must have it; state it in the source and load that again",
    "MaxCountConstraintComponent": "a statement has it once; keep one value",
    "DatatypeConstraintComponent": "has another type; write it as {expected}",
    "InConstraintComponent": "not in its vocabulary; use one of {expected}",
    "ClassConstraintComponent": "is not of class {expected}; name another node, or state that class for it",
    "OrConstraintComponent": "fits none of what it may be; see the ontology's reference for the classes it accepts",
    "NodeKindConstraintComponent": "must be a node with an id",
}


def violations(rows: Iterable[StatementRow], classes: Classes, mapping: RdfMapping) -> Iterator[Fault]:
    """What breaks a shape; `classes` has the labels of every node that the statements name."""
    waiting = iter(rows)
    while batch := list(islice(waiting, BATCH)):
        yield from _batch(batch, classes, mapping)


async def validate(store: Store, mapping: RdfMapping) -> AsyncIterator[Fault]:
    """What of the database breaks a shape, and what no shape reaches as it is no statement at all.

    Raises:
        Unavailable, DatabaseError: see `Store.reading`.
    """
    ontology = mapping.ontology
    async with store.reading() as transaction:
        async for node in reading.nodes(transaction):
            for found in reading.node_faults(node, mapping):
                yield Fault(0, "database", "content", found, "take it out, or let a source state it")
        sources = await reading.sources(transaction, ontology)
        for source in sources:
            batch: list[StatementRow] = []
            async for row in reading.statements(transaction, ontology, source):
                for found in reading.statement_faults(row, mapping):
                    yield Fault(0, "database", "content", found, "take it out, or load its source again")
                if reading.is_whole(row, mapping):
                    batch.append(row)
                if len(batch) == BATCH:
                    for fault in _batch(batch, await _classes(transaction, batch, ontology), mapping):
                        yield fault
                    batch = []
            for fault in _batch(batch, await _classes(transaction, batch, ontology), mapping):
                yield fault
        async for found in reading.strangers(transaction, ontology, sources):
            yield Fault(0, "database", "content", found, "take it out, or let a source state it")


def _named(rows: Iterable[StatementRow], ontology: Ontology) -> set[str]:
    refers = [key for key, qualifier in ontology.qualifiers.items() if qualifier.refers]
    return {
        id_
        for row in rows
        for id_ in (row.subject, row.object, *(row.properties[key] for key in refers if key in row.properties))
    }


async def _classes(transaction: Transaction, rows: Sequence[StatementRow], ontology: Ontology) -> Classes:
    found = await transaction.run(
        "UNWIND $ids AS id MATCH (n:Thing {id: id}) RETURN id, labels(n) AS labels",
        ids=sorted(_named(rows, ontology)),
    )
    return {row["id"]: row["labels"] for row in found}


def _batch(rows: Sequence[StatementRow], classes: Classes, mapping: RdfMapping) -> Iterator[Fault]:
    lines = Lines(graphs=False)
    text = [
        lines.block(None, block)
        for row in rows
        for block in mapping.statement(row.subject, row.type, row.object, row.properties)
    ]
    named = sorted(_named(rows, mapping.ontology) & classes.keys())
    text += [lines.block(None, mapping.node(id_, classes[id_], {})) for id_ in named]
    data = Graph().parse(data="".join(text), format="nt")
    conforms, report, _ = shacl(data, shacl_graph=_shapes(), inference="none")
    if conforms or not isinstance(report, Graph):
        return
    for result in sorted(report.subjects(RDF.type, SH.ValidationResult), key=str):
        yield _fault(report, result, mapping)


def _fault(report: Graph, result: Any, mapping: RdfMapping) -> Fault:
    node, path, value, component, shape = (
        report.value(result, name)
        for name in (SH.focusNode, SH.resultPath, SH.value, SH.sourceConstraintComponent, SH.sourceShape)
    )
    where = _short(path) if isinstance(path, URIRef) else "quote or record" if path is not None else _short(shape)
    constraint = str(component).removeprefix(str(SH))
    expected = [_short(each) for each in _expected(shape)]
    rule = _MEND.get(constraint, constraint).format(expected=", ".join(expected))
    return Fault(0, mapping.id_of(str(node)), where, "" if value is None else mapping.id_of(str(value)), rule)


def _expected(shape: Any) -> Iterator[Any]:
    shapes = _shapes()
    for name in (SH["class"], SH.datatype):
        yield from shapes.objects(shape, name)
    listed = shapes.value(shape, SH["in"])
    if listed is not None:
        yield from shapes.items(listed)


def _short(found: Any) -> str:
    return "" if isinstance(found, BNode) else str(found).removeprefix(str(BG)).rpartition("#")[2]


@cache
def _shapes() -> Graph:
    return Graph().parse(data=files("ontology").joinpath("shapes.ttl").read_bytes(), format="turtle")
