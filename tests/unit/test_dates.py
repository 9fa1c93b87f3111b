"""Every date we accept is EDTF, and its bounds are those of the calendar.

Specification: https://www.loc.gov/standards/datetime/ (2019), levels 0 to 2.
"""

import re
import warnings
from calendar import isleap
from datetime import date, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from graph.dates import FIRST, LAST, Bounds, EndsBeforeStartError, bounds, day_bounds

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the library's grammar is not written for today's pyparsing
    from edtf import parse_edtf

MARK = st.sampled_from(["", "?", "~", "%"])


def digits(*characters: str) -> st.SearchStrategy[str]:
    """As many characters as arguments, each one of the characters of its argument."""
    return st.tuples(*map(st.sampled_from, characters)).map("".join)


YEAR = st.one_of(digits(*["0123456789"] * 4), digits("12X", "09X", "0123456789X", "0123456789X"), st.just("XXXX"))
MONTH = digits("01X", "0123456789X")
DAY = digits("0123X", "0123456789X")


@st.composite
def candidates(draw: st.DrawFn) -> str:
    """Texts that look like a date; about half of them are one."""
    components = draw(st.sampled_from([(YEAR,), (YEAR, MONTH), (YEAR, MONTH, DAY)]))
    return "-".join(draw(component) + draw(MARK) for component in components)


@st.composite
def dates(draw: st.DrawFn) -> str:
    """Dates: a day of the calendar, less precise perhaps, with some digits unspecified or with a mark."""
    text = draw(st.dates()).isoformat()[: draw(st.sampled_from([4, 7, 10]))]
    if draw(st.booleans()):
        return "".join("X" if character != "-" and draw(st.booleans()) else character for character in text)
    place = draw(st.sampled_from([at for at in (4, 7, 10) if at <= len(text)]))
    return text[:place] + draw(MARK) + text[place:]


def unmarked(text: str) -> str:
    return text.translate(str.maketrans("", "", "?~%"))


def fits(pattern: str, text: str) -> bool:
    """Whether the text begins with the pattern, in which X is any digit."""
    return all(p in ("X", c) for p, c in zip(pattern, text, strict=False))


YEARS = [f"{year:04}" for year in range(1, 10_000)]
DAYS_OF_A_LEAP_YEAR = [(date(2024, 1, 1) + timedelta(n)).isoformat()[5:] for n in range(366)]


def by_trying(pattern: str) -> tuple[str, str] | None:
    """First and last day of the calendar that fits."""
    years = [year for year in YEARS if fits(pattern[:4], year)]
    days = [day for day in DAYS_OF_A_LEAP_YEAR if fits(pattern[5:], day)]
    first = next((f"{y}-{d}" for y in years for d in days if d != "02-29" or isleap(int(y))), None)
    last = next((f"{y}-{d}" for y in years[::-1] for d in days[::-1] if d != "02-29" or isleap(int(y))), None)
    return (first, last) if first and last else None


@given(st.one_of(dates(), candidates()))
@settings(deadline=None)
def test_every_accepted_date_is_edtf(text: str) -> None:
    try:
        day_bounds(text)
    except ValueError:
        return
    if not re.fullmatch(r"[0-9]{4}-([0-9]X|X[0-9])", text):  # it fails on "1984-1X", an example of the specification
        assert parse_edtf(text) is not None


@given(st.one_of(dates(), candidates()))
@settings(deadline=None)
def test_the_bounds_are_the_first_and_last_fitting_day_of_the_calendar(text: str) -> None:
    try:
        found = day_bounds(text)
    except ValueError:
        several = sum(text.count(mark) for mark in "?~%") > 1
        mixed = "X" in text and unmarked(text) != text
        assert several or mixed or by_trying(text) is None or by_trying(unmarked(text)) is None
    else:
        assert found == by_trying(unmarked(text))


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2025", "2025-01-01", "2025-12-31"),
        ("2025-06", "2025-06-01", "2025-06-30"),
        ("2025-06-21", "2025-06-21", "2025-06-21"),
        ("2025?-06-21", "2025-06-21", "2025-06-21"),
        ("2025?-06", "2025-06-01", "2025-06-30"),
        ("2025-06~-21", "2025-06-21", "2025-06-21"),
        ("2025-06-21%", "2025-06-21", "2025-06-21"),
        ("XXXX-06-21", "0001-06-21", "9999-06-21"),
        ("XXXX", FIRST, LAST),
        ("19XX", "1900-01-01", "1999-12-31"),
        ("1984-1X", "1984-10-01", "1984-12-31"),
        ("2025-XX-31", "2025-01-31", "2025-12-31"),
        ("2024-02-XX", "2024-02-01", "2024-02-29"),
        ("2023-02-2X", "2023-02-20", "2023-02-28"),
        ("XXXX-02-29", "0004-02-29", "9996-02-29"),
        ("190X-02-29", "1904-02-29", "1908-02-29"),
        ("XXXX-02-XX", "0001-02-01", "9999-02-28"),
        ("202X-02-2X", "2020-02-20", "2029-02-28"),
    ],
)
def test_bounds_of_a_date(text: str, first: str, last: str) -> None:
    assert day_bounds(text) == (first, last)


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "today", "2025-6-21", "2025-06-21 ", "2025-06-21\n", "20250621", "21.06.2025", "25-06-21", "+2025"),
        *("2025-02-30", "2023-02-29", "1900-02-29", "2025-13", "2025-00", "2025-06-31", "0000", "2X01-02-29"),
        *("2025-21", "2025-06-21T10:00:00", "2025/2026", "2025-06/..", "[2025,2026]", "Y12025", "-0044"),  # not used
        *("2025??", "?2025", "2025?-06~", "2025?-06-21?", "202X~", "XXXX?-06-21", "xxxx", "2025-06-2x"),
        *("٢٠٢٥", "2025\u201006"),
        *("open", "unknown"),
    ],
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not an EDTF date such as|no such day in the calendar"):
        day_bounds(text)


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "as_of", "expected"),
    [
        (None, None, None, (FIRST, LAST, FIRST, LAST)),
        ("2025-06-21", None, None, ("2025-06-21", "2025-06-21", "2025-06-21", LAST)),
        ("2025", None, None, ("2025-01-01", "2025-12-31", "2025-01-01", LAST)),
        ("2025", "unknown", None, ("2025-01-01", "2025-12-31", "2025-01-01", LAST)),
        (None, "2025-06", None, (FIRST, "2025-06-30", "2025-06-01", "2025-06-30")),
        ("2025-06", "2025-06", None, ("2025-06-01", "2025-06-30", "2025-06-01", "2025-06-30")),
        # Each end narrows the other.
        ("2025-06-21", "2025", None, ("2025-06-21", "2025-06-21", "2025-06-21", "2025-12-31")),
        ("2025", "2025-06-21", None, ("2025-01-01", "2025-06-21", "2025-06-21", "2025-06-21")),
        # A mark makes nothing certain.
        ("2025?-06-21", None, None, ("2025-06-21", LAST, "2025-06-21", LAST)),
        ("2025?-06-21", "2025?-06-21", None, ("2025-06-21", LAST, "2025-06-21", "2025-06-21")),
        (None, "2025~", None, (FIRST, "2025-12-31", FIRST, "2025-12-31")),
        # Open: it held on the day of the source, whichever that was.
        (None, "open", None, (FIRST, LAST, FIRST, LAST)),
        (None, "open", "2025-09-02", (FIRST, "2025-09-02", "2025-09-02", LAST)),
        (None, "open", "2025-09", (FIRST, "2025-09-30", "2025-09-01", LAST)),
        ("2020", "open", "2025-09-02", ("2020-01-01", "2020-12-31", "2025-09-02", LAST)),
        ("2025", "open", "2025-09-02", ("2025-01-01", "2025-09-02", "2025-09-02", LAST)),
        ("2025-06", "open", "2025", ("2025-06-01", "2025-06-30", "2025-06-01", LAST)),
        ("2025?-06-21", "open", "2025-09-02", ("2025-06-21", "2025-09-02", "2025-09-02", LAST)),
        ("2020", "open", "2025?-09-02", ("2020-01-01", "2020-12-31", "2020-01-01", LAST)),
        ("2026", "open", "2025-09-02", ("2026-01-01", "2026-12-31", "2026-01-01", LAST)),
        # The date of the source says nothing about what it does not call open.
        ("2020", None, "2025-09-02", ("2020-01-01", "2020-12-31", "2020-01-01", LAST)),
    ],
)
def test_bounds_of_an_interval(
    valid_from: str | None, valid_to: str | None, as_of: str | None, expected: tuple[str, str, str, str]
) -> None:
    assert bounds(valid_from, valid_to, as_of) == Bounds(*expected)


def test_an_end_before_the_start_is_refused() -> None:
    with pytest.raises(EndsBeforeStartError, match=r"ends \(2025-05\) before it starts \(2025-06-21\)"):
        bounds("2025-06-21", "2025-05")


@pytest.mark.parametrize("dates_", [("2025-02-30", None, None), (None, "soon", None), (None, "open", "yesterday")])
def test_an_interval_with_a_wrong_date_is_refused(dates_: tuple[str | None, str | None, str | None]) -> None:
    with pytest.raises(ValueError, match=r"EDTF|calendar") as raised:
        bounds(*dates_)
    assert not isinstance(raised.value, EndsBeforeStartError)


ENDS = st.one_of(st.none(), st.sampled_from(["open", "unknown"]), dates())


@given(st.none() | dates(), ENDS, st.none() | dates())
@settings(deadline=None)
def test_the_four_bounds_are_days_in_order(valid_from: str | None, valid_to: str | None, as_of: str | None) -> None:
    try:
        found = bounds(valid_from, valid_to, as_of)
    except EndsBeforeStartError:
        assume(False)
    for day in found.as_properties().values():
        assert date.fromisoformat(day).isoformat() == day
    assert found.valid_from_min <= found.valid_from_max
    assert found.valid_to_min <= found.valid_to_max
    assert found.valid_from_min <= found.valid_to_min


MONTH_OF_2025 = st.integers(1, 12).map("2025-{:02}".format)
DAY_OF_2025 = st.dates(date(2025, 1, 1), date(2025, 12, 31)).map(str)
DATE_OF_2025 = st.one_of(st.just("2025"), MONTH_OF_2025, DAY_OF_2025)
YEAR_2025 = [(date(2025, 1, 1) + timedelta(n)).isoformat() for n in range(365)]


@given(DATE_OF_2025, DATE_OF_2025)
@settings(deadline=None)
def test_unmarked_bounds_are_what_all_possible_intervals_have_in_common(valid_from: str, valid_to: str) -> None:
    starts = [day for day in YEAR_2025 if fits(valid_from, day)]
    ends = [day for day in YEAR_2025 if fits(valid_to, day)]
    possible_starts = [day for day in starts if day <= ends[-1]]
    possible_ends = [day for day in ends if day >= starts[0]]
    if possible_starts:
        expected = Bounds(possible_starts[0], possible_starts[-1], possible_ends[0], possible_ends[-1])
        assert bounds(valid_from, valid_to) == expected
    else:
        with pytest.raises(EndsBeforeStartError):
            bounds(valid_from, valid_to)


@given(DATE_OF_2025, DATE_OF_2025)
@settings(deadline=None)
def test_an_open_interval_covers_a_possible_day_of_the_source(valid_from: str, as_of: str) -> None:
    starts = [day for day in YEAR_2025 if fits(valid_from, day)]
    spoken = [day for day in YEAR_2025 if fits(as_of, day)]
    assume(starts[0] <= spoken[-1])
    found = bounds(valid_from, "open", as_of)
    latest = max(start for start in starts if start <= spoken[-1])
    earliest_end = min(day for day in spoken if day >= starts[0])
    assert found == Bounds(starts[0], latest, earliest_end, LAST)
