"""Statements: what sources say, each with its evidence."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field, create_model

from api import examples
from api.deps import OntologyDep, StoreDep
from api.documented import one, page_of
from api.etags import Revalidated
from api.paging import Fetch, Key, Page, answer
from api.problems import NotFound, short
from api.selection import BEGINNING, BY_SUBJECT, KINDS, VALIDITY, Filters, Order, Timed, select
from graph.constraints import OURS, types
from graph.store import Row, Store
from ontology.model import Ontology, Qualifier, load

router = APIRouter(prefix="/v1/statements", tags=["statements"], route_class=Revalidated)


class Reference(BaseModel):
    """A node in short."""

    id: str
    name: str | None = Field(description="Display name.")
    type: str | None = Field(description="Local name of the most specific class.")


class _Base(BaseModel):
    """One claim of one source."""

    id: str
    subject: Reference
    predicate: str = Field(description="Local name of the relation.")
    object: Reference
    asserted_by: Reference | None = Field(None, description="Who in the text holds it; null: the source itself.")


def _model(ontology: Ontology) -> type[_Base]:
    python = {"boolean": bool, "integer": int, "decimal": float}
    fields: dict[str, Any] = {}
    for key, qualifier in ontology.qualifiers.items():
        if key not in _Base.model_fields and _shown(qualifier):
            kind = python.get(qualifier.datatype or "", str)
            default = (kind, Field(description=qualifier.comment))
            fields[key] = default if qualifier.required else (kind | None, Field(None, description=qualifier.comment))
    validity = Field(None, description="Whether it held on the day of `valid_on`; null where no day is asked for.")
    fields["validity"] = (Literal["certain", "possible"] | None, validity)
    return create_model("Statement", __base__=_Base, **fields)


def _shown(qualifier: Qualifier) -> bool:
    """Not those of structural relationships, which are shown with entities and documents; `was` is the predicate."""
    return qualifier.key != "was" and (not qualifier.only_on or "retracted" in qualifier.only_on)


Statement: type[_Base] = _model(load())

_PREDICATES = {relation.type: name for name, relation in load().relations.items()}

PROJECTION = """
OPTIONAL MATCH (holder:Thing {id: r.asserted_by})
RETURN r.id AS id, properties(r) AS properties, type(r) AS type,
       [a.id, a.name, labels(a)] AS subject, [b.id, b.name, labels(b)] AS object,
       CASE WHEN holder IS NULL THEN null ELSE [holder.id, holder.name, labels(holder)] END AS asserted_by
"""
"""What `shape` needs of a relationship `r` from `a` to `b`; the end of a query."""


def shape(row: Row, ontology: Ontology) -> Mapping[str, Any]:
    """A statement as JSON; what is absent is null."""
    properties = row["properties"]
    return {
        **properties,
        "subject": reference(row["subject"], ontology),
        "predicate": properties.get("was") or _PREDICATES[row["type"]],
        "object": reference(row["object"], ontology),
        "asserted_by": reference(row["asserted_by"], ontology) if row["asserted_by"] else None,
        "validity": row.get("validity"),
    }


def reference(node: Sequence[Any], ontology: Ontology) -> dict[str, Any]:
    """A node in short, from its id, name and labels."""
    id_, name, labels = node
    return {"id": id_, "name": name, "type": ontology.most_specific(labels)}


@router.get(
    "",
    response_model=Page[Statement],  # type: ignore[valid-type]
    responses=page_of(Statement, examples.STATEMENT),
    summary="List statements",
    operation_id="listStatements",
)
async def list_statements(
    request: Request, response: Response, store: StoreDep, ontology: OntologyDep, asked: Annotated[Filters, Query()]
) -> Any:
    """Statements by the ids of their subjects, then their own; names, mentions and other structural ones are left out.

    A parameter that is given several times means any of these; different parameters must all hold. Withdrawn
    statements are only there with `known_on`.
    """
    return await answer(asked, request, response, Statement, KINDS, found(store, ontology, asked, BY_SUBJECT))


@router.get(
    "/{id}",
    response_model=Statement,
    responses=one(examples.STATEMENT, NotFound),
    summary="One statement",
    operation_id="getStatement",
)
async def get_statement(
    id: Annotated[str, Path(max_length=100, examples=[examples.STATEMENT["id"]])],
    store: StoreDep,
    ontology: OntologyDep,
) -> Any:
    """The statement with its sentence, its source and its qualifiers."""
    pattern = "|".join(types(ontology, structural=True))
    rows = await store.read(f"MATCH (a:Thing)-[r:{pattern} {{id: $id}}]->(b:Thing) {OURS} {PROJECTION}", id=id)
    if not rows:
        raise NotFound(f"no statement has the id {short(id)!r}")
    return shape(rows[0], ontology)


def found(
    store: Store,
    ontology: Ontology,
    asked: Timed,
    order: Order,
    *,
    entity: str | None = None,
    only: str = "true",
    **parameters: object,
) -> Fetch:
    """Fetches the statements that are asked for; see `api.selection.select`. `parameters` are those of `only`."""
    query, values = select(ontology, asked, order, entity=entity, only=only)

    async def fetch(after: Key | None, limit: int) -> Sequence[tuple[Key, Any]]:
        first, second = after or BEGINNING
        rows = await store.read(
            f"{query} {PROJECTION}, {VALIDITY} AS validity, [{order.keys}] AS key ORDER BY {order.keys}",
            **{**values, **parameters, "after_0": first, "after_1": second, "limit": limit},
        )
        return [(row["key"], shape(row, ontology)) for row in rows]

    return fetch
