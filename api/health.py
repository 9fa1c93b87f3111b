"""Whether the service lives, and whether it can answer."""

from fastapi import APIRouter, Request
from fastapi_problem.error import StatusProblem
from pydantic import BaseModel

from api.deps import StoreDep
from api.documented import one
from api.strict import Strict

router = APIRouter(prefix="/health", tags=["health"], route_class=Strict)


class Health(BaseModel):
    """The service's answer."""

    status: str


class NotReady(StatusProblem):
    """The database answers, but the first sources are not all loaded."""

    type_ = "not-ready"
    title = "Not ready"
    status = 503


@router.get(
    "/live", summary="Whether the process answers", operation_id="getLiveness", responses=one({"status": "live"})
)
async def live() -> Health:
    """200 as long as the process runs, whatever the database does."""
    return Health(status="live")


@router.get(
    "/ready",
    summary="Whether questions can be answered",
    operation_id="getReadiness",
    responses=one({"status": "ready"}, NotReady),
)
async def ready(request: Request, store: StoreDep) -> Health:
    """200 once the database answers and the sources it is to start with are loaded, 503 before and when it is lost."""
    awaited: frozenset[str] = request.app.state.awaited
    query = "MATCH (n:Thing) WHERE n.id IN $ids RETURN collect(n.id) AS found"
    (row,) = await store.read(query, ids=sorted(awaited))
    if missing := awaited.difference(row["found"]):
        raise NotReady(f"not loaded yet: {', '.join(sorted(missing))}")
    return Health(status="ready")
