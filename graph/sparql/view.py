"""The graph as SPARQL sees it: a store folder that follows the database's revision, whoever changes it.

    views = Views(settings, password, store)
    media, body = await views.run(revision, query, media)
    await views.close()

A store is never changed: a new revision is a new folder, made in another process (graph/sparql/build.py) under a name
of its own, and swapped in when it is complete; queries that are under way end on the one that they began on.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from graph.config import Settings
from graph.errors import DatabaseError, Unavailable
from graph.sparql import folders
from graph.sparql.child import Child
from graph.sparql.folders import Held
from graph.sparql.pool import SparqlFailure, SparqlPool
from graph.store import Store

WAIT = 5.0
"""Seconds that a query waits for a view that is not there yet."""

_START = 30.0  # seconds in which the builder must be there
_PAUSE = 0.5  # seconds after which a database that changed during the export is exported again


class Stale(DatabaseError):  # noqa: N818 - it passes
    """The view of the database as it is now is still being made."""


@dataclass(eq=False, slots=True)
class _View:
    revision: str
    held: Held
    pool: SparqlPool
    users: int = 0

    async def close(self) -> None:
        await self.pool.close()
        self.held.release()


class Views:
    """The present view, and the making of the next."""

    def __init__(self, settings: Settings, password: str, store: Store) -> None:
        same = settings.model_dump(include={"neo4j_user", "neo4j_database", "query_timeout", "base_iri"})
        self._greeting = {"settings": same | {"neo4j_uri": settings.bolt_uri}, "password": password}
        self._root = settings.home / "sparql"
        self._base = settings.base_iri
        self._timeout = settings.query_timeout
        self._store = store
        self._now: _View | None = None
        self._before: set[_View] = set()  # still used
        self._making: asyncio.Task[None] | None = None
        self._builder: Child | None = None

    async def run(
        self,
        revision: str,
        query: str,
        media: Mapping[str, str | None],
        default_graphs: Sequence[str] = (),
        named_graphs: Sequence[str] = (),
        *,
        base: str | None = None,
        patient: bool = False,
    ) -> tuple[str, bytes]:
        """Media type and bytes of the answer (see SparqlPool.run) of the database at a revision, or a later one.

        Raises:
            SparqlFailure, QueryTimeout: see SparqlPool.run.
            Stale: the view was not there within `WAIT` seconds, and the caller is not `patient`.
            Unavailable, DatabaseError: there can be no view.
        """
        view = await self._view(revision, None if patient else WAIT)
        view.users += 1
        try:
            return await view.pool.run(query, media, default_graphs, named_graphs, base)
        except SparqlFailure as failure:
            if failure.kind == "damaged" and view is self._now:  # it is made anew
                view.held.spoil()
                self._put(None)
            raise
        finally:
            view.users -= 1
            await self._retire()

    async def close(self) -> None:
        """End all processes. The folder of the present view stays, for the next start."""
        if self._making:
            self._making.cancel()
            await asyncio.gather(self._making, return_exceptions=True)
        await self._end_builder()
        self._put(None)
        while self._before:
            await self._before.pop().close()

    async def _view(self, revision: str, wait: float | None) -> _View:
        if self._now and self._now.revision == revision:
            return self._now
        try:
            async with asyncio.timeout(wait):
                if self._making:  # it may have been begun before the revision was there
                    await asyncio.wait([self._making])
                while not (self._now and self._now.revision == revision):
                    if not self._making:
                        self._making = asyncio.create_task(self._make())
                        self._making.add_done_callback(lambda made: made.cancelled() or made.exception())
                    await asyncio.shield(self._making)
                    if self._now:  # it was begun after the question, so it holds the revision or a later one
                        return self._now
        except TimeoutError as error:
            raise Stale("the graph has changed, and its SPARQL view is being made") from error
        return self._now

    def _put(self, view: _View | None) -> None:
        if self._now:
            self._before.add(self._now)
        self._now = view

    async def _retire(self) -> None:
        """End the views that were before and that no query uses any more."""
        over = {view for view in self._before if not view.users}
        self._before -= over
        for view in over:
            await view.close()
        if over and not self._making:  # which does it, too
            await asyncio.to_thread(folders.sweep, self._root)

    async def _make(self) -> None:
        """Make the view of the database as it is."""
        try:
            while not await self._made():  # noqa: ASYNC110 - nobody tells when the database is at rest
                await asyncio.sleep(_PAUSE)
            await self._retire()
            await asyncio.to_thread(folders.sweep, self._root)
        except OSError as error:
            raise Unavailable(f"{self._root} cannot be written ({error.strerror or error})") from error
        finally:
            self._making = None

    async def _made(self) -> bool:
        """Try it; False: the database changed on the way, or a folder of before is no good."""
        state = await folders.state(self._store)
        if self._now and self._now.revision == folders.revision(state):
            return True
        pool = SparqlPool(self._timeout)
        await pool.start()  # while the folder is made
        held: Held | None = None
        fresh = False
        try:
            held = await asyncio.to_thread(folders.find, self._root, folders.key(state, self._base))
            if held is None:
                fresh = True
                held = await asyncio.to_thread(folders.fresh, self._root)
                made = await self._build(held.folder)
                if made is None:
                    raise _Changed
                state = made
                held.complete(folders.key(state, self._base))
            await pool.open(held.folder / folders.STORE)
        except BaseException as error:
            await pool.close()
            if held:
                held.spoil()
                held.release()
                await asyncio.to_thread(folders.sweep, self._root)
            if isinstance(error, _Changed) or (isinstance(error, Unavailable) and not fresh):
                return False
            raise
        self._put(_View(folders.revision(state), held, pool))
        return True

    async def _build(self, folder: Path) -> str | None:
        """Let the builder make a folder; the state it shows, or None: the database changed on the way."""
        try:
            if self._builder is None:
                self._builder = await Child.start("graph.sparql.build")
                async with asyncio.timeout(_START):
                    await self._builder.ask(self._greeting)
            header, _ = await self._builder.ask({"folder": str(folder)})
        except (TimeoutError, EOFError, OSError) as error:
            await self._end_builder()
            raise Unavailable("the process that makes the SPARQL view does not run") from error
        except asyncio.CancelledError:
            await self._end_builder()
            raise
        if "kind" in header:
            raise (DatabaseError if header["kind"] == "database" else Unavailable)(header["detail"])
        state: str | None = header["state"]
        return state

    async def _end_builder(self) -> None:
        if self._builder:
            await self._builder.end()
        self._builder = None


class _Changed(Exception):  # noqa: N818 - it is tried again
    """The database changed while it was exported."""
