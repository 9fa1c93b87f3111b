"""The process in which a user's query is asked and its answer read: `python -m graph.cypher.worker`.

An answer may hold one value of gigabytes, and reading it blocks whoever reads it. So that happens here: in a process
with a memory limit, which can be killed at any time.

It reads lines of JSON: first what to connect to, then queries, `{"tag", "query", "parameters"}`, one at a time. For
each it writes a line, and what that announces: `{"size": N}` and the N bytes of an answer, or `{"kind", "detail", …}`,
why there is none.
"""

import asyncio
import json
import re
import resource
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import aclosing, contextmanager
from typing import Any

from graph.config import Settings
from graph.cypher.guard import Forbidden, check_plan, check_text
from graph.cypher.parameters import from_json, map_from_json
from graph.cypher.values import to_json
from graph.errors import DatabaseError, InputError, QueryTimeout, Unavailable, UserQueryError
from graph.store import EXPLAIN, EXPLAINED, UNREADABLE, Store

MEMORY = 1 << 30
"""Bytes of address space. Where the system does not enforce it, the time limit still bounds what is read."""

ANSWER = 16_000_000
"""Bytes of the rows of an answer."""

_TOO_LARGE = {"kind": "too-large", "detail": f"one row is more than {ANSWER // 1_000_000} MB"}


def _short(text: str) -> str:
    """A text that the server may have filled with the query."""
    return text if len(text) <= 1000 else text[:999] + "…"


class _Failure(Exception):  # noqa: N818 - it goes to the other process and is no error here
    def __init__(self, kind: str, detail: str, **more: object) -> None:
        super().__init__(detail)
        self.header = {"kind": kind, "detail": _short(detail), **more}


class _Worker:
    def __init__(self, store: Store, max_rows: int) -> None:
        self._store = store
        self._max_rows = max_rows
        self._callable: list[list[str]] = []  # names of procedures and of functions; a server's do not change

    async def answer(self, asked: Mapping[str, Any]) -> bytes:
        tag = asked["tag"]
        with _failures():
            query = from_json(asked["query"], "query")
            parameters = map_from_json(asked["parameters"], "parameters")
            if not self._callable:
                shown = [await self._store.read(f"SHOW {kind} YIELD name") for kind in ("PROCEDURES", "FUNCTIONS")]
                self._callable = [[row["name"] for row in rows] for rows in shown]
            check_text(query, *self._callable)
            async with self._store.user_transaction(tag) as transaction:
                with _positions(len(EXPLAIN)):
                    check_plan(await transaction.explain(query, parameters))
            async with self._store.user_transaction(tag) as transaction:
                with _positions(0):
                    columns, rows = await transaction.run(query, parameters)
                    async with aclosing(rows):
                        return await _encode(columns, rows, self._max_rows)


async def _encode(columns: tuple[str, ...], rows: AsyncIterator[tuple[Any, ...]], max_rows: int) -> bytes:
    """The answer as JSON, up to the limits."""
    encoded: list[bytes] = []
    size, truncated = 0, False
    async for row in rows:
        line = _json([to_json(value) for value in row])
        size += len(line)
        if len(encoded) == max_rows or size > ANSWER:
            if not encoded:
                raise _Failure(**_TOO_LARGE)
            truncated = True
            break
        encoded.append(line)
    return b'{"columns":%b,"rows":[%b],"truncated":%b}' % (_json(columns), b",".join(encoded), _json(truncated))


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


@contextmanager
def _failures() -> Iterator[None]:
    try:
        yield
    except Forbidden as error:
        raise _Failure("refused", str(error), what=error.what) from error
    except InputError as error:
        raise _Failure("parameter", str(error)) from error
    except QueryTimeout as error:
        raise _Failure("timeout", str(error)) from error
    except Unavailable as error:
        raise _Failure("unavailable", str(error)) from error
    except DatabaseError as error:
        raise _Failure("database", str(error)) from error
    except RecursionError as error:
        raise _Failure("unreadable", "a value is nested too deeply") from error
    except (TypeError, ValueError) as error:
        raise _Failure("unreadable", str(error)) from error


_POSITION = re.compile(r"\s*\(line (\d+), column (\d+) \(offset: (\d+)\)\)")


@contextmanager
def _positions(prefix: int) -> Iterator[None]:
    """Sort the server's errors by kind; positions count from the text of the user, which stands behind `prefix`."""
    try:
        yield
    except UserQueryError as error:
        code, message = error.code, error.message
        for part, kind in _KINDS.items():
            if part in code:
                raise _Failure(kind, message) from error
        if code == EXPLAINED:
            raise Forbidden("EXPLAIN", "it gives no rows; send the query without it") from error
        if "conflicting values for execution mode" in message:  # it was EXPLAIN PROFILE …, which the server refuses
            raise Forbidden("PROFILE", "send the query without it") from error
        more: dict[str, object] = {"code": code}
        if at := _POSITION.search(message):  # behind it the server shows the line, which is not quite the user's
            message = message[: at.start()]
            line, column, offset = map(int, at.groups())
            line -= bool(prefix)  # EXPLAIN stands on a line of its own
            if line and column:
                more["position"] = {"line": line, "column": column, "offset": offset - prefix}
        raise _Failure("query", message, **more) from error


_KINDS = {
    "TransactionTimedOut": "timeout",
    "MemoryPoolOutOfMemoryError": "memory",
    "TransactionOutOfMemoryError": "memory",
    "OutOfMemoryError": "heap",
    "Neo.TransientError": "unavailable",
    UNREADABLE: "unreadable",
}
"""What a code of Neo4j contains, and what that means; the first that fits. Every other one is a fault of the query."""


async def _serve() -> None:
    to = json.loads(sys.stdin.buffer.readline())
    async with Store(Settings(_env_file=None, **to["settings"]), to["password"]) as store:
        worker = _Worker(store, to["settings"]["max_rows"])
        _write({}, b"")
        while line := sys.stdin.buffer.readline():
            body = b""
            try:
                body = await worker.answer(json.loads(line))
                header: Mapping[str, object] = {"size": len(body)}
            except _Failure as failure:
                header = failure.header
            except MemoryError:
                header = _TOO_LARGE
            _write(header, body)


def _write(header: Mapping[str, object], body: bytes) -> None:
    sys.stdout.buffer.write(json.dumps(header).encode() + b"\n" + body)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    asyncio.run(_serve())
