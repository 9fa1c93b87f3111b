"""A slow query is waited for, a lost server is not, and neither is told from the other by the query alone."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest

from graph import pulse
from graph.pulse import NoPulseError, Pulse

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def _short_times(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in {"PATIENCE": 0.05, "INTERVAL": 0.02, "PROBE": 0.2}.items():
        monkeypatch.setattr(pulse, name, seconds)


async def lives() -> None:
    await asyncio.sleep(0)


async def refuses() -> None:
    raise NoPulseError


async def hangs() -> None:
    await asyncio.sleep(60)


async def query(watcher: Pulse, seconds: float, limit: float = 60) -> str:
    async with watcher.watch(limit):
        await asyncio.sleep(seconds)
    return "answered"


async def test_a_slow_query_of_a_living_server_is_waited_for() -> None:
    assert await query(Pulse(lives), 0.5) == "answered"


@pytest.mark.parametrize(("probe", "most"), [(refuses, 0.3), (hangs, 0.5)])
async def test_a_lost_server_is_told_soon_to_all_who_wait(probe: Callable[[], Awaitable[None]], most: float) -> None:
    watcher = Pulse(probe)
    began = time.monotonic()
    results = await asyncio.gather(*(query(watcher, 60) for _ in range(5)), return_exceptions=True)
    assert all(isinstance(result, NoPulseError) for result in results)
    assert time.monotonic() - began < most + 0.5  # a busy machine


async def test_who_asks_after_the_loss_is_judged_anew() -> None:
    alive = False

    async def probe() -> None:
        if not alive:
            raise NoPulseError

    watcher = Pulse(probe)
    with pytest.raises(NoPulseError):
        await query(watcher, 60)
    alive = True
    assert await query(watcher, 0.3) == "answered"


async def test_an_answer_to_another_is_a_sign_of_life() -> None:
    watcher = Pulse(hangs)

    async def others() -> None:
        for _ in range(12):
            await query(watcher, 0.05)

    slow, _ = await asyncio.gather(query(watcher, 0.5), others())
    assert slow == "answered"


async def test_a_query_has_its_time_and_no_more() -> None:
    with pytest.raises(TimeoutError):
        await query(Pulse(lives), 60, limit=0.2)


async def test_an_error_inside_stays_what_it_is() -> None:
    watcher = Pulse(lives)
    with pytest.raises(ZeroDivisionError):
        async with watcher.watch(1):
            raise ZeroDivisionError
    with pytest.raises(TimeoutError, match="mine"):
        async with watcher.watch(1):
            raise TimeoutError("mine")


async def test_nothing_is_watched_when_nobody_waits() -> None:
    probes = 0

    async def probe() -> None:
        nonlocal probes
        probes += 1

    watcher = Pulse(probe)
    await query(watcher, 0)
    await asyncio.sleep(0.2)
    assert probes == 0
