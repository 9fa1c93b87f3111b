"""Tells a slow query from a lost server.

A query may take seconds, so its silence says nothing. While one is silent for long, the pulse is felt on a connection
of its own: a server that answers there is left in peace, one that does not is lost to all who wait for it. Without
this, a server that hangs, or whose network drops packets, would be noticed only when the query's time is over.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

PATIENCE = 0.3  # seconds of silence before the pulse is felt
INTERVAL = 0.2
PROBE = 1.25  # seconds for a sign of life; with the two above, a loss is told after 1.75 s


class NoPulseError(Exception):
    """The server gives no sign of life."""


class Pulse:
    """Watches over what waits for one server; `probe` returns at a sign of life, and else raises `NoPulseError`."""

    def __init__(self, probe: Callable[[], Awaitable[object]]) -> None:
        self._probe = probe
        self._waiting: set[_Waiting] = set()
        self._watcher: asyncio.Task[None] | None = None
        self._answered = 0.0  # when the server last did

    @asynccontextmanager
    async def watch(self, seconds: float) -> AsyncIterator[None]:
        """Bound what runs inside: by the server's life, and by a time.

        Raises:
            NoPulseError: the server gives no sign of life.
            TimeoutError: it lives, but `seconds` are over.
        """
        began = asyncio.get_running_loop().time()
        waiting = _Waiting(began)
        try:
            async with asyncio.timeout_at(began + seconds) as waiting.limit:
                self._waiting.add(waiting)
                if self._watcher is None:
                    self._watcher = asyncio.create_task(self._watch())
                try:
                    yield
                    self._answered = asyncio.get_running_loop().time()
                finally:
                    self._waiting.remove(waiting)
        except TimeoutError as error:
            if waiting.lost:
                raise NoPulseError from error
            raise

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                await asyncio.sleep(INTERVAL)
                now = loop.time()
                silent = any(now - waiting.began > PATIENCE for waiting in self._waiting)
                if silent and not await self._beats() and self._answered < now:
                    for waiting in self._waiting:
                        if waiting.began <= now:
                            waiting.give_up(loop.time())
        finally:
            self._watcher = None

    async def _beats(self) -> bool:
        try:
            async with asyncio.timeout(PROBE):
                await self._probe()
        except (TimeoutError, NoPulseError):
            return False
        return True


@dataclass(eq=False)
class _Waiting:
    began: float
    lost: bool = False
    limit: asyncio.Timeout = field(init=False)

    def give_up(self, now: float) -> None:
        self.lost = True
        self.limit.reschedule(now)
