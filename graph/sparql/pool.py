"""Processes that wait for SPARQL queries on one store folder (graph/sparql/worker.py).

    pool = SparqlPool(timeout=10)
    await pool.start()                 # they may start before the folder is there
    await pool.open(folder)
    media, body = await pool.run("ASK { ?s ?p ?o }", media)
    await pool.close()

A query that does not end in time is killed with its process, and another process starts in its place. Two processes
take any query. While both are taken, a third tries whether a query is a short one: queries without end must not keep
short ones waiting.
"""

import asyncio
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from graph.errors import DatabaseError, QueryTimeout, Unavailable
from graph.sparql.child import Child
from graph.sparql.worker import GOES_ON

AT_ONCE = 2
SHORT = 1.0  # seconds of a short query
WAITING = 64  # queries that may wait for a process
_START = 30.0  # seconds in which a worker must be there

_WORKER = "graph.sparql.worker"
_Media = Mapping[str, str | None]


class SparqlFailure(DatabaseError):  # noqa: N818 - "a query's failure"
    """A query has no answer.

    `kind`: malformed (with a position), refused, not-acceptable, too-large (its answer), memory, busy, damaged
    (the store), failed.
    """

    def __init__(self, kind: str, detail: str, position: Sequence[int] | None = None) -> None:
        self.kind = kind
        self.position = position
        super().__init__(detail)


class SparqlPool:
    """The workers of one folder."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._folder: Path | None = None
        self._idle: asyncio.Queue[Child] = asyncio.Queue()
        self._short: asyncio.Queue[Child] = asyncio.Queue()
        self._workers: set[Child] = set()
        self._replacing: set[asyncio.Task[None]] = set()
        self._waiting = 0
        self._closing = False

    async def start(self) -> None:
        """Start the processes.

        Raises:
            Unavailable: the machine starts no more.
        """
        try:
            for _ in range(AT_ONCE + 1):
                self._workers.add(await Child.start(_WORKER))
        except OSError as error:
            await self.close()
            raise _not_started() from error

    async def open(self, folder: Path) -> None:
        """Open a store in all of them.

        Raises:
            Unavailable: one cannot; the pool is closed.
        """
        self._folder = folder
        lanes = [self._short, *[self._idle] * AT_ONCE]
        greeted = await asyncio.gather(*map(self._greet, list(self._workers), lanes), return_exceptions=True)
        if failed := next((each for each in greeted if each is not None), None):  # all have ended what they began
            await self.close()
            raise failed

    async def close(self) -> None:
        """End all processes, whatever they do."""
        self._closing = True  # a start is not cancelled: its process would have no owner
        await asyncio.gather(*self._replacing, return_exceptions=True)
        await asyncio.gather(*map(self._end, list(self._workers)))

    @property
    def pids(self) -> set[int]:
        """Ids of the processes."""
        return {worker.pid for worker in self._workers}

    async def run(
        self,
        query: str,
        media: _Media,
        default_graphs: Sequence[str] = (),
        named_graphs: Sequence[str] = (),
        base: str | None = None,
    ) -> tuple[str, bytes]:
        """Media type and bytes of the answer; `media` says what is wanted of `rows`, `boolean` and `rdf`, if any.

        Raises:
            SparqlFailure: there is none; says why.
            QueryTimeout: it took too long.
        """
        if self._waiting >= WAITING:
            raise SparqlFailure("busy", f"{WAITING} queries are waiting")
        asked: dict[str, object] = {"query": query, "media": media, "base": base}
        asked |= {"default_graphs": default_graphs, "named_graphs": named_graphs}
        self._waiting += 1
        try:
            if self._idle.empty() and self._timeout > SHORT:
                with suppress(QueryTimeout):
                    return await self._run(self._short, asked, SHORT)
            return await self._run(self._idle, asked, self._timeout)
        finally:
            self._waiting -= 1

    async def _run(self, lane: asyncio.Queue[Child], asked: Mapping[str, Any], seconds: float) -> tuple[str, bytes]:
        answer = None
        for _ in range(AT_ONCE + 1):
            answer = answer or await self._answer(lane, asked, seconds)
        header, body = answer or _LOST
        if "kind" in header:
            raise SparqlFailure(**header)
        return header["media"], body

    async def _answer(
        self, lane: asyncio.Queue[Child], asked: Mapping[str, Any], seconds: float
    ) -> tuple[dict[str, Any], bytes] | None:
        """None: something else killed the process, perhaps before it was asked."""
        try:
            async with asyncio.timeout(self._timeout * 2):  # whoever is before it is stopped by then
                worker = await lane.get()
        except TimeoutError as error:
            raise SparqlFailure("busy", "other queries take all processes") from error
        as_it_was = False
        try:
            async with asyncio.timeout(seconds):
                header, body = await worker.ask(asked)
            as_it_was = header.get("kind", "malformed") in GOES_ON
        except TimeoutError as error:
            raise QueryTimeout(
                f"the query took longer than {seconds:g} seconds, its wait for others not counted"
            ) from error
        except (EOFError, OSError):
            return None if await worker.end() in _KILLED else _LOST
        finally:
            if as_it_was:
                lane.put_nowait(worker)
            else:
                task = asyncio.create_task(self._replace(worker, lane))
                self._replacing.add(task)
                task.add_done_callback(self._replacing.discard)
        return header, body

    async def _replace(self, worker: Child, lane: asyncio.Queue[Child]) -> None:
        await self._end(worker)
        while not self._closing:
            with suppress(Unavailable, OSError):  # a machine short of memory: it is tried again
                fresh = await Child.start(_WORKER)
                self._workers.add(fresh)
                await self._greet(fresh, lane)
                return
            await asyncio.sleep(1)

    async def _greet(self, worker: Child, lane: asyncio.Queue[Child]) -> None:
        try:
            async with asyncio.timeout(_START):
                await worker.ask({"folder": str(self._folder)})
        except (TimeoutError, EOFError, OSError) as error:
            await self._end(worker)
            raise _not_started() from error
        lane.put_nowait(worker)

    async def _end(self, worker: Child) -> None:
        self._workers.discard(worker)
        await worker.end()


_KILLED = (-signal.SIGKILL, 255)
"""How a process ended that something else killed; 255 where asyncio closed its pipes before it had read the status."""

_LOST: tuple[dict[str, Any], bytes] = (
    {"kind": "memory", "detail": "its process ended: it takes too much memory, or is nested too deeply"},
    b"",
)


def _not_started() -> Unavailable:
    return Unavailable("the process that evaluates SPARQL does not start")
