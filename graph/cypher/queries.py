"""Cypher that users write, kept apart from everything else: `POST /v1/cypher`.

    queries = UserQueries(settings, password, store)
    await queries.run("MATCH (n) RETURN n LIMIT 1", {})     # bytes: {"columns": …, "rows": …, "truncated": …}
    await queries.close()

Each query runs in a worker process of its own (graph/cypher/worker.py), two at most; a third is refused at once. When
its time is over the worker is killed, whatever it or the server does. Neo4j does not always stop: it computes inside
one expression, and plans, to the end. So a place is free again only when the server no longer shows the transaction;
and a local Neo4j that still computes after `PATIENCE` is started anew, which is the only way to stop it.
"""

import asyncio
import json
import os
import secrets
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from graph.config import Settings
from graph.errors import DatabaseError, Unavailable
from graph.store import Store

AT_ONCE = 2
GRACE = 1.0  # seconds after its time in which the server may say so itself
PATIENCE = 60.0  # seconds after that in which it may stop
_START = 30.0  # seconds in which a worker must be there

_ROOT = Path(__file__).parents[2]  # where `graph` is imported from


class QueryFailure(DatabaseError):  # noqa: N818 - "a query's failure"
    """A query has no answer. `kind` says why, `more` holds what else is known.

    refused (by the guard; more: what), query (by the server; more: code, position), parameter, timeout, memory (its
    share), heap (of all), too-large, unreadable (no form in JSON), busy, database.
    """

    def __init__(self, kind: str, detail: str, **more: Any) -> None:
        self.kind = kind
        self.more = more
        super().__init__(detail)


class UserQueries:
    """Runs queries; `restart` starts the Neo4j anew, where that is ours, and returns once it serves."""

    def __init__(
        self, settings: Settings, password: str, store: Store, restart: Callable[[], None] | None = None
    ) -> None:
        self._timeout = settings.query_timeout
        same = settings.model_dump(include={"neo4j_user", "neo4j_database", "query_timeout", "max_rows"})
        self._greeting = {"settings": same | {"neo4j_uri": settings.bolt_uri}, "password": password}
        self._store = store
        self._restart = restart
        self._restarted = 0.0  # when it last was; two queries that do not end want it once
        self._restarting = asyncio.Lock()
        self._places = AT_ONCE
        self._workers: set[Process] = set()
        self._idle: list[Process] = []
        self._ending: set[asyncio.Task[None]] = set()

    async def run(self, query: str, parameters: Mapping[str, Any]) -> bytes:
        """The answer to a query, as JSON.

        Raises:
            QueryFailure: there is none; says why.
            Unavailable: the database cannot be reached.
        """
        if not self._places:
            raise QueryFailure("busy", f"{AT_ONCE} queries are under way; ask again when one has ended")
        self._places -= 1
        tag = secrets.token_hex(8)
        worker: Process | None = None
        kind = "lost"
        try:
            worker = await self._worker()
            async with asyncio.timeout(self._timeout + GRACE):
                header, body = await _ask(worker, {"tag": tag, "query": query, "parameters": parameters})
            kind = header.pop("kind", "")
        except TimeoutError as error:
            raise QueryFailure("timeout", f"there was no answer within {self._timeout:g} seconds") from error
        except (EOFError, OSError) as error:
            raise QueryFailure("too-large", "the answer takes too much memory; return less of it") from error
        finally:
            if worker is not None and kind not in ("lost", "unavailable"):
                self._idle.append(worker)
                self._places += 1
            else:
                task = asyncio.create_task(self._end(worker, tag))
                self._ending.add(task)
                task.add_done_callback(self._ending.discard)
        if kind == "unavailable":
            raise Unavailable(header["detail"])
        if kind:
            raise QueryFailure(kind, **header)
        return body

    async def close(self) -> None:
        """End all workers; what they still ask is not waited for."""
        for task in self._ending:
            task.cancel()
        await asyncio.gather(*self._ending, return_exceptions=True)
        await asyncio.gather(*map(self._kill, list(self._workers)))

    async def _worker(self) -> Process:
        while self._idle:
            if (worker := self._idle.pop()).returncode is None:
                return worker
        worker = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "graph.cypher.worker"),
            stdin=PIPE,
            stdout=PIPE,
            env={**os.environ, "PYTHONPATH": str(_ROOT)},
            start_new_session=True,  # a Ctrl-C in the terminal is for belgraph, which then ends it
        )
        self._workers.add(worker)
        try:
            async with asyncio.timeout(_START):
                await _ask(worker, self._greeting)
        except (TimeoutError, EOFError, OSError) as error:
            await self._kill(worker)
            raise Unavailable("the process that asks queries of users does not start") from error
        return worker

    async def _kill(self, worker: Process) -> None:
        with suppress(ProcessLookupError):
            worker.kill()
        await worker.wait()
        self._workers.discard(worker)  # not before: who closes waits for it, should this be cancelled

    async def _end(self, worker: Process | None, tag: str) -> None:
        """Kill a worker, and give its place to another query once the server has stopped too."""
        try:
            if worker is not None:
                await self._kill(worker)
            since = time.monotonic()
            while not await self._stopped(tag):
                async with self._restarting:
                    if self._restart and time.monotonic() - max(since, self._restarted) > PATIENCE:
                        await asyncio.to_thread(self._restart)
                        self._restarted = time.monotonic()
                await asyncio.sleep(0.2)
        finally:
            self._places += 1

    async def _stopped(self, tag: str) -> bool:
        shown = "SHOW TRANSACTIONS YIELD transactionId AS id, metaData WHERE metaData.belgraph = $tag RETURN id"
        try:
            found = await self._store.read(shown, tag=tag)
            for row in found:
                await self._store.read("TERMINATE TRANSACTIONS $id", id=row["id"])
        except DatabaseError:  # lost: it is asked again when it is back
            return False
        return not found


async def _ask(worker: Process, message: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Send a message and read what comes back.

    Raises:
        EOFError, OSError: the worker has ended.
    """
    if worker.stdin is None or worker.stdout is None:
        raise EOFError
    worker.stdin.write(json.dumps(message).encode() + b"\n")
    await worker.stdin.drain()
    header = json.loads(await worker.stdout.readuntil())
    return header, await worker.stdout.readexactly(header.pop("size", 0))
