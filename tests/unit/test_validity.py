"""Whether something held on a day: the bounds that a load writes, against an oracle that tries all that may be meant.

The oracle writes out every first and every last day that a source allows, and counts on which days each of these
intervals holds: all of them, it held certainly; some, possibly; none, it did not. What a mark (`?`, `~`, `%`) puts in
doubt is taken as it stands where something is excluded, and as any day where something is certain.

Time is two years, one of them a leap year, and of years around them and at both ends of the calendar the days that a
date without a year or a decade begins and ends with.
"""

import re
from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyoxigraph as ox
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from api.selection import VALIDITY
from graph.dates import FIRST, LAST, EndsBeforeStartError
from graph.guard import interval
from graph.records import Record, Source, Statement
from queries.catalog import catalogue

Days = npt.NDArray[np.int64]
"""Places of days in `Time.days`."""

CERTAIN, POSSIBLE, EXCLUDED = "certain", "possible", "excluded"

FULL = [(date(2024, 1, 1) + timedelta(n)).isoformat() for n in range(366 + 365)]
AROUND = [1, 2, 4, *range(2019, 2024), *range(2026, 2031), 9996, 9998, 9999]
LEAP = [(date(2024, 1, 1) + timedelta(n)).isoformat()[5:] for n in range(366)]


# --- The oracle ---------------------------------------------------------------------------------------------------


def fits(pattern: str, day: str) -> bool:
    return all(p in ("X", d) for p, d in zip(pattern, day, strict=False))


def unmarked(text: str) -> str:
    return text.translate(str.maketrans("", "", "?~%"))


def is_marked(text: str | None) -> bool:
    return text is not None and text != unmarked(text)


def is_date(text: str | None) -> bool:
    return text not in (None, "open", "unknown")


@cache
def around(pattern: str) -> frozenset[str]:
    """The first and the last day that fits of each year around the two."""
    found: set[str] = set()
    for year in AROUND:
        days = [
            f"{year:04}-{day}" for day in LEAP if day != "02-29" or (year % 4 == 0 and year % 100) or not year % 400
        ]
        own = [day for day in days if fits(pattern, day)]
        found.update(own[:1] + own[-1:])
    return frozenset(found)


class Time:
    """All days that matter for some dates."""

    def __init__(self, *texts: str | None) -> None:
        outside = {day for text in texts if is_date(text) for day in around(unmarked(str(text)))}
        self.days = sorted({FIRST, "2023-12-31", *FULL, "2026-01-01", LAST, *outside})

    def allowed(self, text: str | None) -> Days:
        """The days that a date may be; nothing, open and unknown leave all."""
        pattern = unmarked(str(text)) if is_date(text) else ""
        return np.array([place for place, day in enumerate(self.days) if fits(pattern, day)])

    def held(self, begins: Days, ends: Days, spoken: Days | None) -> tuple[Days, int]:
        """On each day, how many of all intervals hold, and how many there are; `spoken` has a day of each."""
        first, last = (each.ravel() for each in np.meshgrid(begins, ends))
        kept = first <= last
        if spoken is not None:
            at = np.searchsorted(spoken, first)
            kept &= (at < len(spoken)) & (spoken[np.minimum(at, len(spoken) - 1)] <= last)
        first, last = first[kept], last[kept]
        size = len(self.days) + 1
        steps = np.bincount(first, minlength=size) - np.bincount(last + 1, minlength=size)
        return np.cumsum(steps)[:-1], len(first)


def without_gaps(days: Days) -> Days:
    return np.arange(days[0], days[-1] + 1)


def oracle(
    time: Time, valid_from: str | None, valid_to: str | None, as_of: str | None, *, gaps: bool = True
) -> list[str] | None:
    """What is so on each day, None where no interval is allowed; without gaps every day between two is allowed too."""
    begins, ends, spoken = (time.allowed(text) for text in (valid_from, valid_to, as_of))
    if not gaps:
        begins, ends, spoken = map(without_gaps, (begins, ends, spoken))
    told = spoken if valid_to == "open" and as_of and not is_marked(as_of) else None
    if told is not None and begins[0] > told[-1]:
        told = None  # it begins after the source spoke, which so contradicts itself; the start stands
    some, number = time.held(begins, ends, told)
    if not number:
        return None
    any_day = np.arange(len(time.days))
    doubted = (any_day if is_marked(valid_from) else begins, any_day if is_marked(valid_to) else ends)
    all_, of = time.held(*doubted, told)
    return [CERTAIN if all_[n] == of else POSSIBLE if some[n] else EXCLUDED for n in any_day]


# --- What a load writes, and how queries compare it ---------------------------------------------------------------


def verdict(day: str, bounds: dict[str, str]) -> str:
    """As `valid_on` has it; that all queries write just this is tested below."""
    if not (bounds["valid_from_min"] <= day and day <= bounds["valid_to_max"]):
        return EXCLUDED
    return CERTAIN if bounds["valid_from_max"] <= day and day <= bounds["valid_to_min"] else POSSIBLE


def written(valid_from: str | None, valid_to: str | None, as_of: str | None) -> dict[str, str]:
    """The bounds that a statement gets, of a source of that date."""
    qualifiers = {key: found for key, found in (("valid_from", valid_from), ("valid_to", valid_to)) if found}
    source = Source("paper", "Document", {"published": as_of} if as_of else {})
    return {**interval(Statement("a", "supports", "b", "paper", Record("1"), qualifiers), source)}


@st.composite
def dates(draw: st.DrawFn) -> str:
    """A date in the two years, of any precision, its year or others of its digits perhaps unspecified, or marked."""
    text = draw(st.sampled_from(FULL))[: draw(st.sampled_from([4, 7, 10]))]
    form = draw(st.sampled_from(["plain", "unspecified", "marked"]))
    if form == "unspecified":
        year = draw(st.sampled_from([text[:4], "202X", "XXXX"]))
        return year + "".join("X" if c != "-" and draw(st.booleans()) else c for c in text[4:])
    place = draw(st.sampled_from([at for at in (4, 7, 10) if at <= len(text)]))
    return text[:place] + (draw(st.sampled_from("?~%")) if form == "marked" else "") + text[place:]


BEGINS = st.none() | dates()
ENDS = st.one_of(st.none(), st.just("unknown"), st.just("open"), dates())


@given(BEGINS, ENDS, st.none() | dates())
@example("2025", "2025-01-01?", None)  # an end in doubt does not tell when it began
@example("2025?-06-30", "open", "2025-06")  # a start in doubt does not tell when the source spoke
@example("XXXX-06-21", "2024-03", None)  # the last June 21 that is possible is no longer a bound
@example("2025?-06-21", "2025-08-15", None)
@settings(deadline=None, max_examples=300)
def test_the_bounds_never_contradict_the_oracle(
    valid_from: str | None, valid_to: str | None, as_of: str | None
) -> None:
    time = Time(valid_from, valid_to, as_of)
    expected = oracle(time, valid_from, valid_to, as_of)
    if expected is None:
        with pytest.raises(EndsBeforeStartError):
            written(valid_from, valid_to, as_of)
        return
    bounds = written(valid_from, valid_to, as_of)
    for day, right in zip(time.days, expected, strict=True):
        found = verdict(day, bounds)
        assert found == right or (found, right) == (POSSIBLE, CERTAIN), (day, found, right)


@given(BEGINS, ENDS, st.none() | dates())
@example("XXXX-06-21", "2024-03", None)
@example("2025?-06-21", "2025-08-15", None)
@settings(deadline=None, max_examples=300)
def test_they_are_weaker_in_two_ways_and_no_other(
    valid_from: str | None, valid_to: str | None, as_of: str | None
) -> None:
    """They pass over gaps between the days that a date may be, and behind a marked start no end makes a day certain."""
    time = Time(valid_from, valid_to, as_of)
    expected = oracle(time, valid_from, valid_to, as_of, gaps=False)
    if expected is None:
        with pytest.raises(EndsBeforeStartError):
            written(valid_from, valid_to, as_of)
        return
    if is_marked(valid_from) and is_date(valid_to):
        expected = [POSSIBLE if right == CERTAIN else right for right in expected]
    bounds = written(valid_from, valid_to, as_of)
    assert [verdict(day, bounds) for day in time.days] == expected


def test_the_oracle_knows_what_is_plain() -> None:
    def on(day: str, *dates_: str | None) -> str:
        time = Time(*dates_)
        found = oracle(time, *dates_)
        assert found is not None
        return found[time.days.index(day)]

    assert on("2024-06-20", "2024-06-21", None, None) == EXCLUDED
    assert on("2024-06-21", "2024-06-21", None, None) == CERTAIN
    assert on("2024-06-22", "2024-06-21", None, None) == POSSIBLE
    assert on("2024-06-30", "2024-06", "open", "2024-09") == CERTAIN
    assert on("2024-09-02", "2024-06", "open", "2024-09") == POSSIBLE
    assert on("2024-02-01", "XXXX-06-21", "2024-03", None) == CERTAIN
    assert on("2025-01-01", "2025", "2025-01-01?", None) == POSSIBLE


# --- The same comparison in every query ---------------------------------------------------------------------------

KEPT = "($valid_on IS NULL OR (x.valid_from_min <= $valid_on AND $valid_on <= x.valid_to_max))"
FILTER = "FILTER(!BOUND($valid_on) || (?from <= $valid_on && $valid_on <= ?to))"
BIND = (
    'BIND(IF(BOUND($valid_on), IF(?started <= $valid_on && $valid_on <= ?ended, "certain", "possible"), ?nothing)'
    " AS ?validity)"
)
TERMS = "bg:validFromMin ?from ; bg:validFromMax ?started ; bg:validToMin ?ended ; bg:validToMax ?to"
TELLING = [name for name, question in catalogue().items() if "validity" in question.columns]


def spaced(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("name", TELLING)
def test_every_question_compares_the_bounds_in_the_same_way(name: str) -> None:
    cypher = spaced(catalogue()[name].cypher)
    assert KEPT[1:-1] in cypher
    assert spaced(VALIDITY).replace("r.", "x.") in cypher
    sparql = spaced(catalogue()[name].sparql)
    for text in (FILTER, BIND, TERMS):
        assert text in sparql


@pytest.mark.parametrize("name", [name for name, each in catalogue().items() if "valid_on" in each.parameters])
def test_every_question_keeps_what_is_not_excluded(name: str) -> None:
    question = catalogue()[name]
    kept = re.findall(
        r"\$valid_on IS NULL OR \((\w+)\.valid_from_min <= \$valid_on AND \$valid_on <= \1\.valid_to_max\)",
        question.cypher,
    )
    filters = re.findall(
        r"FILTER\(!BOUND\(\$valid_on\) \|\| \(\?(\w*)from <= \$valid_on && \$valid_on <= \?\1to\)\)", question.sparql
    )
    assert kept
    assert len(filters) == len(kept)
    told = int("validity" in question.columns)
    assert question.cypher.count("$valid_on") == 3 * len(kept) + 3 * told
    assert question.sparql.count("$valid_on") == 3 * len(filters) + 3 * told


@given(BEGINS, ENDS, st.none() | dates(), st.sampled_from(FULL))
@settings(deadline=None, max_examples=200)
def test_sparql_compares_as_the_verdict_does(
    valid_from: str | None, valid_to: str | None, as_of: str | None, day: str
) -> None:
    try:
        bounds = written(valid_from, valid_to, as_of)
    except EndsBeforeStartError:
        return
    values = " ".join(f'"{bounds[key]}"^^xsd:date' for key in sorted(bounds))
    where = f"{FILTER} {BIND}".replace("BOUND($valid_on)", "true").replace("$valid_on", f'"{day}"^^xsd:date')
    query = f"""
        PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
        SELECT ?validity WHERE {{ VALUES (?started ?from ?to ?ended) {{ ({values}) }} {where} }}
    """
    solutions: Any = ox.Store().query(query)
    assert [solution["validity"].value for solution in solutions] == [
        found for found in [verdict(day, bounds)] if found != EXCLUDED
    ]
