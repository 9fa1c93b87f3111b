"""The database: the only module that imports the Neo4j driver.

It wraps the driver once. Sessions share a bookmark manager, so that what this process wrote it also reads, on a cluster
too; transactions are managed, so that the driver retries what is worth it; the driver's errors become ours.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Self, TypeVar

from neo4j import (
    AsyncDriver,
    AsyncGraphDatabase,
    AsyncManagedTransaction,
    AsyncResult,
    AsyncSession,
    NotificationMinimumSeverity,
    unit_of_work,
)
from neo4j.exceptions import AuthError, ClientError, ConfigurationError, DriverError, Neo4jError

from graph.config import Settings
from graph.errors import DatabaseError, SettingsError, Unavailable

Row = Mapping[str, Any]
T = TypeVar("T")

CONNECT_SECONDS = 2.0
"""How long to wait for a connection: a lost database is reported, not waited for."""


class Transaction:
    """One transaction: everything in it is committed, or nothing."""

    def __init__(self, transaction: AsyncManagedTransaction) -> None:
        self._transaction = transaction

    async def run(self, query: str, **parameters: object) -> list[Row]:
        """Run Cypher and return its rows; values travel as parameters only."""
        return [row async for row in self.stream(query, **parameters)]

    async def stream(self, query: str, **parameters: object) -> AsyncIterator[Row]:
        """Run Cypher and yield its rows as they arrive."""
        result: AsyncResult = await self._transaction.run(query, parameters)
        async for record in result:
            yield dict(record)


class Store:
    """Connections to one database. Use as an async context manager."""

    def __init__(self, settings: Settings, password: str) -> None:
        self._database = settings.neo4j_database
        self._timeout = settings.query_timeout
        self._uri = settings.bolt_uri
        try:
            self._driver: AsyncDriver = AsyncGraphDatabase.driver(
                self._uri,
                auth=(settings.neo4j_user, password),
                connection_timeout=CONNECT_SECONDS,
                connection_acquisition_timeout=CONNECT_SECONDS * 2,
                max_transaction_retry_time=CONNECT_SECONDS,
                notifications_min_severity=NotificationMinimumSeverity.OFF,
                user_agent="belgraph",
            )
        except (ConfigurationError, ValueError) as error:
            raise SettingsError(f"BELGRAPH_NEO4J_URI: {error}") from error
        self._bookmarks = AsyncGraphDatabase.bookmark_manager()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._driver.close()

    async def server(self) -> str:
        """Product and version of the server, such as `Neo4j/5.26.30`.

        Raises:
            Unavailable: nothing answers, or not a Neo4j.
            DatabaseError: it refuses the user or has no such database.
        """
        async with self._session() as session:
            result = await session.run("RETURN 1")
            return (await result.consume()).server.agent

    async def read(self, query: str, **parameters: object) -> list[Row]:
        """Rows of a read query.

        Raises:
            Unavailable: the database cannot be reached.
            DatabaseError: it refused or stopped the query.
        """

        @unit_of_work(timeout=self._timeout)
        async def work(transaction: AsyncManagedTransaction) -> list[Row]:
            return await Transaction(transaction).run(query, **parameters)

        async with self._session() as session:
            return await session.execute_read(work)

    async def write(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Run `work` in one write transaction without a time limit; it may run again after a passing fault.

        Raises:
            Unavailable: the database cannot be reached; nothing was written.
            DatabaseError: it refused; nothing was written.
        """

        @unit_of_work(timeout=0)
        async def unit(transaction: AsyncManagedTransaction) -> T:
            return await work(Transaction(transaction))

        async with self._session() as session:
            return await session.execute_write(unit)

    async def counts(self) -> tuple[int, int]:
        """Numbers of nodes and of relationships."""
        query = "RETURN COUNT { MATCH (n) } AS nodes, COUNT { MATCH ()-[r]->() } AS relationships"
        (row,) = await self.read(query)
        return row["nodes"], row["relationships"]

    async def revision(self) -> str:
        """A text that stays the same as long as nothing is committed, by whomever."""

        async def work(transaction: AsyncManagedTransaction) -> None:
            await (await transaction.run("RETURN 1")).consume()

        async with self._session() as session:
            await session.execute_read(work)
            return ",".join(sorted((await session.last_bookmarks()).raw_values))

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[AsyncSession]:
        with _our_errors(self._uri):
            async with self._driver.session(database=self._database, bookmark_manager=self._bookmarks) as session:
                yield session


@contextmanager
def _our_errors(uri: str) -> Iterator[None]:
    try:
        yield
    except AuthError as error:
        raise DatabaseError(
            f"{uri} refuses the user or password; check BELGRAPH_NEO4J_USER and BELGRAPH_NEO4J_PASSWORD"
        ) from error
    except ClientError as error:
        raise DatabaseError(f"{uri}: {error.message} ({error.code})") from error
    except (DriverError, OSError) as error:
        raise Unavailable(
            f"no Neo4j answers at {uri}; start it with `belgraph up`, or set BELGRAPH_NEO4J_URI"
        ) from error
    except Neo4jError as error:
        raise Unavailable(f"{uri}: {error.message} ({error.code})") from error
