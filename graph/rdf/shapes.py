"""SHACL (W3C 2017): statements against the shapes that are generated from the ontology, a batch at a time.

A batch holds its statements, their plain triples and the classes of what they name, so that memory does not grow with
the graph. The shapes look no further than that. Nor do they look at more of a statement than which properties it has,
of which types and of which vocabulary, and the classes of what it names: of all that are alike in this, one stands for
the others. SHACL takes ten milliseconds a statement; a graph of any size has some hundred kinds of them.
"""

import logging
import re
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from functools import cache, lru_cache
from importlib.resources import files
from itertools import islice
from typing import Any

from rdflib import RDF, SH, XSD, BNode, Graph, Literal, URIRef

from graph.errors import Fault
from graph.rdf import foreign, reading
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
    "OrConstraintComponent": "is none of {expected}; name another node, or state such a class for it",
    "NodeKindConstraintComponent": "must be a node with an id",
}

_END = re.compile(r"(.+)(Domain|Range)Shape")
_END_OF = {"Domain": "subject", "Range": "object"}

logging.getLogger("rdflib.term").setLevel(logging.ERROR)  # it tells of each bad value with a trace; so do we, without


class Shapes:
    """The shapes of one ontology, and which kinds of statements they were found to allow or to refuse."""

    def __init__(self, mapping: RdfMapping) -> None:
        self._mapping = mapping
        self._allowed: set[object] = set()
        self._refused: set[object] = set()

    def faults(self, rows: Iterable[StatementRow], classes: Classes) -> Iterator[Fault]:
        """What breaks a shape; `classes` has the labels of every node that the statements name."""
        waiting = iter(rows)
        while batch := list(islice(waiting, BATCH)):
            kinds = [self._kind(row, classes) for row in batch]
            new = {kind: row for kind, row in zip(kinds, batch, strict=True) if kind not in self._known}
            if any(self._broken(list(new.values()), classes)):
                self._refused |= {kind for kind, row in new.items() if any(self._broken([row], classes))}
            self._allowed |= new.keys() - self._refused
            yield from self._broken(
                [row for kind, row in zip(kinds, batch, strict=True) if kind in self._refused], classes
            )

    @property
    def _known(self) -> Set[object]:
        return self._allowed | self._refused

    def _kind(self, row: StatementRow, classes: Classes) -> object:
        """What the shapes see of a statement."""
        found, qualifiers = row.properties, self._mapping.ontology.qualifiers
        form = self._mapping.form(row.type, found)
        seen: list[object] = []
        for key in form.keys:
            qualifier = qualifiers[key]
            if qualifier.refers:
                seen.append(tuple(classes.get(found[key], ())))
            elif qualifier.scheme:
                seen.append(found[key])
            elif isinstance(found[key], str):
                seen.append(_is_well_formed(found[key], qualifier.datatype))
        ends = (tuple(classes.get(end, ())) for end in (row.subject, row.object))
        return (replace(form, lang=None), form.lang is None, *ends, *seen)

    def _broken(self, rows: Sequence[StatementRow], classes: Classes) -> Iterator[Fault]:
        """What breaks a shape, each statement looked at."""
        if not rows:
            return
        lines, mapping = Lines(graphs=False), self._mapping
        text = [
            lines.block(None, block)
            for row in rows
            for block in mapping.statement(row.subject, row.type, row.object, row.properties)
        ]
        named = sorted(_named(rows, mapping.ontology) & classes.keys())
        text += [lines.block(None, mapping.node(id_, classes[id_], {})) for id_ in named]
        from pyshacl import validate as shacl  # half a second, which most commands need not spend

        data = Graph().parse(data="".join(text), format="nt")
        conforms, report, _ = shacl(data, shacl_graph=_shapes(), inference="none")
        if not conforms and isinstance(report, Graph):
            for result in sorted(report.subjects(RDF.type, SH.ValidationResult), key=str):
                yield from _faults(report, result, rows, mapping)


async def validate(store: Store, mapping: RdfMapping) -> AsyncIterator[Fault]:
    """What of the database breaks a shape, and what no shape reaches as it is no statement at all.

    Raises:
        Unavailable, DatabaseError: see `Store.reading`.
    """
    ontology, shapes = mapping.ontology, Shapes(mapping)
    async with store.reading() as transaction:
        async for entities in reading.entities(transaction, ontology):
            for node in entities:
                for fault in foreign.node_faults(node, mapping):
                    yield fault
        sources: list[str] = []
        for batch in await reading.batches(transaction, ontology):
            if not batch.low:
                sources += batch.sources
                for node in await reading.nodes(transaction, batch.sources):
                    for fault in foreign.node_faults(node, mapping):
                        yield fault
            async for page in reading.statements(transaction, ontology, batch):
                for row in page:
                    for fault in foreign.statement_faults(row, mapping):
                        yield fault
                rows = [row for row in page if foreign.is_whole(row, mapping)]
                for fault in shapes.faults(rows, await _classes(transaction, rows, ontology)):
                    yield fault
        async for fault in foreign.strange_nodes(transaction):
            yield fault
        async for fault in foreign.strange_relationships(transaction, ontology, sources):
            yield fault


@lru_cache(10_000)
def _is_well_formed(text: str, datatype: str | None) -> bool:
    return datatype in ("string", "Edtf") or not Literal(text, datatype=XSD[str(datatype)]).ill_typed


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


def _faults(report: Graph, result: Any, rows: Iterable[StatementRow], mapping: RdfMapping) -> Iterator[Fault]:
    node, path, value, component, shape = (
        report.value(result, name)
        for name in (SH.focusNode, SH.resultPath, SH.value, SH.sourceConstraintComponent, SH.sourceShape)
    )
    where = _short(path) if isinstance(path, URIRef) else "quote or record" if path is not None else _short(shape)
    constraint = str(component).removeprefix(str(SH))
    expected = [_short(each) for each in _expected(shape)]
    rule = _MEND.get(constraint, constraint).format(expected=", ".join(expected))
    focus, said = mapping.id_of(str(node)), "" if value is None else mapping.id_of(str(value))
    if end := _END.fullmatch(where):
        for id_ in sorted(_ended(rows, end[1], end[2], focus, mapping)):
            yield Fault(0, id_, f"{_END_OF[end[2]]} of {end[1]}", focus, rule)
    else:
        yield Fault(0, focus, where, said, rule)


def _ended(rows: Iterable[StatementRow], name: str, end: str, node: str, mapping: RdfMapping) -> Iterator[str]:
    """Ids of the statements whose plain triple has that term and that node at that end."""
    for row in rows:
        form = mapping.form(row.type, row.properties)
        if name == form.states and end == "Domain":  # a source states it of the object
            found = row.object
        elif name == form.predicate and form.plain:
            found = row.subject if end == "Domain" else row.object
        else:
            continue
        if found == node:
            yield row.properties["id"]


def _expected(shape: Any) -> Iterator[Any]:
    shapes = _shapes()
    for name in (SH["class"], SH.datatype):
        yield from shapes.objects(shape, name)
    for choices in shapes.objects(shape, SH["or"]):
        for choice in shapes.items(choices):
            yield from _expected(choice)
    listed = shapes.value(shape, SH["in"])
    if listed is not None:
        yield from shapes.items(listed)


def _short(found: Any) -> str:
    return "" if isinstance(found, BNode) else str(found).removeprefix(str(BG)).rpartition("#")[2]


@cache
def _shapes() -> Graph:
    return Graph().parse(data=files("ontology").joinpath("shapes.ttl").read_bytes(), format="turtle")
