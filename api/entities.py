"""Entities and occurrences: the nodes that statements are about."""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, cast

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field, StringConstraints

from api import examples
from api.batching import Batched
from api.deps import FacetsDep, OntologyDep, StoreDep
from api.documented import one, page_of
from api.etags import Revalidated, marked
from api.facets import Facets
from api.negotiation import Negotiated
from api.paging import Key, Page, Paged, answer
from api.parameters import ClassName
from api.parameters import Id as AnyId
from api.problems import NotFound, short
from api.search import BY_ID, BY_RANK, SEARCH, near_ids, words_of
from api.selection import BY_SUBJECT, KINDS, Timed
from api.statements import Reference, Statement, found, reference
from graph.store import Row, Store
from ontology.model import Ontology

router = APIRouter(prefix="/v1/entities", tags=["entities"], route_class=Revalidated)
lookup = APIRouter(prefix="/v1/entities", tags=["entities"], route_class=Negotiated)
"""Single entities: their revision is read with them, as a trip to the database for it alone would double their time."""

Lookups = Batched[str, tuple[bytes, str]]
"""Single entities as JSON with the revision that they are of, by id."""

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


class EntityPage(Page[Entity]):
    """A page of entities; the first one tells what the whole result consists of."""

    facets: Facets | None = Field(None, description="Null on later pages.")


Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class Asked(Paged):
    """Parameters of the list."""

    q: Words | None = Field(None, description="Words of a name, in any language.", examples=["Лукашенко"])
    type: list[ClassName] = Field(
        [], max_length=50, description="Class, subclasses included; several: any of them.", examples=[["Agent"]]
    )
    source: list[AnyId] = Field(
        [], max_length=50, description="Id of a source that speaks of it; several: any.", examples=[["names"]]
    )


@router.get(
    "",
    response_model=EntityPage,
    responses=page_of(Entity, examples.ENTITY, facets=examples.FACETS),
    summary="List or search entities",
    operation_id="listEntities",
)
async def list_entities(
    request: Request,
    response: Response,
    store: StoreDep,
    ontology: OntologyDep,
    facets: FacetsDep,
    asked: Annotated[Asked, Query()],
) -> Any:
    """All by id, or with `q` those one of whose names has the words, the best first.

    Case and diacritics make no difference, and a word of four letters or more may have one letter wrong. A name that
    is just what was asked for comes first, then names with the very words, then similar ones; the shorter before the
    longer.
    """
    find, parameters = _found(asked)
    order = BY_RANK if asked.q else BY_ID

    async def fetch(after: Key | None, limit: int) -> Sequence[tuple[Key, Any]]:
        rows = await store.read(
            f"{find} AND {order.behind} RETURN {_COLUMNS}, [{order.keys}] AS key ORDER BY {order.keys} LIMIT $limit",
            **{**parameters, "after": after or order.first, "limit": limit},
        )
        return [(row["key"], _entity(row, ontology)) for row in rows]

    shown = await answer(asked, request, response, Entity, order.kinds, fetch)
    if isinstance(shown, Response):
        return shown
    counts = None if asked.cursor else await facets.of(store, request.state.revision, f"{find} WITH n", parameters)
    return {"items": shown.items, "next": shown.next, "facets": counts}


@lookup.get(
    "/{id}",
    response_model=EntityDetail,
    responses=one(examples.ENTITY_DETAIL, NotFound),
    summary="One entity",
    operation_id="getEntity",
)
async def get_entity(id: Id, request: Request) -> Response:
    """The entity with the forms of its name and the sources that speak of it."""
    lookups = cast("Lookups", request.app.state.lookups)  # dependencies would take half as long as all the rest
    found = await lookups.get(id)
    if found is None:
        raise await _unknown(id, request.app.state.store)
    body, revision = found
    return marked(Response(body, media_type="application/json"), request, revision)


def make_lookups(store: Store, ontology: Ontology) -> Lookups:
    """Single entities as JSON, each encoded once for all who ask for it together, with the database's revision."""

    async def read(ids: Sequence[str]) -> Mapping[str, tuple[bytes, str]]:
        rows, revision = await store.read_marked(_ONES, ids=ids)
        return {row["id"]: (_encoded(row, ontology), revision) for row in rows}

    return Batched(read)


def _encoded(row: Row, ontology: Ontology) -> bytes:
    forms = [dict(zip(("value", "lang", "source"), form, strict=True)) for form in row["forms"]]
    detail = {**_entity(row, ontology), "forms": forms, "sources": row["sources"]}
    return json.dumps(detail, ensure_ascii=False, separators=(",", ":")).encode()


@router.get(
    "/{id}/statements",
    response_model=Page[Statement],  # type: ignore[valid-type]
    responses=page_of(Statement, examples.STATEMENT, NotFound),
    summary="Statements about an entity",
    operation_id="listEntityStatements",
)
async def list_entity_statements(
    request: Request,
    response: Response,
    id: Id,
    store: StoreDep,
    ontology: OntologyDep,
    asked: Annotated[Timed, Query()],
) -> Any:
    """Statements whose subject or object it is; withdrawn ones are only there with `known_on`."""
    await must_exist(id, store)
    fetch = found(store, ontology, asked, BY_SUBJECT, entity=id)
    return await answer(asked, request, response, Statement, KINDS, fetch)


async def must_exist(id_: str, store: Store) -> None:
    """Check that an entity has the id.

    Raises:
        NotFound: none has.
    """
    if not await store.read(f"MATCH (n:Thing {{id: $id}}) WHERE {_NOT_A_SOURCE} RETURN n.id", id=id_):
        raise await _unknown(id_, store)


_NOT_A_SOURCE = "NOT n:Document AND NOT n:Dataset"
_COLUMNS = "n.id AS id, properties(n) AS properties, labels(n) AS labels"

_ONES = f"""
UNWIND $ids AS id
MATCH (n:Thing {{id: id}}) WHERE {_NOT_A_SOURCE}
RETURN {_COLUMNS},
       COLLECT {{ MATCH (:Thing)-[r:STATES {{property: 'name'}}]->(n)
                  RETURN [r.value, r.lang, r.source] ORDER BY r.lang, r.value, r.source }} AS forms,
       COLLECT {{ MATCH (s:Thing)-[:STATES]->(n) RETURN DISTINCT s.id ORDER BY s.id }} AS sources
"""


def _found(asked: Asked) -> tuple[str, dict[str, Any]]:
    """A query that finds what is asked for as `n`, ending in conditions, and its parameters."""
    conditions = [_NOT_A_SOURCE]
    if asked.type:
        conditions.append(f"n:{'|'.join(sorted(set(asked.type)))}")
    parameters: dict[str, Any] = {"source": asked.source} if asked.source else {}
    if asked.q:
        match = SEARCH
        parameters |= words_of(asked.q)
        if asked.source:
            conditions.append("EXISTS { MATCH (s:Thing)-[:STATES]->(n) WHERE s.id IN $source }")
    elif asked.source:
        match = "MATCH (s:Thing)-[:STATES]->(n:Thing) WHERE s.id IN $source WITH DISTINCT n"
    else:
        match = "MATCH (n:Thing)"
    return f"{match} WHERE {' AND '.join(conditions)}", parameters


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


async def _unknown(id_: str, store: Store) -> NotFound:
    return NotFound(f"no entity has the id {short(id_)!r}", await near_ids(id_, store, _NOT_A_SOURCE))
