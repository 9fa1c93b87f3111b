"""Paths: how two entities are connected, each hop with the sentences that say so."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, create_model

from api import examples
from api.deps import OntologyDep, StoreDep
from api.documented import one
from api.entities import must_exist
from api.etags import Revalidated
from api.lookup import NetworksDep, Shapes, references, statements
from api.paging import Page
from api.problems import Invalid, NotFound
from api.statements import Reference, Statement
from graph.network.network import Network, in_thread
from graph.network.paths import Path, shortest_paths

router = APIRouter(prefix="/v1/paths", tags=["network"], route_class=Revalidated)

TRIES = 3
"""How often paths are searched anew when what a hop rests on is withdrawn meanwhile."""

SHOWN = 100
"""Statements of a hop that are shown: two entities can be linked by thousands."""


class Asked(BaseModel):
    """Parameters of the question."""

    model_config = ConfigDict(extra="forbid")

    start: str = Field(
        alias="from", max_length=200, description="Id of the entity to begin at.", examples=["donald-trump"]
    )
    end: str = Field(alias="to", max_length=200, description="Id of the entity to reach.", examples=["belavia"])
    max_length: int = Field(4, ge=1, le=6, description="Hops that a path may have.")
    k: int = Field(5, ge=1, le=20, description="Paths to find.")


_DIRECTION: Any = (
    Literal["forward", "backward"],
    Field(description="forward: it runs as the hop does; backward: its subject is where the hop ends."),
)
PathStatement: Any = create_model("PathStatement", __base__=Statement, direction=_DIRECTION)


class Hop(BaseModel):
    """A step from one entity to the next, with all that sources say to link the two."""

    model_config = ConfigDict(serialize_by_alias=True, validate_by_name=True)

    start: Reference = Field(alias="from")
    end: Reference = Field(alias="to")
    statement_count: int = Field(description="Number of statements that link the two.")
    statements: list[PathStatement] = Field(
        description=f"Up to {SHOWN} of them: what is asserted and not negated first, then by id. Negated ones are"
        " here too: look at `negated`, `modality` and `status` before you call it a link."
    )


class FoundPath(BaseModel):
    """A way from one entity to another that meets none twice."""

    length: int = Field(description="Number of hops.")
    hops: list[Hop]


_EXAMPLE = {
    "from": examples.STATEMENT["subject"],
    "to": examples.STATEMENT["object"],
    "statement_count": 1,
    "statements": [{**examples.STATEMENT, "direction": "forward"}],
}


@router.get(
    "",
    summary="Paths between two entities",
    operation_id="findPaths",
    responses=one({"items": [{"length": 1, "hops": [_EXAMPLE]}], "next": None}, NotFound),
)
async def find_paths(
    store: StoreDep, ontology: OntologyDep, networks: NetworksDep, asked: Annotated[Asked, Query()]
) -> Page[FoundPath]:
    """The shortest paths from one entity to another, at most `k`, over statements in either direction.

    Parallel statements are one hop. The list is complete if it has fewer than `k` paths: there are no others of at most
    `max_length` hops. Structural statements (names, mentions) are no links.
    """
    await must_exist(asked.start, store)
    await must_exist(asked.end, store)
    if asked.start == asked.end:
        why = "a path joins two entities, and this is the one in `from`"
        raise Invalid((("query", "to"), why))
    tries = TRIES
    while True:
        network = await networks.current()
        paths = await in_thread(_search(network, asked))
        said = await statements(store, ontology, [id_ for path in paths for tie in _ties(network, path) for id_ in tie])
        tries -= 1
        whole = [path for path in paths if all(not said.keys().isdisjoint(tie) for tie in _ties(network, path))]
        if len(whole) == len(paths) or not tries:  # otherwise a hop was withdrawn meanwhile
            break
    found = await references(store, ontology, {network.ids[node] for path in whole for node in path})
    return Page(items=[_path(network, path, said, found) for path in whole], next=None)


def _search(network: Network, asked: Asked) -> Callable[[], Sequence[Path]]:
    start, end = network.numbers.get(asked.start), network.numbers.get(asked.end)
    if start is None or end is None:  # nothing is said of it
        return list
    return lambda: shortest_paths(network, start, end, asked.max_length, asked.k)


def _ties(network: Network, path: Path) -> Iterator[Sequence[str]]:
    for start, end in pairwise(path):
        yield network.ties[start][end].statements


def _path(network: Network, path: Path, said: Shapes, found: Shapes) -> FoundPath:
    hops = [
        _hop(network.ids[start], network.ids[end], [said[id_] for id_ in tie if id_ in said], found)
        for (start, end), tie in zip(pairwise(path), _ties(network, path), strict=True)
    ]
    return FoundPath(length=len(hops), hops=hops)


def _hop(start: str, end: str, said: Sequence[Mapping[str, Any]], found: Shapes) -> Hop:
    shown = sorted(said, key=lambda each: (each["negated"], each["modality"] != "asserted", each["id"]))[:SHOWN]
    return Hop(
        start=found[start],
        end=found[end],
        statement_count=len(said),
        statements=[
            {**each, "direction": "forward" if each["subject"]["id"] == start else "backward"} for each in shown
        ],
    )
