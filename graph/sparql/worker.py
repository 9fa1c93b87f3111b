"""The process in which SPARQL queries are evaluated: `python -m graph.sparql.worker FOLDER`.

The engine has no time limit, and what uses too much memory aborts it. So it runs here, one query at a time, on a
store folder that nobody writes any more.

It reads lines of JSON, `{"query", "media", "default_graphs", "named_graphs"}`, `media` by form of the query. For each
it writes a line and what that announces: `{"size": N, "media": …}` and N bytes, or `{"kind", "detail", …}`, why there
is no answer.
"""

import io
import json
import re
import resource
import sys
from collections.abc import Mapping
from typing import Any

import pyoxigraph as ox

from graph.sparql.check import QueryFault, check

MEMORY = 1 << 30
"""Bytes of address space. The engine maps no files: a store of 300,000 quads takes 760 MB of it, mostly reserved."""

ANSWER = 16_000_000
"""Bytes of an answer."""


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
        own = check(asked["query"], self._graphs)
        default, named = self._chosen(asked["default_graphs"]), self._chosen(asked["named_graphs"])
        chosen = bool(default or named)
        try:
            # SPARQL 1.1 Protocol, 2.1.4: a dataset of the request wins over that of the query
            found = self._store.query(
                asked["query"],
                use_default_graph_as_union=not (chosen or own),  # the engine would ignore FROM
                default_graph=[*default] if chosen else None,
                named_graphs=[*named] if chosen else None,
            )
        except SyntaxError as error:
            at = _AT.match(str(error))
            position = (int(at[1]), int(at[2])) if at else None
            raise QueryFault("malformed", at[3] if at else str(error), position) from error
        rdf = isinstance(found, ox.QueryTriples)
        media: str = asked["media"]["rdf" if rdf else "boolean" if isinstance(found, ox.QueryBoolean) else "rows"]
        out = _Limited()
        if isinstance(found, ox.QueryTriples):
            found.serialize(out, ox.RdfFormat.from_media_type(media))
        else:
            found.serialize(out, ox.QueryResultsFormat.from_media_type(media))
        return media, out.getvalue()

    def _chosen(self, graphs: list[str]) -> list[ox.NamedNode]:
        for graph in graphs:
            if graph not in self._graphs:
                raise QueryFault("refused", f"there is no graph <{graph[:200]}>")
        return [ox.NamedNode(graph) for graph in graphs]


def _serve(folder: str) -> None:
    worker = _Worker(folder)
    check("PREFIX w: <w:> ASK FROM w:w { ?s ?p ?o }", {"w:w"})  # the parser loads modules when it is first used
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    # No file and no connection is opened from here on: the second fence before SERVICE, whatever a parser believes.
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
    _write({}, b"")
    while line := sys.stdin.buffer.readline():
        body = b""
        try:
            media, body = worker.answer(json.loads(line))
            header: Mapping[str, object] = {"size": len(body), "media": media}
        except QueryFault as fault:
            header = {"kind": fault.kind, "detail": str(fault)[:1000], "position": fault.position}
        except _TooLarge:
            header = {"kind": "too-large", "detail": f"the answer is more than {ANSWER // 1_000_000} MB"}
        except (OSError, ValueError) as error:
            header = {"kind": "failed", "detail": str(error)[:1000]}
        _write(header, body)


def _write(header: Mapping[str, object], body: bytes) -> None:
    sys.stdout.buffer.write(json.dumps(header).encode() + b"\n" + body)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    _serve(sys.argv[1])
