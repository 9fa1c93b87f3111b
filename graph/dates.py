"""Dates with the source's own precision, and the sortable bounds that queries compare.

A date is an EDTF string (Library of Congress, Extended Date/Time Format, 2019) of levels 0 to 2, without times,
seasons, sets and intervals: `2025`, `2025-06`, `2025-06-21`, with unspecified digits (`XXXX-06-21`, `19XX`) or with one
mark, `?` (uncertain), `~` (approximate) or `%` (both), behind the component that it qualifies together with those to
its left (`2025?-06-21`: the year is inferred). The bounds are the first and last day that the text allows; a mark does
not widen them.

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
_DIGITS_OR_MARK = r"(?!.*[X?~%].*[?~%]|.*[?~%].*X)"  # what they mean together or repeated, EDTF does not say
_DATE = re.compile(rf"{_DIGITS_OR_MARK}([0-9X]{{4}}){_MARK}(?:-([0-9X]{{2}}){_MARK}(?:-([0-9X]{{2}}){_MARK})?)?")


class EndsBeforeStartError(ValueError):
    """The dates of an interval are dates, but the end lies before the start."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """The four bounds of an interval, ISO 8601 days that compare as text.

    Before the earliest start and after the latest end it did not hold; from the latest start to the earliest end it
    certainly did. A date with a mark makes nothing certain: its inner bound lies as far away as can be.
    """

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

    `as_of` is the date of the source, if known: what it calls open still held on that day. (Where it says that this
    starts only later, it contradicts itself, and the start stands.)

    Raises:
        EndsBeforeStartError: every end lies before every start.
        ValueError: a date is not one.
    """
    first, started = day_bounds(valid_from) if valid_from else (FIRST, LAST)
    ended, last = FIRST, LAST
    if _is_marked(valid_from):
        started = LAST
    if valid_to == OPEN and as_of and not _is_marked(as_of):
        ended, spoken = day_bounds(as_of)
        # A start in doubt does not tell on which of its days the source spoke.
        if first <= spoken and not (_is_marked(valid_from) and ended < first):
            started = min(started, spoken)
    elif valid_to not in (None, OPEN, UNKNOWN):
        ended, last = day_bounds(valid_to)
        if last < first:
            raise EndsBeforeStartError(f"ends ({valid_to}) before it starts ({valid_from})")
        if _is_marked(valid_to):
            ended = FIRST
        # An end in doubt does not tell that it held on the first day on which it can have begun.
        if not _is_marked(valid_from) and not (_is_marked(valid_to) and last == first):
            started = min(started, last)
    return Bounds(first, started, max(first, ended), last)


def _is_marked(date: str | None) -> bool:
    return date is not None and any(mark in date for mark in "?~%")


def _fitting(pattern: str, numbers: range) -> list[int]:
    if "X" not in pattern:
        return [int(pattern)] if int(pattern) in numbers else []
    shape = re.compile(pattern.replace("X", "[0-9]"))
    return [n for n in numbers if shape.fullmatch(f"{n:0{len(pattern)}}")]
