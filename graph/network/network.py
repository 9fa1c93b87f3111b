"""The graph of live statements in memory: one copy for each revision of the database, shared by all who ask.

It holds what measures and paths need: which nodes are linked, and by which statements. What a statement says is read
from the database when it is shown. Structural relationships and withdrawn statements are not in it.
"""

import asyncio
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar, cast

from graph.constraints import OURS, types
from graph.store import Row, Store
from ontology.model import Ontology

TRIES = 3
"""How often the graph is read anew when somebody writes meanwhile."""

T = TypeVar("T")


class Tie(NamedTuple):
    """All statements between two nodes, by id.

    `out` and `back` count those that are not negated: from the node that comes first in the network, and to it.
    """

    statements: tuple[str, ...]
    out: int
    back: int

    @property
    def weight(self) -> int:
        """How many statements count in a measure: those that are not negated."""
        return self.out + self.back


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Nodes by number, in the order of their ids, and for each its neighbours with the tie to them, in that order too.

    `loops` has the statements whose subject is their object: they tie nothing, but belong to a picture of the graph.
    """

    revision: str
    ids: Sequence[str]
    numbers: Mapping[str, int]
    ties: Sequence[Mapping[int, Tie]]
    loops: Mapping[int, Sequence[str]]


def build(revision: str, rows: Sequence[Row]) -> Network:
    """The network of rows of `subject` and `statements`, which are lists of object, id and whether it is negated."""
    linked: dict[tuple[str, str], list[tuple[str, int, int]]] = {}
    looped: dict[str, list[str]] = {}
    for row in rows:
        subject = row["subject"]
        for object_, id_, negated in row["statements"]:
            if subject < object_:
                linked.setdefault((subject, object_), []).append((id_, 0 if negated else 1, 0))
            elif object_ < subject:
                linked.setdefault((object_, subject), []).append((id_, 0, 0 if negated else 1))
            else:
                looped.setdefault(subject, []).append(id_)
    ids = sorted({id_ for pair in linked for id_ in pair} | looped.keys())
    numbers = {id_: number for number, id_ in enumerate(ids)}
    ties: list[dict[int, Tie]] = [{} for _ in ids]
    for first, second in sorted(linked):
        found = sorted(linked[first, second])
        tie = Tie(tuple(id_ for id_, _, _ in found), sum(out for _, out, _ in found), sum(back for *_, back in found))
        ties[numbers[first]][numbers[second]] = tie
        ties[numbers[second]][numbers[first]] = tie
    loops = {numbers[id_]: sorted(found) for id_, found in looped.items()}
    return Network(revision, ids, numbers, [dict(sorted(neighbours.items())) for neighbours in ties], loops)


class Networks:
    """The network of the newest revision that was asked for, and what was computed of it.

    What is asked at once is read and computed once. Computations run in threads of their own, which do not keep the
    process alive when it is told to stop.
    """

    def __init__(self, store: Store, ontology: Ontology) -> None:
        self._store = store
        pattern = "|".join(types(ontology, structural=False))
        # A row a subject: the server packs, which is several times as fast as a row a statement.
        self._query = (
            f"MATCH (a:Thing) WHERE EXISTS {{ (a)-[:{pattern}]->(:Thing) }}"
            f" RETURN a.id AS subject, COLLECT {{ MATCH (a)-[r:{pattern}]->(b:Thing) {OURS}"
            " RETURN [b.id, r.id, r.negated] } AS statements"
        )
        self._latest: Network | None = None
        self._reading: dict[str, asyncio.Task[Network]] = {}
        self._computing: dict[tuple[str, str], asyncio.Task[object]] = {}

    async def current(self) -> Network:
        """The network as it is now; never older than the question.

        Raises:
            Unavailable, DatabaseError: see `Store.read`.
        """
        revision = await self._store.revision()
        if self._latest and self._latest.revision == revision:
            return self._latest
        task = self._reading.get(revision)
        if task is None:
            task = self._reading[revision] = asyncio.create_task(self._read(revision))
            task.add_done_callback(lambda _: self._reading.pop(revision))
        return await asyncio.shield(task)

    async def computed(self, network: Network, name: str, compute: Callable[[Network], T]) -> T:
        """What `compute` makes of the network, once for each name and revision."""
        key = (network.revision, name)
        task = self._computing.get(key)
        if task is None:
            task = self._computing[key] = asyncio.create_task(in_thread(lambda: compute(network)))
            task.add_done_callback(lambda done: self._forget(key, done))
        return cast("T", await asyncio.shield(task))  # a name stands for one function

    def _forget(self, key: tuple[str, str], done: "asyncio.Task[object]") -> None:
        outdated = self._latest is not None and self._latest.revision != key[0]
        if outdated or done.cancelled() or done.exception():
            self._computing.pop(key, None)

    async def _read(self, revision: str) -> Network:
        """Read it all; where somebody writes meanwhile, the rows may be of two revisions: read again.

        Where they never stop writing, the network goes by the revision before: whoever asks next reads anew.
        """
        tries = TRIES
        while True:
            rows = await self._store.read(self._query)
            after = await self._store.revision()
            tries -= 1
            if after == revision or not tries:
                break
            revision = after
        network = await in_thread(lambda: build(revision, rows))
        self._latest = network
        self._computing = {key: task for key, task in self._computing.items() if key[0] == revision}
        return network


async def in_thread(work: Callable[[], T]) -> T:
    """Run long work beside the event loop, in a thread that does not outlive the process."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if future.cancelled():
            return
        if error:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]

    def run() -> None:
        result, error = None, None
        try:
            result = work()
        except BaseException as raised:
            error = raised
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=run, daemon=True, name="network").start()
    return await future
