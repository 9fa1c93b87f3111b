"""Parameters of a user's query: JSON as Neo4j values, by the rules of graph/cypher/values.py.

In place of a plain value its tagged form (String, Boolean, Null, List, Map) may stand. A node, a relationship and a
path cannot be a parameter.
"""

import base64
import math
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, tzinfo
from typing import Any

from pytz import all_timezones_set

from graph.errors import InputError
from graph.store import CartesianPoint, Date, DateTime, Duration, Point, Time, WGS84Point

_INT64 = 2**63

_FARTHEST = timedelta(hours=18)  # what Neo4j takes for an offset

_GEOGRAPHIC, _CARTESIAN = {4326: 2, 4979: 3}, {7203: 2, 9157: 3}  # SRID: how many coordinates


def from_json(value: object, name: str) -> Any:
    """A parameter as the driver takes it; `name` is where it stands, for the error.

    Raises:
        InputError: names the place and what is wrong.
    """
    match value:
        case None | bool():
            return value
        case str():
            return _text(value, name)
        case int():
            if -_INT64 <= value < _INT64:
                return value
            raise InputError(f"{name}: an integer has 64 bits")
        case float():
            if math.isfinite(value):
                return value
            raise InputError(f'{name}: not a number of JSON; write {{"$type": "Float", "_value": "Infinity"}}')
        case list():
            return [from_json(item, f"{name}[{position}]") for position, item in enumerate(value)]
        case dict() if "$type" in value:
            return _untagged(value, name)
        case dict():
            return map_from_json(value, name)
    raise TypeError(f"{type(value).__name__} does not come out of JSON")


def map_from_json(value: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A map, whatever its keys are, as the driver takes it.

    Raises:
        InputError: names the place and what is wrong.
    """
    return {_text(key, name): from_json(item, f"{name}.{key}") for key, item in value.items()}


def _text(value: str, name: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise InputError(f"{name}: a surrogate without its other half is no text") from None
    return value


def _untagged(value: Mapping[str, Any], name: str) -> Any:
    tag, inner = value["$type"], value.get("_value")
    if len(value) != 2 or "_value" not in value or not isinstance(tag, str):
        raise InputError(f'{name}: with "$type" stands "_value" and nothing else; a map with such a key is a "Map"')
    if tag == "Map" and isinstance(inner, dict):
        return map_from_json(inner, name)
    if tag in _PLAIN and isinstance(inner, _PLAIN[tag]):
        return from_json(inner, name)
    if tag not in _PARSE or not isinstance(inner, str):
        known = ", ".join(sorted({"Map", *_PLAIN, *_PARSE}))
        raise InputError(f'{name}: no parameter has the "$type" {tag!r} and such a "_value"; known are {known}')
    try:
        return from_json(parsed, name) if isinstance(parsed := _PARSE[tag](inner), int) else parsed
    except (ValueError, OverflowError) as error:
        raise InputError(f"{name}: {inner!r} is not a {tag}: {error}") from None


_PLAIN: Mapping[str, type] = {"Null": type(None), "Boolean": bool, "String": str, "List": list}


def _local(text: str) -> DateTime:
    day, _, time = text.partition("T")
    return DateTime.combine(Date.from_iso_format(day), _time(time))


def _time(text: str) -> Time:
    if not re.fullmatch(r"\d\d:\d\d(:\d\d(\.\d{1,9})?)?", text):
        raise ValueError("a time is HH:MM:SS.fffffffff")
    return Time.from_iso_format(text)


class _Zone(tzinfo):
    """An offset, and the name of its zone, whose rules the server knows."""

    def __init__(self, offset: timedelta, zone: str | None) -> None:
        self._offset = offset
        self.zone = zone  # where the driver looks for it

    def utcoffset(self, _: datetime | None) -> timedelta:
        return self._offset

    def dst(self, _: datetime | None) -> None:
        return None

    def tzname(self, _: datetime | None) -> str | None:
        return self.zone


def _zoned(text: str, *, named: bool = False) -> tuple[str, _Zone]:
    """A local time or date-time and the offset, and zone if it must be `named`, that stand behind it."""
    if not (match := re.fullmatch(r"(.+?)(?:Z|([+-])(\d\d):(\d\d))(?:\[([\w/+-]+)\])?", text)):
        raise ValueError("an offset such as +01:00 or Z is missing")
    local, sign, hours, minutes, zone = match.groups()
    if bool(zone) != named:
        raise ValueError("a zone such as [Europe/Minsk] is missing" if named else "a zone is not wanted")
    if zone and zone not in all_timezones_set:  # the server's error would not name the place
        raise ValueError(f"there is no zone {zone}")
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    if offset > _FARTHEST or int(minutes or 0) > 59:
        raise ValueError("an offset is ±HH:MM, at most 18:00")
    return local, _Zone(-offset if sign == "-" else offset, zone)


def _offset_time(text: str) -> Time:
    local, zone = _zoned(text)
    return _time(local).replace(tzinfo=zone)


def _offset_date_time(text: str) -> DateTime:
    return _moment(*_zoned(text))


def _zoned_date_time(text: str) -> DateTime:
    return _moment(*_zoned(text, named=True))


def _moment(local: str, zone: _Zone) -> DateTime:
    read = _local(local)
    try:
        read - zone.utcoffset(None)  # the driver sends it so, and its error would come too late to name the place
    except ValueError:
        raise ValueError("in UTC it is not in the years 1 to 9999") from None
    return read.replace(tzinfo=zone)


def _point(text: str) -> Point:
    if not (match := re.fullmatch(r"SRID=(\d+);POINT( Z)? ?\(([^()]+)\)", text)):
        raise ValueError("a point is SRID=4326;POINT (longitude latitude)")
    srid, at = int(match[1]), [float(each) for each in match[3].split()]
    if {**_GEOGRAPHIC, **_CARTESIAN}.get(srid) != len(at):
        raise ValueError("SRID 4326 and 7203 have two coordinates, 4979 and 9157 three")
    return WGS84Point(at) if srid in _GEOGRAPHIC else CartesianPoint(at)


def _integer(text: str) -> int:
    if not re.fullmatch(r"-?[0-9]+", text):
        raise ValueError("digits are missing")
    return int(text)


def _base64(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


_PARSE: Mapping[str, Callable[[str], Any]] = {
    "Integer": _integer,
    "Float": float,
    "Base64": _base64,
    "Date": Date.from_iso_format,
    "LocalTime": _time,
    "Time": _offset_time,
    "LocalDateTime": _local,
    "OffsetDateTime": _offset_date_time,
    "ZonedDateTime": _zoned_date_time,
    "Duration": Duration.from_iso_format,
    "Point": _point,
}
