"""The process in which SPARQL queries are evaluated: `python -m graph.sparql.worker`.

The engine has no time limit, and what uses too much memory aborts it. So it runs here, one query at a time, on a
store folder that nobody writes any more.

It reads lines of JSON: first the folder, then queries, `{"query", "media", "default_graphs", "named_graphs", "base"}`,
`media` by form of the query, null where none is acceptable. For each it writes a line and what that announces:
`{"size": N, "media": …}` and N bytes, or `{"kind", "detail", …}`, why there is no answer.
"""

import io
import json
import re
import resource
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from graph.sparql.words import Dataset, QueryFault, may_reach

MEMORY = 1 << 30
"""Bytes of memory of its own that a query may take beyond what the open store has taken (RLIMIT_DATA).

Not of address space: files are mapped into that and much of it is only reserved, so that a larger store would leave a
query less.
"""

ANSWER = 32_000_000
"""Bytes of an answer."""

GOES_ON = frozenset({"malformed", "refused", "not-acceptable"})
"""Kinds of answers after which the process is as it was. After every other it may lack memory, and is ended."""


class _TooLarge(Exception):  # noqa: N818 - the other process is told, it is no error here
    pass


class _Limited(io.BytesIO):
    def write(self, data: Any) -> int:
        if self.tell() + len(data) > ANSWER:
            raise _TooLarge
        return super().write(data)


_AT = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)


class _Worker:
    def __init__(self, folder: str) -> None:
        self._store = ox.Store.read_only(folder)
        self._graphs = {graph.value for graph in self._store.named_graphs() if isinstance(graph, ox.NamedNode)}
        self._parser: list[Callable[[str, Collection[str], str | None], Dataset | None]] = []

    def answer(self, asked: Mapping[str, Any]) -> tuple[str, bytes]:
        chosen = self._check(asked["query"], asked["base"]) if may_reach(asked["query"]) else None
        # SPARQL 1.1 Protocol, 2.1.4: a dataset of the request wins over that of the query
        if asked["default_graphs"] or asked["named_graphs"]:
            chosen = Dataset(tuple(asked["default_graphs"]), tuple(asked["named_graphs"]))
        found = self._ask(asked, chosen)
        rdf = isinstance(found, ox.QueryTriples)
        form = "rdf" if rdf else "boolean" if isinstance(found, ox.QueryBoolean) else "rows"
        media: str | None = asked["media"][form]
        if media is None:
            raise QueryFault("not-acceptable", "none of the formats of its answer is acceptable")
        out = _Limited()
        if isinstance(found, ox.QueryTriples):
            found.serialize(out, ox.RdfFormat.from_media_type(media))
        else:
            found.serialize(out, ox.QueryResultsFormat.from_media_type(media))
        return media, out.getvalue()

    def _check(self, query: str, base: str | None) -> Dataset | None:
        if not self._parser:
            with _files():  # a second, which most processes never need
                from graph.sparql.check import check

                check("PREFIX w: <w:> ASK FROM w:w { ?s ?p ?o }", {"w:w"})  # when first used, it loads more
                self._parser.append(check)
        return self._parser[0](query, self._graphs, base)

    def _ask(
        self, asked: Mapping[str, Any], chosen: Dataset | None
    ) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
        store = self._store
        default: list[Any] | None = None
        named: list[Any] | None = None
        if chosen:
            default, named = self._known(chosen.default), self._known(chosen.named)
            if len(default) > 1:  # the engine would give what two graphs have in common twice
                store, default = self._merged(default, named), [ox.DefaultGraph()]
        try:
            return store.query(
                asked["query"],
                base_iri=asked["base"],
                default_graph=default,
                named_graphs=named,
            )
        except SyntaxError as error:
            at = _AT.match(str(error))
            position = (int(at[1]), int(at[2])) if at else None
            raise QueryFault("malformed", at[3] if at else str(error), position) from error

    def _known(self, graphs: Sequence[str]) -> list[Any]:
        for graph in graphs:
            if graph not in self._graphs:
                raise QueryFault("refused", f"there is no graph <{graph[:200]}>")
        return [ox.NamedNode(graph) for graph in dict.fromkeys(graphs)]

    def _merged(self, default: Sequence[ox.NamedNode], named: Sequence[ox.NamedNode]) -> ox.Store:
        """A store whose default graph is the merge of some graphs (SPARQL 1.1 Query Language, 13.2)."""
        merged = ox.Store()
        for graph in default:
            quads = self._store.quads_for_pattern(None, None, None, graph)
            merged.extend(ox.Quad(quad.subject, quad.predicate, quad.object) for quad in quads)
        for graph in named:
            merged.extend(self._store.quads_for_pattern(None, None, None, graph))
        return merged


def _serve() -> None:
    worker = _Worker(json.loads(sys.stdin.buffer.readline())["folder"])
    memory = _memory() + MEMORY
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    # No file and no connection is opened from here on: the second fence before SERVICE, whatever a parser believes.
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, _FILES))
    _write({}, b"")
    while line := sys.stdin.buffer.readline():
        body = b""
        header: dict[str, object]
        try:
            media, body = worker.answer(json.loads(line))
            header = {"size": len(body), "media": media}
        except QueryFault as fault:
            header = {"kind": fault.kind, "detail": str(fault)[:1000], "position": fault.position}
        except _TooLarge:
            header = {"kind": "too-large", "detail": f"the answer is more than {ANSWER // 1_000_000} MB"}
        except MemoryError:
            header = {"kind": "memory", "detail": "it takes too much memory"}
        except (OSError, ValueError, RuntimeError, SystemError) as error:
            header = {"kind": "failed", "detail": str(error)[:1000]}
        _write(header, body)
        if header.get("kind", "malformed") not in GOES_ON:
            return


@contextmanager
def _files() -> Iterator[None]:
    """Files can be opened, while no query runs."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (_FILES, _FILES))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, _FILES))


_FILES = resource.getrlimit(resource.RLIMIT_NOFILE)[1]


def _memory() -> int:
    """Bytes that count against RLIMIT_DATA now; 0 where the system does not tell."""
    try:
        status = Path("/proc/self/status").read_text("ascii")
    except OSError:
        return 0
    return next(int(line.split()[1]) << 10 for line in status.splitlines() if line.startswith("VmData:"))


def _write(header: Mapping[str, object], body: bytes) -> None:
    sys.stdout.buffer.write(json.dumps(header).encode() + b"\n" + body)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    _serve()
