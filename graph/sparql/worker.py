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
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from graph.sparql.offline import close_network
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
        from graph.sparql.check import check  # a second, which most processes never need

        return check(query, self._graphs, base)

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
    close_network()  # whatever a parser believes
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
            header = {"kind": _kind(str(error)), "detail": str(error)[:1000]}
        _write(header, body)
        if header.get("kind", "malformed") not in GOES_ON:
            return


def _kind(error: str) -> str:
    """What an error of the engine is; a query must not be able to make it look like that of a damaged store."""
    if error.startswith(("Corruption:", "IO error:")):
        return "damaged"
    return "malformed" if error.startswith("The custom function ") else "failed"


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
