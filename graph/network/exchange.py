"""Graphs as files for other programs: GraphML 1.0 and GEXF 1.2draft, which Gephi and networkx read back without loss.

A node has `label`, `name` and `type`, an edge is a statement: its id is the edge's, and its attributes are the
statement's. Some need another name or form there:

- `type` means something else in GEXF, so the relation stands in `rel_type` (and in `label`, for drawing);
- `start` and `end` mean times in GEXF: the offsets of a quote are `quote_start` and `quote_end`;
- a list becomes its JSON;
- a character that XML cannot hold, or that its readers change, becomes `_xHHHH_`, as in Office Open XML (ECMA-376 part
  1, ST_Xstring); text that already looks so has its underscore written as `_x005F_`. `restore` is the way back.
"""

import json
import re
from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any, Literal

import networkx

Format = Literal["graphml", "gexf"]

RENAMED: Mapping[str, str] = {"predicate": "rel_type", "start": "quote_start", "end": "quote_end"}

_UNSAFE = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|_(?=x[0-9A-Fa-f]{4}_)")
_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")


def write(nodes: Iterable[Mapping[str, Any]], edges: Iterable[Mapping[str, Any]], format_: Format) -> bytes:
    """The file of nodes (`id`, `name`, `type`) and of edges (`id`, `subject`, `predicate`, `object` and more)."""
    graph = networkx.MultiDiGraph()
    for node in nodes:
        label = node["name"] or node["id"]
        graph.add_node(node["id"], **_attributes({"label": label, "name": node["name"], "type": node["type"]}))
    for edge in edges:
        rest = {key: found for key, found in edge.items() if key not in ("id", "subject", "object")}
        # GEXF takes an edge's id from here, GraphML from the key and would have it twice.
        own = {"id": edge["id"]} if format_ == "gexf" else {}
        attributes = _attributes({"label": edge["predicate"], **rest})
        graph.add_edge(edge["subject"], edge["object"], key=edge["id"], **own, **attributes)
    file = BytesIO()
    if format_ == "gexf":
        networkx.write_gexf(graph, file)
    else:
        networkx.write_graphml_xml(graph, file)
    return file.getvalue()


def restore(text: str) -> str:
    """The text that was written as this one."""
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)


def _attributes(found: Mapping[str, Any]) -> dict[str, Any]:
    return {RENAMED.get(key, key): _plain(value) for key, value in found.items() if value is not None}


def _plain(value: Any) -> str | int | float | bool:
    if isinstance(value, bool | int | float):
        return value
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return _UNSAFE.sub(lambda match: f"_x{ord(match[0]):04X}_", text)
