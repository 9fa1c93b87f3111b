"""The process that makes store folders of the graph: `python -m graph.sparql.build`.

Exporting and loading would keep the event loop from everything else. It reads lines of JSON: first what to connect to,
then `{"folder"}`, a new folder for each view. For each it writes a line: `{"state"}`, the state of the database that
the folder holds, `{"state": null}`, it changed on the way, or `{"kind", "detail"}`, why there is no view.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from graph.config import Settings
from graph.errors import ChangedError, DatabaseError, Unavailable
from graph.rdf.export import lines
from graph.rdf.mapping import RdfMapping
from graph.sparql.folders import STORE, state, write_marker
from graph.store import Store
from ontology.model import load as load_ontology


class _Builder:
    def __init__(self, store: Store, mapping: RdfMapping) -> None:
        self._store = store
        self._mapping = mapping

    async def build(self, folder: Path) -> str | None:
        """Make a folder; the state it shows, or None: what was exported is of no one state."""
        before = await state(self._store)
        chunks = lines(self._store, self._mapping, graphs=True)
        try:
            await asyncio.to_thread(_load, folder / STORE, chunks, asyncio.get_running_loop())
        except ChangedError:
            return None
        after = await state(self._store)
        if before != after:
            return None
        await asyncio.to_thread(write_marker, folder, after)
        return after


def _load(path: Path, chunks: AsyncIterator[bytes], loop: asyncio.AbstractEventLoop) -> None:
    store = ox.Store(str(path))
    store.bulk_extend(_quads(chunks, loop))
    store.flush()


def _quads(chunks: AsyncIterator[bytes], loop: asyncio.AbstractEventLoop) -> Iterator[ox.Quad]:
    """Each quad, and its triple for the default graph.

    The engine can take the union of all graphs as the default graph, but then a triple that two sources say counts
    twice, and a join takes three times as long.
    """
    ended = b""
    while chunk := asyncio.run_coroutine_threadsafe(_next(chunks, ended), loop).result():
        for quad in ox.parse(input=chunk, format=ox.RdfFormat.N_QUADS):  # a chunk ends with a line
            yield quad
            if not isinstance(quad.graph_name, ox.DefaultGraph):
                yield ox.Quad(quad.subject, quad.predicate, quad.object)


async def _next(chunks: AsyncIterator[bytes], ended: bytes) -> bytes:
    async for chunk in chunks:
        if chunk:
            return chunk
    return ended


async def _serve() -> None:
    to = json.loads(sys.stdin.buffer.readline())
    settings = Settings(_env_file=None, **to["settings"])
    mapping = RdfMapping(load_ontology(), settings.base_iri)
    async with Store(settings, to["password"]) as store:
        builder = _Builder(store, mapping)
        _write({})
        while line := await asyncio.to_thread(sys.stdin.buffer.readline):
            _write(await _told(builder.build(Path(json.loads(line)["folder"]))))


async def _told(work: Coroutine[Any, Any, str | None]) -> Mapping[str, object]:
    try:
        return {"state": await work}
    except Unavailable as error:
        return {"kind": "unavailable", "detail": str(error)}
    except DatabaseError as error:
        return {"kind": "database", "detail": str(error)}
    except (OSError, ValueError, SyntaxError) as error:
        return {"kind": "failed", "detail": f"{type(error).__name__}: {error}"[:1000]}


def _write(header: Mapping[str, object]) -> None:
    sys.stdout.buffer.write(json.dumps(header).encode() + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    asyncio.run(_serve())
