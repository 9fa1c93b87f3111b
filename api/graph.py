"""The graph around an entity, to draw it or to take it to another program."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, create_model

from api import examples
from api.deps import OntologyDep, StoreDep
from api.documented import Responses, one
from api.entities import must_exist
from api.etags import Revalidated
from api.lookup import NetworksDep, references, statements
from api.problems import NotFound
from api.statements import Reference, Statement
from graph.network import exchange
from graph.network.network import in_thread
from graph.network.paths import around, between

router = APIRouter(prefix="/v1/graph", tags=["network"], route_class=Revalidated)

MOST_EDGES = 5_000
"""Statements of an answer: between a thousand entities there can be any number."""

FILES: Mapping[str, exchange.Format] = {"application/graphml+xml": "graphml", "application/gexf+xml": "gexf"}
"""Formats of files by media type."""


class Asked(BaseModel):
    """Parameters of the question."""

    model_config = ConfigDict(extra="forbid")

    entity: str = Field(max_length=200, description="Id of the entity in the middle.", examples=["belavia"])
    depth: int = Field(1, ge=1, le=3, description="Hops from it, in either direction.")
    limit: int = Field(100, ge=1, le=1000, description="Entities to show, itself included.")
    format: Literal["json", "graphml", "gexf"] | None = Field(
        None,
        description="`graphml` and `gexf` are files for Gephi, networkx and their like. Goes before the Accept header.",
    )


def _edge_model() -> type[BaseModel]:
    """A statement with ids where it has entities."""
    ids = {"subject": str, "object": str, "asserted_by": str | None}
    fields: dict[str, Any] = {
        name: (ids.get(name, field.annotation), field) for name, field in Statement.model_fields.items()
    }
    return create_model("Edge", __doc__="A statement; entities are named by their ids.", **fields)


Edge: Any = _edge_model()


class Graph(BaseModel):
    """Entities and all statements between them."""

    nodes: list[Reference] = Field(description="The one asked for, then the others, the nearest first.")
    edges: list[Edge] = Field(description="By id.")
    truncated: bool = Field(description="Whether entities or statements were left out.")


def _edge(statement: Mapping[str, Any]) -> dict[str, Any]:
    holder = statement["asserted_by"]
    flat = {
        **statement,
        "subject": statement["subject"]["id"],
        "object": statement["object"]["id"],
        "asserted_by": holder["id"] if holder else None,
    }
    return {key: flat[key] for key in Edge.model_fields if key in flat}


def _answers() -> Responses:
    nodes = [examples.STATEMENT["subject"], examples.STATEMENT["object"]]
    answers = one({"nodes": nodes, "edges": [_edge(examples.STATEMENT)], "truncated": False}, NotFound)
    answers[200]["content"] |= {media: {"schema": {"type": "string"}} for media in FILES}
    return answers


@router.get(
    "", response_model=Graph, summary="The graph around an entity", operation_id="getGraph", responses=_answers()
)
async def get_graph(
    request: Request,
    store: StoreDep,
    ontology: OntologyDep,
    networks: NetworksDep,
    asked: Annotated[Asked, Query()],
) -> Any:
    """Entities within `depth` hops, the nearest and most spoken of first, and all statements between them.

    Structural statements (names, mentions) are left out; negated ones are there and say so. In GraphML and GEXF a
    statement is an edge with its id; `predicate` is called `rel_type` there, `start` and `end` are `quote_start` and
    `quote_end`, and a character that XML cannot hold is written `_xHHHH_`. The header `Belgraph-Truncated` says
    `true` where `truncated` would.
    """
    await must_exist(asked.entity, store)
    network = await networks.current()
    center = network.numbers.get(asked.entity)
    chosen, more = ([], False) if center is None else around(network, center, asked.depth, asked.limit)
    ids = between(network, chosen)
    said = await statements(store, ontology, ids[:MOST_EDGES])
    shown = [asked.entity, *(network.ids[node] for node in chosen[1:])]
    found = await references(store, ontology, shown)
    nodes = [found[id_] for id_ in shown if id_ in found]  # one may have been deleted meanwhile
    edges = [_edge(said[id_]) for id_ in sorted(said)]
    truncated = more or len(ids) > MOST_EDGES
    format_ = asked.format or FILES.get(request.state.media_type)
    if format_ is None or format_ == "json":
        return Graph(nodes=nodes, edges=edges, truncated=truncated)
    file = await in_thread(partial(exchange.write, nodes, edges, format_))
    return Response(
        file,
        media_type=f"application/{format_}+xml",
        headers={
            "Content-Disposition": f'attachment; filename="{quote(asked.entity)}.{format_}"',
            "Belgraph-Truncated": str(truncated).lower(),
        },
    )
