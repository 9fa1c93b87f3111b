"""Neo4j compares the bounds of a statement with a day as `tests/unit/test_validity.py` says, which has the oracle."""

from contextlib import suppress

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from neo4j import Driver

from api.selection import VALIDITY
from graph.dates import EndsBeforeStartError
from tests.live.support import rows
from tests.unit.test_validity import BEGINS, ENDS, EXCLUDED, FULL, KEPT, dates, verdict, written

INTERVALS = st.lists(st.tuples(BEGINS, ENDS, st.none() | dates()), min_size=50, max_size=50)


@given(INTERVALS, st.sampled_from(FULL))
@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_cypher_compares_as_the_verdict_does(
    driver: Driver, intervals: list[tuple[str | None, str | None, str | None]], day: str
) -> None:
    all_bounds = []
    for each in intervals:
        with suppress(EndsBeforeStartError):
            all_bounds.append(written(*each))
    found = rows(
        driver,
        f"UNWIND $all AS x RETURN {KEPT} AS kept, {VALIDITY.replace('r.', 'x.')} AS validity",
        all=all_bounds,
        valid_on=day,
    )
    told = [row["validity"] if row["kept"] else EXCLUDED for row in found]
    assert told == [verdict(day, each) for each in all_bounds]
