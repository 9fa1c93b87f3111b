"""Measures of the network of statements: each is an operation of its own, computed once for each revision."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from api.deps import OntologyDep, StoreDep
from api.documented import page_of
from api.etags import Revalidated
from api.lookup import NetworksDep, Shapes, references
from api.paging import BadCursor, Key, Page, Paged, answer
from api.parameters import near
from api.problems import NotFound, short
from api.queries import CursorExpired
from api.statements import Reference
from graph.network import measures
from graph.network.network import Network

router = APIRouter(prefix="/v1/network", tags=["network"], route_class=Revalidated)


COUNTED = (
    " Statements that are not negated count, whatever their modality and status; structural ones do not."
    " Entities that no counted statement links to another are left out."
)


class Degree(BaseModel):
    """How much an entity is linked."""

    entity: Reference
    value: int = Field(description="Number of entities that it is linked to.")
    statements: int = Field(description="Number of statements that link it.")


class Score(BaseModel):
    """How central an entity is."""

    entity: Reference
    value: float = Field(description="Between 0 and 1.")


class Member(BaseModel):
    """Which community an entity belongs to."""

    entity: Reference
    community: int = Field(description="Number of the community; 1 is the largest.")
    size: int = Field(description="Number of entities in it.")


class Bridge(BaseModel):
    """A tie whose loss would cut the network there."""

    model_config = ConfigDict(serialize_by_alias=True, validate_by_name=True)

    start: Reference = Field(alias="from", description="One end; direction means nothing here.")
    end: Reference = Field(alias="to", description="The other end.")
    value: int = Field(description="Number of entities on the smaller side.")
    statements: list[str] = Field(description="Ids of the statements that make the tie.")


@dataclass(frozen=True)
class _Measure:
    compute: Callable[[Network], Sequence[Any]]
    item: type[BaseModel]
    summary: str
    description: str
    example: Mapping[str, Any]


_BELAVIA = {"id": "belavia", "name": "Belavia", "type": "Company"}
_BELARUS = {"id": "belarus", "name": "Belarus", "type": "Country"}

MEASURES: Mapping[str, _Measure] = {
    "degree": _Measure(
        measures.degree,
        Degree,
        "The most linked entities",
        "How many others an entity is linked to, in either direction, and by how many statements; the most first.",
        {"entity": _BELARUS, "value": 18, "statements": 31},
    ),
    "betweenness": _Measure(
        measures.betweenness,
        Score,
        "Entities between others",
        "On which share of the shortest paths between two others an entity lies; directions and numbers of statements"
        f" do not matter. Beyond {measures.PIVOTS:,} entities it is estimated from the paths of a fixed sample of so"
        " many.",
        {"entity": _BELARUS, "value": 0.41},
    ),
    "pagerank": _Measure(
        measures.pagerank,
        Score,
        "Entities that statements lead to",
        "Where one ends up who follows statements from subject to object, parallel ones weighing more (damping 0.85);"
        " the values of all entities sum to 1.",
        {"entity": _BELARUS, "value": 0.08},
    ),
    "communities": _Measure(
        measures.communities,
        Member,
        "Entities that belong together",
        "Parts that are linked more closely within than to others (Louvain; ties weigh as many statements as they have;"
        " the same graph always gives the same parts). The largest comes first, and in each the most linked entity.",
        {"entity": _BELAVIA, "community": 1, "size": 14},
    ),
    "bridges": _Measure(
        measures.bridges,
        Bridge,
        "Ties that hold the network together",
        "Pairs of entities that nothing else connects, not even in a roundabout way; those that cut off most come"
        " first. Statements that are negated make no tie but are named with it.",
        {"from": _BELARUS, "to": _BELAVIA, "value": 1, "statements": ["st-0123456789abcdef0123"]},
    ),
}


def _operation(name: str, measure: _Measure) -> Callable[..., Awaitable[Any]]:
    async def ask(
        request: Request,
        response: Response,
        store: StoreDep,
        ontology: OntologyDep,
        networks: NetworksDep,
        asked: Annotated[Paged, Query()],
    ) -> Any:
        network = await networks.current()
        seen, offset = asked.after((str, int)) or [network.revision, 0]
        if seen != network.revision:
            raise CursorExpired("the values may have changed since the page before; begin again without a cursor")
        start = int(offset)
        if start < 0:
            raise BadCursor
        rows = await networks.computed(network, name, measure.compute)

        async def fetch(after: Key | None, limit: int) -> Sequence[tuple[Key, Any]]:
            begin = int(after[1]) if after else 0
            shown = rows[begin : begin + limit]
            found = await references(store, ontology, [network.ids[node] for row in shown for node in _nodes(row)])
            items = [measure.item(**_item(row, network, found)) for row in shown]
            return [([network.revision, number], item) for number, item in enumerate(items, begin + 1)]

        return await answer(asked, request, response, measure.item, (str, int), fetch)

    return ask


def _nodes(row: Any) -> tuple[int, ...]:
    return (row.start, row.end) if isinstance(row, measures.Bridge) else (row.node,)


def _item(row: Any, network: Network, found: Shapes) -> dict[str, Any]:
    if isinstance(row, measures.Bridge):
        start, end = (_reference(network.ids[node], found) for node in (row.start, row.end))
        return {"start": start, "end": end, "value": row.value, "statements": row.tie.statements}
    fields: dict[str, Any] = row._asdict()
    return {"entity": _reference(network.ids[fields.pop("node")], found), **fields}


def _reference(id_: str, found: Shapes) -> Mapping[str, Any]:
    """The node in short; one that was deleted meanwhile has neither name nor class."""
    return found.get(id_, {"id": id_, "name": None, "type": None})


for _name, _each in MEASURES.items():
    router.add_api_route(
        f"/{_name}",
        _operation(_name, _each),
        response_model=Page[_each.item],  # type: ignore[name-defined]
        summary=_each.summary,
        description=_each.description + COUNTED,
        operation_id=f"measure{_name.capitalize()}",
        responses=page_of(_each.item, dict(_each.example), CursorExpired),
    )


@router.get("/{measure}", include_in_schema=False)
async def unknown_measure(measure: str) -> None:
    """No measure has this name."""
    raise NotFound(f"no measure is called {short(measure)!r}; there are {', '.join(MEASURES)}", near(measure, MEASURES))
