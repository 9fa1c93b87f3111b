"""Neo4j values as JSON, without loss.

What JSON can say is plain JSON: null, booleans, strings, lists, maps, finite floats, and integers up to 2^53 - 1, which
every reader of JSON holds exactly (RFC 7493, 2.2). The rest is `{"$type": …, "_value": …}` as in the typed JSON of
Neo4j's own Query API (https://neo4j.com/docs/query-api/current/result-formats/):

    Integer        "9007199254740993"                       beyond ±(2^53 - 1)
    Float          "NaN", "Infinity", "-Infinity"
    Base64         "AAECAw=="                               a byte array
    Date           "2025-06-21"
    LocalTime      "12:50:35.000000001"                     nanoseconds
    Time           "12:50:35+01:00"
    LocalDateTime  "2025-06-21T12:50:35"
    OffsetDateTime "2025-06-21T12:50:35+03:00"
    ZonedDateTime  "2025-06-21T12:50:35+03:00[Europe/Minsk]"
    Duration       "P14M3DT10.5S"                           months, days and seconds, which do not convert
    Point          "SRID=4326;POINT (27.5 53.9)"            POINT Z with three coordinates
    Node           {"_element_id", "_labels", "_properties"}
    Relationship   {"_element_id", "_start_node_element_id", "_end_node_element_id", "_type", "_properties"}
    Path           [node, relationship, node, …]
    Map            a map that has a key "$type" itself

Parameters are read by the same rules (see graph/cypher/parameters.py).
"""

import base64
import math
from collections.abc import Mapping
from typing import Any

from graph.store import Date, DateTime, Duration, Node, Path, Point, Relationship, Time

EXACT = 2**53 - 1


def to_json(value: object) -> Any:
    """A value of a row as what `json.dumps` writes.

    Raises:
        TypeError: the type is not one of the above.
        RecursionError: it is nested too deeply.
    """
    match value:
        case None | bool() | str():
            return value
        case int():
            return value if -EXACT <= value <= EXACT else _tag("Integer", str(value))
        case float():
            return value if math.isfinite(value) else _tag("Float", _NOT_FINITE[repr(value)])
        case list():
            return [to_json(item) for item in value]
        case dict():
            items = _items(value)
            return _tag("Map", items) if "$type" in value else items
        case bytes() | bytearray():
            return _tag("Base64", base64.b64encode(value).decode())
        case _:
            return _tagged(value)


_NOT_FINITE = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}


def _tag(name: str, value: Any) -> dict[str, Any]:
    return {"$type": name, "_value": value}


def _items(value: Mapping[str, object]) -> dict[str, Any]:
    return {key: to_json(item) for key, item in value.items()}


def _tagged(value: object) -> dict[str, Any]:
    match value:
        case Node():
            node = {"_element_id": value.element_id, "_labels": sorted(value.labels)}
            return _tag("Node", node | {"_properties": _items(dict(value.items()))})
        case Relationship():
            ends = (end.element_id if end else None for end in value.nodes)
            keys = ("_element_id", "_start_node_element_id", "_end_node_element_id", "_type")
            relationship = dict(zip(keys, (value.element_id, *ends, value.type), strict=True))
            return _tag("Relationship", relationship | {"_properties": _items(dict(value.items()))})
        case Path():
            between = [part for pair in zip(value.relationships, value.nodes[1:], strict=True) for part in pair]
            return _tag("Path", [to_json(part) for part in (value.nodes[0], *between)])
        case DateTime():
            zone = getattr(value.tzinfo, "zone", None)
            kind = "ZonedDateTime" if zone else "OffsetDateTime" if value.tzinfo else "LocalDateTime"
            return _tag(kind, value.iso_format() + (f"[{zone}]" if zone else ""))
        case Date():
            return _tag("Date", value.iso_format())
        case Time():
            return _tag("Time" if value.tzinfo else "LocalTime", value.iso_format())
        case Duration():
            return _tag("Duration", _duration(value))
        case Point():
            axes = " Z" if len(value) == 3 else ""
            return _tag("Point", f"SRID={value.srid};POINT{axes} ({' '.join(map(repr, value))})")
    raise TypeError(f"a value of type {type(value).__name__} has no form in JSON; convert it in the query")


def _duration(value: Duration) -> str:
    # Seconds and nanoseconds have the same sign.
    sign = "-" if value.seconds < 0 or value.nanoseconds < 0 else ""
    nanoseconds = f".{abs(value.nanoseconds):09}" if value.nanoseconds else ""
    return f"P{value.months}M{value.days}DT{sign}{abs(value.seconds)}{nanoseconds}S"
