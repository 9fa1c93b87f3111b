"""An export to a file, and the report that says whether anything was lost.

"Nothing lost" is said only after the file was read back and its content compared with the database's, property by
property with types; and only if the database did not change meanwhile and holds nothing that RDF has no place for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from graph.errors import BelgraphError, InputError
from graph.rdf.export import Exported, write
from graph.rdf.mapping import RdfMapping
from graph.rdf.parsing import parse
from graph.rdf.restoring import digest
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


async def export(store: Store, mapping: RdfMapping, format_: str, path: Path) -> ExportReport:
    """Write the graph to a file, complete or not at all, and read it back.

    Raises:
        InputError: the file cannot be written.
        UnwritableError, Unavailable, DatabaseError: see `graph.rdf.export.write`.
    """
    exported = Exported()
    before = await store.revision()
    partial = path.with_name(f".{path.name}.partial.{format_}")
    try:
        with partial.open("wb") as file:
            async for chunk in write(store, mapping, format_, exported):
                file.write(chunk)
        doubt = None if await store.revision() == before else "the database changed while it was exported; export again"
        doubt = doubt or _compared(partial, mapping, exported)
        partial.replace(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror or error})") from error
    finally:
        partial.unlink(missing_ok=True)
    return ExportReport(
        exported.nodes, exported.statements, exported.triples, exported.lost, tuple(exported.left), doubt
    )


def _compared(path: Path, mapping: RdfMapping, exported: Exported) -> str | None:
    try:
        same = digest(parse(path, mapping), mapping.ontology) == exported.digest
    except BelgraphError as error:
        return f"the file cannot be read back: {error}"
    return None if same else "the file, read back, is not what the database holds: something was changed by hand"
