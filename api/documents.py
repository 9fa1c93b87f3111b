"""Documents and data sets: the sources, with the text and what is anchored in it."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field

from api.deps import OntologyDep, StoreDep
from api.paging import Page, Paged, page
from api.problems import NotFound
from api.statements import PROJECTION, Reference, Statement, reference, shape
from graph.constraints import types
from graph.store import Row
from ontology.model import Ontology

router = APIRouter(prefix="/v1/documents", tags=["documents"])


class Source(BaseModel):
    """A source; what only a document or only a data set has is null on the other."""

    id: str
    type: str
    title: str
    sha256: str = Field(description="SHA-256 of the text or file, hexadecimal.")
    language: str | None = None
    url: str | None = None
    published: str | None = Field(None, description="EDTF date.")
    version: str | None = None
    licence: str | None = None
    statement_count: int = Field(description="How many statements it makes, structural ones left out.")


class Mention(BaseModel):
    """Where a text mentions an entity; `start` and `end` count Unicode code points."""

    id: str
    entity: Reference
    quote: str
    start: int
    end: int
    linked_by: str
    confidence: float


class Document(Source):
    """A source with its text and what is anchored there, in the order of the text; a data set has none of it."""

    text: str | None = None
    mentions: list[Mention]
    statements: list[Statement]  # type: ignore[valid-type]


@router.get("", summary="List documents and data sets", operation_id="listDocuments")
async def list_documents(
    request: Request, response: Response, store: StoreDep, ontology: OntologyDep, asked: Annotated[Paged, Query()]
) -> Page[Source]:
    """All sources by id, without their texts."""
    (after,) = asked.after((str,)) or [""]
    rows = await store.read(
        f"MATCH (n:Document|Dataset) WHERE n.id > $after WITH n ORDER BY n.id LIMIT $limit {_columns(ontology)}",
        after=after,
        limit=asked.limit + 1,
    )
    return page(
        [Source(**_source(row, ontology)) for row in rows], [[row["id"]] for row in rows], asked, request, response
    )


@router.get("/{id}", response_model=Document, summary="One document", operation_id="getDocument")
async def get_document(id: Annotated[str, Path(max_length=200)], store: StoreDep, ontology: OntologyDep) -> Any:
    """The document with its text, and every mention and statement that is anchored in it."""
    rows = await store.read(f"MATCH (n:Document|Dataset {{id: $id}}) {_columns(ontology)}", id=id)
    if not rows:
        raise NotFound(f"no document or data set has the id {id!r}")
    mentions = await store.read(_MENTIONS, id=id)
    statements = await store.read(_anchored(ontology), id=id)
    return {
        **_source(rows[0], ontology),
        "mentions": [{**row, "entity": reference(row["entity"], ontology)} for row in mentions],
        "statements": [shape(row, ontology) for row in statements],
    }


_MENTIONS = """
MATCH (:Document {id: $id})-[r:MENTIONS]->(e:Thing)
RETURN r.id AS id, [e.id, e.name, labels(e)] AS entity, r.quote AS quote, r.start AS start, r.end AS end,
       r.linked_by AS linked_by, r.confidence AS confidence
ORDER BY start, end, id
"""


def _anchored(ontology: Ontology) -> str:
    match = "\nUNION\n".join(
        f"MATCH (a:Thing)-[r:{type_} {{source: $id}}]->(b:Thing) WHERE r.quote IS NOT NULL RETURN a, r, b"
        for type_ in types(ontology, structural=False)
    )
    return f"CALL () {{ {match} }} WITH a, r, b {PROJECTION} ORDER BY properties.start, properties.end, id"


def _columns(ontology: Ontology) -> str:
    counts = " + ".join(
        f"COUNT {{ MATCH (:Thing)-[r:{type_} {{source: n.id}}]->(:Thing) }}"
        for type_ in types(ontology, structural=False)
    )
    return f"RETURN n.id AS id, properties(n) AS properties, labels(n) AS labels, {counts} AS count ORDER BY id"


def _source(row: Row, ontology: Ontology) -> dict[str, Any]:
    return {
        **row["properties"],
        "type": ontology.most_specific(row["labels"]),
        "statement_count": row["count"],
    }
