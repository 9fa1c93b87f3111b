"""Dates with the source's own precision, and the sortable bounds that queries compare.

A date is an EDTF string (Library of Congress, Extended Date/Time Format, 2019) of levels 0 to 2, without times,
seasons, sets and intervals: `2025`, `2025-06`, `2025-06-21`, unspecified digits (`XXXX-06-21`, `19XX`), the marks `?`
(uncertain), `~` (approximate) and `%` (both) behind a component (`2025?-06-21`: the year is inferred). The bounds are
the first and last day that the text allows; a mark does not widen them, it only keeps an answer from being certain.

An interval has four bounds, none of them null: the earliest and latest start, the earliest and latest end. Where a
source says nothing they are `FIRST` and `LAST`.
"""

import calendar
import re
from dataclasses import asdict, dataclass
from functools import lru_cache

FIRST, LAST = "0001-01-01", "9999-12-31"
OPEN, UNKNOWN = "open", "unknown"
"""What `valid_to` may say instead of a date: the state still held when the source spoke; it ended, nobody says when."""

_MARK = "[?~%]?"
_DATE = re.compile(rf"([0-9X]{{4}}){_MARK}(?:-([0-9X]{{2}}){_MARK}(?:-([0-9X]{{2}}){_MARK})?)?")


@dataclass(frozen=True, slots=True)
class Bounds:
    """The four bounds of an interval, ISO 8601 days that compare as text."""

    valid_from_min: str
    valid_from_max: str
    valid_to_min: str
    valid_to_max: str

    def as_properties(self) -> dict[str, str]:
        """The bounds by property key."""
        return asdict(self)


@lru_cache(maxsize=65_536)
def day_bounds(date: str) -> tuple[str, str]:
    """First and last day of an EDTF date.

    Raises:
        ValueError: the text is not such a date, or no day of the calendar fits it.
    """
    match = _DATE.fullmatch(date)
    if match is None:
        raise ValueError("not an EDTF date such as 2025, 2025-06, 2025-06-21, XXXX-06-21 or 2025?-06-21")
    year, month, day = match.groups()
    years = _fitting(year, range(1, 10_000))
    if not (day == "29" and month == "02"):
        years = years[:1] + years[-1:]  # only February 29 depends on which year of several it is
    days = [
        (y, m, d)
        for y in years
        for m in _fitting(month or "XX", range(1, 13))
        for d in _fitting(day or "XX", range(1, calendar.monthrange(y, m)[1] + 1))
    ]
    if not days:
        raise ValueError("no such day in the calendar")
    first, last = ("{:04}-{:02}-{:02}".format(*end) for end in (min(days), max(days)))
    return first, last


def bounds(valid_from: str | None, valid_to: str | None, as_of: str | None = None) -> Bounds:
    """Bounds of the time for which a statement held.

    `as_of` is the date of the source, if known: what it calls open still held on that day.

    Raises:
        ValueError: a date is not one, or the end lies before the start.
    """
    start = day_bounds(valid_from) if valid_from else (FIRST, LAST)
    if valid_to == OPEN:
        held = day_bounds(as_of)[0] if as_of else start[0]
        start = (start[0], max(start[0], min(start[1], held))) if as_of else start
        end = (max(held, start[0]), LAST)
    elif valid_to in (None, UNKNOWN):
        end = (start[0], LAST)
    else:
        end = day_bounds(str(valid_to))
        if end[1] < start[0]:
            raise ValueError(f"ends ({valid_to}) before it starts ({valid_from})")
    return Bounds(*start, *end)


def _fitting(pattern: str, numbers: range) -> list[int]:
    shape = re.compile(pattern.replace("X", "[0-9]"))
    return [n for n in numbers if shape.fullmatch(f"{n:0{len(pattern)}}")]
