"""A process that reads lines of JSON, and answers each with a line of JSON and the bytes that it announces."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

_ROOT = Path(__file__).parents[2]  # where `graph` is imported from


class Child:
    """One such process, in the hands of one owner at a time."""

    def __init__(self, process: Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, module: str) -> Self:
        """Start a module of this project; it need not be ready when this returns.

        Raises:
            OSError: the machine starts no more processes.
        """
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", module),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,  # an engine that aborts for want of memory prints its stack
            env={**os.environ, "PYTHONPATH": str(_ROOT)},
            start_new_session=True,  # a Ctrl-C in the terminal is for belgraph, which then ends it
        )
        return cls(process)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    async def ask(self, message: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
        """Send a message and read the answer.

        Raises:
            EOFError, OSError: the process has ended.
        """
        if self._process.stdin is None or self._process.stdout is None:
            raise EOFError
        self._process.stdin.write(json.dumps(message).encode() + b"\n")
        await self._process.stdin.drain()
        header = json.loads(await self._process.stdout.readuntil())
        return header, await self._process.stdout.readexactly(header.pop("size", 0))

    async def end(self) -> int:
        """Kill it, whatever it does; its exit status, negative for a signal that ended it before."""
        with suppress(ProcessLookupError):
            self._process.kill()
        return await self._process.wait()
