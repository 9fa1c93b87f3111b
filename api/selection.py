"""Which statements a list holds: from parameters to the Cypher query for a page.

What decides the cost is where Neo4j begins: at a subject, an object or either of them where one is given; else at the
indexes of the holder or of the source; else it walks the nodes in the order of their ids, and reads no more of them
than fill the page. In the order of time it begins at the indexes of dates.

All other conditions are tested as one value behind the reading: as conditions of their own, over so many relationship
types, they would make the planning of a query take a second instead of two tenths.
"""

from dataclasses import dataclass
from typing import Any

from pydantic import Field

from api.paging import Key, Paged
from api.parameters import KNOWN_ON, VALID_ON, Day, Id, Modality, Predicate, Status
from graph.constraints import BETWEEN_OURS, RETRACTED
from ontology.model import Ontology
from queries.run import end_of


class Timed(Paged):
    """Parameters of lists of statements that are about time."""

    valid_on: Day | None = VALID_ON
    known_on: Day | None = KNOWN_ON


class Filters(Timed):
    """Parameters of lists of statements; one that is given several times means any of these."""

    subject: list[Id] = Field([], max_length=50, description="Id of the subject.", examples=[["belavia"]])
    object: list[Id] = Field([], max_length=50, description="Id of the object.", examples=[["belavia"]])
    predicate: list[Predicate] = Field([], max_length=50, description="Relation.", examples=[["hasTarget"]])
    source: list[Id] = Field([], max_length=50, description="Id of the source.", examples=[["trump-belarus-move"]])
    modality: list[Modality] = Field([], max_length=50, description="How firmly it is said.", examples=[["asserted"]])
    status: list[Status] = Field([], max_length=50, description="How far the act got.", examples=[["pledged"]])
    asserted_by: list[Id] = Field(
        [], max_length=50, description="Id of who in the source holds it.", examples=[["donald-trump"]]
    )
    negated: bool | None = Field(None, description="Only what is denied, or only what is not.")


@dataclass(frozen=True, slots=True)
class Order:
    """A total order of statements by a first key, then by id; `reads_from` is what an index can begin with."""

    first: str
    keys: str
    reads_from: str

    @property
    def behind(self) -> str:
        """Condition for what lies behind `$after_0` and `$after_1`."""
        return f"({self.first} > $after_0 OR ({self.first} = $after_0 AND r.id > $after_1))"


BY_SUBJECT = Order("a.id", "a.id, r.id", "a.id >= $after_0")
BY_TIME = Order(
    "r.valid_from_min",
    "r.valid_from_min, r.id",
    "r.valid_from_min >= $after_0 AND $since <= r.valid_from_min AND r.valid_from_min <= $to",
)
KINDS = (str, str)
BEGINNING: Key = ("", "")

_FIELDS = {"subject": "a.id", "object": "b.id", "source": "r.source", "asserted_by": "r.asserted_by"}
_TESTS = {
    **{name: f"{field} IN ${name}" for name, field in _FIELDS.items()},
    "modality": "r.modality IN $modality",
    "status": "r.status IN $status",
    "negated": "r.negated = $negated",
    "valid_on": "r.valid_from_min <= $valid_on AND $valid_on <= r.valid_to_max",
    "known_on": "r.recorded_at <= $known_on AND $known_on < coalesce(r.retracted_at, '~')"
    " AND coalesce(r.was, $predicates[0]) IN $predicates",
}

VALIDITY = """
    CASE WHEN $valid_on IS NULL THEN null
         WHEN r.valid_from_max <= $valid_on AND $valid_on <= r.valid_to_min THEN 'certain' ELSE 'possible' END
"""


def select(
    ontology: Ontology, asked: Timed, order: Order, *, entity: str | None = None, only: str = "true"
) -> tuple[str, dict[str, Any]]:
    """Query and parameters for the statements that are asked for, as `r` from `a` to `b`, the first `$limit` in order.

    `entity` is a node that is the subject or the object (then no others can be given), `only` a further condition. The
    query ends where a projection goes on.
    """
    given = {name: value for name in Filters.model_fields if (value := getattr(asked, name, None)) not in (None, [])}
    predicates = given.get("predicate", sorted(ontology.statements))
    matched = [ontology.relations[name].type for name in predicates] + ([RETRACTED] if asked.known_on else [])
    tests = {name: test for name, test in _TESTS.items() if name in given}
    ends = [name for name in ("subject", "object") if name in tests]
    served = ends or [name for name in ("asserted_by", "source") if name in tests][:1]
    read_by = [tests.pop(name) for name in served] or [order.reads_from]
    keep = " AND ".join([*tests.values(), only, order.behind, BETWEEN_OURS])
    query = f"""
        {_reading("|".join(matched), " AND ".join(read_by), entity)}
        WITH a, r, b, {keep} AS keep WHERE keep
        WITH a, r, b ORDER BY {order.keys} LIMIT $limit
    """
    parameters = {"valid_on": None, **given, "predicates": predicates, "entity": entity}
    if asked.known_on:
        parameters["known_on"] = end_of(asked.known_on)
    return query, parameters


def _reading(types: str, read_by: str, entity: str | None) -> str:
    if entity is None:
        return f"MATCH (a:Thing)-[r:{types}]->(b:Thing) WHERE {read_by}"
    return f"""
        MATCH (n:Thing {{id: $entity}})
        CALL (n) {{
            MATCH (n)-[r:{types}]->(b:Thing) RETURN n AS a, r, b
            UNION ALL
            MATCH (a:Thing)-[r:{types}]->(n) WHERE a <> n RETURN a, r, n AS b
        }}
    """
