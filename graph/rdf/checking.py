"""An export to a file, and the report that says whether anything was lost.

The file is one state of the database: where it changes meanwhile, the export begins anew.

"Nothing lost" is said only after the file was read back, judged as import judges it, and its content compared with the
database's, property by property with types; and only if the database holds nothing that RDF has no place for.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from graph.errors import BelgraphError, ChangedError, InputError, Refused
from graph.rdf.export import Exported, write
from graph.rdf.judging import digest, judged
from graph.rdf.mapping import RdfMapping
from graph.rdf.parsing import parse
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
        doubt = _doubt(partial, mapping, exported)
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


def _doubt(path: Path, mapping: RdfMapping, exported: Exported) -> str | None:
    try:
        parsed = parse(path, mapping)
        same = digest(parsed, judged(parsed, mapping)) == exported.digest
    except Refused as error:
        return f"import would refuse it:\n{error.told}"
    except BelgraphError as error:
        return f"import would refuse it: {error}"
    return None if same else "the file, read back, is not what the database holds: something was changed by hand"
