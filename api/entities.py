"""Entities and occurrences: the nodes that statements are about."""

import re
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field

from api.deps import OntologyDep, StoreDep
from api.paging import Page, Paged, page
from api.problems import NotFound
from api.statements import Reference, Statement, find, reference
from graph.constraints import NAMES_INDEX
from graph.store import Row, Store
from ontology.model import Ontology

router = APIRouter(prefix="/v1/entities", tags=["entities"])

Id = Annotated[str, Path(max_length=200, examples=["belavia"])]


class Name(BaseModel):
    """A form of a name, and who gives it."""

    value: str
    lang: str | None
    source: str


class Entity(Reference):
    """A node, with what sources call it."""

    types: list[str] = Field(description="Local names of all its classes.")
    names: list[str] = Field(description="Every form of its name, in any language.")
    identifiers: dict[str, list[str]] = Field(description="By the local name of the identifier.")
    statuses: list[str] = Field(description="For an event: how far sources say it got.")
    dates: list[str] = Field(description="For an occurrence: when sources say it was (EDTF).")


class EntityDetail(Entity):
    """A node with who gives each form of its name, and the sources that speak of it."""

    forms: list[Name]
    sources: list[str]


class Asked(Paged):
    """Parameters of the list."""

    q: str | None = Field(None, min_length=1, max_length=200, description="Words of a name, in any language.")


@router.get("", summary="List or search entities", operation_id="listEntities")
async def list_entities(
    request: Request, response: Response, store: StoreDep, ontology: OntologyDep, asked: Annotated[Asked, Query()]
) -> Page[Entity]:
    """All by id, or with `q` those one of whose names has the words, the best first."""
    if asked.q:
        score, id_ = asked.after((float, str)) or [float("inf"), ""]
        rows = await store.read(_SEARCH, q=_lucene(asked.q), score=score, after=id_, limit=asked.limit + 1)
        keys: list[list[str | float]] = [[row["score"], row["id"]] for row in rows]
    else:
        (after,) = asked.after((str,)) or [""]
        rows = await store.read(_LIST, after=after, limit=asked.limit + 1)
        keys = [[row["id"]] for row in rows]
    return page([Entity(**_entity(row, ontology)) for row in rows], keys, asked, request, response)


@router.get("/{id}", summary="One entity", operation_id="getEntity")
async def get_entity(id: Id, store: StoreDep, ontology: OntologyDep) -> EntityDetail:
    """The entity with the forms of its name and the sources that speak of it."""
    rows = await store.read(_ONE, id=id)
    if not rows:
        raise NotFound(f"no entity has the id {id!r}")
    (row,) = rows
    forms = [Name(value=value, lang=lang, source=source) for value, lang, source in row["forms"]]
    return EntityDetail(**_entity(row, ontology), forms=forms, sources=row["sources"])


@router.get(
    "/{id}/statements",
    response_model=Page[Statement],  # type: ignore[valid-type]
    summary="Statements about an entity",
    operation_id="listEntityStatements",
)
async def list_entity_statements(
    request: Request,
    response: Response,
    id: Id,
    store: StoreDep,
    ontology: OntologyDep,
    asked: Annotated[Paged, Query()],
) -> Any:
    """Statements whose subject or object it is, by id."""
    await _must_exist(id, store)
    match = """
        MATCH (n:Thing {id: $id})
        CALL (n) {
            MATCH (n)-[r:{types}]->(b:Thing) RETURN n AS a, r, b
            UNION
            MATCH (a:Thing)-[r:{types}]->(n) RETURN a, r, n AS b
        }
        WITH a, r, b
    """
    return await find(store, ontology, match, asked, request, response, id=id)


_NOT_A_SOURCE = "NOT n:Document AND NOT n:Dataset"
_COLUMNS = "n.id AS id, properties(n) AS properties, labels(n) AS labels"

_LIST = f"""
MATCH (n:Thing) WHERE n.id > $after AND {_NOT_A_SOURCE}
RETURN {_COLUMNS} ORDER BY id LIMIT $limit
"""

_SEARCH = f"""
CALL db.index.fulltext.queryNodes('{NAMES_INDEX}', $q) YIELD node AS n, score
WHERE {_NOT_A_SOURCE} AND (score < $score OR (score = $score AND n.id > $after))
RETURN {_COLUMNS}, score ORDER BY score DESC, id LIMIT $limit
"""

_ONE = f"""
MATCH (n:Thing {{id: $id}}) WHERE {_NOT_A_SOURCE}
RETURN {_COLUMNS},
       COLLECT {{ MATCH (:Thing)-[r:STATES {{property: 'name'}}]->(n)
                  RETURN [r.value, r.lang, r.source] ORDER BY r.lang, r.value, r.source }} AS forms,
       COLLECT {{ MATCH (s:Thing)-[:STATES]->(n) RETURN DISTINCT s.id ORDER BY s.id }} AS sources
"""


def _entity(row: Row, ontology: Ontology) -> dict[str, Any]:
    properties = row["properties"]
    identifiers = {v.name: properties[v.key] for v in ontology.values.values() if v.identifier and v.key in properties}
    return {
        **reference([row["id"], properties.get("name"), row["labels"]], ontology),
        "types": sorted(row["labels"]),
        "names": properties.get("names", []),
        "identifiers": identifiers,
        "statuses": properties.get("statuses", []),
        "dates": properties.get("dates", []),
    }


def _lucene(words: str) -> str:
    """A query for Lucene that finds all words literally: what has a meaning there is escaped."""
    return " AND ".join(re.sub(r"([^\w])", r"\\\1", word) for word in words.split())


async def _must_exist(id_: str, store: Store) -> None:
    if not await store.read(f"MATCH (n:Thing {{id: $id}}) WHERE {_NOT_A_SOURCE} RETURN n.id", id=id_):
        raise NotFound(f"no entity has the id {id_!r}")
