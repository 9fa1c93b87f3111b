"""Values of rows as JSON and back as parameters: nothing is lost, and what is no value is refused where it stands."""

import json
import math
from datetime import timedelta, timezone
from typing import Any

import pytest
from neo4j.graph import Graph, Node, Path, Relationship
from neo4j.time import Date, DateTime, Duration, Time

from graph.cypher.parameters import from_json
from graph.cypher.values import EXACT, to_json
from graph.errors import InputError
from graph.store import CartesianPoint, WGS84Point

MINSK = timezone(timedelta(hours=3))


def tagged(kind: str, value: object) -> dict[str, object]:
    return {"$type": kind, "_value": value}


BOTH_WAYS: dict[str, tuple[Any, Any]] = {
    "null": (None, None),
    "boolean": (True, True),
    "text": ("Лукашэнка 🇧🇾\x00", "Лукашэнка 🇧🇾\x00"),
    "zero": (0, 0),
    "largest plain integer": (EXACT, EXACT),
    "larger": (EXACT + 1, tagged("Integer", "9007199254740992")),
    "smallest plain integer": (-EXACT, -EXACT),
    "smaller": (-EXACT - 1, tagged("Integer", "-9007199254740992")),
    "largest": (2**63 - 1, tagged("Integer", "9223372036854775807")),
    "smallest": (-(2**63), tagged("Integer", "-9223372036854775808")),
    "float": (0.1, 0.1),
    "tiny float": (5e-324, 5e-324),
    "infinity": (math.inf, tagged("Float", "Infinity")),
    "minus infinity": (-math.inf, tagged("Float", "-Infinity")),
    "list": ([1, [None, "a"], []], [1, [None, "a"], []]),
    "map": ({"a": {"b": Date(2025, 6, 21)}}, {"a": {"b": tagged("Date", "2025-06-21")}}),
    "map that looks tagged": (tagged("Date", "x"), tagged("Map", tagged("Date", "x"))),
    "map of such maps": ({"$type": tagged("a", 1)}, tagged("Map", {"$type": tagged("Map", tagged("a", 1))})),
    "bytes": (b"\x00\x01\xff", tagged("Base64", "AAH/")),
    "no bytes": (b"", tagged("Base64", "")),
    "first date": (Date(1, 1, 1), tagged("Date", "0001-01-01")),
    "last date": (Date(9999, 12, 31), tagged("Date", "9999-12-31")),
    "local time": (Time(23, 59, 59, 999_999_999), tagged("LocalTime", "23:59:59.999999999")),
    "time": (Time(12, 0, 0, 1, tzinfo=MINSK), tagged("Time", "12:00:00.000000001+03:00")),
    "west of it": (
        Time(12, 0, 0, 0, tzinfo=timezone(-timedelta(hours=1, minutes=30))),
        tagged("Time", "12:00:00.000000000-01:30"),
    ),
    "local date-time": (DateTime(2025, 6, 21, 12, 50, 35), tagged("LocalDateTime", "2025-06-21T12:50:35.000000000")),
    "date-time": (
        DateTime(2025, 6, 21, 12, 50, 35, 123_456_789, tzinfo=MINSK),
        tagged("OffsetDateTime", "2025-06-21T12:50:35.123456789+03:00"),
    ),
    "farthest offset": (
        Time(12, 0, 0, 0, tzinfo=timezone(-timedelta(hours=18))),
        tagged("Time", "12:00:00.000000000-18:00"),
    ),
    "first moment": (
        DateTime(1, 1, 1, 3, 0, 0, 0, tzinfo=MINSK),
        tagged("OffsetDateTime", "0001-01-01T03:00:00.000000000+03:00"),
    ),
    "duration": (
        Duration(months=14, days=3, seconds=14_400, nanoseconds=500_000_000),
        tagged("Duration", "P14M3DT14400.500000000S"),
    ),
    "geographic point": (WGS84Point((27.5, 53.9)), tagged("Point", "SRID=4326;POINT (27.5 53.9)")),
    "with a height": (WGS84Point((27.5, 53.9, 220.0)), tagged("Point", "SRID=4979;POINT Z (27.5 53.9 220.0)")),
    "point": (CartesianPoint((1e-9, -2.0)), tagged("Point", "SRID=7203;POINT (1e-09 -2.0)")),
    "point in space": (CartesianPoint((1.0, -2.0, 0.5)), tagged("Point", "SRID=9157;POINT Z (1.0 -2.0 0.5)")),
}


@pytest.mark.parametrize(("value", "shown"), BOTH_WAYS.values(), ids=BOTH_WAYS)
def test_a_value_goes_out_and_comes_back(value: object, shown: object) -> None:
    assert to_json(value) == shown
    back = from_json(json.loads(json.dumps(shown, allow_nan=False)), "parameters.a")
    assert type(back) is type(value)
    assert back == value
    assert to_json(back) == shown


def test_not_a_number_goes_out_and_comes_back() -> None:
    assert to_json(math.nan) == tagged("Float", "NaN")
    assert math.isnan(from_json(tagged("Float", "NaN"), "a"))


@pytest.mark.parametrize(
    ("duration", "shown"),
    [
        (Duration(), "P0M0DT0S"),
        (Duration(months=-2, days=3), "P-2M3DT0S"),
        (Duration(seconds=-1), "P0M0DT-1S"),
        (Duration(nanoseconds=-500_000_000), "P0M0DT-0.500000000S"),
        (Duration(nanoseconds=1), "P0M0DT0.000000001S"),
        (Duration(seconds=-1, nanoseconds=-1), "P0M0DT-1.000000001S"),
    ],
)
def test_a_duration_keeps_its_parts_and_their_signs(duration: Duration, shown: str) -> None:
    assert to_json(duration) == tagged("Duration", shown)
    assert from_json(tagged("Duration", shown), "a") == duration


def test_a_zone_keeps_its_name_and_the_offset_of_its_hour() -> None:
    for text in (
        "2025-10-26T02:30:00.000000000+02:00[Europe/Warsaw]",
        "2025-10-26T02:30:00.000000000+01:00[Europe/Warsaw]",
    ):
        read = from_json(tagged("ZonedDateTime", text), "a")
        assert to_json(read) == tagged("ZonedDateTime", text)


def test_utc_may_be_written_z() -> None:
    assert to_json(from_json(tagged("Time", "12:00Z"), "a")) == tagged("Time", "12:00:00.000000000+00:00")


def test_a_plain_value_may_be_tagged() -> None:
    sent = [
        tagged("Null", None),
        tagged("Boolean", False),
        tagged("String", "a"),
        tagged("List", [tagged("Integer", "1")]),
    ]
    assert from_json(sent, "a") == [None, False, "a", [1]]
    assert from_json(tagged("Map", {"a": tagged("Float", "1.5")}), "a") == {"a": 1.5}


def graph() -> tuple[Node, Relationship, Node]:
    whole = Graph()
    a = Node(whole, "n:1", 1, ["Thing", "Person"], {"id": "a", "born": Date(1954, 8, 30)})
    b = Node(whole, "n:2", 2, ["Thing"], {"id": "b"})
    relationship = whole.relationship_type("KNOWS")(whole, "r:1", 1, {"big": 2**60})
    relationship._start_node, relationship._end_node = a, b
    return a, relationship, b


def test_nodes_relationships_and_paths_are_told_whole() -> None:
    a, r, b = graph()
    node = {"_element_id": "n:1", "_labels": ["Person", "Thing"]}
    shown_a = tagged("Node", node | {"_properties": {"id": "a", "born": tagged("Date", "1954-08-30")}})
    shown_b = tagged("Node", {"_element_id": "n:2", "_labels": ["Thing"], "_properties": {"id": "b"}})
    ends = {"_start_node_element_id": "n:1", "_end_node_element_id": "n:2"}
    properties = {"big": tagged("Integer", str(2**60))}
    shown_r = tagged("Relationship", {"_element_id": "r:1", **ends, "_type": "KNOWS", "_properties": properties})
    assert to_json([a, r, {"b": b}]) == [shown_a, shown_r, {"b": shown_b}]
    assert to_json(Path(a, r)) == tagged("Path", [shown_a, shown_r, shown_b])
    assert to_json(Path(b, r)) == tagged("Path", [shown_b, shown_r, shown_a])  # walked backwards
    assert to_json(Path(a)) == tagged("Path", [shown_a])


def test_what_has_no_form_is_an_error() -> None:
    with pytest.raises(TypeError, match="complex"):
        to_json(1j)
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(RecursionError):
        to_json(deep)
    with pytest.raises(TypeError, match="set"):
        from_json({1}, "a")


WRONG: dict[str, object] = {
    "65 bits": 2**63,
    "65 bits below": -(2**63) - 1,
    "65 bits in a tag": tagged("Integer", str(2**63)),
    "no integer": tagged("Integer", "1.0"),
    "Arabic digits": tagged("Integer", "١"),
    "spaces": tagged("Integer", " 1"),
    "integer that is one": tagged("Integer", 1),
    "very many digits": tagged("Integer", "9" * 10_000),
    "bare infinity": math.inf,
    "bare NaN": math.nan,
    "no float": tagged("Float", "one"),
    "surrogate": "\ud800",
    "surrogate in a key": {"\ud800": 1},
    "surrogate in a tag": tagged("String", "\ud800"),
    "no base 64": tagged("Base64", "A"),
    "other letters": tagged("Base64", "AA=\n=A"),
    "no such day": tagged("Date", "2025-02-30"),
    "no such year": tagged("Date", "0000-01-01"),
    "no such hour": tagged("LocalTime", "25:00"),
    "ten digits of a second": tagged("LocalTime", "12:00:00.0123456789"),
    "offset of a local time": tagged("LocalTime", "12:00+01:00"),
    "time without an offset": tagged("Time", "12:00"),
    "time with a zone": tagged("Time", "12:00+03:00[Europe/Minsk]"),
    "local date-time without a time": tagged("LocalDateTime", "2025-06-21"),
    "offset missing": tagged("OffsetDateTime", "2025-06-21T12:00:00"),
    "zone not wanted": tagged("OffsetDateTime", "2025-06-21T12:00:00+03:00[Europe/Minsk]"),
    "zone missing": tagged("ZonedDateTime", "2025-06-21T12:00:00+03:00"),
    "offset of more than 18 hours": tagged("Time", "12:00+18:01"),
    "offset of days": tagged("OffsetDateTime", "2025-06-21T12:00-99:00"),
    "offset of 60 minutes": tagged("ZonedDateTime", "2025-06-21T12:00+02:60[Europe/Minsk]"),
    "before the year 1 in UTC": tagged("OffsetDateTime", "0001-01-01T00:00+03:00"),
    "after the year 9999 in UTC": tagged("ZonedDateTime", "9999-12-31T23:00-03:00[America/Halifax]"),
    "duration out of range": tagged("Duration", "P9223372036854775807M"),
    "no duration": tagged("Duration", "1 day"),
    "no point": tagged("Point", "POINT (1 2)"),
    "unknown SRID": tagged("Point", "SRID=1;POINT (1 2)"),
    "a coordinate too few": tagged("Point", "SRID=4979;POINT Z (1 2)"),
    "a coordinate too many": tagged("Point", "SRID=4326;POINT (1 2 3)"),
    "no coordinate": tagged("Point", "SRID=4326;POINT (a b)"),
    "node": tagged("Node", {}),
    "path": tagged("Path", []),
    "unknown tag": tagged("date", "2025-06-21"),
    "tag that is no text": {"$type": 1, "_value": 1},
    "tag that is a list": {"$type": ["Map"], "_value": {}},
    "tag alone": {"$type": "Null"},
    "tag and more": {"$type": "Null", "_value": None, "x": 1},
    "map that is none": tagged("Map", []),
    "boolean that is none": tagged("Boolean", 1),
    "null that is none": tagged("Null", 0),
}


@pytest.mark.parametrize("sent", WRONG.values(), ids=WRONG)
def test_what_is_no_value_is_refused_where_it_stands(sent: object) -> None:
    with pytest.raises(InputError, match=r"^parameters\.a\[0\]\.b"):
        from_json([{"b": sent}], "parameters.a")
