"""Which format a client likes best (RFC 9110, 12.5.1)."""

import pytest

from api.negotiation import best

OFFERS = ("application/json", "text/csv", "application/x-ndjson")


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", "application/json"),
        (" ", "application/json"),
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("text/*", "text/csv"),
        ("text/csv", "text/csv"),
        ("TEXT/CSV; charset=utf-8", "text/csv"),
        ("text/csv;q=0.5,application/x-ndjson;q=0.8", "application/x-ndjson"),
        ("text/csv;q=0.5,*/*", "application/json"),
        ("*/*;q=0.5,text/csv", "text/csv"),
        ("application/json;q=0,*/*;q=0.1", "text/csv"),
        ("application/*;q=0.9,application/json;q=0.1,text/csv;q=0.5", "application/x-ndjson"),
        ("text/csv;q=0", None),
        ("text/html", None),
        ("text/csv;q=", None),
        ("text/csv;q=nan", None),
        ("text/csv;q=-1", None),
        ("text/csv;q=7,application/json", "application/json"),
        (",,;;,=", None),
        ("a/b;q=1;" * 500 + "text/csv", None),
    ],
)
def test_the_best_of_what_is_offered(accept: str, expected: str | None) -> None:
    assert best(accept, OFFERS) == expected
