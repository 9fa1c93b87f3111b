"""Dated statements in the order of time."""

from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from api import examples
from api.deps import OntologyDep, StoreDep
from api.documented import page_of
from api.etags import Revalidated
from api.paging import Page, answer
from api.parameters import ClassName, Day, Id
from api.selection import BY_TIME, KINDS, Timed
from api.statements import Statement, found
from graph.dates import FIRST, LAST

router = APIRouter(prefix="/v1/timeline", tags=["statements"], route_class=Revalidated)


class Window(Timed):
    """Parameters of the timeline."""

    entity: Id | None = Field(None, description="Id of its subject or object.", examples=["belavia"])
    type: list[ClassName] = Field(
        [],
        max_length=50,
        description="Class of its subject, subclasses included; several: any of them.",
        examples=[["Contact"]],
    )
    from_: Day | None = Field(None, alias="from", description="Begun on this day or later.", examples=["2025-06-01"])
    to: Day | None = Field(None, description="Begun on this day or before.", examples=["2025-08-31"])


@router.get(
    "",
    response_model=Page[Statement],  # type: ignore[valid-type]
    responses=page_of(Statement, examples.STATEMENT),
    summary="Dated statements in the order of time",
    operation_id="getTimeline",
)
async def timeline(
    request: Request, response: Response, store: StoreDep, ontology: OntologyDep, asked: Annotated[Window, Query()]
) -> Any:
    """Statements that say when it began or was, by the first day on which that may have been, then by id.

    A date counts as its first day (`valid_from_min`), in the order and in the window: `2025-06` as June 1.
    """
    only = f"$since <= r.valid_from_min AND r.valid_from_min <= $to AND {_of_class(asked.type)}"
    window = {"since": max(asked.from_ or FIRST, _FIRST_DATED), "to": asked.to or LAST}
    fetch = found(store, ontology, asked, BY_TIME, entity=asked.entity, only=only, **window)
    return await answer(asked, request, response, Statement, KINDS, fetch)


_FIRST_DATED = "0001-01-02"
"""The least bound that says something: those of undated statements are `FIRST`."""


def _of_class(names: Iterable[str]) -> str:
    return f"(a:{'|'.join(sorted(set(names)))})" if names else "true"
