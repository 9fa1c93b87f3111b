"""The database: the only module that imports the Neo4j driver.

It wraps the driver once. Sessions share a bookmark manager, so that what this process wrote it also reads, on a cluster
too; what is worth it is tried again, by managed transactions; the driver's errors become ours.
"""

import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, Self, TypeVar

from neo4j import (
    READ_ACCESS,
    AsyncDriver,
    AsyncGraphDatabase,
    AsyncManagedTransaction,
    AsyncResult,
    AsyncSession,
    AsyncTransaction,
    NotificationMinimumSeverity,
    Query,
    unit_of_work,
)
from neo4j.exceptions import (
    AuthError,
    BrokenRecordError,
    ClientError,
    ConfigurationError,
    DriverError,
    Neo4jError,
)
from neo4j.graph import Node as Node  # these types of values are named elsewhere by this module
from neo4j.graph import Path as Path
from neo4j.graph import Relationship as Relationship
from neo4j.spatial import CartesianPoint as CartesianPoint
from neo4j.spatial import Point as Point
from neo4j.spatial import WGS84Point as WGS84Point
from neo4j.time import Date as Date
from neo4j.time import DateTime as DateTime
from neo4j.time import Duration as Duration
from neo4j.time import Time as Time

from graph.config import Settings
from graph.errors import DatabaseError, QueryTimeout, SettingsError, Unavailable, UserQueryError
from graph.pulse import NoPulseError, Pulse

Row = Mapping[str, Any]
T = TypeVar("T")

CONNECT_SECONDS = 2.0
"""How long to wait for a connection: a lost database is reported, not waited for."""

STOP_SECONDS = 2.0
"""How long to wait for the server to stop a query whose time is over; some, it does not stop."""

_TIMED_OUT = "Neo.ClientError.Transaction.TransactionTimedOut"
_TOO_LONG = "the query took longer than BELGRAPH_QUERY_TIMEOUT allows"

logging.getLogger("neo4j").setLevel(logging.CRITICAL)  # it tells of each retry and loss; what comes of it is raised

EXPLAIN = "EXPLAIN\n"
"""What stands before a user's query to get its plan; with PROFILE behind it the server refuses both."""

UNREADABLE, EXPLAINED = "unreadable", "explained"
"""Codes of a UserQueryError that are not Neo4j's: a value that the driver cannot hold, and a query that was not run."""

USER_FETCH = 50
"""Rows of a user's query that are fetched at once: few, as a row may be huge."""


class Transaction:
    """One transaction: everything in it is committed, or nothing."""

    def __init__(self, transaction: AsyncManagedTransaction | AsyncTransaction) -> None:
        self._transaction = transaction

    async def run(self, query: str, **parameters: object) -> list[Row]:
        """Run Cypher and return its rows; values travel as parameters only."""
        return [row async for row in self.stream(query, **parameters)]

    async def stream(self, query: str, **parameters: object) -> AsyncIterator[Row]:
        """Run Cypher and yield its rows as they arrive."""
        result: AsyncResult = await self._transaction.run(query, parameters)
        async for record in result:
            yield dict(record)

    async def values(self, query: str, **parameters: object) -> AsyncIterator[tuple[Any, ...]]:
        """Run Cypher and yield the values of its rows as they arrive."""
        result: AsyncResult = await self._transaction.run(query, parameters)
        async for record in result:
            yield tuple(record)


@dataclass(frozen=True, slots=True)
class Plan:
    """What the server means to do with a query: its kind (r, w, rw, s), and its operators with their details."""

    kind: str
    operators: tuple[tuple[str, str], ...]


class UserTransaction:
    """A read transaction for a query that a user wrote: no retry, and the server's own errors."""

    def __init__(self, transaction: AsyncTransaction) -> None:
        self._transaction = transaction

    async def explain(self, query: str, parameters: Row) -> Plan | None:
        """The plan of a query, which is not run; None: the server gave none."""
        with _users_errors():
            result = await self._transaction.run(EXPLAIN + query, dict(parameters))
            summary = await result.consume()
        return Plan(summary.query_type or "", _operators(summary.plan)) if summary.plan else None

    async def run(self, query: str, parameters: Row) -> tuple[tuple[str, ...], AsyncGenerator[tuple[Any, ...]]]:
        """Columns and rows of a query, the rows as they arrive; values are those of the driver."""
        with _users_errors():
            result = await self._transaction.run(query, dict(parameters))
        return tuple(result.keys()), _rows(result)


async def _rows(result: AsyncResult) -> AsyncGenerator[tuple[Any, ...]]:
    with _users_errors():
        async for record in result:
            try:
                yield tuple(record)
            except BrokenRecordError as error:
                raise UserQueryError(UNREADABLE, f"{error}: {error.__cause__}") from error
        if (await result.consume()).plan:
            raise UserQueryError(EXPLAINED, "the query begins with EXPLAIN, which gives no rows")


def _operators(plan: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    found, waiting = [], [plan]
    while waiting:  # no recursion: a plan may be thousands deep
        each = waiting.pop()
        found.append((str(each["operatorType"]), str(each.get("args", {}).get("Details", ""))))
        waiting += each.get("children", ())
    return tuple(found)


class Store:
    """Connections to one database. Use as an async context manager."""

    def __init__(self, settings: Settings, password: str) -> None:
        self._database = settings.neo4j_database
        self._timeout = settings.query_timeout
        self._uri = settings.bolt_uri
        self._auth = (settings.neo4j_user, password)
        self._driver = self._connect()
        self._prober = self._connect()  # its own connection: the pool of the other may be waiting for slow queries
        self._pulse = Pulse(self._probe)
        self._bookmarks = AsyncGraphDatabase.bookmark_manager()
        self._revision = ""  # as it was last told

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._driver.close()
        await self._prober.close()

    def _connect(self) -> AsyncDriver:
        try:
            return AsyncGraphDatabase.driver(
                self._uri,
                auth=self._auth,
                connection_timeout=CONNECT_SECONDS,
                connection_acquisition_timeout=CONNECT_SECONDS * 2,
                max_transaction_retry_time=CONNECT_SECONDS,
                initial_retry_delay=0.1,  # after a restart of the server the first try meets a dead connection
                notifications_min_severity=NotificationMinimumSeverity.OFF,
                user_agent="belgraph",
            )
        except (ConfigurationError, ValueError) as error:
            raise SettingsError(f"BELGRAPH_NEO4J_URI: {error}") from error

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
            Unavailable: the database cannot be reached; told within 2 s.
            QueryTimeout: the query took longer than BELGRAPH_QUERY_TIMEOUT.
            DatabaseError: the database refused the query.
        """

        rows, _ = await self._read(query, parameters)
        return rows

    async def read_marked(self, query: str, **parameters: object) -> tuple[list[Row], str]:
        """Rows of a read query, and a revision that they are not older than.

        The server tells the revision with the rows, as it is after them. If it is also the one that was told last,
        nothing was committed meanwhile, and one round trip was enough; else the rows are read again.

        Raises:
            Unavailable, QueryTimeout, DatabaseError: as `read`.
        """
        known = self._revision
        rows, now = await self._read(query, parameters)
        if now != known:
            rows, self._revision = await self._read(query, parameters)
        return rows, now

    async def _read(self, query: str, parameters: Row) -> tuple[list[Row], str]:
        """Rows of a read query, and the revision after them."""

        @unit_of_work(timeout=self._timeout)
        async def again(transaction: AsyncManagedTransaction) -> list[Row]:
            return await Transaction(transaction).run(query, **parameters)

        async with self._session(watched=True, default_access_mode=READ_ACCESS) as session:
            try:  # alone a query is one round trip; a transaction around it takes three
                result = await session.run(Query(query, timeout=self._timeout), dict(parameters))
                rows: list[Row] = [dict(record) async for record in result]
            except (DriverError, Neo4jError) as error:
                if not error.is_retryable():
                    raise
                rows = await session.execute_read(again)
            return rows, ",".join(sorted((await session.last_bookmarks()).raw_values))

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

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Transaction]:
        """One read transaction without a time limit, for streams that are as long as the graph.

        Raises:
            Unavailable: the database cannot be reached, or is lost on the way.
            DatabaseError: it refused.
        """
        async with (
            self._session(default_access_mode=READ_ACCESS) as session,
            await session.begin_transaction(timeout=0) as transaction,
        ):
            yield Transaction(transaction)

    async def counts(self) -> tuple[int, int]:
        """Numbers of nodes and of relationships."""
        query = "RETURN COUNT { MATCH (n) } AS nodes, COUNT { MATCH ()-[r]->() } AS relationships"
        (row,) = await self.read(query)
        return row["nodes"], row["relationships"]

    async def revision(self) -> str:
        """A text that stays the same as long as nothing is committed, by whomever."""

        _, revision = await self._read("RETURN 1", {})
        return revision

    @asynccontextmanager
    async def user_transaction(self, tag: str) -> AsyncIterator[UserTransaction]:
        """A read transaction for a user's query, which the server shows with `tag` in its metadata.

        Raises:
            Unavailable: the database cannot be reached.
            UserQueryError: the server refused or stopped the query.
        """
        async with self._session(default_access_mode=READ_ACCESS, fetch_size=USER_FETCH) as session:
            transaction = await session.begin_transaction(metadata={"belgraph": tag}, timeout=self._timeout)
            async with transaction:
                yield UserTransaction(transaction)

    @asynccontextmanager
    async def _session(self, *, watched: bool = False, **options: Any) -> AsyncIterator[AsyncSession]:
        """A session; one for a short read is under watch."""
        watch = self._pulse.watch(self._timeout + STOP_SECONDS) if watched else nullcontext()
        session = self._driver.session(database=self._database, bookmark_manager=self._bookmarks, **options)
        with _our_errors(self._uri):
            async with watch, session:
                yield session

    async def _probe(self) -> None:
        try:
            async with self._prober.session(database=self._database) as session:
                await (await session.run("RETURN 1")).consume()
        except (DriverError, OSError) as error:
            raise NoPulseError from error
        except Neo4jError:
            return  # it refuses, so it lives


@contextmanager
def _users_errors() -> Iterator[None]:
    try:
        yield
    except AuthError:
        raise
    except Neo4jError as error:
        raise UserQueryError(error.code or "", error.message or str(error)) from error


@contextmanager
def _our_errors(uri: str) -> Iterator[None]:
    try:
        yield
    except AuthError as error:
        raise DatabaseError(
            f"{uri} refuses the user or password; check BELGRAPH_NEO4J_USER and BELGRAPH_NEO4J_PASSWORD"
        ) from error
    except ClientError as error:
        if (error.code or "").startswith(_TIMED_OUT):
            raise QueryTimeout(_TOO_LONG) from error
        raise DatabaseError(f"{uri}: {error.message} ({error.code})") from error
    except TimeoutError as error:
        raise QueryTimeout(_TOO_LONG) from error
    except (DriverError, NoPulseError, OSError) as error:
        raise Unavailable(
            f"no Neo4j answers at {uri}; start it with `belgraph up`, or set BELGRAPH_NEO4J_URI"
        ) from error
    except Neo4jError as error:
        raise Unavailable(f"{uri}: {error.message} ({error.code})") from error
