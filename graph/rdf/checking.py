"""An export to a file, and the report that says whether anything was lost.

The file is one state of the database: where it changes meanwhile, the export begins anew.

"Nothing lost" is said only after the file was read back, judged as import judges it, and its content compared with the
database's, property by property with types; and only if the database holds nothing that RDF has no place for.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from graph.errors import BelgraphError, ChangedError, InputError, Refused
from graph.rdf import reading
from graph.rdf.export import TOLD, Exported, write
from graph.rdf.judging import Content, digest, judged
from graph.rdf.mapping import RdfMapping
from graph.rdf.parsing import parse
from graph.rdf.reading import NodeRow
from graph.store import Store


@dataclass(frozen=True, slots=True)
class ExportReport:
    """Counts, what stayed behind (`left` lists the first of `lost`), and why the file cannot be vouched for."""

    nodes: int
    statements: int
    triples: int
    lost: int
    left: Sequence[str]
    doubt: str | None

    @property
    def nothing_lost(self) -> bool:
        """Whether the file was compared with the database and holds all of it."""
        return self.lost == 0 and self.doubt is None


TRIES = 3
"""How often an export begins anew because the database changed meanwhile."""


async def export(store: Store, mapping: RdfMapping, format_: str, path: Path) -> ExportReport:
    """Write the graph to a file, complete or not at all, and read it back.

    Raises:
        InputError: the file cannot be written.
        ChangedError: the database changed each time.
        UnwritableError, Unavailable, DatabaseError: see `graph.rdf.export.write`.
    """
    partial = path.with_name(f".{path.name}.partial.{format_}")
    try:
        exported = await _written(store, mapping, format_, partial)
        doubt = await _doubt(store, mapping, partial, exported)
        partial.replace(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror or error})") from error
    finally:
        partial.unlink(missing_ok=True)
    return ExportReport(
        exported.nodes, exported.statements, exported.triples, exported.lost, tuple(exported.left), doubt
    )


async def _written(store: Store, mapping: RdfMapping, format_: str, path: Path) -> Exported:
    for _ in range(TRIES):
        exported = Exported()
        with path.open("wb") as file, suppress(ChangedError):
            async for chunk in write(store, mapping, format_, exported):
                file.write(chunk)
            return exported
    raise ChangedError(f"the database changed during each of {TRIES} exports; export when nothing is being loaded")


async def _doubt(store: Store, mapping: RdfMapping, path: Path, exported: Exported) -> str | None:
    try:
        parsed = parse(path, mapping)
        nodes = judged(parsed, mapping)
    except Refused as error:
        return f"import would refuse it:\n{error.told}"
    except BelgraphError as error:
        return f"import would refuse it: {error}"
    if digest(parsed, nodes) == exported.digest:
        return None
    altered = [each async for each in _altered(store, mapping, nodes)]
    return "\n".join(
        ["the file, read back, is not what the database holds: something was changed by hand", *altered[:TOLD]]
    )


async def _altered(store: Store, mapping: RdfMapping, nodes: Content) -> AsyncIterator[str]:
    """What the database has of nodes that is not what their statements make it; as `Digest`, it minds types."""
    sources = [id_ for id_, (labels, _) in nodes.items() if mapping.ontology.is_source(labels)]
    async with store.reading() as transaction:
        for node in await reading.nodes(transaction, sources):
            for altered in _differences(node, nodes):
                yield altered
        async for page in reading.entities(transaction, mapping.ontology):
            for node in page:
                for altered in _differences(node, nodes):
                    yield altered


def _differences(node: NodeRow, nodes: Content) -> Iterator[str]:
    labels, made = nodes.get(node.id, ((), {}))
    if sorted(labels) != sorted(node.labels):
        yield f"{node.id}: labels {', '.join(sorted(node.labels))}: by its statements {', '.join(sorted(labels))}"
    for key in sorted(made.keys() | node.properties.keys()):
        if repr(node.properties.get(key)) != repr(made.get(key)):
            yield f"{node.id}: {key} {node.properties.get(key)!r}: by its statements {made.get(key)!r}"
