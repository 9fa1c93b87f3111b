"""Documents and data sets: the sources, with the text and what is anchored in it."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field

from api import examples
from api.deps import OntologyDep, StoreDep
from api.documented import one, page_of
from api.etags import Revalidated
from api.paging import Key, Page, Paged, answer
from api.problems import NotFound, short
from api.search import near_ids
from api.statements import PROJECTION, Reference, Statement, reference, shape
from graph.constraints import OURS, types
from graph.store import Row, Store
from ontology.model import Ontology

router = APIRouter(prefix="/v1/documents", tags=["documents"], route_class=Revalidated)


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


@router.get(
    "",
    response_model=Page[Source],
    responses=page_of(Source, examples.SOURCE),
    summary="List documents and data sets",
    operation_id="listDocuments",
)
async def list_documents(
    request: Request, response: Response, store: StoreDep, ontology: OntologyDep, asked: Annotated[Paged, Query()]
) -> Any:
    """All sources by id, without their texts."""

    async def fetch(after: Key | None, limit: int) -> Sequence[tuple[Key, Any]]:
        query = f"MATCH (n:Document|Dataset) WHERE n.id > $after {_WITHOUT_TEXT} ORDER BY id LIMIT $limit"
        rows = await store.read(query, after=after[0] if after else "", limit=limit)
        counts = await _counts([row["id"] for row in rows], store, ontology)
        return [([row["id"]], _source(row, counts, ontology)) for row in rows]

    return await answer(asked, request, response, Source, (str,), fetch)


@router.get(
    "/{id}",
    response_model=Document,
    responses=one(examples.DOCUMENT, NotFound),
    summary="One document",
    operation_id="getDocument",
)
async def get_document(
    id: Annotated[str, Path(max_length=200, examples=["trump-belarus-move"])], store: StoreDep, ontology: OntologyDep
) -> Any:
    """The document with its text, and every mention and statement that is anchored in it."""
    rows = await store.read(f"MATCH (n:Document|Dataset {{id: $id}}) {_COLUMNS}", id=id)
    if not rows:
        near = await near_ids(id, store, "(n:Document OR n:Dataset)")
        raise NotFound(f"no document or data set has the id {short(id)!r}", near)
    mentions = await store.read(_MENTIONS, id=id)
    statements = await store.read(_anchored(ontology), id=id)
    return {
        **_source(rows[0], await _counts([id], store, ontology), ontology),
        "mentions": [{**row, "entity": reference(row["entity"], ontology)} for row in mentions],
        "statements": [shape(row, ontology) for row in statements],
    }


_COLUMNS = "RETURN n.id AS id, properties(n) AS properties, labels(n) AS labels"
_WITHOUT_TEXT = "RETURN n.id AS id, n {.*, text: null} AS properties, labels(n) AS labels"

_MENTIONS = """
MATCH (:Document {id: $id})-[r:MENTIONS]->(e:Thing)
RETURN r.id AS id, [e.id, e.name, labels(e)] AS entity, r.quote AS quote, r.start AS start, r.end AS end,
       r.linked_by AS linked_by, r.confidence AS confidence
ORDER BY start, end, id
"""


def _anchored(ontology: Ontology) -> str:
    pattern = "|".join(types(ontology, structural=False))
    return (
        f"MATCH (a:Thing)-[r:{pattern} {{source: $id}}]->(b:Thing) WHERE r.quote IS NOT NULL"
        f" {OURS} {PROJECTION} ORDER BY properties.start, properties.end, id"
    )


async def _counts(ids: Sequence[str], store: Store, ontology: Ontology) -> Mapping[str, int]:
    """How many statements each source makes."""
    pattern = "|".join(types(ontology, structural=False))
    query = f"MATCH ()-[r:{pattern}]->() WHERE r.source IN $ids RETURN r.source AS id, count(*) AS count"
    return {row["id"]: row["count"] for row in await store.read(query, ids=ids)}


def _source(row: Row, counts: Mapping[str, int], ontology: Ontology) -> dict[str, Any]:
    return {
        **row["properties"],
        "type": ontology.most_specific(row["labels"]),
        "statement_count": counts.get(row["id"], 0),
    }
