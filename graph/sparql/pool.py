"""Two processes that wait for SPARQL queries on one store folder (graph/sparql/worker.py).

    async with SparqlPool(folder, timeout=10) as pool:
        media, body = await pool.run("ASK { ?s ?p ?o }", media)

A query that does not end in time is killed with its process, and another process starts in its place.
"""

import asyncio
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from graph.errors import DatabaseError, QueryTimeout, Unavailable

AT_ONCE = 2
_START = 30.0  # seconds in which a worker must be there

_ROOT = Path(__file__).parents[2]  # where `graph` is imported from


class SparqlFailure(DatabaseError):  # noqa: N818 - "a query's failure"
    """A query has no answer: malformed (with a position), refused, too-large or failed."""

    def __init__(self, kind: str, detail: str, position: Sequence[int] | None = None) -> None:
        self.kind = kind
        self.position = position
        super().__init__(detail)


class SparqlPool:
    """The workers of one folder; an asynchronous context."""

    def __init__(self, folder: Path, timeout: float) -> None:
        self._folder = folder
        self._timeout = timeout
        self._idle: asyncio.Queue[Process] = asyncio.Queue()
        self._workers: set[Process] = set()
        self._starting: set[asyncio.Task[None]] = set()
        self._closing = False

    async def __aenter__(self) -> Self:
        try:
            await asyncio.gather(*(self._start() for _ in range(AT_ONCE)))
        except Unavailable:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closing = True  # a start is not cancelled: its process would have no owner
        await asyncio.gather(*self._starting, return_exceptions=True)
        await asyncio.gather(*map(self._kill, list(self._workers)))

    async def run(
        self,
        query: str,
        media: Mapping[str, str],
        default_graphs: Sequence[str] = (),
        named_graphs: Sequence[str] = (),
    ) -> tuple[str, bytes]:
        """Media type and bytes of the answer; `media` says what is wanted of `rows`, `boolean` and `rdf`.

        Raises:
            SparqlFailure: there is none; says why.
            QueryTimeout: it took too long, the wait for a process included.
        """
        asked = {"query": query, "media": media, "default_graphs": default_graphs, "named_graphs": named_graphs}
        worker: Process | None = None
        whole = False
        try:
            async with asyncio.timeout(self._timeout):
                worker = await self._idle.get()
                header, body = await _ask(worker, asked)
            whole = True
        except TimeoutError as error:
            raise QueryTimeout(f"there was no answer within {self._timeout:g} seconds") from error
        except (EOFError, OSError) as error:
            raise SparqlFailure("too-large", "its process ended; the query takes too much memory") from error
        finally:
            if worker is not None and whole:
                self._idle.put_nowait(worker)
            elif worker is not None:
                task = asyncio.create_task(self._replace(worker))
                self._starting.add(task)
                task.add_done_callback(self._starting.discard)
        if "kind" in header:
            raise SparqlFailure(**header)
        return header["media"], body

    async def _replace(self, worker: Process) -> None:
        await self._kill(worker)
        while not self._closing:
            with suppress(Unavailable):  # a machine short of memory: it is tried again
                await self._start()
                return
            await asyncio.sleep(1)

    async def _start(self) -> None:
        worker = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "graph.sparql.worker", str(self._folder)),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,  # an engine that aborts for want of memory prints its stack
            env={**os.environ, "PYTHONPATH": str(_ROOT)},
            start_new_session=True,  # a Ctrl-C in the terminal is for belgraph, which then ends it
        )
        self._workers.add(worker)
        try:
            async with asyncio.timeout(_START):
                await _read(worker)
        except (TimeoutError, EOFError, OSError) as error:
            await self._kill(worker)
            raise Unavailable("the process that evaluates SPARQL does not start") from error
        self._idle.put_nowait(worker)

    async def _kill(self, worker: Process) -> None:
        self._workers.discard(worker)
        with suppress(ProcessLookupError):
            worker.kill()
        await worker.wait()


async def _ask(worker: Process, message: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
    if worker.stdin is None:
        raise EOFError
    worker.stdin.write(json.dumps(message).encode() + b"\n")
    await worker.stdin.drain()
    return await _read(worker)


async def _read(worker: Process) -> tuple[dict[str, Any], bytes]:
    """A header and the bytes that it announces.

    Raises:
        EOFError, OSError: the worker has ended.
    """
    if worker.stdout is None:
        raise EOFError
    header = json.loads(await worker.stdout.readuntil())
    return header, await worker.stdout.readexactly(header.pop("size", 0))
