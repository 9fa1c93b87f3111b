"""Statements: what sources say, each with its evidence."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field, create_model

from api.deps import OntologyDep, StoreDep
from api.paging import Page, Paged, page
from api.problems import NotFound
from graph.constraints import types
from graph.store import Row, Store
from ontology.model import Ontology, Qualifier, load

router = APIRouter(prefix="/v1/statements", tags=["statements"])


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
    return create_model("Statement", __base__=_Base, **fields)


def _shown(qualifier: Qualifier) -> bool:
    """Qualifiers of structural relationships are shown where those are: with entities and documents."""
    return not qualifier.only_on or "retracted" in qualifier.only_on


Statement: type[_Base] = _model(load())

PROJECTION = """
OPTIONAL MATCH (holder:Thing {id: r.asserted_by})
RETURN r.id AS id, properties(r) AS properties, type(r) AS type,
       [a.id, a.name, labels(a)] AS subject, [b.id, b.name, labels(b)] AS object,
       CASE WHEN holder IS NULL THEN null ELSE [holder.id, holder.name, labels(holder)] END AS asserted_by
"""
"""What `shape` needs of a relationship `r` from `a` to `b`; the end of a query."""


def shape(row: Row, ontology: Ontology) -> Mapping[str, Any]:
    """A statement as JSON; what is absent is null."""
    predicates = {relation.type: name for name, relation in ontology.relations.items()}
    return {
        **row["properties"],
        "subject": reference(row["subject"], ontology),
        "predicate": predicates[row["type"]],
        "object": reference(row["object"], ontology),
        "asserted_by": reference(row["asserted_by"], ontology) if row["asserted_by"] else None,
    }


def reference(node: list[Any], ontology: Ontology) -> dict[str, Any]:
    """A node in short, from its id, name and labels."""
    id_, name, labels = node
    return {"id": id_, "name": name, "type": ontology.most_specific(labels)}


@router.get("", response_model=Page[Statement], summary="List statements", operation_id="listStatements")  # type: ignore[valid-type]
async def list_statements(
    request: Request, response: Response, store: StoreDep, ontology: OntologyDep, asked: Annotated[Paged, Query()]
) -> Any:
    """All statements by id; names, mentions and other structural ones are left out."""
    return await find(store, ontology, "MATCH (a:Thing)-[r:{types}]->(b:Thing)", asked, request, response)


@router.get("/{id}", response_model=Statement, summary="One statement", operation_id="getStatement")
async def get_statement(id: Annotated[str, Path(max_length=100)], store: StoreDep, ontology: OntologyDep) -> Any:
    """The statement with its sentence, its source and its qualifiers."""
    match = "\nUNION\n".join(
        f"MATCH (a:Thing)-[r:{type_} {{id: $id}}]->(b:Thing) RETURN a, r, b"
        for type_ in types(ontology, structural=True)
    )
    rows = await store.read(f"CALL () {{ {match} }} WITH a, r, b {PROJECTION}", id=id)
    if not rows:
        raise NotFound(f"no statement has the id {id!r}")
    return shape(rows[0], ontology)


async def find(
    store: Store, ontology: Ontology, match: str, asked: Paged, request: Request, response: Response, **values: object
) -> Page[Any]:
    """The page of statements that `match` finds, as `r` from `a` to `b`; `{types}` stands for the types to match."""
    after = asked.after((str,))
    pattern = match.replace("{types}", "|".join(types(ontology, structural=False)))
    query = f"{pattern} WHERE r.id > $after WITH a, r, b ORDER BY r.id LIMIT $limit {PROJECTION} ORDER BY id"
    rows = await store.read(query, after=after[0] if after else "", limit=asked.limit + 1, **values)
    return page([shape(row, ontology) for row in rows], [[row["id"]] for row in rows], asked, request, response)
