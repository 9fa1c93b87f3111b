"""Lookups that arrive together share one round trip to the database."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Batched(Generic[K, V]):
    """Answers single lookups through a function that answers many at once.

    One call is under way at a time; what is asked meanwhile waits for the next. So a call always begins after every
    lookup that it answers: no answer is older than its question, and under load the batches grow by themselves.
    """

    def __init__(self, fetch: Callable[[Sequence[K]], Awaitable[Mapping[K, V]]]) -> None:
        self._fetch = fetch
        self._waiting: dict[K, asyncio.Future[V | None]] = {}
        self._worker: asyncio.Task[None] | None = None

    async def get(self, key: K) -> V | None:
        """The value of a key, or None where the function has none; its errors are raised to all who asked."""
        future = self._waiting.get(key)
        if future is None:
            future = self._waiting[key] = asyncio.get_running_loop().create_future()
        if self._worker is None:
            self._worker = asyncio.create_task(self._work())
        return await asyncio.shield(future)  # one who gives up takes nothing from the others

    async def _work(self) -> None:
        try:
            while self._waiting:
                asked, self._waiting = self._waiting, {}
                await _answer(asked, self._fetch)
        finally:
            self._worker = None


async def _answer(
    asked: Mapping[K, "asyncio.Future[V | None]"], fetch: Callable[[Sequence[K]], Awaitable[Mapping[K, V]]]
) -> None:
    try:
        found = await fetch(list(asked))
    except BaseException as error:
        for future in asked.values():
            future.set_exception(error)
            future.exception()  # seen: nobody may be left who waits for it
        if not isinstance(error, Exception):
            raise
    else:
        for key, future in asked.items():
            future.set_result(found.get(key))
